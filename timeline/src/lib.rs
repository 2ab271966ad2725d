//! What a film is while it is being cut: plain values, and the one file they are kept in.
//! No window, no tensors, no threads, no clock; the disk is touched in `file` only.

pub mod file;
mod project;
mod time;

pub use project::{Project, Size};
pub use time::FrameRate;
