//! The decoder half of the sound autoencoder: latents to the spectrogram.
//! Source: diffusers `LTX2AudioDecoder`.

use kinora_wire::Failure;
use tch::Tensor;

use super::config::AudioVaeConfig;
use super::layers::{CausalConv, ResidualBlock, blocks, middle, norm_silu};
use crate::weights::Weights;

/// b z t m to b c 4t-3 4m.
#[derive(Debug)]
pub struct Decoder {
    conv_in: CausalConv,
    middle: [ResidualBlock; 2],
    /// From the lowest resolution up.
    levels: Vec<Level>,
    conv_out: CausalConv,
}

#[derive(Debug)]
struct Level {
    blocks: Vec<ResidualBlock>,
    /// All but the last.
    up: Option<CausalConv>,
}

impl Decoder {
    /// Builds it from its parameters. Levels are numbered from full resolution down.
    pub fn new(config: &AudioVaeConfig, mut weights: Weights) -> Result<Self, Failure> {
        let [full, .., lowest] = config.widths;
        let mut width = lowest;
        let mut levels = Vec::new();
        for (at, &outputs) in config.widths.iter().enumerate().rev() {
            let mut up = weights.at("up");
            let mut level = up.at(at);
            levels.push(Level {
                blocks: blocks(level.at("block"), config.blocks + 1, width, outputs)?,
                up: match at {
                    0 => None,
                    _ => Some(CausalConv::new(
                        level.at("upsample").at("conv"),
                        outputs,
                        outputs,
                    )?),
                },
            });
            width = outputs;
        }
        Ok(Self {
            conv_in: CausalConv::new(weights.at("conv_in"), config.channels, lowest)?,
            middle: middle(weights.at("mid"), lowest)?,
            levels,
            conv_out: CausalConv::new(weights.at("conv_out"), full, config.sounds)?,
        })
    }

    /// The first latent frame becomes one frame, each later one four.
    pub fn forward(&self, latents: &Tensor) -> Tensor {
        let mut x = self.conv_in.forward(latents);
        for block in &self.middle {
            x = block.forward(&x);
        }
        for level in &self.levels {
            for block in &level.blocks {
                x = block.forward(&x);
            }
            if let Some(up) = &level.up {
                x = up.double(&x);
            }
        }
        self.conv_out.forward(&norm_silu(&x))
    }
}
