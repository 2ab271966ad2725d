//! Classifier-free guidance and CFG-Zero*: two forward passes, with the prompt and with the negative prompt.
//! The result is `v_negative + scale * (v_prompt - v_negative)`.

pub use kinora_wire::Guidance;

use kinora_wire::GenerationSettings;
use tch::{Kind, Tensor};

use crate::experts::{guidance_of, runs};
use crate::streams::Latents;

/// The velocities of a step before guidance. A branch that the guidance does not use is not run, and `None`.
#[derive(Debug)]
pub struct Branches {
    /// With the prompt: the conditional branch.
    pub with: Latents,
    /// With the negative prompt: the unconditional branch.
    pub without: Option<Latents>,
    /// With the prompt, and self-attention left out in some blocks (STG).
    pub perturbed: Option<Latents>,
    /// With the prompt, and without attention between picture and sound.
    pub isolated: Option<Latents>,
}

impl Branches {
    /// Of a network that runs no others.
    pub fn of(with: Latents, without: Option<Latents>) -> Self {
        Self {
            with,
            without,
            perturbed: None,
            isolated: None,
        }
    }

    /// The guided velocity at `step`: prompt against negative prompt, each stream by itself.
    pub fn guided(&self, guidance: Guidance, step: usize) -> Latents {
        match &self.without {
            Some(without) => {
                let combine =
                    |with: &Tensor, without: &Tensor| guided(guidance, step, with, without);
                self.with.with(without, combine)
            }
            None => self.with.shallow_clone(),
        }
    }

    /// All branches, changed alike.
    pub fn map(&self, change: impl Fn(&Latents) -> Latents) -> Self {
        Self {
            with: change(&self.with),
            without: self.without.as_ref().map(&change),
            perturbed: self.perturbed.as_ref().map(&change),
            isolated: self.isolated.as_ref().map(&change),
        }
    }
}

/// The forward passes of steps at these timesteps, each for one prompt, if no step is skipped.
pub fn passes_in(settings: &GenerationSettings, timesteps: &[f64]) -> usize {
    let runs = runs(settings.expert_switch, timesteps);
    let passes = runs.into_iter().map(|run| {
        let guidance = guidance_of(run.expert, settings);
        let computed = run.steps.filter(|&step| !is_zero_step(guidance, step));
        computed.count() * (1 + usize::from(needs_negative(guidance)))
    });
    passes.sum()
}

/// Whether a forward pass with the negative prompt is needed.
pub fn needs_negative(guidance: Guidance) -> bool {
    match guidance {
        Guidance::Off => false,
        Guidance::Classifier { scale } | Guidance::ZeroStar { scale, .. } => scale > 1.0,
    }
}

/// Whether the velocity at `step` is zero whatever the network says, so that no forward pass is needed.
pub fn is_zero_step(guidance: Guidance, step: usize) -> bool {
    matches!(guidance, Guidance::ZeroStar { zero_steps, .. } if step < zero_steps as usize)
}

/// The guided velocity at `step`, from the velocities with the prompt and with the negative prompt.
pub fn guided(guidance: Guidance, step: usize, with: &Tensor, without: &Tensor) -> Tensor {
    match guidance {
        Guidance::Off => with.shallow_clone(),
        // Ho and Salimans, "Classifier-free diffusion guidance", 2022.
        Guidance::Classifier { scale } => without + (with - without) * scale,
        // Fan et al., "CFG-Zero*", 2025: the negative is first scaled by <with, without> / |without|^2, and the
        // first steps have zero velocity.
        Guidance::ZeroStar { .. } if is_zero_step(guidance, step) => with.zeros_like(),
        Guidance::ZeroStar { scale, .. } => {
            let without = without * projection(with, without);
            &without + (with - &without) * scale
        }
    }
}

/// <a, b> / <b, b> for each item of a batch, broadcastable.
fn projection(a: &Tensor, b: &Tensor) -> Tensor {
    let axes: Vec<i64> = (1..a.dim() as i64).collect();
    let sum = |x: Tensor| x.sum_dim_intlist(axes.as_slice(), true, Kind::Float);
    sum(a * b) / (sum(b * b) + 1e-8)
}

#[cfg(test)]
mod tests {
    use kinora_wire::{
        ExpertSwitch, LowNoiseGuidance, Sampler, SpeechSampling, StepCache, StreamGuidance,
    };

    use super::*;
    use crate::sampler::Schedule;

    fn settings() -> GenerationSettings {
        GenerationSettings {
            negative: String::new(),
            size: [64, 64],
            frames: 9,
            rate: 8,
            steps: 10,
            guidance: Guidance::Classifier { scale: 4.0 },
            sampler: Sampler::Euler,
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

    fn forward_passes(settings: &GenerationSettings) -> usize {
        let steps = settings.steps as usize;
        let schedule = Schedule::new(settings.sampler, steps, settings.shift);
        passes_in(settings, &schedule.timesteps)
    }

    #[test]
    fn each_step_is_a_pass_and_one_more_with_guidance_and_zero_steps_are_none() {
        assert_eq!(forward_passes(&settings()), 20);
        let unguided = GenerationSettings {
            guidance: Guidance::Off,
            ..settings()
        };
        assert_eq!(forward_passes(&unguided), 10);
        let zero = GenerationSettings {
            guidance: Guidance::ZeroStar {
                scale: 4.0,
                zero_steps: 2,
            },
            ..settings()
        };
        assert_eq!(forward_passes(&zero), 16);
        let experts = GenerationSettings {
            guidance_low: LowNoiseGuidance::Scale(1.0),
            expert_switch: ExpertSwitch::Step(4),
            ..settings()
        };
        assert_eq!(forward_passes(&experts), 2 * 4 + 6);
    }
}
