//! The setting of the step cache, which leaves out forward passes of the network: off, or a threshold.
//! The engine has the rule.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Whether steps of a clip may be skipped: their velocity is then taken from the last computed step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepCache {
    /// Every step runs the network.
    #[default]
    Off,
    /// `EasyCache`: a step is skipped while the estimated change of the velocity since the last computed step is below the
    /// threshold.
    Easy {
        /// The threshold, a share of the velocity, from 0 (skips nothing) to 1.
        threshold: f64,
    },
}

impl StepCache {
    /// The usual threshold: that of the authors for text to video.
    pub const USUAL_THRESHOLD: f64 = 0.06;

    /// The cache with this threshold; 0 is off.
    pub fn with_threshold(threshold: f64) -> Self {
        match threshold <= 0.0 {
            true => Self::Off,
            false => Self::Easy { threshold },
        }
    }

    /// Whether its number has a meaning.
    pub fn is_possible(self) -> bool {
        match self {
            Self::Off => true,
            Self::Easy { threshold } => (0.0..=1.0).contains(&threshold),
        }
    }
}

impl fmt::Display for StepCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::Easy { threshold } => write!(f, "{threshold}"),
        }
    }
}

impl FromStr for StepCache {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = match text {
            "off" => Some(Self::Off),
            number => number
                .parse()
                .ok()
                .map(|threshold| Self::Easy { threshold }),
        };
        let possible = parsed.filter(|cache| cache.is_possible());
        possible.ok_or_else(|| {
            "a step cache is \"off\" or a threshold from 0 to 1, such as 0.06".into()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_cache_is_read_as_it_is_written() {
        let easy = |threshold| StepCache::Easy { threshold };
        for cache in [StepCache::Off, easy(0.0), easy(0.06), easy(1.0)] {
            assert_eq!(cache.to_string().parse(), Ok(cache));
            let json = serde_json::to_string(&cache).expect("written");
            assert_eq!(serde_json::from_str(&json).ok(), Some(cache), "{json}");
        }
        for text in ["", "on", "-0.1", "1.5", "nan", "easy"] {
            let why = text.parse::<StepCache>().expect_err(text);
            assert!(why.contains("0 to 1"), "{why}");
        }
    }

    #[test]
    fn a_threshold_of_zero_in_a_shot_is_off() {
        assert_eq!(StepCache::with_threshold(0.0), StepCache::Off);
        let threshold = StepCache::USUAL_THRESHOLD;
        assert_eq!(
            StepCache::with_threshold(threshold),
            StepCache::Easy { threshold }
        );
    }
}
