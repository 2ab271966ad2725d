//! Frame rates: exact and rational. Never seconds in floating point.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::speed::greatest_common_divisor;

/// Frames per second as an exact fraction in lowest terms: 24 is 24/1, "23.976" is 24000/1001.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "(u32, u32)", into = "(u32, u32)")]
pub struct FrameRate {
    frames: NonZeroU32,
    seconds: NonZeroU32,
}

impl FrameRate {
    /// Cinema.
    pub const FPS_24: Self = Self::whole(NonZeroU32::MIN.saturating_add(23));
    /// The rates offered for a new project, slowest first.
    pub const COMMON: [Self; 8] = [
        Self::whole(NonZeroU32::MIN.saturating_add(15)),
        Self::ntsc(NonZeroU32::MIN.saturating_add(23)),
        Self::FPS_24,
        Self::whole(NonZeroU32::MIN.saturating_add(24)),
        Self::ntsc(NonZeroU32::MIN.saturating_add(29)),
        Self::whole(NonZeroU32::MIN.saturating_add(29)),
        Self::whole(NonZeroU32::MIN.saturating_add(49)),
        Self::whole(NonZeroU32::MIN.saturating_add(59)),
    ];

    /// `frames` per `seconds`; `None` unless both are above zero.
    pub fn new(frames: u32, seconds: u32) -> Option<Self> {
        let divisor = greatest_common_divisor(frames, seconds);
        Some(Self {
            frames: NonZeroU32::new(frames.checked_div(divisor)?)?,
            seconds: NonZeroU32::new(seconds.checked_div(divisor)?)?,
        })
    }

    /// Frames per second, for measuring and display only: arithmetic stays in frames.
    pub fn per_second(self) -> f64 {
        let (frames, seconds) = self.as_fraction();
        f64::from(frames) / f64::from(seconds)
    }

    /// The fraction: frames, and the seconds they take.
    pub fn as_fraction(self) -> (u32, u32) {
        (self.frames.get(), self.seconds.get())
    }

    const fn whole(frames: NonZeroU32) -> Self {
        Self {
            frames,
            seconds: NonZeroU32::MIN,
        }
    }

    /// The NTSC rate: 1000/1001 of the nominal one.
    const fn ntsc(nominal: NonZeroU32) -> Self {
        let thousand = NonZeroU32::MIN.saturating_add(999);
        Self {
            frames: nominal.saturating_mul(thousand),
            seconds: thousand.saturating_add(1),
        }
    }
}

impl TryFrom<(u32, u32)> for FrameRate {
    type Error = String;

    fn try_from((frames, seconds): (u32, u32)) -> Result<Self, String> {
        Self::new(frames, seconds).ok_or_else(|| format!("{frames}/{seconds} is not a frame rate"))
    }
}

impl From<FrameRate> for (u32, u32) {
    fn from(rate: FrameRate) -> Self {
        rate.as_fraction()
    }
}

impl FromStr for FrameRate {
    type Err = String;

    /// "24", "24000/1001", or the customary short form of an NTSC rate ("23.976", "29.97", "59.94").
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let rate = match text {
            "23.976" | "23.98" => Self::new(24000, 1001),
            "29.97" => Self::new(30000, 1001),
            "59.94" => Self::new(60000, 1001),
            _ => {
                let (frames, seconds) = text.split_once('/').unwrap_or((text, "1"));
                frames
                    .trim()
                    .parse()
                    .ok()
                    .zip(seconds.trim().parse().ok())
                    .and_then(|(frames, seconds)| Self::new(frames, seconds))
            }
        };
        rate.ok_or_else(|| {
            format!("\"{text}\" is not a frame rate; write 24, 25, 29.97 or 24000/1001")
        })
    }
}

/// "24", "25", and for NTSC rates the customary "23.976".
impl fmt::Display for FrameRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (frames, seconds) = self.as_fraction();
        if seconds == 1 {
            return write!(f, "{frames}");
        }
        let rounded = format!("{:.3}", f64::from(frames) / f64::from(seconds));
        f.write_str(rounded.trim_end_matches('0').trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ntsc_rates_are_exact_and_written_as_editors_write_them() {
        let rate: FrameRate = "23.976".parse().expect("a rate");
        assert_eq!(rate.as_fraction(), (24000, 1001));
        assert_eq!(rate.to_string(), "23.976");
        assert_eq!(FrameRate::COMMON[4].to_string(), "29.97");
    }

    #[test]
    fn a_rate_is_kept_in_lowest_terms_so_that_equal_rates_are_equal() {
        assert_eq!(FrameRate::new(48, 2), Some(FrameRate::FPS_24));
        assert_eq!("50/2".parse(), Ok(FrameRate::COMMON[3]));
    }

    #[test]
    fn what_is_no_rate_is_refused_with_an_example() {
        for text in ["", "0", "24/0", "-3", "film", "24.5"] {
            let refused = text.parse::<FrameRate>().expect_err(text);
            assert!(refused.contains("29.97"), "{refused}");
        }
    }

    #[test]
    fn every_common_rate_reads_back_from_what_is_shown() {
        for rate in FrameRate::COMMON {
            assert_eq!(rate.to_string().parse(), Ok(rate));
        }
    }
}
