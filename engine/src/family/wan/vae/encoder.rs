//! The encoder network: a convolution, downsampling stages, a middle block with attention, and a head for mean and log
//! variance. Middle block and head are shared with the decoder.

use kinora_wire::Failure;
use tch::Tensor;

use super::causal::{CausalConv, Memory};
use super::config::{Half, VaeConfig};
use super::layers::{FrameAttention, NormedConv, ResidualBlock};
use super::stage::{Stage, stages};
use crate::weights::{Weights, channels_last};

#[derive(Debug)]
pub struct Encoder {
    conv1: CausalConv,
    downsamples: Vec<Stage>,
    middle: Middle,
    head: Head,
}

impl Encoder {
    pub fn new(config: &VaeConfig, mut weights: Weights) -> Result<Self, Failure> {
        let [first, last] = config.ends(Half::Encoder);
        Ok(Self {
            conv1: CausalConv::new(weights.at("conv1"), config.picture_channels(), first)?,
            downsamples: stages(config, Half::Encoder, weights.here())?,
            middle: Middle::new(weights.at("middle"), last)?,
            head: Head::new(weights.at("head"), last, 2 * config.channels)?,
        })
    }

    pub fn forward(&self, frames: &Tensor, memory: &mut Memory) -> Tensor {
        let frames = channels_last(&frames.to_kind(self.conv1.kind()));
        let mut x = self.conv1.forward(frames, memory);
        for stage in &self.downsamples {
            x = stage.forward(x, memory);
        }
        let x = self.middle.forward(&x, memory);
        self.head.forward(x, memory)
    }
}

/// The middle block of encoder and decoder: residual block, attention, residual block.
#[derive(Debug)]
pub struct Middle {
    first: ResidualBlock,
    attention: FrameAttention,
    second: ResidualBlock,
}

impl Middle {
    pub fn new(mut weights: Weights, width: i64) -> Result<Self, Failure> {
        Ok(Self {
            first: ResidualBlock::new(weights.at(0), width, width)?,
            attention: FrameAttention::new(weights.at(1), width)?,
            second: ResidualBlock::new(weights.at(2), width, width)?,
        })
    }

    pub fn forward(&self, x: &Tensor, memory: &mut Memory) -> Tensor {
        let x = self.first.forward(x, memory);
        self.second.forward(&self.attention.forward(&x), memory)
    }
}

/// The head of encoder and decoder: norm, SiLU, convolution.
#[derive(Debug)]
pub struct Head(NormedConv);

impl Head {
    pub fn new(mut weights: Weights, width: i64, outputs: i64) -> Result<Self, Failure> {
        let layers = (0, 2); // 0 norm, 1 silu, 2 conv
        NormedConv::new(&mut weights, layers, width, outputs).map(Self)
    }

    pub fn forward(&self, x: Tensor, memory: &mut Memory) -> Tensor {
        self.0.forward(x, memory)
    }
}
