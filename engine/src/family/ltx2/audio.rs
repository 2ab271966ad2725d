//! The sound of the LTX-2 family: an autoencoder of log-mel spectrograms, the vocoders that make waves of them, and the
//! way from a wave to the spectrogram.
//!
//! Sources: diffusers `AutoencoderKLLTX2Audio`, `LTX2Vocoder`, `LTX2VocoderWithBWE`; LTX-2
//! `ltx_core/model/audio_vae/`. A spectrogram is written b c t m (sound channels, frames, mel bins), a wave b c n,
//! the transformer's tokens b t d. All of it is computed in fp32 on every device: the networks are small, and bf16 is
//! heard. Long sounds pass in pieces that overlap by what a network reads around a place, so that memory does not
//! grow with length and the result is that of one piece.

mod autoencoder;
mod config;
mod decoder;
mod detect;
mod encoder;
mod layers;
mod mel;
mod names;
mod pieces;
pub mod vocoder;

pub use crate::sound::resampled;
pub use autoencoder::{AudioDecoder, AudioEncoder, AudioVae, packed, unpacked};
pub use config::{
    AudioVaeConfig, FRAMES_PER_LATENT, LATENTS_PER_SECOND, MEL_FRAMES_PER_SECOND, latent_count,
};
pub use mel::{LogMel, MEL_HOP_SAMPLES, MEL_RATE_HZ};
pub use names::SoundPart;
pub use pieces::PieceDone;
