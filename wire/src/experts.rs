//! Settings of models with two experts: networks that take turns in denoising a clip. The high-noise expert makes the
//! composition, the low-noise expert the details.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Where the low-noise expert takes over from the high-noise expert.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExpertSwitch {
    /// Nowhere. The only choice of models with one transformer.
    #[default]
    Never,
    /// At a share of the noise, 0 to 1: steps with a timestep of at least `share * 1000` belong to the high-noise expert.
    /// The rule of Wan's own code and of diffusers (`boundary_ratio`).
    Timestep(f64),
    /// At a step, counted from 0: the first one of the low-noise expert. The rule of ComfyUI's workflows.
    Step(u32),
}

/// The CFG scale of the low-noise expert.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LowNoiseGuidance {
    /// As for the high-noise expert, or for the only transformer.
    #[default]
    Same,
    /// A scale of its own, 0 or more. 1 is off.
    Scale(f64),
}

impl fmt::Display for ExpertSwitch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str("never"),
            Self::Timestep(share) => write!(f, "{share}"),
            Self::Step(step) => write!(f, "step:{step}"),
        }
    }
}

impl FromStr for ExpertSwitch {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = match text.strip_prefix("step:") {
            _ if text == "never" => Some(Self::Never),
            Some(step) => step.parse().ok().map(Self::Step),
            None => {
                let share = text.parse().ok().map(Self::Timestep);
                share.filter(|switch| switch.is_possible())
            }
        };
        parsed.ok_or_else(|| {
            "experts switch at a share of the noise, 0 to 1, such as 0.875, or at a step, such as step:10".into()
        })
    }
}

impl ExpertSwitch {
    /// Whether its number has a meaning.
    pub fn is_possible(self) -> bool {
        match self {
            Self::Never | Self::Step(_) => true,
            Self::Timestep(share) => (0.0..=1.0).contains(&share),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_is_read_as_it_is_written() {
        for switch in [
            ExpertSwitch::Never,
            ExpertSwitch::Timestep(0.875),
            ExpertSwitch::Timestep(1.0),
            ExpertSwitch::Step(10),
        ] {
            assert_eq!(switch.to_string().parse(), Ok(switch));
        }
        for text in ["", "1.5", "-0.1", "nan", "step:", "step:-1", "half"] {
            let why = text.parse::<ExpertSwitch>().expect_err(text);
            assert!(why.contains("step:10"), "{why}");
        }
    }

    #[test]
    fn both_settings_are_words_or_a_word_with_a_number() {
        let json = |value| serde_json::to_string(&value).expect("written");
        assert_eq!(json(ExpertSwitch::Timestep(0.9)), r#"{"timestep":0.9}"#);
        assert_eq!(json(ExpertSwitch::Never), r#""never""#);
        let low = serde_json::to_string(&LowNoiseGuidance::Scale(3.0)).expect("written");
        assert_eq!(low, r#"{"scale":3.0}"#);
    }
}
