//! The diffusion decoder of LTX-2.5: four stages make of the latents the context of each position of four by four pixels, and a
//! fifth makes the pixels of noise in one step. Attention is to the neighbourhood of a position.
//!
//! Sources: Lightricks/LTX-2, `ltx_core/model/video_vae/diffusion_video_decoder.py` (names, static gates); diffusers
//! `LTX2VideoDiffusionDecoder3d`. Shapes are written b t h w c.

mod attention;
mod blocks;
mod config;
mod detect;
mod half;
mod noise;
mod work;

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use super::patches;
use super::patches::COLOURS;
use crate::nn::{Linear, RmsNorm};
use crate::weights::Weights;
use blocks::{Block, Modulations, NoisyBlock};
pub use config::{DiffusionConfig, Stage};
pub use half::{CellTiling, DiffusionHalf};

/// Added to the mean square of norms.
const EPSILON: f64 = 1e-6;
/// Sines and cosines of a timestep.
const SINES: i64 = 256;
/// What the time of the noise, from 0 to 1, is multiplied by.
const TIME_SCALE: f64 = 1000.0;
/// Rows of a block's modulations: scale, shift and gate of attention and of the feed-forward layers, and a gate of what the
/// stages made. The gates are not used.
const ROWS: i64 = 7;

/// Called before each block. An error stops the work.
pub type Check<'c> = dyn FnMut() -> Result<(), Failure> + 'c;

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

    /// Its shape.
    pub fn config(&self) -> &DiffusionConfig {
        &self.config
    }

    /// The size of the noise for latents of this size, b c f h w: b 3 1+8(f-1) h*32 w*32 for the released decoder.
    pub fn noise_size(&self, latents: &[i64]) -> Option<[i64; 5]> {
        let [batch, _, frames, rows, columns] = *latents else {
            return None;
        };
        let [per_latent, side] = self.config.frames_and_pixels();
        let frames = 1 + per_latent * (frames - 1);
        Some([batch, COLOURS, frames, rows * side, columns * side])
    }

    /// Frames, b 3 t h w, of latents as the encoder makes them, not normalised, b c f h w, and of noise of
    /// [`Self::noise_size`], in one piece. The frames are not clamped.
    pub fn decode(&self, latents: &Tensor, noise: &Tensor) -> Result<Tensor, Failure> {
        let _no_grad = tch::no_grad_guard();
        let size = latents.size();
        self.refuse_other(&size)?;
        if self.noise_size(&size).map(Vec::from) != Some(noise.size()) {
            return Err(Failure::bug("noise of another size than the frames"));
        }
        let check: &mut Check = &mut || Ok(());
        let cells = self.cells(latents, check)?;
        let context = self.context(&cells, true, self.cells_beyond(), check)?;
        // A clip of few frames is decoded with some beyond its end.
        let more = context.size()[1] - noise.size()[2];
        let last = noise.narrow(2, noise.size()[2] - 1, 1);
        let noise = Tensor::cat(&[noise, &last.repeat([1, 1, more, 1, 1])], 2);
        let frames = self.frames(&context, &noise, check)?;
        Ok(frames.narrow(2, 0, frames.size()[2] - more))
    }

    /// Fails for latents of another size, b c f h w, than it can decode.
    pub fn refuse_other(&self, size: &[i64]) -> Result<(), Failure> {
        if size.get(1) == Some(&self.config.channels) && self.config.fits(size) {
            return Ok(());
        }
        let [_, side] = self.config.frames_and_pixels();
        let least = self.config.least_side();
        Err(Failure::refused(
            format!("the diffusion decoder of LTX-2.5 cannot decode latents of shape {size:?}"),
            format!(
                "it needs {} channels, and frames of at least {least}x{least} latent positions of {side} pixels",
                self.config.channels
            ),
        ))
    }

    /// What all stages but the last make of latents, not normalised, b c f h w: b t h w c. The last latent frame goes on
    /// beyond the end, so that the neighbourhoods of the last frames do not lie against it.
    pub fn cells(&self, latents: &Tensor, check: &mut Check) -> Result<Tensor, Failure> {
        let beyond = self.config.frames_beyond();
        let last = latents.narrow(2, latents.size()[2] - 1, 1);
        let longer = Tensor::cat(&[latents, &last.repeat([1, 1, beyond, 1, 1])], 2);
        let x = longer.permute([0, 2, 3, 4, 1]).to_kind(self.first.kind());
        let mut x = self.first.forward(&x);
        let count = self.stages.len().saturating_sub(1);
        for at in 0..count {
            x = self.stage(at, x, true, check)?;
        }
        Ok(x)
    }

    /// Frames of [`Self::cells`] that lie beyond the end of the clip.
    pub fn cells_beyond(&self) -> i64 {
        let strides = self.config.stages.iter().map(|stage| stage.stride[0]);
        let before = self.config.stages.len().saturating_sub(1);
        self.config.frames_beyond() * strides.take(before).product::<i64>()
    }

    /// What the last stage makes of cells, b t h w c: the context of each position of pixels. `beyond` frames of cells lie
    /// beyond the end; of what is made of them so many stay as the neighbourhoods of a short clip need.
    pub fn context(
        &self,
        cells: &Tensor,
        is_first: bool,
        beyond: i64,
        check: &mut Check,
    ) -> Result<Tensor, Failure> {
        let Some(last) = self.config.stages.last() else {
            return Ok(cells.shallow_clone());
        };
        let at = self.config.stages.len() - 1;
        let made = self.stage(at, cells.shallow_clone(), is_first, check)?;
        let length = made.size()[1];
        let least = self.config.window[0].min(length);
        Ok(made.narrow(1, 0, (length - beyond * last.stride[0]).max(least)))
    }

    /// The blocks of a stage, and the positions that are made of each. The first frames of a clip are made once.
    fn stage(
        &self,
        at: usize,
        mut x: Tensor,
        is_first: bool,
        check: &mut Check,
    ) -> Result<Tensor, Failure> {
        let Some(((blocks, up), stage)) = self.stages.get(at).zip(self.config.stages.get(at))
        else {
            return Ok(x);
        };
        for block in blocks {
            check()?;
            x = block.forward(&x);
        }
        Ok(shuffled(&up.forward(&x), stage.stride, is_first))
    }

    /// Frames, b 3 t h w, of a context, b t h/p w/p c, and of noise of the size of the frames.
    pub fn frames(
        &self,
        context: &Tensor,
        noise: &Tensor,
        check: &mut Check,
    ) -> Result<Tensor, Failure> {
        let kind = self.first.kind();
        let x = patches::to_channels(noise, self.config.patch).to_kind(kind);
        let mut x = self.of_noise.forward(&x.permute([0, 2, 3, 4, 1]));
        let modulations = self.modulations(context);
        for block in &self.blocks {
            check()?;
            x = block.forward(&x, context, &modulations);
        }
        let pixels = self.last.forward(&self.norm.forward(&x));
        let pixels = pixels.permute([0, 4, 1, 2, 3]).to_kind(Kind::Float);
        Ok(patches::to_pixels(&pixels, self.config.patch))
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

/// Channels as frames, rows and columns: b t h w c*v to b t*f h*r w*s c. At the beginning of a clip the surplus copies of the
/// first frame are left out.
fn shuffled(x: &Tensor, [frames, rows, columns]: [i64; 3], is_first: bool) -> Tensor {
    let size = x.size();
    let [count, long, high, wide] = [size[0], size[1], size[2], size[3]];
    let larger = x
        .reshape([count, long, high, wide, -1, frames, rows, columns])
        .permute([0, 1, 5, 2, 6, 3, 7, 4])
        .reshape([count, long * frames, high * rows, wide * columns, -1]);
    match is_first {
        true => larger.narrow(1, frames - 1, (long - 1) * frames + 1),
        false => larger,
    }
}
