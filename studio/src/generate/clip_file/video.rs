//! The video of a clip that is written to one file: it is begun with its first frame, whose size is that of the video.
//! An unfinished one is never visible under its name.

use std::path::PathBuf;

use kinora_render::{Content, Format, MediaError, Picture, Writer};
use kinora_timeline::FrameRate;
use kinora_wire::PixelShape;

use super::rescue::KeptFrames;

/// A video file; it is created with the first frame.
pub(super) struct Video {
    pub(super) path: PathBuf,
    pub(super) format: &'static Format,
    pub(super) rate: FrameRate,
    pub(super) has_sound: bool,
    pub(super) writer: Option<Writer>,
    /// The frames so far.
    pub(super) kept: KeptFrames,
}

impl Video {
    pub(super) fn add(&mut self, shape: PixelShape, pixels: &[u8]) -> Result<(), MediaError> {
        let writer = if let Some(writer) = self.writer.take() {
            writer
        } else {
            let content = Content {
                size: [shape.width, shape.height],
                rate: self.rate,
                has_sound: self.has_sound,
            };
            Writer::create(&self.path, self.format, content)?
        };
        let writer = self.writer.insert(writer);
        for frame in shape.split(pixels) {
            writer.picture(&Picture::of_rgb(shape.width, shape.height, frame))?;
        }
        Ok(())
    }
}
