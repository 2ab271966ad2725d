//! The transformer layers of the autoencoder, with dynamic tanh instead of norms.
//! Source: diffusers `DynamicTanh`, `SAMEAttention`, `TransformerBlock` of `autoencoder_same.py`.

use kinora_wire::Failure;
use tch::Tensor;

use super::config::{AutoencoderConfig, Level};
use crate::family::stable_audio::attention::{Heads, KeyValues, Rope, attended};
use crate::family::stable_audio::feed_forward::FeedForward;
use crate::nn::Linear;
use crate::weights::Weights;

/// gamma tanh(alpha x) + beta (Zhu et al., "Transformers without normalization", 2025).
#[derive(Debug)]
struct DynamicTanh {
    alpha: Tensor, // 1
    gamma: Tensor,
    beta: Tensor,
}

impl DynamicTanh {
    fn new(mut weights: Weights, length: i64) -> Result<Self, Failure> {
        Ok(Self {
            alpha: weights.tensor("alpha", &[1])?,
            gamma: weights.tensor("gamma", &[length])?,
            beta: weights.tensor("beta", &[length])?,
        })
    }

    fn forward(&self, x: &Tensor) -> Tensor {
        (x * &self.alpha).tanh() * &self.gamma + &self.beta
    }

    fn forward_all(&self, all: &[Tensor]) -> Vec<Tensor> {
        all.iter().map(|x| self.forward(x)).collect()
    }
}

/// A layer: attention and feed-forward.
#[derive(Debug)]
pub struct Layer {
    norm_attn: DynamicTanh,
    attn: Attention,
    norm_ff: DynamicTanh,
    ff: FeedForward,
}

impl Layer {
    pub fn new(
        config: &AutoencoderConfig,
        level: &Level,
        is_sinusoidal: bool,
        mut weights: Weights,
    ) -> Result<Self, Failure> {
        let width = level.width;
        let ff = weights.at("ff");
        let ff = FeedForward::new(ff, width, level.ffn_width, is_sinusoidal)?;
        Ok(Self {
            norm_attn: DynamicTanh::new(weights.at("norm_attn"), width)?,
            attn: Attention::new(config.heads(level), weights.at("attn"))?,
            norm_ff: DynamicTanh::new(weights.at("norm_ff"), width)?,
            ff,
        })
    }

    /// 1 x l x d; a pair of tokens attends where `mask`, l x l, is true.
    pub fn forward(&self, x: &Tensor, rope: &Rope, mask: &Tensor) -> Tensor {
        let x = x + self.attn.forward(&self.norm_attn.forward(x), rope, mask);
        &x + self.ff.forward(&self.norm_ff.forward(&x))
    }
}

#[derive(Debug)]
struct Attention {
    to_qkv: Linear,
    to_out: Linear,
    q_norm: DynamicTanh,
    k_norm: DynamicTanh,
    heads: Heads,
}

impl Attention {
    fn new(heads: Heads, mut weights: Weights) -> Result<Self, Failure> {
        let width = heads.inner;
        let projections = (2 * heads.maps() + 1) * width;
        Ok(Self {
            to_qkv: Linear::plain(weights.at(heads.projection()), width, projections)?,
            to_out: Linear::plain(weights.at("to_out"), width, width)?,
            q_norm: DynamicTanh::new(weights.at("q_norm"), heads.width)?,
            k_norm: DynamicTanh::new(weights.at("k_norm"), heads.width)?,
            heads,
        })
    }

    fn forward(&self, x: &Tensor, rope: &Rope, mask: &Tensor) -> Tensor {
        let projected = self.heads.projected(&self.to_qkv.forward(x));
        let queries = rope.rotate_all(&self.q_norm.forward_all(&projected.queries));
        let context = KeyValues {
            keys: rope.rotate_all(&self.k_norm.forward_all(&projected.context.keys)),
            values: projected.context.values,
        };
        self.to_out
            .forward(&attended(&queries, &context, Some(mask)))
    }
}
