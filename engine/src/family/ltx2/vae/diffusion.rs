//! The diffusion decoder of LTX-2.5: four stages make of the latents the context of each position of four by four pixels, and a
//! fifth makes the pixels of noise in one step. Attention is to the neighbourhood of a position.
//!
//! Sources: Lightricks/LTX-2, `ltx_core/model/video_vae/diffusion_video_decoder.py` (names, static gates); diffusers
//! `LTX2VideoDiffusionDecoder3d`. Shapes are written b t h w c.

mod attention;
mod blocks;
mod config;

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use super::FRAMES_PER_LATENT;
use super::config::COLOURS;
use super::patches;
use crate::nn::{Linear, RmsNorm};
use crate::weights::Weights;
use blocks::{Block, Modulations, NoisyBlock};
pub use config::{DiffusionConfig, Stage};

/// Added to the mean square of norms.
const EPSILON: f64 = 1e-6;
/// Sines and cosines of a timestep.
const SINES: i64 = 256;
/// What the time of the noise, from 0 to 1, is multiplied by.
const TIME_SCALE: f64 = 1000.0;
/// Rows of a block's modulations: scale, shift and gate of attention and of the feed-forward layers, and a gate of what the
/// stages made. The gates are not used.
const ROWS: i64 = 7;

/// The diffusion decoder.
#[derive(Debug)]
pub struct DiffusionDecoder {
    config: DiffusionConfig,
    first: Linear,
    stages: Vec<(Vec<Block>, Linear)>,
    of_noise: Linear,
    time: [Linear; 2],
    modulation: Linear,
    blocks: Vec<NoisyBlock>,
    norm: RmsNorm,
    last: Linear,
}

impl DiffusionDecoder {
    /// Builds it from its parameters. `weights` is the root of the decoder.
    pub fn new(config: &DiffusionConfig, mut weights: Weights) -> Result<Self, Failure> {
        let first = config
            .stages
            .first()
            .map_or(config.width, |stage| stage.width);
        let mut stages = Vec::new();
        for (number, stage) in config.stages.iter().enumerate() {
            let mut list = weights.at(format_args!("det_stages.{number}"));
            let blocks = (0..stage.blocks)
                .map(|at| Block::new(list.at(at), stage.width, stage.window, config.head))
                .collect::<Result<Vec<_>, Failure>>()?;
            let next = config
                .stages
                .get(number + 1)
                .map_or(config.width, |next| next.width);
            let [frames, rows, columns] = stage.stride;
            let made = next.saturating_mul(frames * rows * columns);
            let up = weights.at(format_args!("upsamples.{number}.proj"));
            stages.push((blocks, Linear::new(up, stage.width, made)?));
        }
        let pixels = COLOURS * config.patch * config.patch;
        let mut list = weights.at("diff_blocks");
        let blocks = (0..config.blocks)
            .map(|at| NoisyBlock::new(config, list.at(at)))
            .collect::<Result<_, Failure>>()?;
        let time = config.time_width;
        Ok(Self {
            first: Linear::new(weights.at("conv_in"), config.channels, first)?,
            stages,
            of_noise: Linear::new(weights.at("conv_in_x_t"), pixels, config.width)?,
            time: [
                Linear::exact(weights.at("t_embedder.mlp.0"), SINES, time)?,
                Linear::exact(weights.at("t_embedder.mlp.2"), time, time)?,
            ],
            modulation: Linear::exact(weights.at("shared_adaln.proj"), time, ROWS * config.width)?,
            blocks,
            norm: RmsNorm::new(weights.at("norm_out"), config.width, EPSILON)?,
            last: Linear::new(weights.at("conv_out"), config.width, pixels)?,
            config: config.clone(),
        })
    }

