//! The text encoder: the encoder of `T5Gemma`, an embedding for each token of a prompt.
//! Source: transformers `T5GemmaEncoder`.

mod block;
mod config;

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use super::attention::Rope;
use super::norm;
use crate::nn::ExactRmsNorm;
use crate::vocabulary::refuse_unknown_tokens;
use crate::weights::{Blocks, Check, Matrix, ModuleStream, Weights};

use block::Block;
pub use config::TextConfig;

/// Length of a text in the transformer, in tokens. Longer texts are cut, shorter ones padded (diffusers
/// `StableAudio3Pipeline.encode_prompt`).
pub const TEXT_LENGTH: usize = 256;

/// The list of the blocks, in the names of the parameters.
pub const BLOCKS: &str = "encoder.layers";

/// The encoder.
#[derive(Debug)]
pub struct TextEncoder {
    embed_tokens: Matrix, // vocabulary, width
    layers: Blocks<Block>,
    norm: ExactRmsNorm,
    config: TextConfig,
}

impl TextEncoder {
    /// Builds it from its parameters.
    pub fn new(config: &TextConfig, weights: Weights) -> Result<Self, Failure> {
        Self::build(config, weights, None)
    }

    /// As [`Self::new`], with layers that are read when they run.
    pub fn streamed(
        config: &TextConfig,
        weights: Weights,
        stream: &ModuleStream,
    ) -> Result<Self, Failure> {
        Self::build(config, weights, Some((stream, stream.kept)))
    }

    fn build(
        config: &TextConfig,
        mut weights: Weights,
        stream: Option<(&ModuleStream, usize)>,
    ) -> Result<Self, Failure> {
        let shape = [config.vocabulary, config.width];
        let of_block = config.clone();
        let build = move |layer: usize, weights: Weights| Block::new(&of_block, layer, weights);
        let layers = config.windows.len();
        Ok(Self {
            embed_tokens: weights
                .at("encoder")
                .at("embed_tokens")
                .matrix("weight", &shape)?,
            layers: Blocks::new(BLOCKS, layers, weights.here(), stream, build)?,
            norm: norm::around_one(
                weights.at("encoder").at("norm"),
                config.width,
                config.epsilon,
            )?,
            config: config.clone(),
        })
    }

    /// Its shape.
    pub fn config(&self) -> &TextConfig {
        &self.config
    }

    /// Encodes the tokens of one text, at most [`TEXT_LENGTH`] of them: 1 x tokens x width, in fp32. Padding is not
    /// computed: masked tokens do not influence the others, and the transformer replaces them. `check` is called before
    /// each layer. Fails for a token that is not in the vocabulary.
    pub fn encode(&self, tokens: &[u32], check: &mut Check) -> Result<Tensor, Failure> {
        let tokens = tokens.get(..TEXT_LENGTH).unwrap_or(tokens);
        refuse_unknown_tokens(tokens, self.config.vocabulary)?;
        let _no_grad = tch::no_grad_guard();
        let (kind, device) = (self.embed_tokens.kind(), self.embed_tokens.device());
        if tokens.is_empty() {
            let shape = [1, 0, self.config.width];
            return Ok(Tensor::zeros(shape, (Kind::Float, device)));
        }
        let tokens: Vec<i64> = tokens.iter().copied().map(i64::from).collect();
        let places = Tensor::from_slice(&tokens).to_device(device).unsqueeze(0);
        // The factor is rounded to the precision of the network, as in training.
        let factor = Tensor::from_slice(&[(self.config.width as f64).sqrt() as f32]);
        let mut x = self.embed_tokens.embedding(&places) * factor.to_device(device).to_kind(kind);
        let (theta, channels) = (self.config.rope_theta, self.config.head_width);
        let rope = Rope::of_base(theta, channels, tokens.len() as i64, device);
        self.layers.for_each(|_, layer| {
            check()?;
            x = layer.forward(&x, &rope);
            Ok(())
        })?;
        Ok(self.norm.forward(&x).to_kind(Kind::Float))
    }
}
