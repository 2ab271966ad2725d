//! The video model: tensors in, frames out. So far it knows what it could compute on.
//! It builds, runs and is measured alone: no window, no FFmpeg, no project.

mod cuda;
pub mod device;
mod ffi;
pub mod libtorch;
