//! How two pictures meet at a cut, as whole numbers.

use kinora_timeline::TransitionKind;

/// What is seen between the picture before a cut and the one after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    /// Both; `share` of 255 of the one after.
    Dissolve {
        /// Of 255.
        share: u32,
    },
    /// One of them, the darker or brighter the nearer the cut.
    Dip {
        /// The grey at the cut.
        through: u8,
        /// Of 255: how much of the picture is left.
        share: u32,
        /// Whether it is the picture after the cut.
        is_after: bool,
    },
    /// The one after from the left on.
    Wipe {
        /// So many columns.
        columns: u32,
    },
}

impl Transition {
    /// Of a transition that has come so far, from 0 to 1, in a frame of this width.
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

/// A part of one as a part of 255.
pub fn of_255(part: f32) -> u32 {
    (part.clamp(0.0, 1.0) * 255.0).round() as u32
}
