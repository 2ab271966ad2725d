//! The time embedding: sines of the timestep, two layers, and a projection to six modulations.
//! In fp32 on every device, the sines in f64, as in the original code.

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use super::config::Config;
use crate::nn::Linear;
use crate::weights::Weights;

#[derive(Debug)]
pub struct TimeEmbedding {
    layers: [Linear; 2],
    projection: Linear,
    frequencies: i64,
    width: i64,
}

/// An embedded timestep.
pub struct Time {
    /// For the head: b x 1|l x d.
    pub head: Tensor,
    /// For the blocks: b x 1|l x 6 x d.
    pub blocks: Tensor,
}

impl TimeEmbedding {
    pub fn new(config: &Config, weights: &mut Weights) -> Result<Self, Failure> {
        let width = config.width;
        let mut embedding = weights.at("time_embedding");
        let layers = [
            Linear::exact(embedding.at(0), config.time_width, width)?,
            Linear::exact(embedding.at(2), width, width)?,
        ];
        let mut projection = weights.at("time_projection");
        Ok(Self {
            layers,
            projection: Linear::exact(projection.at(1), width, 6 * width)?,
            frequencies: config.time_width / 2,
            width,
        })
    }

    /// `timestep`: \[b\], or \[b, l\] with one for each token.
    pub fn forward(&self, timestep: &Tensor) -> Time {
        let (batch, tokens) = match timestep.size().as_slice() {
            [batch, tokens] => (*batch, *tokens),
            size => (size.first().copied().unwrap_or(1), 1),
        };
        let double = (Kind::Double, timestep.device());
        let exponents = Tensor::arange(self.frequencies, double) / -(self.frequencies as f64);
        let frequencies = (exponents * 10_000f64.ln()).exp();
        let angles = timestep
            .to_kind(Kind::Double)
            .reshape([-1])
            .outer(&frequencies);
        let sines = Tensor::cat(&[angles.cos(), angles.sin()], -1).to_kind(Kind::Float);
        let [first, second] = &self.layers;
        let head = second.forward(&first.forward(&sines).silu()); // bl d
        let blocks = self.projection.forward(&head.silu()); // bl 6d
        Time {
            head: head.view([batch, tokens, self.width]),
            blocks: blocks.view([batch, tokens, 6, self.width]),
        }
    }
}
