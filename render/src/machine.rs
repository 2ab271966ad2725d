//! What this machine offers: an FFmpeg, graphics adapters, a sound output.

pub mod adapter;
pub mod ffmpeg;
pub mod speaker;
