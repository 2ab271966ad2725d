//! The noise schedule: the sigmas and timesteps of a sampler.
//! Timestep shift: sigma' = shift * sigma / (1 + (shift - 1) * sigma). Above 1 it spends more steps at high noise.

use kinora_wire::Sampler;

/// Sigmas, and the timesteps given to the network.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// From about 1 (noise) to 0 (data): one more than there are steps.
    pub sigmas: Vec<f64>,
    /// sigma * 1000 for each step: the network's input.
    pub timesteps: Vec<f64>,
}

/// The four timesteps of step-distilled models, before the shift (LightX2V, `WanStepDistillScheduler`).
const DISTILLED_PLACES: [f64; 4] = [1000.0, 750.0, 500.0, 250.0];

impl Schedule {
    /// The schedule of a sampler. `Distilled` always has four steps.
    pub fn new(sampler: Sampler, steps: usize, shift: f64) -> Self {
        match sampler {
            Sampler::UniPc => Self::unipc(between(0.999, 0.0, steps + 1, steps), shift),
            Sampler::UniPcDiffusers => Self::unipc(between(1.0, 0.001, steps + 1, steps), shift),
            Sampler::Euler => Self::euler(steps, shift),
            Sampler::Distilled => Self::of_sigmas(
                DISTILLED_PLACES
                    .map(|place| shifted(place / 1000.0, shift))
                    .to_vec(),
            ),
        }
    }

    /// How many steps there are.
    pub fn steps(&self) -> usize {
        self.timesteps.len()
    }

    /// The two UniPC schedules differ in their end points. Timesteps are truncated to integers.
    /// (Wan2.2 `wan/utils/fm_solvers_unipc.py`; diffusers `UniPCMultistepScheduler`.)
    fn unipc(linear: Vec<f64>, shift: f64) -> Self {
        let mut sigmas: Vec<f64> = linear.into_iter().map(|s| shifted(s, shift)).collect();
        if let Some(first) = sigmas.first_mut()
            && (*first - 1.0).abs() < 1e-6
        {
            *first -= 1e-6; // ln(1 - sigma) must be finite
        }
        let timesteps = sigmas
            .iter()
            .map(|sigma| (sigma * 1000.0).trunc())
            .collect();
        // Both references store sigmas in single precision, which matters near 1.
        let mut sigmas: Vec<f64> = sigmas
            .iter()
            .map(|&sigma| f64::from(sigma as f32))
            .collect();
        sigmas.push(0.0);
        Self { sigmas, timesteps }
    }

    /// As diffusers `FlowMatchEulerDiscreteScheduler`, which shifts the smallest sigma when it is created and all
    /// sigmas again when they are set. Recommended shifts assume this.
    fn euler(steps: usize, shift: f64) -> Self {
        let last = shifted(0.001, shift);
        let linear = between(1.0, last, steps.max(2), steps);
        Self::of_sigmas(linear.into_iter().map(|s| shifted(s, shift)).collect())
    }

    /// With these sigmas, one for each step; the last step ends at 0.
    pub fn of_sigmas(mut sigmas: Vec<f64>) -> Self {
        let timesteps = sigmas.iter().map(|sigma| sigma * 1000.0).collect();
        sigmas.push(0.0);
        Self { sigmas, timesteps }
    }
}

fn shifted(sigma: f64, shift: f64) -> f64 {
    shift * sigma / (1.0 + (shift - 1.0) * sigma)
}

/// The first `taken` of `count` evenly spaced numbers from `first` to `last`.
fn between(first: f64, last: f64, count: usize, taken: usize) -> Vec<f64> {
    let step = (last - first) / (count.max(2) - 1) as f64;
    (0..taken).map(|at| first + step * at as f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distilled_schedule_is_the_one_its_models_were_trained_for() {
        let schedule = Schedule::new(Sampler::Distilled, 50, 5.0);
        let expected = [1.0, 0.9375, 5.0 / 6.0, 0.625, 0.0];
        for (ours, theirs) in schedule.sigmas.iter().zip(expected) {
            assert!((ours - theirs).abs() < 1e-12, "{:?}", schedule.sigmas);
        }
        assert_eq!(schedule.steps(), 4);
    }

    #[test]
    fn every_schedule_falls_to_zero() {
        for sampler in Sampler::ALL {
            for steps in [1, 2, 3, 50] {
                for shift in [1.0, 3.0, 12.0] {
                    let schedule = Schedule::new(sampler, steps, shift);
                    let falls = schedule.sigmas.windows(2).all(|pair| pair[1] < pair[0]);
                    assert!(falls, "{sampler:?} {steps} {shift}: {:?}", schedule.sigmas);
                    assert_eq!(schedule.sigmas.len(), schedule.steps() + 1);
                }
            }
        }
    }
}
