//! The Gemma encoder: the embeddings of a text's tokens and what each layer makes of them.
//!
//! Sources: transformers `models/gemma3` (`Gemma3TextModel`), `models/gemma4_unified` (`Gemma4UnifiedTextModel`).

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use super::config::{GemmaConfig, LAYERS};
use super::layer::{Layer, View, gemma_norm};
use crate::family::gemma::Tokens;
use crate::nn::ExactRmsNorm;
use crate::vocabulary::refuse_unknown_tokens;
use crate::weights::{Blocks, Matrix, ModuleStream, Weights};

/// The encoder.
#[derive(Debug)]
pub struct TextEncoder {
    embedding: Matrix, // vocabulary, width
    layers: Blocks<Layer>,
    norm: ExactRmsNorm,
    config: GemmaConfig,
}

impl TextEncoder {
    /// Builds it from its parameters.
    pub fn new(config: &GemmaConfig, weights: Weights) -> Result<Self, Failure> {
        Self::build(config, weights, None)
    }

    /// As [`Self::new`], with layers that are read when they run: the 12B models have 24 GB.
    pub fn streamed(
        config: &GemmaConfig,
        weights: Weights,
        stream: &ModuleStream,
    ) -> Result<Self, Failure> {
        Self::build(config, weights, Some((stream, stream.kept)))
    }

    fn build(
        config: &GemmaConfig,
        mut weights: Weights,
        stream: Option<(&ModuleStream, usize)>,
    ) -> Result<Self, Failure> {
        let shape = [config.vocabulary, config.width];
        let of_layer = config.clone();
        let build = move |at: usize, weights: Weights| {
            let shape = of_layer.layers.get(at).copied();
            let shape = shape.ok_or_else(|| Failure::bug(format!("there is no layer {at}")))?;
            Layer::new(&of_layer, shape, weights)
        };
        let count = config.layers.len();
        Ok(Self {
            embedding: weights.at("embed_tokens").matrix("weight", &shape)?,
            layers: Blocks::new(LAYERS, count, weights.here(), stream, build)?,
            norm: gemma_norm(config, weights.at("norm"), config.width)?,
            config: config.clone(),
        })
    }

    /// All hidden states of a text, without its padding: 1 x tokens x width x layers + 1, in the precision of the network.
    /// The first are the embeddings, the last have passed the final norm. `layer_done` receives layers done and in total;
    /// its error stops the work.
    pub fn encode(
        &self,
        tokens: &Tokens,
        layer_done: &mut dyn FnMut(usize, usize) -> Result<(), Failure>,
    ) -> Result<Tensor, Failure> {
        refuse_unknown_tokens(&tokens.ids, self.config.vocabulary)?;
        let _no_grad = tch::no_grad_guard();
        let (device, kind) = (self.embedding.device(), self.embedding.kind());
        let ids: Vec<i64> = tokens.ids.iter().copied().map(i64::from).collect();
        let range = (tokens.padding as i64, ids.len() as i64);
        let view = |is_sliding| View::new(&self.config, is_sliding, range, device, kind);
        let (sliding, full) = (view(true), view(false));
        let mut x = self.embedded(&Tensor::from_slice(&ids).to_device(device));
        let mut states = vec![x.shallow_clone()];
        let count = self.layers.len();
        self.layers.for_each(|at, layer| {
            x = layer.forward(&x, &sliding, &full);
            states.push(match at + 1 == count {
                true => self.norm.forward(&x),
                false => x.shallow_clone(),
            });
            layer_done(at + 1, count)
        })?;
        Ok(Tensor::stack(&states, -1))
    }

    /// The embeddings of tokens, times the root of the width, which is rounded to the precision of the network: 1 x tokens
    /// x width.
    fn embedded(&self, ids: &Tensor) -> Tensor {
        let scale = Tensor::from_slice(&[(self.config.width as f64).sqrt()]);
        let scale = scale.to_kind(Kind::Float).to_kind(self.embedding.kind());
        self.embedding.embedding(&ids.unsqueeze(0)) * scale.to_device(ids.device())
    }
}
