//! The quality of lossy pictures: three steps, and the option of each encoder that sets them.
//! The standard one is in the middle.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The quality of an export's pictures. A better quality makes a larger file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Quality {
    /// A small file, for review.
    Draft,
    /// The usual quality of the format.
    #[default]
    Standard,
    /// For masters and further encoding.
    High,
}

impl Quality {
    /// All of them, the lowest first.
    pub const ALL: [Self; 3] = [Self::Draft, Self::Standard, Self::High];

    /// Its name in the export dialog.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Standard => "Standard",
            Self::High => "High",
        }
    }
}

impl FromStr for Quality {
    type Err = String;

    /// Its name in lower case.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut all = Self::ALL.into_iter();
        all.find(|quality| quality.name().to_lowercase() == text)
            .ok_or_else(|| format!("\"{text}\" is not a quality; write draft, standard or high"))
    }
}

/// FFmpeg's name of an encoder option, and its value for each quality. Only the first encoders of a list have the option
/// here: hardware encoders encode every quality alike.
#[derive(Clone, Copy, Debug)]
pub struct QualityOption {
    /// The name of the option.
    pub name: &'static str,
    /// The values, in the order of [`Quality::ALL`].
    pub values: [&'static str; 3],
}

impl QualityOption {
    /// The value of a quality.
    pub fn value(&self, quality: Quality) -> &'static str {
        self.values[quality as usize]
    }
}
