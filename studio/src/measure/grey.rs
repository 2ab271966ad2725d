//! The frames of a clip in grey or in colour, small enough to be measured.

use std::path::{Path, PathBuf};

use kinora_measure::{GreyFrame, RgbFrame};
use kinora_render::Picture;
use kinora_timeline::FrameRate;
use kinora_wire::Failure;

use super::OnProgress;
use crate::generate::source_clip::SourceClip;

/// The longest clip, in frames: their grey pictures lie in memory together.
const MOST_FRAMES: usize = 1024;

/// A clip to be measured.
pub(super) struct ClipReader {
    clip: SourceClip,
    path: PathBuf,
    size: [u32; 2],
}

impl ClipReader {
    /// Opens a video or a folder of pictures, and reads its first frame for its size.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let mut clip = SourceClip::open(path)?;
        if clip.count() > MOST_FRAMES {
            return Err(Failure::refused(
                format!("{} has {} frames", path.display(), clip.count()),
                format!("measure a part of it with {MOST_FRAMES} frames or less"),
            ));
        }
        let first = clip.picture(0)?;
        Ok(Self {
            size: [first.width, first.height],
            path: path.into(),
            clip,
        })
    }

    /// Width and height of its frames in pixels.
    pub fn size(&self) -> [u32; 2] {
        self.size
    }

    /// The number of its frames.
    pub fn count(&self) -> usize {
        self.clip.count()
    }

    /// The frame rate of a video.
    pub fn rate(&self) -> Option<FrameRate> {
        self.clip.rate
    }

    /// All frames, scaled to a size. `None`: it was cancelled.
    pub fn frames(
        &mut self,
        size: [u32; 2],
        on_progress: &mut OnProgress,
    ) -> Result<Option<Vec<GreyFrame>>, Failure> {
        let mut frames = Vec::with_capacity(self.count());
        let is_whole = self.each(size, on_progress, &mut |_, frame| frames.push(frame.grey()))?;
        Ok(is_whole.then_some(frames))
    }

    /// Gives each frame in turn, scaled to a size. False: it was cancelled.
    pub fn each(
        &mut self,
        size: [u32; 2],
        on_progress: &mut OnProgress,
        on_frame: &mut dyn FnMut(usize, RgbFrame),
    ) -> Result<bool, Failure> {
        let count = self.count();
        for at in 0..count {
            if !on_progress(at, count) {
                return Ok(false);
            }
            on_frame(at, self.frame(at, size)?);
        }
        on_progress(count, count);
        Ok(true)
    }

    /// One frame in colour, scaled to a size.
    pub fn frame(&mut self, at: usize, size: [u32; 2]) -> Result<RgbFrame, Failure> {
        let picture = self.clip.picture(at)?;
        if [picture.width, picture.height] != self.size {
            return Err(Failure::bad_file(
                format!(
                    "{}: picture {} is {} x {}, and the first is {} x {}",
                    self.path.display(),
                    at + 1,
                    picture.width,
                    picture.height,
                    self.size[0],
                    self.size[1]
                ),
                "measure pictures of one size",
            ));
        }
        let small = Picture::clone(&picture).scaled(size);
        colours(&small).ok_or_else(|| Failure::bug("a picture without pixels"))
    }
}

/// The colours of a picture. `None` if it has no pixels.
fn colours(picture: &Picture) -> Option<RgbFrame> {
    let pixels = picture.rgba.as_chunks::<4>().0.iter();
    let pixels = pixels.map(|&[red, green, blue, _]| [red, green, blue]);
    RgbFrame::new(
        picture.width as usize,
        picture.height as usize,
        pixels.collect(),
    )
}
