//! The step cache: leaves out steps of the network whose velocity hardly differs from that of the last computed step.
//! It stands between the loop and the denoiser, and depends on no model family.

use std::ops::Range;

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use crate::family::Denoiser;
use crate::guidance::{Branches, is_zero_step};
use crate::job::Listener;
use crate::streams::{Latents, Streams};

/// Steps at the start of a run that are always computed (`--ret_steps` of the authors' program for Wan 2.2).
pub const FIRST_COMPUTED: usize = 7;

/// `EasyCache`, for the steps of one expert. (Zhou et al., "Less is Enough: Training-Free Video Diffusion Acceleration via
/// Runtime-Adaptive Caching", arXiv 2507.02860; `H-EmbodVis/EasyCache`, `EasyCache4Wan2.2/easycache_generate.py`,
/// `easycache_forward`.)
///
/// With v the velocity of the conditional branch at x, and |.| the mean of the absolute values:
///
/// - The first [`FIRST_COMPUTED`] steps and the last one are computed.
/// - In each other step the error grows by `k |x - x of the step before| / |v of the last computed step|`. While it is
///   below the threshold, the step is skipped. Otherwise the step is computed, and the error is zero again.
/// - A computed step sets `k = |v - v of the computed step before| / |x - x of the computed step before|`, and keeps
///   `v - x` of both branches.
/// - The velocity of a skipped step is `x + (v - x)` with the kept difference, for each branch; guidance follows.
///
/// Each expert begins anew, since it has velocities of its own. (The authors' program does so for image to video; its
/// counters for text to video run on.) Given frames do not count in |x - ...|: they are imposed, as they are there. Of
/// picture and sound, whose velocities are of different sizes, that which changes more counts. Memory: five latents, and
/// one more for each further branch of a guidance.
#[derive(Debug)]
pub struct StepCache {
    /// `None`: every step is computed, and nothing is kept.
    threshold: Option<f64>,
    steps: Range<usize>,
    /// x of the step before, as the network is shown it.
    x_before: Option<Latents>,
    computed: Option<Computed>,
    /// How much v changes with x. `None` before the second computed step.
    rate: Option<Streams<f64>>,
    error: f64,
    skipped: u32,
}

/// What is kept of the last computed step.
#[derive(Debug)]
struct Computed {
    x: Latents,
    velocity: Latents,
    differences: Branches,
}

impl StepCache {
    /// For one run of steps with the same network.
    pub fn new(setting: kinora_wire::StepCache, steps: Range<usize>) -> Self {
        let threshold = match setting {
            kinora_wire::StepCache::Off => None,
            kinora_wire::StepCache::Easy { threshold } => Some(threshold),
        };
        Self {
            threshold,
            steps,
            x_before: None,
            computed: None,
            rate: None,
            error: 0.0,
            skipped: 0,
        }
    }

    /// How many steps were skipped so far.
    pub fn skipped(&self) -> u32 {
        self.skipped
    }

    /// The guided velocity at `x`, as [`Denoiser::velocity`]; of a skipped step from the last computed one.
    pub fn velocity(
        &mut self,
        denoiser: &mut dyn Denoiser,
        x: &Latents,
        timestep: f64,
        step: usize,
        listener: &mut dyn Listener,
    ) -> Result<Latents, Failure> {
        let guidance = denoiser.guidance();
        let Some(threshold) = self.threshold.filter(|_| !is_zero_step(guidance, step)) else {
            return denoiser.velocity(x, timestep, step, listener);
        };
        let shown = denoiser.clip_of(x);
        let is_skipped = self.is_skipped(&shown, step, threshold);
        self.x_before = Some(shown.shallow_clone());
        if let Some(computed) = self.computed.as_ref().filter(|_| is_skipped) {
            listener.check()?;
            self.skipped += 1;
            let differences = &computed.differences;
            let branches = differences.map(|kept| x.with(kept, |x, difference| x + difference));
            return Ok(denoiser.guided(&branches, x, timestep, step));
        }
        let branches = denoiser.branches(x, timestep, listener)?;
        self.keep(x, shown, &branches);
        Ok(denoiser.guided(&branches, x, timestep, step))
    }

    /// Decides on a step, and counts its error. `shown` is x as the network is shown it.
    fn is_skipped(&mut self, shown: &Latents, step: usize, threshold: f64) -> bool {
        let is_first = step < self.steps.start + FIRST_COMPUTED;
        let is_last = step + 1 >= self.steps.end;
        let known = (&self.x_before, &self.computed, self.rate);
        let (Some(x_before), Some(computed), Some(rate)) = known else {
            return false;
        };
        if is_first || is_last {
            return false; // the error is still zero: none is counted before the last of the first steps
        }
        let changes = changes(shown, x_before).zip(computed.velocity.each_ref().map(mean_abs));
        let errors = rate.zip(changes);
        self.error += largest(errors.map(|(rate, (change, velocity))| rate * change / velocity));
        let is_skipped = self.error < threshold; // also false for NaN, of a velocity of zero
        if !is_skipped {
            self.error = 0.0;
        }
        is_skipped
    }

    fn keep(&mut self, x: &Latents, shown: Latents, branches: &Branches) {
        let velocity = branches.with.shallow_clone();
        if let Some(before) = &self.computed {
            let rates = changes(&velocity, &before.velocity).zip(changes(&shown, &before.x));
            self.rate = Some(rates.map(|(change, of)| change / of));
        }
        self.computed = Some(Computed {
            x: shown,
            velocity,
            differences: branches.map(|branch| branch.with(x, |velocity, x| velocity - x)),
        });
    }
}

/// How far each stream is from another.
fn changes(now: &Latents, before: &Latents) -> Streams<f64> {
    let change = |(now, before): (&Tensor, &Tensor)| mean_abs(&(now - before));
    now.each_ref().zip(before.each_ref()).map(change)
}

/// The larger error of two streams; NaN if one is.
fn largest(errors: Streams<f64>) -> f64 {
    let larger = |one: f64, other: f64| {
        if one > other || one.is_nan() {
            one
        } else {
            other
        }
    };
    errors.iter().copied().reduce(larger).unwrap_or(f64::NAN)
}

fn mean_abs(tensor: &Tensor) -> f64 {
    tensor.abs().mean(Kind::Float).double_value(&[])
}
