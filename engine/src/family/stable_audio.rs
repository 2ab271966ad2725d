//! The Stable Audio 3 family: sound of seconds to minutes from text, in stereo at 44.1 kHz, and new sound for ranges of a
//! given one. Its networks and its sampler stand at parity with diffusers; no card opens them yet.
//!
//! Sources: diffusers `models/transformers/transformer_stable_audio3.py`, `models/autoencoders/autoencoder_same.py`,
//! `pipelines/stable_audio_3/*`; transformers `models/t5gemma`; paper: arXiv 2605.17991.
//!
//! The release is a folder in the Diffusers layout, so its keys are the original names here: those of
//! `StableAudio3DiTModel`, `AutoencoderSAME`, `StableAudio3DurationEmbedder` and `T5GemmaEncoderModel`, unchanged.
//!
//! Shapes are written b (batch), l (tokens), d (width), h (heads), c (latent channels), t (latents in time).
//!
//! The tokenizer is Gemma's, with `<bos>` before the text and nothing after it. The networks here receive its tokens.

mod attention;
mod autoencoder;
mod duration;
mod feed_forward;
mod given;
mod make;
mod names;
mod norm;
mod open;
mod sampling;
mod text;
mod transformer;

pub use autoencoder::{Autoencoder, AutoencoderConfig, Level};
pub use duration::{DurationConfig, DurationEmbedder};
pub use given::{Given, continuation};
pub use make::{Networks, Wanted, decode, denoise, make};
pub use names::Component;
pub use open::{Loaded, SoundModel};
pub use sampling::{LogSnr, SoundSampler, sigmas};
pub use text::{TEXT_LENGTH, TextConfig, TextEncoder};
pub use transformer::{Conditioning, Transformer, TransformerConfig};
