//! Following the text more closely than the network would by itself: ask it twice, once with the prompt
//! and once with the negative prompt, and go further in the direction of the difference.

pub use kinora_wire::Guidance;

use tch::{Kind, Tensor};

/// Whether the network must be asked with the negative prompt too.
pub fn needs_negative(guidance: Guidance) -> bool {
    match guidance {
        Guidance::Off => false,
        Guidance::Classifier { scale } | Guidance::ZeroStar { scale, .. } => scale > 1.0,
    }
}

/// The velocity to follow at `step`, from those with the prompt and with the negative prompt.
pub fn guided(guidance: Guidance, step: usize, with: &Tensor, without: &Tensor) -> Tensor {
    match guidance {
        Guidance::Off => with.shallow_clone(),
        // Ho and Salimans, "Classifier-free diffusion guidance", 2022.
        Guidance::Classifier { scale } => without + (with - without) * scale,
        // Fan et al., "CFG-Zero*", 2025: first make the negative as long as the positive is along it;
        // and trust no velocity at all in the first steps.
        Guidance::ZeroStar { zero_steps, .. } if step < zero_steps as usize => with.zeros_like(),
        Guidance::ZeroStar { scale, .. } => {
            let without = without * projection(with, without);
            &without + (with - &without) * scale
        }
    }
}

/// <a, b> / <b, b> for each item of a batch, to multiply with.
fn projection(a: &Tensor, b: &Tensor) -> Tensor {
    let axes: Vec<i64> = (1..a.dim() as i64).collect();
    let sum = |x: Tensor| x.sum_dim_intlist(axes.as_slice(), true, Kind::Float);
    sum(a * b) / (sum(b * b) + 1e-8)
}
