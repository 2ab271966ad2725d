//! A file that could not be read or written: its path, the reason, and the remedy.

use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use ffmpeg_the_third as ffmpeg;
use thiserror::Error;

/// A file that could not be read or written.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub struct MediaError {
    /// The clip as the artist knows it, if the file belongs to one.
    pub clip: Option<String>,
    /// The file.
    pub path: PathBuf,
    /// The reason.
    pub what: String,
    /// The remedy.
    pub remedy: String,
}

impl fmt::Display for MediaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.clip {
            Some(clip) => write!(f, "{clip}: {} ({path})", self.what),
            None => write!(f, "{path}: {}", self.what),
        }
    }
}

impl MediaError {
    /// The same of a clip. A clip that is named already keeps its name.
    #[must_use]
    pub fn of_clip(self, clip: String) -> Self {
        Self {
            clip: self.clip.or(Some(clip)),
            ..self
        }
    }

    /// Of a file and a remedy.
    pub fn new(path: &Path, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            clip: None,
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
            // Of the containers that FFmpeg supports and Kinora does not open.
            ffmpeg::Error::Other { errno }
                if std::io::Error::from_raw_os_error(errno).kind() == ErrorKind::InvalidInput =>
            {
                return Self::new(
                    path,
                    "is in a format that Kinora does not open",
                    "convert it to MP4, MOV, MKV or WAV",
                );
            }
            _ => "check that the file is there and may be read",
        };
        Self::new(path, format!("cannot be read: {error}"), remedy)
    }

    pub(crate) fn unwritable(path: &Path, error: impl fmt::Display) -> Self {
        let what = format!("cannot be written: {error}");
        Self::new(
            path,
            what,
            "check the folder, its permissions and the room on the disk",
        )
    }
}
