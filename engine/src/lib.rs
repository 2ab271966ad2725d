//! The video model: tensors in, frames out.
//! It builds, runs and is measured alone: no window, no FFmpeg, no project.

pub mod camera;
mod cuda;
pub mod device;
mod ffi;
pub mod guidance;
pub mod libtorch;
mod nn;
pub mod sampler;
pub mod text;
pub mod transformer;
pub mod vae;
pub mod weights;
