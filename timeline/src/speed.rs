//! The speed of a clip: an exact ratio, negative for reverse, zero for a freeze frame.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Source frames per record frames, in lowest terms: 2/1 is double speed, 1/2 half, -1/1 reverse, 0/1 a freeze frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "(i32, u32)", into = "(i32, u32)")]
pub struct Speed {
    source_frames: i32,
    record_frames: u32,
}

impl Speed {
    /// A freeze frame.
    pub const FREEZE: Self = Self {
        source_frames: 0,
        record_frames: 1,
    };
    /// Reverse at normal speed.
    pub const REVERSE: Self = Self {
        source_frames: -1,
        record_frames: 1,
    };
    /// The highest speed, and the inverse of the lowest: anything beyond is a slip of the mouse.
    const MOST: u32 = 1000;

    /// `None` if faster than 1000 times or slower than 1/1000.
    pub fn new(source_frames: i32, record_frames: u32) -> Option<Self> {
        let divisor = greatest_common_divisor(source_frames.unsigned_abs(), record_frames);
        let speed = Self {
            source_frames: source_frames.checked_div(i32::try_from(divisor).ok()?)?,
            record_frames: record_frames.checked_div(divisor)?,
        };
        let fits = speed.source_frames.unsigned_abs() <= Self::MOST
            && (1..=Self::MOST).contains(&speed.record_frames);
        fits.then_some(speed)
    }

    /// Negative in reverse.
    pub fn source_frames(self) -> i32 {
        self.source_frames
    }

    /// Above zero.
    pub fn record_frames(self) -> u32 {
        self.record_frames
    }
}

impl Default for Speed {
    fn default() -> Self {
        Self {
            source_frames: 1,
            record_frames: 1,
        }
    }
}

impl TryFrom<(i32, u32)> for Speed {
    type Error = String;

    fn try_from((source_frames, record_frames): (i32, u32)) -> Result<Self, String> {
        Self::new(source_frames, record_frames)
            .ok_or_else(|| format!("{source_frames}/{record_frames} is not a speed"))
    }
}

impl From<Speed> for (i32, u32) {
    fn from(speed: Speed) -> Self {
        (speed.source_frames, speed.record_frames)
    }
}

/// "100 %", "-50 %", "freeze".
impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.source_frames == 0 {
            return f.write_str("freeze");
        }
        let percent = 100.0 * f64::from(self.source_frames) / f64::from(self.record_frames);
        write!(f, "{} %", (percent * 100.0).round() / 100.0)
    }
}

pub(crate) fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_shown_as_editors_say_them() {
        let shown = |source, record| Speed::new(source, record).expect("a speed").to_string();
        assert_eq!(
            [shown(1, 1), shown(-2, 4), shown(0, 9), shown(1, 3)],
            ["100 %", "-50 %", "freeze", "33.33 %"]
        );
    }

    #[test]
    fn absurd_speeds_cannot_be_said() {
        assert!(
            Speed::new(1, 0).is_none()
                && Speed::new(5000, 1).is_none()
                && Speed::new(i32::MIN, 1).is_none()
        );
    }
}
