//! The diffusion transformer: predicts the flow velocity of latents from sigma, text and duration, and from given sound.
//! Source: diffusers `StableAudio3DiTModel`.

mod block;
mod config;

use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use super::attention::{KeyValues, Rope};
use super::duration::{even_frequencies, fourier_features};
use crate::nn::Linear;
use crate::weights::{Blocks, Check, ModuleStream, Weights};

use block::{Block, StepInput};
pub use config::TransformerConfig;

/// The list of the blocks, in the names of the parameters.
pub const BLOCKS: &str = "transformer_blocks";

/// The transformer.
#[derive(Debug)]
pub struct Transformer {
    prompt_padding_embedding: Tensor, // context width
    to_cond_embed: [Linear; 2],
    to_global_embed: [Linear; 2],
    to_timestep_embed: [Linear; 2],
    global_cond_embedder: [Linear; 2],
    preprocess_conv: Tensor, // c c 1
    proj_in: Linear,
    memory_tokens: Option<Tensor>, // tokens, d
    inv_freq: Tensor,              // pairs
    blocks: Blocks<Block>,
    proj_out: Linear,
    postprocess_conv: Tensor, // c c 1
    time_frequencies: Tensor,
    config: TransformerConfig,
}

/// The embedded context and duration of a sound, which are the same in all steps.
#[derive(Debug)]
pub struct Conditioning {
    /// Keys and values of the context, for each block.
    context: Vec<KeyValues>,
    /// The embedded duration: 1 x d, in fp32.
    global: Tensor,
}

impl Transformer {
    /// Builds the network from its parameters.
    pub fn new(config: &TransformerConfig, weights: Weights) -> Result<Self, Failure> {
        Self::build(config, weights, None)
    }

    /// As [`Self::new`], with blocks that are read when they run.
    pub fn streamed(
        config: &TransformerConfig,
        weights: Weights,
        stream: &ModuleStream,
    ) -> Result<Self, Failure> {
        Self::build(config, weights, Some((stream, stream.kept)))
    }

    fn build(
        config: &TransformerConfig,
        mut weights: Weights,
        stream: Option<(&ModuleStream, usize)>,
    ) -> Result<Self, Failure> {
        let (width, channels) = (config.width, config.channels);
        let (context, global) = (config.context_width, config.global_width);
        let patched = channels * config.patch;
        let memory = config.memory_tokens;
        let memory_tokens = match memory > 0 {
            true => Some(weights.tensor("memory_tokens", &[memory, width])?),
            false => None,
        };
        let of_block = config.clone();
        let build = move |_: usize, weights: Weights| Block::new(&of_block, weights);
        Ok(Self {
            prompt_padding_embedding: weights.tensor("prompt_padding_embedding", &[context])?,
            to_cond_embed: [
                Linear::plain(weights.at("to_cond_embed").at(0), context, width)?,
                Linear::plain(weights.at("to_cond_embed").at(2), width, width)?,
            ],
            to_global_embed: [
                Linear::plain(weights.at("to_global_embed").at(0), global, width)?,
                Linear::plain(weights.at("to_global_embed").at(2), width, width)?,
            ],
            to_timestep_embed: exact_pair(
                weights.at("to_timestep_embed"),
                [config.time_features, width, width],
            )?,
            global_cond_embedder: exact_pair(
                weights.at("global_cond_embedder"),
                [width, width, 6 * width],
            )?,
            preprocess_conv: weights
                .at("preprocess_conv")
                .tensor("weight", &[channels, channels, 1])?,
            proj_in: Linear::plain(weights.at("proj_in"), patched, width)?,
            memory_tokens,
            inv_freq: weights
                .at("rotary_pos_emb")
                .exact("inv_freq", &[config.rotated_pairs()])?,
            blocks: Blocks::new(BLOCKS, config.layers, weights.here(), stream, build)?,
            proj_out: Linear::plain(weights.at("proj_out"), width, patched)?,
            postprocess_conv: weights
                .at("postprocess_conv")
                .tensor("weight", &[channels, channels, 1])?,
            time_frequencies: even_frequencies(config.time_features / 2),
            config: config.clone(),
        })
    }

    /// Its shape.
    pub fn config(&self) -> &TransformerConfig {
        &self.config
    }

    /// Its precision.
    pub fn kind(&self) -> Kind {
        self.preprocess_conv.kind()
    }

    /// Its device.
    pub fn device(&self) -> Device {
        self.preprocess_conv.device()
    }

