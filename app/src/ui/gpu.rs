//! What is drawn by our own shaders, inside egui's frame.

pub mod picture;
pub mod shader;
