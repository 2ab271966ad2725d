//! The noise levels of the LTX-2 family: of the full models by the number of tokens of the picture, of the distilled models
//! a fixed list, and the shorter list of a second stage after the latent upscaler.
//!
//! (diffusers, `LTX2Pipeline`, `calculate_shift`; `FlowMatchEulerDiscreteScheduler` with `use_dynamic_shifting` and
//! `shift_terminal`; `pipelines/ltx2/utils.py`.)

use kinora_wire::Sampler;

use crate::sampler::Schedule;

/// Two numbers of tokens, and the logarithm of the shift at each. Between and beyond them it is linear in the tokens.
const SHIFTS: [(f64, f64); 2] = [(1024.0, 0.95), (4096.0, 2.05)];
/// The sigma of the last step of a full model.
const TERMINAL: f64 = 0.1;
/// The first sigma of a solver that takes the logarithm of 1 - sigma.
const BELOW_ONE: f64 = 1.0 - 1e-6;
/// The sigmas of the distilled models, without the 0 at their end.
const DISTILLED: [f64; 8] = [
    1.0, 0.99375, 0.9875, 0.98125, 0.975, 0.909_375, 0.725, 0.421_875,
];
/// Where a second stage begins in that list.
const SECOND_STAGE: usize = 5;

/// Steps of the distilled models.
pub const DISTILLED_STEPS: u32 = DISTILLED.len() as u32;

/// The schedule of a clip with this many tokens of the picture. `shift` multiplies the shift of the tokens; 1 leaves it as
/// it is. The distilled sampler has its own list, without a shift.
pub fn schedule(sampler: Sampler, steps: usize, tokens: i64, shift: f64) -> Schedule {
    if sampler == Sampler::Distilled {
        return Schedule::of_sigmas(DISTILLED.to_vec());
    }
    let factor = shift * log_shift(tokens).exp();
    // Distances from 1, which stay exact where a large clip brings all sigmas near 1.
    let distances = (0..steps).map(|step| {
        let odds = step as f64 / (steps - step) as f64; // 1 / sigma - 1
        odds / (factor + odds)
    });
    let mut sigmas = stretched(distances.collect());
    if let (Sampler::UniPc | Sampler::UniPcDiffusers, Some(first)) = (sampler, sigmas.first_mut()) {
        *first = first.min(BELOW_ONE);
    }
    Schedule::of_sigmas(sigmas)
}

/// The schedule of the second stage: the latents of the first, twice as wide and high, are noised to its first sigma.
pub fn second_stage() -> Schedule {
    Schedule::of_sigmas(DISTILLED.iter().copied().skip(SECOND_STAGE).collect())
}

/// The logarithm of the shift for this many tokens.
fn log_shift(tokens: i64) -> f64 {
    let [(few, low), (many, high)] = SHIFTS;
    let slope = (high - low) / (many - few);
    low + slope * (tokens as f64 - few)
}

/// The sigmas of these distances from 1, scaled so that the last is the terminal one. A single step stays at 1.
fn stretched(distances: Vec<f64>) -> Vec<f64> {
    let last = distances.last().copied().filter(|last| *last > 0.0);
    let scale = last.map_or(0.0, |last| (1.0 - TERMINAL) / last);
    let distances = distances.into_iter();
    distances.map(|distance| 1.0 - distance * scale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schedule_falls_to_zero_and_a_full_one_takes_its_last_step_from_the_terminal_sigma() {
        for sampler in Sampler::ALL {
            for (steps, tokens) in [(1, 1), (2, 1024), (30, 6144), (40, 100_000)] {
                let schedule = schedule(sampler, steps, tokens, 1.0);
                let sigmas = &schedule.sigmas;
                assert!(
                    sigmas.windows(2).all(|pair| pair[1] < pair[0]),
                    "{sampler:?} {steps} {tokens}: {sigmas:?}"
                );
                if sampler != Sampler::Distilled && steps > 1 {
                    assert_eq!(schedule.steps(), steps);
                    assert!((sigmas[steps - 1] - TERMINAL).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    fn more_tokens_and_a_larger_shift_spend_more_steps_at_high_noise() {
        let middle = |tokens, shift| schedule(Sampler::Euler, 30, tokens, shift).sigmas[15];
        assert!(middle(1024, 1.0) < middle(4096, 1.0));
        assert!(middle(4096, 1.0) < middle(4096, 2.0));
    }
}
