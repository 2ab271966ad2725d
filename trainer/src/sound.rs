//! The sound of the world, made with its pictures: steps at the feet's own contacts, the air of a place at its time of day.
//! And a small network that writes the same kind of score for a clip without sound.

pub mod clips;
pub mod dataset;
pub mod figures;
pub mod hearing;
pub mod learn;
mod loudness;
pub mod network;
pub mod onsets;
mod probe;
pub mod reading;
pub mod score;
mod spectrogram;
pub mod spectrum;
pub mod stereo;
pub mod synth;
pub mod wav;