    /// Embeds the context and the duration, once for all steps. `tokens`, 1 x k x context width: the text, and the token
    /// of the duration. `padding`: how many rows of padding the text has, which take part in attention as one learned
    /// row, as in training. The order of the rows has no influence. `global`: the embedded duration, 1 x global width.
    pub fn conditioning(
        &self,
        tokens: &Tensor,
        padding: i64,
        global: &Tensor,
        check: &mut Check,
    ) -> Result<Conditioning, Failure> {
        let _no_grad = tch::no_grad_guard();
        let (kind, device) = (self.kind(), self.device());
        let row = &self.prompt_padding_embedding;
        let padding = row.expand([1, padding.max(0), self.config.context_width], false);
        let tokens = tokens.to_device(device).to_kind(kind);
        let rows = silu_pair(&self.to_cond_embed, &Tensor::cat(&[&tokens, &padding], 1));
        let mut context = Vec::new();
        self.blocks.for_each(|_, block| {
            check()?;
            context.push(block.context(&rows));
            Ok(())
        })?;
        let global = global.to_device(device).to_kind(kind);
        let global = silu_pair(&self.to_global_embed, &global).to_kind(Kind::Float);
        Ok(Conditioning { context, global })
    }

    /// The velocity of the latents at this sigma: 1 x c x t, in fp32. `local`: the condition for given sound, 1 x local
    /// channels x t, for networks with one latent per token. `check` is called before each block.
    pub fn forward(
        &self,
        latents: &Tensor,
        sigma: f64,
        conditioning: &Conditioning,
        local: Option<&Tensor>,
        check: &mut Check,
    ) -> Result<Tensor, Failure> {
        let _no_grad = tch::no_grad_guard();
        let (kind, device) = (self.kind(), self.device());
        let latents = latents.to_device(device).to_kind(kind);
        let latents = with_residual(&latents, &self.preprocess_conv);
        let mut tokens = self.with_memory(&self.proj_in.forward(&self.patched(&latents)));
        let sound = latents.size()[2] / self.config.patch;
        let memory = tokens.size()[1] - sound;
        let local = local.map(|local| local.to_device(device).to_kind(kind).transpose(1, 2));
        let step = StepInput {
            modulation: &self.modulation(sigma, &conditioning.global),
            rope: &Rope::new(&self.inv_freq, tokens.size()[1]),
            local: local.as_ref(),
        };
        let mut contexts = conditioning.context.iter();
        self.blocks.for_each(|_, block| {
            check()?;
            let context = contexts
                .next()
                .ok_or_else(|| Failure::bug("a block has no context"))?;
            tokens = block.forward(&tokens, context, &step);
            Ok(())
        })?;
        let velocity = self.proj_out.forward(&tokens.narrow(1, memory, sound));
        let velocity = self.unpatched(&velocity);
        Ok(with_residual(&velocity, &self.postprocess_conv).to_kind(Kind::Float))
    }

    /// The modulations of all blocks: 1 x 6d, in fp32.
    fn modulation(&self, sigma: f64, global: &Tensor) -> Tensor {
        let sigma = Tensor::from_slice(&[sigma as f32]);
        let features = fourier_features(&sigma, &self.time_frequencies);
        let time = silu_pair(&self.to_timestep_embed, &features.to_device(self.device()));
        silu_pair(&self.global_cond_embedder, &(global + time))
    }

    /// 1 x c x t -> 1 x l x c patch. A token has the latents of its patch one after another.
    fn patched(&self, latents: &Tensor) -> Tensor {
        let size = latents.size();
        let tokens = size[2] / self.config.patch;
        latents.transpose(1, 2).reshape([1, tokens, -1])
    }

    /// 1 x l x c patch -> 1 x c x t.
    fn unpatched(&self, tokens: &Tensor) -> Tensor {
        tokens
            .reshape([1, -1, self.config.channels])
            .transpose(1, 2)
    }

    fn with_memory(&self, tokens: &Tensor) -> Tensor {
        match &self.memory_tokens {
            Some(memory) => Tensor::cat(&[&memory.unsqueeze(0), tokens], 1),
            None => tokens.shallow_clone(),
        }
    }
}

/// Two layers in fp32, with SiLU between them; widths are those before, between and after.
fn exact_pair(mut weights: Weights, widths: [i64; 3]) -> Result<[Linear; 2], Failure> {
    let [before, between, after] = widths;
    Ok([
        Linear::exact(weights.at(0), before, between)?,
        Linear::exact(weights.at(2), between, after)?,
    ])
}

fn silu_pair([first, second]: &[Linear; 2], x: &Tensor) -> Tensor {
    second.forward(&first.forward(x).silu())
}

/// x + W x at each place; `kernel` is c x c x 1.
fn with_residual(x: &Tensor, kernel: &Tensor) -> Tensor {
    x + x.conv1d(kernel, None::<&Tensor>, 1, 0, 1, 1)
}
