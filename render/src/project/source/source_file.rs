//! The file of a clip's source: a still, a take, a video or its proxy. Which of its stored frames a frame of the
//! timeline shows.

use std::path::{Path, PathBuf};

use kinora_timeline::media::PictureSettings;
use kinora_timeline::{ContentHash, FrameRate, Frames, Rounding};

use crate::media::VideoReader;

/// The file of a source, and its kind.
pub(super) enum SourceFile {
    Still(PathBuf),
    /// A clip that Kinora wrote.
    Take(PathBuf),
    Video(PathBuf, ContentHash, PictureSettings),
    /// The proxy of a video, and the size in which the video itself would be shown.
    Proxy(PathBuf, [u32; 2]),
}

impl SourceFile {
    pub(super) fn content(&self) -> Option<ContentHash> {
        match self {
            Self::Video(_, content, _) => Some(*content),
            Self::Still(_) | Self::Take(_) | Self::Proxy(..) => None,
        }
    }

    pub(super) fn settings(&self) -> PictureSettings {
        match self {
            Self::Video(_, _, settings) => *settings,
            // Those of a proxy are in its pictures already.
            Self::Still(_) | Self::Take(_) | Self::Proxy(..) => PictureSettings::default(),
        }
    }

    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Still(path) | Self::Take(path) | Self::Video(path, ..) | Self::Proxy(path, _) => {
                path
            }
        }
    }
}

/// The stored frame that a frame of the timeline shows. A take shows the frame that has begun, as its animatic does; a
/// video, whose rate is somebody else's, the nearest one.
pub(super) fn own_frame(
    file: &SourceFile,
    reader: &VideoReader,
    frame: Frames,
    rate: FrameRate,
) -> Frames {
    match file {
        SourceFile::Take(_) | SourceFile::Still(_) => {
            frame.rescaled(rate, reader.rate(), Rounding::Down)
        }
        SourceFile::Video(..) => reader.timing().shown_at(frame, rate),
        SourceFile::Proxy(..) => frame, // it is the number already
    }
}
