//! Classifier-free guidance and CFG-Zero*: two forward passes, with the prompt and with the negative prompt.
//! The result is `v_negative + scale * (v_prompt - v_negative)`.

pub use kinora_wire::Guidance;

use tch::{Kind, Tensor};

/// Whether a forward pass with the negative prompt is needed.
pub fn needs_negative(guidance: Guidance) -> bool {
    match guidance {
        Guidance::Off => false,
        Guidance::Classifier { scale } | Guidance::ZeroStar { scale, .. } => scale > 1.0,
    }
}

/// The guided velocity at `step`, from the velocities with the prompt and with the negative prompt.
pub fn guided(guidance: Guidance, step: usize, with: &Tensor, without: &Tensor) -> Tensor {
    match guidance {
        Guidance::Off => with.shallow_clone(),
        // Ho and Salimans, "Classifier-free diffusion guidance", 2022.
        Guidance::Classifier { scale } => without + (with - without) * scale,
        // Fan et al., "CFG-Zero*", 2025: the negative is first scaled by <with, without> / |without|^2, and the
        // first steps have zero velocity.
        Guidance::ZeroStar { zero_steps, .. } if step < zero_steps as usize => with.zeros_like(),
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
