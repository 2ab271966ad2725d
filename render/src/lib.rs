//! Picture and sound: reading and writing files, compositing and mixing the timeline, and detecting what this machine
//! offers for it.

pub mod animatic;
pub mod compose;
pub mod encode;
pub mod export;
mod ffi;
pub mod machine;
pub mod media;
pub mod mix;
pub mod play;
pub mod project;
pub mod proxy;
pub mod record;
pub mod strip;
pub mod title;
pub mod wave;

pub use encode::{Container, Content, Format, Quality, Still, Writer};
pub use export::{ExportSettings, ExportSize, LoudnessTarget, SubtitleDelivery};
pub use media::{MediaError, Picture, SOUND_RATE_HZ, VideoReader};
pub use mix::{Loudness, LoudnessMeter, Mixer, StemMixer};
pub use play::{MeterReading, Speaker};
pub use project::FrameReader;
pub use strip::Strip;
pub use wave::Wave;
