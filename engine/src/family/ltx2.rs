//! The LTX-2 family: one transformer that makes picture and sound together, with an autoencoder for each, a vocoder,
//! and Gemma as the text encoder. Its parts stand at parity with diffusers; no card opens them yet.

pub mod audio;
pub mod card;
pub mod guidance;
pub mod identity;
pub mod schedule;
pub mod spec;
pub mod text;
pub mod transformer;
pub mod upsampler;
pub mod vae;
