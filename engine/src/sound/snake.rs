//! The snake of vocoders and codecs, which makes overtones: x + sin²(αx)/β.
//! Source: `BigVGAN` (arXiv 2206.04658), `SnakeBeta` with logarithmic parameters.

use kinora_wire::Failure;
use tch::Tensor;

use crate::weights::Weights;

/// Keeps the division by β finite.
const EPSILON: f64 = 1e-9;

/// x + sin²(αx)/β, with α and β for each channel, stored as logarithms. In fp32.
#[derive(Debug)]
pub struct SnakeBeta {
    alpha: Tensor, // c 1
    beta: Tensor,  // c 1
}

impl SnakeBeta {
    /// For this number of channels. Parameters: `alpha`, `beta`.
    pub fn new(mut weights: Weights, channels: i64) -> Result<Self, Failure> {
        Ok(Self {
            alpha: weights.exact("alpha", &[channels])?.unsqueeze(1),
            beta: weights.exact("beta", &[channels])?.unsqueeze(1),
        })
    }

    /// b c n -> b c n.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let amplitude = (self.beta.exp() + EPSILON).reciprocal();
        (x * self.alpha.exp())
            .sin_()
            .square_()
            .g_mul_(&amplitude)
            .g_add_(x)
    }
}
