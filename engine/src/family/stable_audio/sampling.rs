//! The sampler: sigmas evenly spaced in the logarithm of the signal-to-noise ratio, and the solver's step.
//! Source: diffusers `logsnr_sigma_schedule` of `pipeline_stable_audio_3.py`, `FlowMatchEulerDiscreteScheduler`.
//!
//! x = (1 - sigma) data + sigma noise, and the network predicts v = noise - data.

use std::path::Path;

use kinora_wire::Failure;
use serde::Deserialize;
use tch::{Device, Kind, Tensor};

use crate::files::read_small;
use crate::weights::LONGEST_JSON_BYTES;

/// A solver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SoundSampler {
    /// Of distilled models ("ping-pong"): predicts the data, then adds new noise.
    PingPong,
    /// Of base models: follows the velocity.
    Euler,
}

/// The range of the logarithm of the signal-to-noise ratio.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogSnr {
    /// In the noise.
    pub least: f64,
    /// Before the last step.
    pub most: f64,
}

impl Default for LogSnr {
    /// That of the released models.
    fn default() -> Self {
        Self {
            least: -6.2,
            most: 2.0,
        }
    }
}

/// `scheduler_config.json`. Other fields would change the sigmas, and are no part of the release.
#[derive(Deserialize)]
struct SchedulerConfig {
    #[serde(rename = "_class_name")]
    class: String,
    #[serde(default)]
    stochastic_sampling: bool,
    shift: Option<f64>,
    num_train_timesteps: Option<f64>,
    #[serde(default)]
    use_dynamic_shifting: bool,
    #[serde(default)]
    invert_sigmas: bool,
}

impl SoundSampler {
    /// The solver that a model was made for, from its `scheduler_config.json`. Fails for schedules of another kind.
    pub fn of_scheduler(path: &Path) -> Result<Self, Failure> {
        let refuse = |why: String| {
            Failure::bad_file(
                format!("{}: {why}", path.display()),
                "use the scheduler that came with the model",
            )
        };
        let text = read_small(path, LONGEST_JSON_BYTES).map_err(&refuse)?;
        let config: SchedulerConfig =
            serde_json::from_slice(&text).map_err(|error| refuse(error.to_string()))?;
        let is =
            |number: Option<f64>, otherwise: f64| (number.unwrap_or(otherwise) - 1.0).abs() < 1e-9;
        if config.class != "FlowMatchEulerDiscreteScheduler" {
            return Err(refuse(format!(
                "the scheduler `{}` is unknown",
                config.class
            )));
        }
        if config.use_dynamic_shifting || config.invert_sigmas || !is(config.shift, 1.0) {
            return Err(refuse("its sigmas are shifted, which is unknown".into()));
        }
        if !is(config.num_train_timesteps, 1000.0) {
            return Err(refuse("its timesteps are not sigmas".into()));
        }
        Ok(match config.stochastic_sampling {
            true => Self::PingPong,
            false => Self::Euler,
        })
    }

    /// The usual number of steps.
    pub fn default_steps(self) -> usize {
        match self {
            Self::PingPong => 8,
            Self::Euler => 100,
        }
    }

    /// Whether each step adds new noise.
    pub fn is_stochastic(self) -> bool {
        self == Self::PingPong
    }

    /// The sample at the next sigma, from the velocity at this one. `noise` is that of the step, for a stochastic
    /// sampler.
    pub fn step(
        self,
        (sample, velocity): (&Tensor, &Tensor),
        (sigma, next): (f64, f64),
        noise: Option<&Tensor>,
    ) -> Tensor {
        match noise {
            Some(noise) if self.is_stochastic() => {
                let data = sample - velocity * sigma;
                data * (1.0 - next) + noise * next
            }
            _ => sample + velocity * (next - sigma),
        }
    }
}

/// The sigmas of this many steps, from 1 to 0: one more than there are steps. Operations and precision are those of the
/// reference: the network sees sigma multiplied by up to 60,000, so even its last bit moves the result.
pub fn sigmas(steps: usize, range: LogSnr) -> Vec<f64> {
    let single = (Kind::Float, Device::Cpu);
    let places = Tensor::linspace(1.0, 0.0, steps as i64 + 1, single);
    let logarithms = (places * (range.most - range.least)).neg() + range.most;
    let between = logarithms.neg().sigmoid().to_kind(Kind::Double);
    let between = between.iter::<f64>().into_iter().flatten();
    let between = between.skip(1).take(steps.saturating_sub(1));
    std::iter::once(1.0).chain(between).chain([0.0]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sigmas_fall_from_one_to_zero() {
        for steps in [1, 2, 8, 100] {
            let sigmas = sigmas(steps, LogSnr::default());
            assert_eq!(sigmas.len(), steps + 1);
            assert!(
                sigmas.windows(2).all(|pair| pair[1] < pair[0]),
                "{sigmas:?}"
            );
        }
    }

    #[track_caller]
    fn check(text: &str, expected: Option<SoundSampler>) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("scheduler_config.json");
        std::fs::write(&path, text).expect("written");
        assert_eq!(SoundSampler::of_scheduler(&path).ok(), expected, "{text}");
    }

    #[test]
    fn the_scheduler_of_a_model_says_how_it_is_sampled() {
        let class = r#""_class_name": "FlowMatchEulerDiscreteScheduler""#;
        let with = |more: &str| format!("{{{class}, \"num_train_timesteps\": 1{more}}}");
        let distilled = with(r#", "stochastic_sampling": true, "shift": 1.0"#);
        check(&distilled, Some(SoundSampler::PingPong));
        check(&with(""), Some(SoundSampler::Euler));
        check(&with(r#", "shift": 3.0"#), None);
        check(&format!("{{{class}}}"), None);
        check(r#"{"_class_name": "UniPCMultistepScheduler"}"#, None);
        check("{", None);
    }
}
