//! Models with two experts: which steps of a clip each one denoises, and its guidance.
//! A model with one transformer denoises all steps with it.

use std::ops::Range;

pub use kinora_wire::Expert;
use kinora_wire::{ExpertSwitch, GenerationSettings, Guidance, LowNoiseGuidance};

/// Steps in a row that one expert denoises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The expert.
    pub expert: Expert,
    /// Its steps, counted from 0.
    pub steps: Range<usize>,
}

/// The runs of a clip, in order. Timesteps (sigma * 1000) fall from step to step, so each expert has one run at most;
/// runs without steps are left out.
pub fn runs(switch: ExpertSwitch, timesteps: &[f64]) -> Vec<Run> {
    let steps = timesteps.len();
    let first_low = match switch {
        ExpertSwitch::Never => steps,
        ExpertSwitch::Step(step) => (step as usize).min(steps),
        ExpertSwitch::Timestep(share) => {
            let is_high = |timestep: &&f64| **timestep >= share * 1000.0;
            timesteps.iter().take_while(is_high).count()
        }
    };
    let both = [
        (Expert::HighNoise, 0..first_low),
        (Expert::LowNoise, first_low..steps),
    ];
    let runs = both
        .into_iter()
        .map(|(expert, steps)| Run { expert, steps });
    runs.filter(|run| !run.steps.is_empty()).collect()
}

/// The guidance of an expert.
pub fn guidance_of(expert: Expert, settings: &GenerationSettings) -> Guidance {
    let own = settings.guidance;
    let (Expert::LowNoise, LowNoiseGuidance::Scale(scale)) = (expert, settings.guidance_low) else {
        return own;
    };
    match own {
        Guidance::ZeroStar { zero_steps, .. } => Guidance::ZeroStar { scale, zero_steps },
        Guidance::Off | Guidance::Classifier { .. } => Guidance::Classifier { scale },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number of steps of each expert.
    fn steps(switch: ExpertSwitch, timesteps: &[f64]) -> Vec<(Expert, usize)> {
        let runs = runs(switch, timesteps).into_iter();
        runs.map(|run| (run.expert, run.steps.len())).collect()
    }

    #[test]
    fn the_experts_share_the_steps_by_timestep_or_by_step() {
        use Expert::{HighNoise, LowNoise};
        let timesteps = [999.0, 937.0, 875.0, 625.0];
        let of = |switch| steps(switch, &timesteps);
        assert_eq!(of(ExpertSwitch::Never), [(HighNoise, 4)]);
        let timestep = ExpertSwitch::Timestep;
        assert_eq!(of(timestep(0.9)), [(HighNoise, 2), (LowNoise, 2)]);
        assert_eq!(
            of(timestep(0.875)),
            [(HighNoise, 3), (LowNoise, 1)],
            "a timestep at the limit is of the high-noise expert"
        );
        assert_eq!(of(timestep(1.0)), [(LowNoise, 4)]);
        assert_eq!(of(timestep(0.0)), [(HighNoise, 4)]);
        let step = ExpertSwitch::Step;
        assert_eq!(of(step(1)), [(HighNoise, 1), (LowNoise, 3)]);
        assert_eq!(of(step(0)), [(LowNoise, 4)]);
        assert_eq!(of(step(9)), [(HighNoise, 4)]);
    }
}
