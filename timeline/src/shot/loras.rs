//! The LoRAs of a shot: files of changes to the weights of its model, each with a strength.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::stored::is_default;

/// A LoRA of a shot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShotLora {
    /// The name of the file in the LoRA folders, with `/` between folders, or the whole path of a file elsewhere.
    pub file: String,
    /// What its changes are multiplied by: 1 is what it was trained with, 0 is without effect.
    pub strength: f64,
    /// The expert that it changes. `None`: every expert that it fits.
    #[serde(default, skip_serializing_if = "is_default")]
    pub expert: Option<Expert>,
}

/// One of the two transformers of a model that changes between them while it denoises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Expert {
    /// The one for the first steps, with much noise.
    HighNoise,
    /// The one for the last steps, with little noise.
    LowNoise,
}

impl ShotLora {
    /// The possible strengths.
    pub const STRENGTHS: RangeInclusive<f64> = -4.0..=4.0;

    /// A LoRA with the strength that it was trained with, for every expert.
    pub fn new(file: &str) -> Self {
        Self {
            file: file.into(),
            strength: 1.0,
            expert: None,
        }
    }

    /// The name of the file, without its folders.
    pub fn file_name(&self) -> &str {
        let name = self.file.rsplit(['/', '\\']).next();
        name.unwrap_or(&self.file)
    }

    /// Whether it changes anything.
    pub fn has_effect(&self) -> bool {
        self.strength != 0.0
    }

    /// Fails with the reason if a shot cannot have these.
    pub(crate) fn check(all: &[Self]) -> Result<(), &'static str> {
        if all.iter().any(|lora| lora.file.is_empty()) {
            return Err("a LoRA has a file");
        }
        let is_possible = |lora: &Self| Self::STRENGTHS.contains(&lora.strength);
        if !all.iter().all(is_possible) {
            return Err("the strength of a LoRA runs from -4 to 4");
        }
        let is_again = |(at, lora): (usize, &Self)| {
            let mut before = all.iter().take(at);
            before.any(|other| (&other.file, other.expert) == (&lora.file, lora.expert))
        };
        if all.iter().enumerate().any(is_again) {
            return Err("a LoRA is in a shot once for each expert: this one is there already");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lora_for_every_expert_is_written_without_one() {
        let lora = ShotLora::new("film/style.safetensors");
        let text = ron::to_string(&lora).expect("written");
        assert!(!text.contains("expert"), "{text}");
        assert_eq!(ron::from_str(&text), Ok(lora.clone()));
        let own = ShotLora {
            strength: 0.6,
            expert: Some(Expert::LowNoise),
            ..lora
        };
        let text = ron::to_string(&own).expect("written");
        assert_eq!(ron::from_str(&text), Ok(own));
    }

    #[test]
    fn a_lora_is_called_by_its_file_without_folders() {
        for path in ["a.safetensors", "b/a.safetensors", r"C:\b\a.safetensors"] {
            assert_eq!(ShotLora::new(path).file_name(), "a.safetensors");
        }
    }

    #[test]
    fn loras_that_a_shot_cannot_have_are_refused() {
        let lora = ShotLora::new("a");
        let with = |strength| ShotLora {
            strength,
            ..ShotLora::new("b")
        };
        let for_one = ShotLora {
            expert: Some(Expert::HighNoise),
            ..lora.clone()
        };
        let possible = [lora.clone(), for_one, with(-4.0)];
        assert!(ShotLora::check(&possible).is_ok());
        assert!(ShotLora::check(&[lora.clone(), lora]).is_err(), "twice");
        for strength in [4.1, f64::NAN, f64::INFINITY] {
            assert!(ShotLora::check(&[with(strength)]).is_err(), "{strength}");
        }
        assert!(ShotLora::check(&[ShotLora::new("")]).is_err());
    }
}
