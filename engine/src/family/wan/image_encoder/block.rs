//! A block of the image encoder: attention between all tokens, and feed-forward, each after a layer norm.

use kinora_wire::Failure;
use tch::Tensor;

use super::config::ImageConfig;
use crate::nn::{LayerNorm, Linear};
use crate::weights::Weights;

#[derive(Debug)]
pub struct Block {
    norm1: LayerNorm,
    attn: Attention,
    norm2: LayerNorm,
    mlp: [Linear; 2],
}

impl Block {
    pub fn new(config: &ImageConfig, mut weights: Weights) -> Result<Self, Failure> {
        let (width, ffn_width) = (config.width, config.ffn_width);
        Ok(Self {
            norm1: LayerNorm::new(weights.at("norm1"), width, config.epsilon)?,
            attn: Attention::new(config, weights.at("attn"))?,
            norm2: LayerNorm::new(weights.at("norm2"), width, config.epsilon)?,
            mlp: [
                Linear::new(weights.at("mlp").at(0), width, ffn_width)?,
                Linear::new(weights.at("mlp").at(2), ffn_width, width)?,
            ],
        })
    }

    /// b x n x d -> b x n x d.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let x = x + self.attn.forward(&self.norm1.forward(x));
        let [first, second] = &self.mlp;
        let hidden = first.forward(&self.norm2.forward(&x)).gelu("none");
        &x + second.forward(&hidden)
    }
}

#[derive(Debug)]
struct Attention {
    projections: Projections,
    proj: Linear,
    heads: i64,
}

/// Queries, keys and values.
#[derive(Debug)]
enum Projections {
    /// The official release: one layer.
    Fused(Linear),
    /// Transformers: three layers.
    Split([Linear; 3]),
}

impl Attention {
    fn new(config: &ImageConfig, mut weights: Weights) -> Result<Self, Failure> {
        let width = config.width;
        let projections = match config.is_split {
            true => Projections::Split([
                Linear::new(weights.at("q"), width, width)?,
                Linear::new(weights.at("k"), width, width)?,
                Linear::new(weights.at("v"), width, width)?,
            ]),
            false => Projections::Fused(Linear::new(weights.at("to_qkv"), width, 3 * width)?),
        };
        Ok(Self {
            projections,
            proj: Linear::new(weights.at("proj"), width, width)?,
            heads: config.heads,
        })
    }

    fn forward(&self, x: &Tensor) -> Tensor {
        let size = x.size();
        let width = size[2];
        let split = |x: &Tensor| {
            let heads = x.reshape([size[0], size[1], self.heads, -1]);
            heads.transpose(1, 2) // b h n d/h
        };
        let [queries, keys, values] = match &self.projections {
            Projections::Fused(all) => {
                let all = all.forward(x);
                [0, 1, 2].map(|at| split(&all.narrow(2, at * width, width)))
            }
            Projections::Split(layers) => [0, 1, 2].map(|at| split(&layers[at].forward(x))),
        };
        let attended = Tensor::scaled_dot_product_attention(
            &queries,
            &keys,
            &values,
            None::<Tensor>,
            0.0,
            false,
            None,
            false,
        );
        self.proj.forward(&attended.transpose(1, 2).flatten(2, 3))
    }
}
