//! Picture sizes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Width and height of a picture in pixels. Both are even, because video stores colour for blocks of two by two
/// pixels, and small enough for any encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "(u32, u32)", into = "(u32, u32)")]
pub struct Size {
    width: u32,
    height: u32,
}

impl Size {
    /// The sizes offered for a new project, smallest first.
    pub const COMMON: [Self; 5] = [
        Self {
            width: 832,
            height: 480,
        },
        Self {
            width: 1280,
            height: 720,
        },
        Self {
            width: 720,
            height: 1280,
        },
        Self {
            width: 1920,
            height: 1080,
        },
        Self {
            width: 3840,
            height: 2160,
        },
    ];
    const LONGEST_SIDE: u32 = 16384;

    /// `None` unless both sides are even and between 2 and 16384.
    pub fn new(width: u32, height: u32) -> Option<Self> {
        let fits = |side: u32| side.is_multiple_of(2) && (2..=Self::LONGEST_SIDE).contains(&side);
        (fits(width) && fits(height)).then_some(Self { width, height })
    }

    /// In pixels.
    pub fn width(self) -> u32 {
        self.width
    }

    /// In pixels.
    pub fn height(self) -> u32 {
        self.height
    }
}

impl TryFrom<(u32, u32)> for Size {
    type Error = String;

    fn try_from((width, height): (u32, u32)) -> Result<Self, String> {
        Self::new(width, height).ok_or_else(|| {
            format!(
                "{width}x{height} is not a picture size: both sides must be even, from 2 to {}",
                Self::LONGEST_SIDE
            )
        })
    }
}

impl From<Size> for (u32, u32) {
    fn from(size: Size) -> Self {
        (size.width, size.height)
    }
}

impl FromStr for Size {
    type Err = String;

    /// "1280x720".
    fn from_str(text: &str) -> Result<Self, String> {
        let sides = text.split_once(['x', 'X', '×']);
        let (width, height) = sides
            .and_then(|(width, height)| width.trim().parse().ok().zip(height.trim().parse().ok()))
            .ok_or_else(|| format!("\"{text}\" is not a size; write it as 1280x720"))?;
        Self::try_from((width, height))
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_no_encoder_takes_cannot_be_said() {
        for text in ["1281x720", "0x0", "1280", "99999x2", "wide"] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
        assert_eq!("1280x720".parse(), Ok(Size::COMMON[1]));
    }
}
