//! A file that could not be read or written: its path, the reason, and the remedy.

use std::path::{Path, PathBuf};

use ffmpeg_the_third as ffmpeg;
use thiserror::Error;

/// A file that could not be read or written.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{path}: {what}", path = path.display())]
pub struct MediaError {
    /// The file.
    pub path: PathBuf,
    /// The reason.
    pub what: String,
    /// The remedy.
    pub remedy: String,
}

impl MediaError {
    /// Of a file and a remedy.
    pub fn new(path: &Path, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            what: what.into(),
            remedy: remedy.into(),
        }
    }

    pub(crate) fn unreadable(path: &Path, error: ffmpeg::Error) -> Self {
        let remedy = match error {
            ffmpeg::Error::InvalidData | ffmpeg::Error::DemuxerNotFound => {
                "it may be damaged, or not a video or a sound at all; does another player open it?"
            }
            ffmpeg::Error::DecoderNotFound => {
                "this FFmpeg cannot decode it; convert it to H.264, ProRes or FLAC"
            }
            _ => "check that the file is there and may be read",
        };
        Self::new(path, format!("cannot be read: {error}"), remedy)
    }

    pub(crate) fn unwritable(path: &Path, error: impl std::fmt::Display) -> Self {
        let what = format!("cannot be written: {error}");
        Self::new(
            path,
            what,
            "check the folder, its permissions and the room on the disk",
        )
    }
}
