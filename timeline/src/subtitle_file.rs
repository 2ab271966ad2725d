//! Subtitle files: SubRip (.srt) and WebVTT (.vtt), read and written. The reader takes what other programs write, and
//! reports what it changes or leaves out. The formats are a dozen lines each, so they are read directly, without a
//! library.
//!
//! Sources: <https://www.w3.org/TR/webvtt1/>; SubRip has no standard.

mod decode;
mod parse;
mod timing;
mod write;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::edit::subtitles::NewCue;

pub use parse::read;
pub use write::write;

/// The tracks that overlapping cues of one file get at the most.
pub const MOST_TRACKS: usize = 8;

/// A format of subtitle files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SubtitleFormat {
    /// SubRip.
    Srt,
    /// WebVTT.
    Vtt,
}

impl SubtitleFormat {
    /// Both, the most usual one first.
    pub const ALL: [Self; 2] = [Self::Srt, Self::Vtt];

    /// The extension of such files, which is also the format's name on the command line.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Srt => "srt",
            Self::Vtt => "vtt",
        }
    }
}

/// "SRT", "WebVTT".
impl fmt::Display for SubtitleFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Srt => "SRT",
            Self::Vtt => "WebVTT",
        })
    }
}

impl FromStr for SubtitleFormat {
    type Err = String;

    /// "srt" or "vtt".
    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter();
        let mut known = known.filter(|format| format.extension().eq_ignore_ascii_case(text));
        known
            .next()
            .ok_or_else(|| format!("\"{text}\" is not a subtitle format; write srt or vtt"))
    }
}

/// The cues of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubtitleFile {
    /// Cues in their order, without overlap within a track. The first track has what fits on one; there is a second one
    /// only if cues overlap.
    pub tracks: Vec<Vec<NewCue>>,
    /// The language tag that the file gives; empty without one.
    pub language: String,
    /// What was changed or left out, in sentences without a full stop.
    pub notes: Vec<String>,
}

/// Why a subtitle file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct SubtitleError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: String,
}
