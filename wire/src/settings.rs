//! The settings of a generation. One table lists them all: the complete settings, those of a request that leaves some
//! out, how the gaps are filled and how two are compared follow from it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{ExpertSwitch, LowNoiseGuidance, SpeechSampling, StepCache, StreamGuidance};

/// Makes [`GenerationSettings`] and [`PartialSettings`] from the table below. A row is a setting: its documentation,
/// for files of models that may leave it out its default, its name and its type.
macro_rules! settings {
    ($(
        $(#[doc = $doc:literal])+
        $(#[serde($($default:tt)+)])?
        $name:ident: $type:ty,
    )+) => {
        /// The settings of a clip, complete. Also a model's default settings.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct GenerationSettings {
            $(
                $(#[doc = $doc])+
                $(#[serde($($default)+)])?
                pub $name: $type,
            )+
        }

        /// The settings of a request. `None`: the model's default.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        pub struct PartialSettings {
            $(
                $(#[doc = $doc])+
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $name: Option<$type>,
            )+
        }

        impl PartialSettings {
            /// The complete settings: what is left out is taken from the defaults. A guidance without one for the
            /// low-noise expert counts for both experts.
            pub fn or(&self, defaults: &GenerationSettings) -> GenerationSettings {
                let mut complete = GenerationSettings {
                    $($name: self.$name.clone().unwrap_or_else(|| defaults.$name.clone()),)+
                };
                if self.guidance.is_some() && self.guidance_low.is_none() {
                    complete.guidance_low = LowNoiseGuidance::Same;
                }
                complete
            }
        }

        impl From<GenerationSettings> for PartialSettings {
            fn from(settings: GenerationSettings) -> Self {
                Self { $($name: Some(settings.$name),)+ }
            }
        }

        impl GenerationSettings {
            /// The settings that differ in others: name, value here, value there.
            #[expect(clippy::float_cmp, reason = "any difference is one")]
            pub fn differences(&self, other: &Self) -> Vec<(String, String, String)> {
                let mut rows = Vec::new();
                $(if self.$name != other.$name {
                    let name = stringify!($name).replace('_', " ");
                    rows.push((name, format!("{:?}", self.$name), format!("{:?}", other.$name)));
                })+
                rows
            }
        }
    };
}

settings! {
    /// The negative prompt. Used only with guidance.
    #[serde(default)]
    negative: String,
    /// Width and height of a frame, in pixels.
    size: [u32; 2],
    /// Length in frames; must fit the model's [`FrameRule`](crate::FrameRule).
    frames: u32,
    /// Frames per second.
    rate: u32,
    /// Denoising steps, 1 to 1000.
    steps: u32,
    /// Guidance method and scale.
    guidance: Guidance,
    /// The CFG scale of the low-noise expert, for models with two experts.
    #[serde(default, skip_serializing_if = "is_same")]
    guidance_low: LowNoiseGuidance,
    /// Where the low-noise expert takes over, for models with two experts.
    #[serde(default, skip_serializing_if = "is_never")]
    expert_switch: ExpertSwitch,
    /// The sampler.
    sampler: Sampler,
    /// Flow-matching timestep shift, above 0: sigma' = shift * sigma / (1 + (shift - 1) * sigma). 1 leaves the schedule
    /// unchanged; higher values spend more steps at high noise.
    shift: f64,
    /// Scale of the control branch (VACE): the weight of control clip, references and keyframes. From 0 (ignored) to 2;
    /// 1 is what the model was trained with. As a default: the scale for a control clip that is to be followed
    /// exactly; without a control clip the default is 1.
    #[serde(default = "unit_scale")]
    control_strength: f64,
    /// Whether steps may be skipped.
    #[serde(default, skip_serializing_if = "is_off")]
    step_cache: StepCache,
    /// Further guidance, of models that make picture and sound together.
    #[serde(default, skip_serializing_if = "StreamGuidance::is_neutral")]
    stream_guidance: StreamGuidance,
    /// Whether the picture is made in two stages: at half of width and height, then at full size from what the first stage
    /// made, enlarged. For distilled models with a latent upscaler. The neutral value is one stage.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    two_stages: bool,
    /// How codes are drawn, of models that speak.
    #[serde(default, skip_serializing_if = "SpeechSampling::is_neutral")]
    speech: SpeechSampling,
}

fn unit_scale() -> f64 {
    1.0
}

fn is_same(guidance: &LowNoiseGuidance) -> bool {
    *guidance == LowNoiseGuidance::Same
}

fn is_never(switch: &ExpertSwitch) -> bool {
    *switch == ExpertSwitch::Never
}

fn is_off(cache: &StepCache) -> bool {
    *cache == StepCache::Off
}

/// Samplers: the sigma schedule and the solver step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sampler {
    /// UniPC with the schedule of Wan's own code (sigmas from 0.999 to 0, before the shift).
    #[serde(rename = "unipc")]
    UniPc,
    /// UniPC with the schedule of diffusers (sigmas from 1 to 0.001, before the shift).
    #[serde(rename = "unipc-diffusers")]
    UniPcDiffusers,
    /// Euler, with the schedule of VideoX-Fun.
    Euler,
    /// Euler, with the four fixed steps of step-distilled models.
    Distilled,
}

impl Sampler {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::UniPc,
        Self::UniPcDiffusers,
        Self::Euler,
        Self::Distilled,
    ];

    /// The name used on command lines and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::UniPc => "unipc",
            Self::UniPcDiffusers => "unipc-diffusers",
            Self::Euler => "euler",
            Self::Distilled => "distilled",
        }
    }
}

