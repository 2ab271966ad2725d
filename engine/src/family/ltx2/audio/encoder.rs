//! The encoder half of the sound autoencoder: spectrogram to the mean of each latent.
//! Source: diffusers `LTX2AudioEncoder`.

use kinora_wire::Failure;
use tch::Tensor;

use super::config::AudioVaeConfig;
use super::layers::{CausalConv, ResidualBlock, blocks, middle, norm_silu};
use crate::weights::Weights;

/// b c t m to b z ceil(t/4) m/4.
#[derive(Debug)]
pub struct Encoder {
    conv_in: CausalConv,
    levels: Vec<Level>,
    middle: [ResidualBlock; 2],
    conv_out: CausalConv,
    channels: i64,
}

#[derive(Debug)]
struct Level {
    blocks: Vec<ResidualBlock>,
    /// All but the last.
    down: Option<CausalConv>,
}

impl Encoder {
    /// Builds it from its parameters.
    pub fn new(config: &AudioVaeConfig, mut weights: Weights) -> Result<Self, Failure> {
        let mut width = config.base;
        let mut levels = Vec::new();
        let last = config.widths.len() - 1;
        for (at, &outputs) in config.widths.iter().enumerate() {
            let mut down = weights.at("down");
            let mut level = down.at(at);
            levels.push(Level {
                blocks: blocks(level.at("block"), config.blocks, width, outputs)?,
                down: match at == last {
                    true => None,
                    false => Some(CausalConv::new(level.at("downsample"), outputs, outputs)?),
                },
            });
            width = outputs;
        }
        Ok(Self {
            conv_in: CausalConv::new(weights.at("conv_in"), config.sounds, config.base)?,
            levels,
            middle: middle(weights.at("mid"), width)?,
            conv_out: CausalConv::new(weights.at("conv_out"), width, config.encoded())?,
            channels: config.channels,
        })
    }

    /// The mean of the distribution; nothing is sampled.
    pub fn forward(&self, mel: &Tensor) -> Tensor {
        let mut x = self.conv_in.forward(mel);
        for level in &self.levels {
            for block in &level.blocks {
                x = block.forward(&x);
            }
            if let Some(down) = &level.down {
                x = down.halve(&x);
            }
        }
        for block in &self.middle {
            x = block.forward(&x);
        }
        let moments = self.conv_out.forward(&norm_silu(&x));
        moments.narrow(1, 0, self.channels)
    }
}
