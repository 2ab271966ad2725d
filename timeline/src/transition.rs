//! Transitions: one clip gives way to the next with frames borrowed on both sides of a cut, which does not move.

use serde::{Deserialize, Serialize};

use crate::{ClipId, FrameRange, Frames};

/// The kinds of transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TransitionKind {
    /// One picture fades into the other; sound cross-fades.
    Dissolve,
    /// Through black.
    DipToBlack,
    /// Through white.
    DipToWhite,
    /// The incoming picture wipes in from the left.
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
    /// The kind.
    pub kind: TransitionKind,
    /// The clip before the cut. If another clip comes to stand there, the transition is dropped.
    pub from: ClipId,
    /// Frames before the cut in which this clip is already visible; it needs as much handle at its head.
    pub before: Frames,
    /// Frames after the cut in which the clip before is still visible; it needs as much handle at its tail.
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