impl fmt::Display for Sampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Sampler {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|sampler| sampler.name() == text);
        found.ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|sampler| sampler.name()).collect();
            format!("there is no such sampler; there are: {}", names.join(", "))
        })
    }
}

/// Guidance: how strongly the prompt counts against the negative prompt.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Guidance {
    /// No guidance: one forward pass per step instead of two.
    Off,
    /// Classifier-free guidance: `v = v_negative + scale * (v_prompt - v_negative)`.
    Classifier {
        /// CFG scale, 0 or more. 1 is off; 3 to 7 is usual.
        scale: f64,
    },
    /// CFG-Zero*: as `Classifier`, with `v_negative` first scaled by
    /// `dot(v_prompt, v_negative) / dot(v_negative, v_negative)`, and with zero velocity in the first steps.
    ZeroStar {
        /// CFG scale, as for `Classifier`.
        scale: f64,
        /// How many steps at the start have zero velocity.
        zero_steps: u32,
    },
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub fn settings() -> GenerationSettings {
        GenerationSettings {
            negative: String::new(),
            size: [832, 480],
            frames: 49,
            rate: 16,
            steps: 50,
            guidance: Guidance::Off,
            sampler: Sampler::UniPc,
            shift: 3.0,
            control_strength: 1.0,
            guidance_low: LowNoiseGuidance::Same,
            expert_switch: ExpertSwitch::Never,
            step_cache: StepCache::Off,
            stream_guidance: StreamGuidance::default(),
            two_stages: false,
            speech: SpeechSampling::default(),
        }
    }

    #[test]
    fn settings_that_are_left_out_are_the_models_defaults() {
        let asked = PartialSettings {
            steps: Some(8),
            ..PartialSettings::default()
        };
        let complete = asked.or(&settings());
        let expected = GenerationSettings {
            steps: 8,
            ..settings()
        };
        assert_eq!(complete, expected);
        assert_eq!(
            PartialSettings::from(complete.clone()).or(&settings()),
            complete
        );
    }

    #[test]
    fn a_guidance_of_its_own_counts_for_both_experts() {
        let defaults = GenerationSettings {
            guidance_low: LowNoiseGuidance::Scale(3.0),
            ..settings()
        };
        let asked = |guidance, guidance_low| PartialSettings {
            guidance,
            guidance_low,
            ..PartialSettings::default()
        };
        let low = |asked: PartialSettings| asked.or(&defaults).guidance_low;
        let five = Some(Guidance::Classifier { scale: 5.0 });
        assert_eq!(low(asked(None, None)), LowNoiseGuidance::Scale(3.0));
        assert_eq!(low(asked(five, None)), LowNoiseGuidance::Same);
        let two = LowNoiseGuidance::Scale(2.0);
        assert_eq!(low(asked(five, Some(two))), two);
    }

    #[test]
    fn settings_without_experts_and_step_cache_are_written_as_before_there_were_any() {
        let json = serde_json::to_value(settings()).expect("written");
        let has = |name| json.get(name).is_some();
        assert!(!has("guidance_low") && !has("expert_switch"), "{json}");
        assert!(!has("step_cache") && !has("stream_guidance"), "{json}");
        assert!(!has("two_stages"), "{json}");
        assert!(!has("speech"), "{json}");
        let with = GenerationSettings {
            guidance_low: LowNoiseGuidance::Scale(3.0),
            expert_switch: ExpertSwitch::Step(10),
            step_cache: StepCache::Easy { threshold: 0.06 },
            stream_guidance: StreamGuidance {
                sound_scale: Some(7.0),
                ..StreamGuidance::default()
            },
            two_stages: true,
            speech: SpeechSampling {
                repetition_penalty: 1.05,
                ..SpeechSampling::default()
            },
            ..settings()
        };
        let json = serde_json::to_value(&with).expect("written");
        assert_eq!(serde_json::from_value(json).ok(), Some(with));
    }

    #[test]
    fn the_differences_of_two_settings_have_names_and_values() {
        let other = GenerationSettings {
            control_strength: 0.5,
            ..settings()
        };
        let row = ("control strength".into(), "1.0".into(), "0.5".into());
        assert_eq!(settings().differences(&other), [row]);
        assert_eq!(settings().differences(&settings()), []);
    }
}
