//! Picture and sound: so far, what this machine offers for them.
//! FFmpeg for files, a wgpu adapter for the picture, an output device for the sound.

pub mod ffmpeg;
pub mod picture;
pub mod sound;
