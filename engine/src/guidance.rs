//! Classifier-free guidance and CFG-Zero*: two forward passes, with the prompt and with the negative prompt.
//! The result is `v_negative + scale * (v_prompt - v_negative)`.

pub use kinora_wire::Guidance;

use tch::{Kind, Tensor};

/// The velocities of a step before guidance, each 1 x c x f x h x w.
#[derive(Debug)]
pub struct Branches {
    /// With the prompt: the conditional branch.
    pub with: Tensor,
    /// With the negative prompt: the unconditional branch. `None`: it was not run, since the guidance does not use it.
    pub without: Option<Tensor>,
}

impl Branches {
    /// The guided velocity at `step`.
    pub fn guided(&self, guidance: Guidance, step: usize) -> Tensor {
        match &self.without {
            Some(without) => guided(guidance, step, &self.with, without),
            None => self.with.shallow_clone(),
        }
    }

    /// Both branches, changed alike.
    pub fn map(&self, change: impl Fn(&Tensor) -> Tensor) -> Self {
        Self {
            with: change(&self.with),
            without: self.without.as_ref().map(change),
        }
    }
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