    /// The size of the noise for latents of this size, b c f h w: b 3 1+8(f-1) h*32 w*32 for the released decoder.
    pub fn noise_size(&self, latents: &[i64]) -> Option<[i64; 5]> {
        let [batch, _, frames, rows, columns] = *latents else {
            return None;
        };
        let side = self.config.patch
            * self
                .config
                .stages
                .iter()
                .map(|stage| stage.stride[1])
                .product::<i64>();
        let frames = 1 + FRAMES_PER_LATENT * (frames - 1);
        Some([batch, COLOURS, frames, rows * side, columns * side])
    }

    /// Frames, b 3 t h w, of latents as the encoder makes them, not normalised, b c f h w, and of noise of
    /// [`Self::noise_size`]. The frames are not clamped.
    pub fn decode(&self, latents: &Tensor, noise: &Tensor) -> Result<Tensor, Failure> {
        let _no_grad = tch::no_grad_guard();
        let size = latents.size();
        let is_known = size.get(1) == Some(&self.config.channels) && self.config.fits(&size);
        if !is_known || self.noise_size(&size).map(Vec::from) != Some(noise.size()) {
            return Err(Failure::refused(
                format!("the diffusion decoder of LTX-2.5 cannot decode latents of shape {size:?}"),
                format!(
                    "it needs {} channels, and frames that are larger than its neighbourhoods",
                    self.config.channels
                ),
            ));
        }
        let context = self.context(latents);
        let kind = self.first.kind();
        let x = patches::to_channels(noise, self.config.patch).to_kind(kind);
        let mut x = self.of_noise.forward(&x.permute([0, 2, 3, 4, 1]));
        let modulations = self.modulations(&context);
        for block in &self.blocks {
            x = block.forward(&x, &context, &modulations);
        }
        let pixels = self.last.forward(&self.norm.forward(&x));
        let pixels = pixels.permute([0, 4, 1, 2, 3]).to_kind(Kind::Float);
        Ok(patches::to_pixels(&pixels, self.config.patch))
    }

    /// What the stages make of latents. The last latent frame goes on beyond the end, so that the neighbourhoods of the last
    /// frames do not lie against it.
    fn context(&self, latents: &Tensor) -> Tensor {
        let beyond = self.config.frames_beyond();
        let last = latents.narrow(2, latents.size()[2] - 1, 1);
        let longer = Tensor::cat(&[latents, &last.repeat([1, 1, beyond, 1, 1])], 2);
        let x = longer.permute([0, 2, 3, 4, 1]).to_kind(self.first.kind());
        let mut x = self.first.forward(&x);
        for ((blocks, up), stage) in self.stages.iter().zip(&self.config.stages) {
            for block in blocks {
                x = block.forward(&x);
            }
            x = shuffled(&up.forward(&x), stage.stride);
        }
        x.narrow(1, 0, x.size()[1] - beyond * FRAMES_PER_LATENT)
    }

    /// The modulations of pure noise.
    fn modulations(&self, context: &Tensor) -> Modulations {
        let half = SINES / 2;
        let options = (Kind::Double, context.device());
        let exponents = Tensor::arange(half, options) / -(half as f64);
        let angles = (exponents * 10_000f64.ln()).exp() * TIME_SCALE;
        let sines = Tensor::cat(&[angles.cos(), angles.sin()], 0);
        let [first, second] = &self.time;
        let time = first.forward(&sines.to_kind(Kind::Float).unsqueeze(0));
        let time = second.forward(&time.silu());
        Modulations(self.modulation.forward(&time.silu()).view([ROWS, -1]))
    }
}

/// Channels as frames, rows and columns: b t h w c*v to b t*f h*r w*s c. The surplus copy of the first frame is left out.
fn shuffled(x: &Tensor, [frames, rows, columns]: [i64; 3]) -> Tensor {
    let size = x.size();
    let [count, long, high, wide] = [size[0], size[1], size[2], size[3]];
    let larger = x
        .reshape([count, long, high, wide, -1, frames, rows, columns])
        .permute([0, 1, 5, 2, 6, 3, 7, 4])
        .reshape([count, long * frames, high * rows, wide * columns, -1]);
    larger.narrow(1, frames - 1, (long - 1) * frames + 1)
}
