//! The comparison of two takes of a shot in the viewer: the project as it is, and with the other take.

use kinora_studio::timeline::{ContentHash, ShotId};

/// The take that is compared with the chosen one, and the mode.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    pub shot: ShotId,
    /// The take that is not the chosen one.
    pub take: ContentHash,
    pub mode: CompareMode,
}

/// How the two pictures are shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CompareMode {
    /// The chosen take left of a line, the other take right of it. The line is at this fraction of the width.
    Wipe(f32),
    SideBySide,
}
