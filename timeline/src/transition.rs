//! How one clip gives way to the next: frames borrowed on both sides of a cut, which itself stays where it is.

use serde::{Deserialize, Serialize};

use crate::{ClipId, FrameRange, Frames};

/// What is seen in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TransitionKind {
    /// One picture becomes the other; sound cross-fades.
    Dissolve,
    /// Through black.
    DipToBlack,
    /// Through white.
    DipToWhite,
    /// The new picture comes in from the left.
    WipeRight,
}

/// A transition at the cut at the head of the clip that has it.
///
/// ```text
/// | from      |.after|          the clip before, shown beyond its end
///       |before.| this     |    this clip, shown before its start
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Transition {
    /// What is seen.
    pub kind: TransitionKind,
    /// The clip before the cut. Should another come to stand there, the transition is gone.
    pub from: ClipId,
    /// Frames before the cut in which this clip already shows; it needs as much handle at its head.
    pub before: Frames,
    /// Frames after the cut in which the clip before still shows; it needs as much handle at its tail.
    pub after: Frames,
}

impl Transition {
    /// The frames it covers if the cut is at `cut`.
    pub fn range(&self, cut: Frames) -> FrameRange {
        FrameRange {
            start: cut - self.before,
            length: self.before + self.after,
        }
    }
}
