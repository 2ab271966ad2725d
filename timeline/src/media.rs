//! Imported pictures, video and sound, identified by content.

mod picture;

use serde::{Deserialize, Serialize};

use crate::clip::Label;
use crate::stored::is_default;
use crate::{ContentHash, FrameRate, Frames, MediumId, Rounding};

pub use picture::{ColourChoice, Deinterlacing, PictureSettings, ToneCurve};

/// An imported file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Medium {
    /// Unique within the project, and permanent.
    pub id: MediumId,
    /// The name of the imported file.
    pub name: String,
    /// The hash of its bytes.
    pub content: ContentHash,
    /// Its path, relative to the project's folder.
    pub path: String,
    /// Its length.
    pub extent: Extent,
    /// True if it has a picture.
    pub has_picture: bool,
    /// True if it has sound.
    pub has_sound: bool,
    /// How the artist has marked it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub marks: MediumMarks,
    /// How its pictures are read.
    #[serde(default, skip_serializing_if = "is_default")]
    pub picture: PictureSettings,
}

/// The marks of a medium, by which it is found again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediumMarks {
    /// A favourite.
    #[serde(default, skip_serializing_if = "is_default")]
    pub is_favourite: bool,
    /// A colour label; its meaning is up to the artist.
    #[serde(default, skip_serializing_if = "is_default")]
    pub label: Label,
}

/// The length of a medium.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Extent {
    /// A still picture, of any length.
    Still,
    /// Video. Files name it by its first name.
    #[serde(rename = "Film")]
    Video {
        /// Its frame rate.
        rate: FrameRate,
        /// Its frames at that rate.
        frames: Frames,
    },
    /// Sound only.
    Sound {
        /// Samples per second.
        rate_hz: u32,
        /// Samples per channel.
        samples: u64,
    },
}

impl MediumMarks {
    /// The same, as a favourite or no longer as one.
    #[must_use]
    pub fn toggled(self) -> Self {
        Self {
            is_favourite: !self.is_favourite,
            ..self
        }
    }
}

impl Medium {
    /// Its length in whole frames at `rate`; `None` if it has no end.
    pub fn available(&self, rate: FrameRate) -> Option<Frames> {
        match self.extent {
            Extent::Still => None,
            Extent::Video { rate: own, frames } => Some(frames.rescaled(own, rate, Rounding::Down)),
            Extent::Sound { rate_hz, samples } => {
                let own = FrameRate::new(rate_hz, 1)?;
                let samples = Frames(i64::try_from(samples).unwrap_or(i64::MAX));
                Some(samples.rescaled(own, rate, Rounding::Down))
            }
        }
    }
}
