//! What a clip shows and how it is marked: its source, its edges, the frames between those of its source, and its label.
//! Plain values.

use serde::{Deserialize, Serialize};

use crate::id::{MediumId, SequenceId, ShotId, TitleId};

/// The source of a clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Source {
    /// The chosen take of a shot, or its animatic while none is chosen.
    Shot(ShotId),
    /// An imported file.
    Medium(MediumId),
    /// A title.
    Title(TitleId),
    /// Another sequence of the project. It has no end: after its last clip it shows nothing.
    Sequence(SequenceId),
}

impl Source {
    /// The sequence, if it is one.
    pub fn sequence(self) -> Option<SequenceId> {
        match self {
            Self::Sequence(id) => Some(id),
            Self::Shot(_) | Self::Medium(_) | Self::Title(_) => None,
        }
    }
}

/// An edge of a clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Edge {
    /// Where it begins.
    Head,
    /// Where it ends.
    Tail,
}

/// What is shown between two frames of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum InBetweens {
    /// The frame before, held.
    #[default]
    None,
    /// Frames made by a frame interpolator; the frame before while they are not made.
    Smooth,
}

/// A colour label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs, reason = "colours")]
pub enum Label {
    #[default]
    None,
    Red,
    Orange,
    Yellow,
    Green,
    Cyan,
    Blue,
    Purple,
    Pink,
}
