//! What the artist brought in: pictures, films and sounds, named by their content.

use serde::{Deserialize, Serialize};

use crate::{ContentHash, FrameRate, Frames, MediumId, Rounding};

/// An imported file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Medium {
    /// Its name for life.
    pub id: MediumId,
    /// What it was called when it came.
    pub name: String,
    /// What it is, wherever it lies.
    pub content: ContentHash,
    /// Where it lies, below the project's folder.
    pub path: String,
    /// How long it is.
    pub extent: Extent,
    /// True if it has pictures.
    pub has_picture: bool,
    /// True if it has sound.
    pub has_sound: bool,
}

/// How long a medium is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Extent {
    /// A picture that stands: as long as one wants.
    Still,
    /// A film.
    Film {
        /// Its own rate.
        rate: FrameRate,
        /// Its frames at that rate.
        frames: Frames,
    },
    /// A sound.
    Sound {
        /// Samples per second.
        rate_hz: u32,
        /// Samples of each channel.
        samples: u64,
    },
}

impl Medium {
    /// The whole frames it fills at `rate`; `None` if it has no end.
    pub fn available(&self, rate: FrameRate) -> Option<Frames> {
        match self.extent {
            Extent::Still => None,
            Extent::Film { rate: own, frames } => Some(frames.rescaled(own, rate, Rounding::Down)),
            Extent::Sound { rate_hz, samples } => {
                let own = FrameRate::new(rate_hz, 1)?;
                let samples = Frames(i64::try_from(samples).unwrap_or(i64::MAX));
                Some(samples.rescaled(own, rate, Rounding::Down))
            }
        }
    }
}
