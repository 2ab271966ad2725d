//! The sound of the world, made with its pictures: steps at the feet's own contacts, the air of a place at its time of day.
//! It teaches the engine's network of sound (`kinora_engine::sound_for_picture`), whose synthesiser plays both.

pub mod clips;
pub mod dataset;
pub mod figures;
pub mod hearing;
pub mod learn;
mod loudness;
pub mod onsets;
mod probe;
mod spectrogram;
pub mod spectrum;
pub mod wav;
