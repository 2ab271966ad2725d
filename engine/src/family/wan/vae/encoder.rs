//! The encoder network: a convolution, downsampling stages, a middle block with attention, and a head for mean and log
//! variance. Middle block and head are shared with the decoder.

use kinora_wire::Failure;
use tch::Tensor;

use super::causal::{CausalConv, Memory};
use super::config::{Layer, VaeConfig};
use super::layers::{ChannelNorm, Downsample, FrameAttention, ResidualBlock};
use crate::weights::{Weights, channels_last};

#[derive(Debug)]
pub struct Encoder {
    conv1: CausalConv,
    downsamples: Vec<Stage>,
    middle: Middle,
    head: Head,
}

#[derive(Debug)]
enum Stage {
    Residual(ResidualBlock),
    Down(Downsample),
}

impl Encoder {
    pub fn new(config: &VaeConfig, mut weights: Weights) -> Result<Self, Failure> {
        let conv1 = CausalConv::new(weights.at("conv1"), 3, config.encoder_width)?;
        let mut width = config.encoder_width;
        let mut downsamples = Vec::new();
        for (at, layer) in config.encoder.iter().enumerate() {
            let mut list = weights.at("downsamples");
            downsamples.push(match *layer {
                Layer::Residual { inputs, outputs } => {
                    width = outputs;
                    Stage::Residual(ResidualBlock::new(list.at(at), inputs, outputs)?)
                }
                Layer::Resample {
                    outputs,
                    is_temporal,
                    ..
                } => Stage::Down(Downsample::new(list.at(at), outputs, is_temporal)?),
            });
        }
        Ok(Self {
            conv1,
            downsamples,
            middle: Middle::new(weights.at("middle"), width)?,
            head: Head::new(weights.at("head"), width, 2 * config.channels)?,
        })
    }

    pub fn forward(&self, frames: &Tensor, memory: &mut Memory) -> Tensor {
        let frames = channels_last(&frames.to_kind(self.conv1.kind()));
        let mut x = self.conv1.forward(frames, memory);
        for stage in &self.downsamples {
            x = match stage {
                Stage::Residual(block) => block.forward(&x, memory),
                Stage::Down(down) => down.forward(&x, memory),
            };
        }
        let x = self.middle.forward(&x, memory);
        self.head.forward(&x, memory)
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
pub struct Head {
    norm: ChannelNorm,
    conv: CausalConv,
}

impl Head {
    pub fn new(mut weights: Weights, width: i64, outputs: i64) -> Result<Self, Failure> {
        Ok(Self {
            norm: ChannelNorm::new(weights.at(0), width)?,
            conv: CausalConv::new(weights.at(2), width, outputs)?,
        })
    }

    pub fn forward(&self, x: &Tensor, memory: &mut Memory) -> Tensor {
        self.conv.forward(self.norm.then_silu(x), memory)
    }
}
