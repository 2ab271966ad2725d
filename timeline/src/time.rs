//! Positions and lengths in whole frames, and half-open ranges of frames.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::FrameRate;

/// A number of frames: a position from the timeline's start, a length, or a distance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Frames(pub i64);

/// The largest value read from a file: a thousand years at a billion frames a day. Sums of such values cannot
/// overflow.
const MOST_IN_A_FILE: i64 = 1 << 40;

impl<'de> Deserialize<'de> for Frames {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let frames = i64::deserialize(deserializer)?;
        if (-MOST_IN_A_FILE..=MOST_IN_A_FILE).contains(&frames) {
            return Ok(Self(frames));
        }
        Err(D::Error::custom(format!(
            "{frames} frames are more than any timeline has"
        )))
    }
}

impl Frames {
    /// No frames; the start of the timeline.
    pub const ZERO: Self = Self(0);
    /// One frame.
    pub const ONE: Self = Self(1);

    /// The same moment at another rate. Exact where possible, else rounded.
    pub fn rescaled(self, from: FrameRate, to: FrameRate, rounding: Rounding) -> Self {
        let (from_frames, from_seconds) = from.as_fraction();
        let (to_frames, to_seconds) = to.as_fraction();
        let numerator = i128::from(self.0) * i128::from(from_seconds) * i128::from(to_frames);
        let denominator = i128::from(from_frames) * i128::from(to_seconds);
        Self(divided(numerator, denominator, rounding))
    }

    /// The first audio sample of this frame.
    pub fn first_sample(self, rate: FrameRate, samples_per_second: u32) -> i64 {
        let (frames, seconds) = rate.as_fraction();
        let numerator = i128::from(self.0) * i128::from(seconds) * i128::from(samples_per_second);
        divided(numerator, i128::from(frames), Rounding::Down)
    }

    /// In seconds, for display only: arithmetic stays in frames.
    pub fn as_seconds(self, rate: FrameRate) -> f64 {
        let (frames, seconds) = rate.as_fraction();
        self.0 as f64 * f64::from(seconds) / f64::from(frames)
    }
}

/// How to round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// Towards earlier frames.
    Down,
    /// To the nearest frame, halves towards later ones.
    Nearest,
    /// Towards later frames.
    Up,
}

/// `numerator / denominator`, clamped to the range of frame numbers; `denominator` must be above zero.
pub(crate) fn divided(numerator: i128, denominator: i128, rounding: Rounding) -> i64 {
    let floor = |numerator: i128| numerator.div_euclid(denominator);
    let whole = match rounding {
        Rounding::Down => floor(numerator),
        Rounding::Nearest => (2 * numerator + denominator).div_euclid(2 * denominator),
        Rounding::Up => -floor(-numerator),
    };
    i64::try_from(whole.clamp(i128::from(i64::MIN), i128::from(i64::MAX))).unwrap_or_default()
}

impl Add for Frames {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Frames {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Frames {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Frames {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl Sum for Frames {
    fn sum<I: Iterator<Item = Self>>(frames: I) -> Self {
        frames.fold(Self::ZERO, Add::add)
    }
}

/// "1 frame", "6 frames".
impl fmt::Display for Frames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} frame{}",
            self.0,
            if self.0.unsigned_abs() == 1 { "" } else { "s" }
        )
    }
}

/// Frames from `start` up to, but not including, `end()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FrameRange {
    /// The first frame.
    pub start: Frames,
    /// The number of frames; an empty range lies between two frames.
    pub length: Frames,
}

impl FrameRange {
    /// From `start` up to `end`, or empty at `start` if `end` is not later.
    pub fn between(start: Frames, end: Frames) -> Self {
        Self {
            start,
            length: (end - start).max(Frames::ZERO),
        }
    }

    /// The first frame after the range.
    pub fn end(self) -> Frames {
        self.start + self.length
    }

    /// True if `frame` lies in the range.
    pub fn contains(self, frame: Frames) -> bool {
        self.start <= frame && frame < self.end()
    }

    /// The intersection of both ranges, if any.
    pub fn overlap(self, other: Self) -> Option<Self> {
        let both = Self::between(self.start.max(other.start), self.end().min(other.end()));
        (both.length > Frames::ZERO).then_some(both)
    }

    /// The same range, later by `by`.
    pub fn moved(self, by: Frames) -> Self {
        Self {
            start: self.start + by,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rate(text: &str) -> FrameRate {
        text.parse().expect("a rate")
    }

    #[test]
    fn an_hour_of_ntsc_is_what_it_is_and_not_a_frame_more() {
        let hour_at_30 = Frames(30 * 3600);
        assert_eq!(
            hour_at_30.rescaled(rate("30"), rate("29.97"), Rounding::Down),
            Frames(107_892)
        );
    }

    #[test]
    fn the_three_roundings_differ_only_where_nothing_divides() {
        let (at_24, at_25) = (rate("24"), rate("25"));
        assert_eq!(Frames(24).rescaled(at_24, at_25, Rounding::Up), Frames(25));
        assert_eq!(Frames(1).rescaled(at_24, at_25, Rounding::Down), Frames(1));
        assert_eq!(Frames(1).rescaled(at_24, at_25, Rounding::Up), Frames(2));
        assert_eq!(
            Frames(-1).rescaled(at_24, at_25, Rounding::Down),
            Frames(-2)
        );
        assert_eq!(
            Frames(12).rescaled(at_24, at_25, Rounding::Nearest),
            Frames(13)
        );
    }

    #[test]
    fn samples_of_neighbouring_frames_meet() {
        assert_eq!(Frames(1).first_sample(rate("24"), 48_000), 2000);
        assert_eq!(
            Frames(30_000).first_sample(rate("29.97"), 48_000),
            1001 * 48_000
        );
    }

    proptest! {
        #[test]
        fn going_to_a_faster_rate_and_back_is_where_one_was(frame in -10_000_000..10_000_000_i64) {
            for (slow, fast) in [("24", "60"), ("23.976", "24"), ("25", "29.97"), ("29.97", "59.94")] {
                let (slow, fast) = (rate(slow), rate(fast));
                let there = Frames(frame).rescaled(slow, fast, Rounding::Up);
                prop_assert_eq!(there.rescaled(fast, slow, Rounding::Down), Frames(frame));
            }
        }

        #[test]
        fn an_overlap_lies_in_both(a in 0..50_i64, b in 0..50_i64, c in 0..50_i64, d in 0..50_i64) {
            let (one, other) = (FrameRange { start: Frames(a), length: Frames(b) }, FrameRange { start: Frames(c), length: Frames(d) });
            for frame in (0..100).map(Frames) {
                let in_both = one.contains(frame) && other.contains(frame);
                prop_assert_eq!(one.overlap(other).is_some_and(|both| both.contains(frame)), in_both);
            }
        }
    }
}
