//! The embedding of pictures for cross-attention: the tokens of the image encoder, normed and projected.
//!
//! Source: Wan2.1 `wan/modules/model.py` (`MLPProj`, with `flf_pos_emb` for models of a first and a last frame).

use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use super::config::ImageInput;
use crate::nn::{LayerNorm, Linear};
use crate::weights::Weights;

/// Epsilon of both norms, unlike that of the blocks.
const EPSILON: f64 = 1e-5;

#[derive(Debug)]
pub struct ImageEmbedding {
    /// Models of a first and a last frame: 1 x n x c.
    emb_pos: Option<Tensor>,
    norms: [LayerNorm; 2],
    layers: [Linear; 2],
    /// Channels of the input.
    channels: i64,
}

impl ImageEmbedding {
    pub fn new(input: &ImageInput, width: i64, mut weights: Weights) -> Result<Self, Failure> {
        let channels = input.channels;
        let emb_pos = match input.paired_tokens {
            Some(tokens) => Some(weights.tensor("emb_pos", &[1, tokens, channels])?),
            None => None,
        };
        let mut proj = weights.at("proj");
        Ok(Self {
            emb_pos,
            norms: [
                LayerNorm::new(proj.at(0), channels, EPSILON)?,
                LayerNorm::new(proj.at(4), width, EPSILON)?,
            ],
            layers: [
                Linear::new(proj.at(1), channels, channels)?,
                Linear::new(proj.at(3), channels, width)?,
            ],
            channels,
        })
    }

    /// The tokens of pictures, p x n x c (see `image_encoder`): b x pn x d. Without pictures the tokens are zeros, as in
    /// VideoX-Fun's pipelines: all alike, so that one counts as much as all.
    pub fn forward(&self, pictures: Option<&Tensor>, batch: i64, on: (Kind, Device)) -> Tensor {
        let pictures = match pictures {
            Some(pictures) => pictures.reshape([1, -1, self.channels]).to_kind(on.0),
            None => Tensor::zeros([1, 1, self.channels], on),
        };
        let pictures = match &self.emb_pos {
            Some(positions) => pictures + positions,
            None => pictures,
        };
        let [first, second] = &self.layers;
        let [before, after] = &self.norms;
        let hidden = first.forward(&before.forward(&pictures)).gelu("none");
        after
            .forward(&second.forward(&hidden))
            .expand([batch, -1, -1], false)
    }
}
