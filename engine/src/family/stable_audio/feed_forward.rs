//! The gated feed-forward layers of the transformer and of the autoencoder.
//! Source: diffusers `StableAudio3FeedForward`, and `FeedForward` of `autoencoder_same.py`.

use std::f64::consts::PI;

use kinora_wire::Failure;
use tch::Tensor;

use crate::nn::Linear;
use crate::weights::Weights;

/// `proj_out(x * gate)`: the first half of `proj_in` is x, the second is the argument of the gate.
#[derive(Debug)]
pub struct FeedForward {
    proj_in: Linear,
    proj_out: Linear,
    /// Whether the gate is sin(pi y) instead of SiLU.
    is_sinusoidal: bool,
}

impl FeedForward {
    /// For tokens of this width; `inner` is the width between the two layers.
    pub fn new(
        mut weights: Weights,
        width: i64,
        inner: i64,
        is_sinusoidal: bool,
    ) -> Result<Self, Failure> {
        Ok(Self {
            proj_in: Linear::new(weights.at("proj_in"), width, 2 * inner)?,
            proj_out: Linear::new(weights.at("proj_out"), inner, width)?,
            is_sinusoidal,
        })
    }

    /// ... x width -> ... x width.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let both = self.proj_in.forward(x);
        let inner = both.size().last().copied().unwrap_or_default() / 2;
        let gate = both.narrow(-1, inner, inner);
        let gate = match self.is_sinusoidal {
            true => (gate * PI).sin(),
            false => gate.silu(),
        };
        self.proj_out.forward(&(both.narrow(-1, 0, inner) * gate))
    }
}
