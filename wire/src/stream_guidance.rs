//! The further guidance of a model that makes picture and sound together: terms beside the prompt's, for each of the two
//! streams. Models of pictures alone have none.

use serde::{Deserialize, Serialize};

/// The guidance of picture and sound beside the CFG scale of the picture. The default is neutral.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StreamGuidance {
    /// CFG scale of the sound, 0 or more. `None`: that of the picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sound_scale: Option<f64>,
    /// Terms of the picture.
    pub picture: GuidanceTerms,
    /// Terms of the sound.
    pub sound: GuidanceTerms,
}

/// Terms of one stream, in the space of predicted data x0: `x0 = x0_prompt + stg (x0_prompt - x0_perturbed) +
/// (modality - 1) (x0_prompt - x0_isolated)`, beside the term of the negative prompt.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GuidanceTerms {
    /// Against a pass with self-attention left out in some blocks (spatio-temporal guidance), 0 or more. 0 is off.
    pub stg: f64,
    /// Against a pass in which picture and sound do not attend to each other, 0 or more. 1 is off.
    pub modality: f64,
    /// How far the guided prediction is brought back to the standard deviation of the unguided one, 0 (off) to 1.
    pub rescale: f64,
}

impl Default for GuidanceTerms {
    fn default() -> Self {
        Self {
            stg: 0.0,
            modality: 1.0,
            rescale: 0.0,
        }
    }
}

impl StreamGuidance {
    /// Whether it changes nothing, as for models of pictures alone.
    pub fn is_neutral(&self) -> bool {
        *self == Self::default()
    }

    /// Whether all its numbers have a meaning.
    pub fn is_possible(&self) -> bool {
        let is_scale = |scale: f64| scale.is_finite() && scale >= 0.0;
        let terms = [self.picture, self.sound];
        let are_terms = terms.iter().all(|terms| {
            is_scale(terms.stg) && is_scale(terms.modality) && (0.0..=1.0).contains(&terms.rescale)
        });
        are_terms && self.sound_scale.is_none_or(is_scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_neutral_and_numbers_without_a_meaning_are_known() {
        let neutral = StreamGuidance::default();
        assert!(neutral.is_neutral() && neutral.is_possible());
        let with = |change: fn(&mut StreamGuidance)| {
            let mut changed = neutral;
            change(&mut changed);
            (changed.is_neutral(), changed.is_possible())
        };
        assert_eq!(
            with(|guidance| guidance.sound_scale = Some(7.0)),
            (false, true)
        );
        assert_eq!(with(|guidance| guidance.picture.stg = 1.0), (false, true));
        assert_eq!(
            with(|guidance| guidance.sound.modality = -1.0),
            (false, false)
        );
        assert_eq!(
            with(|guidance| guidance.sound.rescale = 1.1),
            (false, false)
        );
        assert_eq!(
            with(|guidance| guidance.picture.stg = f64::NAN),
            (false, false)
        );
        assert_eq!(
            with(|guidance| guidance.sound_scale = Some(-1.0)),
            (false, false)
        );
    }
}
