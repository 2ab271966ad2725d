//! The machine's capabilities: FFmpeg, graphics adapters, a sound output.

pub mod adapter;
pub mod ffmpeg;
pub mod speaker;
