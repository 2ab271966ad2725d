//! The convolution of all upscalers.

use kinora_wire::Failure;
use tch::Tensor;

use crate::weights::Weights;

/// A 3 x 3 convolution that keeps the size.
#[derive(Debug)]
pub struct Conv {
    weight: Tensor,
    bias: Tensor,
}

impl Conv {
    /// A layer with a bias.
    pub fn new(mut weights: Weights, inputs: i64, outputs: i64) -> Result<Self, Failure> {
        Ok(Self {
            weight: weights.kernel("weight", &[outputs, inputs, 3, 3])?,
            bias: weights.tensor("bias", &[outputs])?,
        })
    }

    /// b c h w.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        x.conv2d(&self.weight, Some(&self.bias), 1, 1, 1, 1)
    }
}
