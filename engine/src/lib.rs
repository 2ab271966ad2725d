//! The engine: video diffusion models on libtorch, from request to frames.
//! It builds, runs and is benchmarked on its own: no window, no FFmpeg, no project.

pub mod bench;
pub mod camera;
pub mod catch_panic;
pub mod cli;
pub mod conditioning;
mod cuda;
pub mod device;
pub mod embeddings;
pub mod estimate;
pub mod experts;
pub mod family;
mod ffi;
mod files;
pub mod guidance;
pub mod interpolate;
pub mod job;
pub mod library;
pub mod libtorch;
pub mod memory;
pub mod model;
pub mod model_cache;
mod nn;
pub mod pickle;
pub mod picture;
pub mod pipeline;
pub mod plan;
pub mod prepared;
pub mod preview;
pub mod queue;
pub mod rates;
pub mod sampler;
mod sentencepiece;
pub mod serve;
pub mod sound;
pub mod sound_for_picture;
pub mod step_cache;
pub mod streams;
pub mod upscale;
mod vocabulary;
pub mod weights;
pub mod worker;

pub use ffi::lower_priority;
