//! Pictures drawn by our own shaders, within egui's frame.

pub mod picture;
pub mod shader;
