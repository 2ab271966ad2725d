//! The frames of a clip in grey, small enough to be measured.

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
        let count = self.count();
        let mut frames = Vec::with_capacity(count);
        for at in 0..count {
            if !on_progress(at, count) {
                return Ok(None);
            }
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
            let grey = grey(&small).ok_or_else(|| Failure::bug("a picture without pixels"))?;
            frames.push(grey);
        }
        on_progress(count, count);
        Ok(Some(frames))
    }
}

/// The luma of a picture. `None` if it has no pixels.
fn grey(picture: &Picture) -> Option<GreyFrame> {
    let pixels = picture.rgba.as_chunks::<4>().0.iter();
    let pixels = pixels.map(|&[red, green, blue, _]| [red, green, blue]);
    let frame = RgbFrame::new(
        picture.width as usize,
        picture.height as usize,
        pixels.collect(),
    )?;
    Some(frame.grey())
}
