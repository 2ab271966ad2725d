//! The noise levels a sampler visits. A shift above 1 spends more steps where there is more noise:
//! shifted = shift · s / (1 + (shift - 1) · s).

use kinora_wire::Sampler;

/// Noise levels and what the network is told of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// From noise (1) to data (0): one more than there are steps.
    pub sigmas: Vec<f64>,
    /// Sigma · 1000 of each step, as the network was trained to be told it.
    pub timesteps: Vec<f64>,
}

/// The distilled models' four places on the way, of 1000 (LightX2V, `WanStepDistillScheduler`).
const DISTILLED_PLACES: [f64; 4] = [1000.0, 750.0, 500.0, 250.0];

impl Schedule {
    /// The schedule of a sampler. A distilled one has its own number of steps, whatever is asked.
    pub fn new(sampler: Sampler, steps: usize, shift: f64) -> Self {
        match sampler {
            Sampler::UniPc => Self::unipc(between(0.999, 0.0, steps + 1, steps), shift),
            Sampler::UniPcDiffusers => Self::unipc(between(1.0, 0.001, steps + 1, steps), shift),
            Sampler::Euler => Self::euler(steps, shift),
            Sampler::Distilled => Self::exact(
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

    /// The two kinds of UniPC differ in the ends they start from. The network is told whole timesteps.
    /// (Wan2.2 `wan/utils/fm_solvers_unipc.py`; diffusers `UniPCMultistepScheduler`.)
    fn unipc(linear: Vec<f64>, shift: f64) -> Self {
        let mut sigmas: Vec<f64> = linear.into_iter().map(|s| shifted(s, shift)).collect();
        if let Some(first) = sigmas.first_mut()
            && (*first - 1.0).abs() < 1e-6
        {
            *first -= 1e-6; // the logarithm of what is not noise must exist
        }
        let timesteps = sigmas
            .iter()
            .map(|sigma| (sigma * 1000.0).trunc())
            .collect();
        // Both references keep sigmas in single precision, and near 1 the difference is felt.
        let mut sigmas: Vec<f64> = sigmas
            .iter()
            .map(|&sigma| f64::from(sigma as f32))
            .collect();
        sigmas.push(0.0);
        Self { sigmas, timesteps }
    }

    /// diffusers `FlowMatchEulerDiscreteScheduler` shifts its smallest sigma when it is made and all of
    /// them again when it is used; models' advice on shifts is given for it as it is.
    fn euler(steps: usize, shift: f64) -> Self {
        let last = shifted(0.001, shift);
        let linear = between(1.0, last, steps.max(2), steps);
        Self::exact(linear.into_iter().map(|s| shifted(s, shift)).collect())
    }

    fn exact(mut sigmas: Vec<f64>) -> Self {
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
