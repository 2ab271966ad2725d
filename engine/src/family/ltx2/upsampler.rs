//! The latent upscaler of the LTX-2 family: makes the latents of a first, small pass larger for a second pass.
//!
//! Source: diffusers `pipelines/ltx2/latent_upsampler.py`, `LTX2LatentUpsamplerModel`. It works on latents as the
//! autoencoder makes them, not on normalised ones. It doubles rows and columns, scales them by 3/4, 3/2, 2 or 4 through
//! a rational resampler, or doubles the frames after the first, or both.

mod detect;
mod layers;

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use super::vae::Stride;
use super::vae::resample::from_channels;
use crate::weights::{Named, Naming, Weights};
use layers::{Conv, GroupNorm, ResidualBlock, blurred};

/// How the middle of the network changes the size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resampler {
    /// Multiplies rows and columns by the first number, then blurs and keeps every so many.
    Rational {
        /// Rows and columns made of one.
        times: i64,
        /// Of so many rows and columns, one is kept.
        divisor: i64,
    },
    /// Doubles rows and columns.
    Side,
    /// Doubles the frames after the first.
    Frames,
    /// Doubles rows, columns, and the frames after the first.
    Both,
}

impl Resampler {
    /// Numbers that the convolution makes of one.
    fn volume(self) -> i64 {
        match self {
            Self::Rational { times, .. } => times * times,
            Self::Side => Stride::SIDE.volume(),
            Self::Frames => Stride::FRAMES.volume(),
            Self::Both => Stride::BOTH.volume(),
        }
    }

    /// The stride, if frames are doubled.
    fn over_time(self) -> Option<Stride> {
        match self {
            Self::Rational { .. } | Self::Side => None,
            Self::Frames => Some(Stride::FRAMES),
            Self::Both => Some(Stride::BOTH),
        }
    }

    /// The name of its convolution.
    fn conv_name(self) -> &'static str {
        match self {
            Self::Rational { .. } => "upsampler.conv",
            _ => "upsampler.0",
        }
    }
}

/// The shape of an upscaler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpsamplerConfig {
    /// Latent channels.
    pub channels: i64,
    /// Channels inside: a multiple of 32.
    pub width: i64,
    /// Residual blocks before and after the resampler.
    pub blocks: [usize; 2],
    /// Whether each frame is convolved by itself.
    pub is_per_frame: bool,
    /// The middle.
    pub resampler: Resampler,
}

/// The upscaler of latents.
#[derive(Debug)]
pub struct LatentUpsampler {
    config: UpsamplerConfig,
    initial: (Conv, GroupNorm),
    before: Vec<ResidualBlock>,
    resampler: Conv,
    after: Vec<ResidualBlock>,
    last: Conv,
}

impl LatentUpsampler {
    /// Builds it from its parameters.
    pub fn new(config: &UpsamplerConfig, mut weights: Weights) -> Result<Self, Failure> {
        let UpsamplerConfig {
            channels,
            width,
            blocks: [before, after],
            is_per_frame,
            resampler,
        } = *config;
        let mut blocks = |list: &str, count: usize| -> Result<Vec<ResidualBlock>, Failure> {
            let mut list = weights.at(list);
            let numbers = 0..count;
            numbers
                .map(|at| ResidualBlock::new(list.at(at), width, is_per_frame))
                .collect()
        };
        let before = blocks("res_blocks", before)?;
        let after = blocks("post_upsample_res_blocks", after)?;
        let made = [width, width.saturating_mul(resampler.volume())];
        let by_frame = resampler.over_time().is_none();
        Ok(Self {
            config: *config,
            initial: (
                Conv::new(weights.at("initial_conv"), [channels, width], is_per_frame)?,
                GroupNorm::new(weights.at("initial_norm"), width, is_per_frame)?,
            ),
            before,
            resampler: Conv::new(weights.at(resampler.conv_name()), made, by_frame)?,
            after,
            last: Conv::new(weights.at("final_conv"), [width, channels], is_per_frame)?,
        })
    }

    /// Makes latents, b x c x f x h x w, not normalised, larger. In fp32. Latents of another shape are refused.
    pub fn forward(&self, latents: &Tensor) -> Result<Tensor, Failure> {
        let _no_grad = tch::no_grad_guard();
        let channels = self.config.channels;
        let size = latents.size();
        let is_known = size.len() == 5
            && size.iter().all(|&length| length > 0)
            && size.get(1) == Some(&channels);
        if !is_known {
            return Err(Failure::refused(
                format!("the latent upscaler cannot read latents of shape {size:?}"),
                format!("use latents of {channels} channels"),
            ));
        }
        let (initial, norm) = &self.initial;
        let x = initial.forward(&latents.to_kind(initial.kind()));
        let x = norm.forward(&x).silu();
        let x = self.before.iter().fold(x, |x, block| block.forward(&x));
        let x = self.resampled(&x);
        let x = self.after.iter().fold(x, |x, block| block.forward(&x));
        Ok(self.last.forward(&x).to_kind(Kind::Float))
    }

    fn resampled(&self, x: &Tensor) -> Tensor {
        let resampler = self.config.resampler;
        let made = self.resampler.forward(x);
        if let Some(stride) = resampler.over_time() {
            let longer = from_channels(&made, stride);
            // The first latent frame stands for one frame, so its first copy is left out.
            return longer.narrow(2, 1, longer.size()[2] - 1);
        }
        match resampler {
            Resampler::Rational { times, divisor } => {
                let side = Stride {
                    frames: 1,
                    side: times,
                };
                blurred(&from_channels(&made, side), divisor)
            }
            _ => from_channels(&made, Stride::SIDE),
        }
    }
}

/// The names of the latent upscaler's parameters: its own file and the Diffusers layout have the same.
#[derive(Clone, Copy, Debug)]
pub struct UpsamplerNames;

impl Naming for UpsamplerNames {
    fn family(&self) -> &'static str {
        "LTX-2"
    }

    fn named(&self, keys: &[&str]) -> Vec<Named> {
        // The kernel of the blur is a constant.
        let named = keys.iter().map(|&key| match key {
            "upsampler.blur_down.kernel" => Named::Ignored,
            _ => Named::Parameter(key.to_owned()),
        });
        named.collect()
    }
}
