//! Transitions between two pictures, in integers.

use kinora_timeline::TransitionKind;

/// How the pictures before and after a cut are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    /// Cross-dissolve.
    Dissolve {
        /// The weight of the picture after the cut, from 0 to 255.
        share: u32,
    },
    /// Dip through a grey level: only one picture is visible at a time.
    Dip {
        /// The grey level at the cut: 0 for black, 255 for white.
        through: u8,
        /// The weight of the picture, from 0 to 255.
        share: u32,
        /// Whether it is the picture after the cut.
        is_after: bool,
    },
    /// Wipe: the picture after the cut comes in from the left.
    Wipe {
        /// Columns of the picture after the cut.
        columns: u32,
    },
}

impl Transition {
    /// The transition at a progress from 0 to 1, in a frame of this width in pixels.
    pub fn of(kind: TransitionKind, progress: f32, width: u32) -> Self {
        let dip = |through| Self::Dip {
            through,
            share: of_255((2.0 * progress - 1.0).abs()),
            is_after: progress >= 0.5,
        };
        match kind {
            TransitionKind::Dissolve => Self::Dissolve {
                share: of_255(progress),
            },
            TransitionKind::DipToBlack => dip(0),
            TransitionKind::DipToWhite => dip(255),
            TransitionKind::WipeRight => Self::Wipe {
                columns: ((progress * width as f32).round() as u32).min(width),
            },
        }
    }
}

/// A fraction of 1 as a fraction of 255.
pub fn of_255(part: f32) -> u32 {
    (part.clamp(0.0, 1.0) * 255.0).round() as u32
}
