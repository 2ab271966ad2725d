//! How the codes of speech are drawn, of models that speak. Other models have none of it.

use serde::{Deserialize, Serialize};

/// How a model that speaks draws the codes of a line. The default is neutral: the best code each time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SpeechSampling {
    /// The first code of a frame, which decides words and melody.
    pub first: CodeSampling,
    /// The other codes of a frame, which decide its sound.
    pub others: CodeSampling,
    /// The scores of first codes that came before are divided by it; above 0. 1 is off.
    pub repetition_penalty: f64,
}

/// How one code is drawn from its scores.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CodeSampling {
    /// Scores are divided by it; larger is more random. 0: nothing is drawn, the best code is taken.
    pub temperature: f64,
    /// How many of the best codes can be drawn. 0: all.
    pub top_k: u32,
    /// The best codes that together have this probability can be drawn; above 0, at most 1. 1: all.
    pub top_p: f64,
}

impl Default for SpeechSampling {
    fn default() -> Self {
        Self {
            first: CodeSampling::default(),
            others: CodeSampling::default(),
            repetition_penalty: 1.0,
        }
    }
}

impl Default for CodeSampling {
    fn default() -> Self {
        Self {
            temperature: 0.0,
            top_k: 0,
            top_p: 1.0,
        }
    }
}

impl SpeechSampling {
    /// Whether it is that of a model without speech.
    pub fn is_neutral(&self) -> bool {
        *self == Self::default()
    }

    /// Whether all its numbers have a meaning.
    pub fn is_possible(&self) -> bool {
        let penalty = self.repetition_penalty;
        let are_codes = self.first.is_possible() && self.others.is_possible();
        are_codes && penalty.is_finite() && penalty > 0.0
    }
}

impl CodeSampling {
    fn is_possible(&self) -> bool {
        let is_temperature = self.temperature.is_finite() && self.temperature >= 0.0;
        is_temperature && self.top_p > 0.0 && self.top_p <= 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_neutral_and_numbers_without_a_meaning_are_known() {
        let neutral = SpeechSampling::default();
        assert!(neutral.is_neutral() && neutral.is_possible());
        let with = |change: fn(&mut SpeechSampling)| {
            let mut changed = neutral;
            change(&mut changed);
            (changed.is_neutral(), changed.is_possible())
        };
        assert_eq!(with(|speech| speech.first.temperature = 0.9), (false, true));
        assert_eq!(with(|speech| speech.others.top_k = 50), (false, true));
        assert_eq!(with(|speech| speech.others.top_p = 0.0), (false, false));
        assert_eq!(with(|speech| speech.first.top_p = f64::NAN), (false, false));
        assert_eq!(
            with(|speech| speech.first.temperature = -1.0),
            (false, false)
        );
        assert_eq!(
            with(|speech| speech.repetition_penalty = 0.0),
            (false, false)
        );
    }
}
