//! The video model: tensors in, frames out.
//! It builds, runs and is measured alone: no window, no FFmpeg, no project.

pub mod camera;
pub mod conditioning;
mod cuda;
pub mod device;
mod ffi;
pub mod guidance;
pub mod job;
pub mod libtorch;
pub mod model;
mod nn;
pub mod parts;
pub mod picture;
pub mod pipeline;
pub mod plan;
pub mod preview;
pub mod sampler;
pub mod text;
pub mod transformer;
pub mod vae;
pub mod weights;
