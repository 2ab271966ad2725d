//! Latents to frames: convolution, a middle with attention, stages that double, and a head of three colours.

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use super::causal::{CausalConv, Memory};
use super::config::{Layer, VaeConfig};
use super::encoder::{Head, Middle};
use super::layers::{ResidualBlock, Upsample};
use crate::weights::Weights;

#[derive(Debug)]
pub struct Decoder {
    conv1: CausalConv,
    middle: Middle,
    upsamples: Vec<Stage>,
    head: Head,
}

#[derive(Debug)]
enum Stage {
    Residual(ResidualBlock),
    Up(Upsample),
}

impl Decoder {
    pub fn new(config: &VaeConfig, mut weights: Weights) -> Result<Self, Failure> {
        let mut width = match config.decoder.first() {
            Some(Layer::Residual { inputs, .. } | Layer::Resample { inputs, .. }) => *inputs,
            None => config.encoder_width,
        };
        let conv1 = CausalConv::new(weights.at("conv1"), config.channels, width)?;
        let middle = Middle::new(weights.at("middle"), width)?;
        let mut upsamples = Vec::new();
        for (at, layer) in config.decoder.iter().enumerate() {
            let mut list = weights.at("upsamples");
            upsamples.push(match *layer {
                Layer::Residual { inputs, outputs } => {
                    width = outputs;
                    Stage::Residual(ResidualBlock::new(list.at(at), inputs, outputs)?)
                }
                Layer::Resample {
                    inputs,
                    outputs,
                    is_temporal,
                } => {
                    width = outputs;
                    Stage::Up(Upsample::new(list.at(at), inputs, outputs, is_temporal)?)
                }
            });
        }
        let head = Head::new(weights.at("head"), width, 3)?;
        Ok(Self {
            conv1,
            middle,
            upsamples,
            head,
        })
    }

    pub fn forward(&self, latents: &Tensor, memory: &mut Memory) -> Tensor {
        let x = self.conv1.forward(latents, memory);
        let mut x = self.middle.forward(&x, memory);
        for stage in &self.upsamples {
            x = match stage {
                Stage::Residual(block) => block.forward(&x, memory),
                Stage::Up(up) => up.forward(&x, memory),
            };
        }
        self.head.forward(&x, memory).to_kind(Kind::Float)
    }
}
