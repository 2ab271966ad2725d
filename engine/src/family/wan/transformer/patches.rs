//! From latents to tokens and back: the patch embedding, and the head.
//! Each patch of latents is one token.

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use super::PATCH;
use super::block::modulated_norm;
use super::config::Config;
use crate::nn::Linear;
use crate::weights::Weights;

/// Latents to tokens: a convolution with the patch size as kernel and stride.
#[derive(Debug)]
pub struct PatchEmbedding {
    weight: Tensor, // d c 1 2 2
    bias: Tensor,
}

impl PatchEmbedding {
    pub fn new(mut weights: Weights, channels: i64, width: i64) -> Result<Self, Failure> {
        let [frames, rows, columns] = PATCH;
        Ok(Self {
            weight: weights.tensor("weight", &[width, channels, frames, rows, columns])?,
            bias: weights.tensor("bias", &[width])?,
        })
    }

    /// The precision of the network.
    pub fn kind(&self) -> Kind {
        self.weight.kind()
    }

    /// b x c x f x h x w -> b x l x d.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let patches = x.conv3d(&self.weight, Some(&self.bias), PATCH, [0], [1], 1); // b d f h w
        patches.flatten(2, -1).transpose(1, 2).contiguous() // b l d
    }
}

/// Tokens to patches of velocity: modulated norm and projection.
#[derive(Debug)]
pub struct Head {
    /// `head.head` in the checkpoint.
    projection: Linear,
    modulation: Tensor, // 1 2 d
    epsilon: f64,
}

impl Head {
    pub fn new(config: &Config, mut weights: Weights) -> Result<Self, Failure> {
        let patch: i64 = PATCH.iter().product();
        Ok(Self {
            projection: Linear::new(
                weights.at("head"),
                config.width,
                patch * config.out_channels,
            )?,
            modulation: weights.exact("modulation", &[1, 2, config.width])?,
            epsilon: config.epsilon,
        })
    }

    /// `time` is the time embedding before its projection to six modulations: b x 1|l x d.
    pub fn forward(&self, tokens: &Tensor, time: &Tensor) -> Tensor {
        let modulation = (&self.modulation + time.unsqueeze(2)).unbind(2); // 2 of b 1|l d
        let normed = modulated_norm(tokens, &modulation[0], &modulation[1], self.epsilon);
        self.projection.forward(&normed)
    }
}

/// b x l x (1 * 2 * 2 * c), channels last, to b x c x f x h x w. The size is taken from `x`.
pub fn unpatchify(patches: &Tensor, x: &Tensor, channels: i64) -> Tensor {
    let size = x.size();
    let (batch, frames, height, width) = (size[0], size[2], size[3], size[4]);
    let [patch_frames, patch_height, patch_width] = PATCH;
    let grid = [
        batch,
        frames / patch_frames,
        height / patch_height,
        width / patch_width,
    ];
    let split = [&grid[..], &PATCH[..], &[channels]].concat();
    patches
        .reshape(split.as_slice()) // b f h w pf ph pw c
        .permute([0, 7, 1, 4, 2, 5, 3, 6]) // b c f pf h ph w pw
        .reshape([batch, channels, frames, height, width])
        .to_kind(Kind::Float)
}
