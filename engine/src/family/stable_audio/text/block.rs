//! A layer of the text encoder: attention and feed-forward, each between two norms.
//! Source: transformers `T5GemmaEncoderLayer`, `T5GemmaSelfAttention`, `T5GemmaMLP`.

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use super::config::TextConfig;
use crate::family::stable_audio::attention::Rope;
use crate::family::stable_audio::norm;
use crate::nn::{ExactRmsNorm, Linear};
use crate::weights::Weights;

#[derive(Debug)]
pub struct Block {
    pre_self_attn_layernorm: ExactRmsNorm,
    attention: Attention,
    post_self_attn_layernorm: ExactRmsNorm,
    pre_feedforward_layernorm: ExactRmsNorm,
    gate_proj: Linear,
    up_proj: Linear,
    down_proj: Linear,
    post_feedforward_layernorm: ExactRmsNorm,
}

impl Block {
    pub fn new(config: &TextConfig, layer: usize, mut weights: Weights) -> Result<Self, Failure> {
        let (width, inner) = (config.width, config.ffn_width);
        let names = [
            "pre_self_attn_layernorm",
            "post_self_attn_layernorm",
            "pre_feedforward_layernorm",
            "post_feedforward_layernorm",
        ];
        let [before, after, before_ffn, after_ffn] =
            names.map(|name| norm::around_one(weights.at(name), width, config.epsilon));
        Ok(Self {
            pre_self_attn_layernorm: before?,
            attention: Attention::new(config, layer, weights.at("self_attn"))?,
            post_self_attn_layernorm: after?,
            pre_feedforward_layernorm: before_ffn?,
            gate_proj: Linear::plain(weights.at("mlp").at("gate_proj"), width, inner)?,
            up_proj: Linear::plain(weights.at("mlp").at("up_proj"), width, inner)?,
            down_proj: Linear::plain(weights.at("mlp").at("down_proj"), inner, width)?,
            post_feedforward_layernorm: after_ffn?,
        })
    }

    /// 1 x l x d -> 1 x l x d.
    pub fn forward(&self, x: &Tensor, rope: &Rope) -> Tensor {
        let normed = self.pre_self_attn_layernorm.forward(x);
        let attended = self.attention.forward(&normed, rope);
        let x = x + self.post_self_attn_layernorm.forward(&attended);
        let normed = self.pre_feedforward_layernorm.forward(&x);
        let hidden = self.gate_proj.forward(&normed).gelu("tanh") * self.up_proj.forward(&normed);
        let hidden = self.down_proj.forward(&hidden);
        x + self.post_feedforward_layernorm.forward(&hidden)
    }
}

/// Attention with fewer heads of keys than of queries, and with limited scores.
#[derive(Debug)]
struct Attention {
    q_proj: Linear,
    k_proj: Linear,
    v_proj: Linear,
    o_proj: Linear,
    head_width: i64,
    /// Heads of queries for one head of keys.
    shared_by: i64,
    scale: f64,
    limit: Option<f64>,
    window: Option<i64>,
}

impl Attention {
    fn new(config: &TextConfig, layer: usize, mut weights: Weights) -> Result<Self, Failure> {
        let width = config.width;
        let queries = config.heads * config.head_width;
        let keys = config.key_heads * config.head_width;
        Ok(Self {
            q_proj: Linear::plain(weights.at("q_proj"), width, queries)?,
            k_proj: Linear::plain(weights.at("k_proj"), width, keys)?,
            v_proj: Linear::plain(weights.at("v_proj"), width, keys)?,
            o_proj: Linear::plain(weights.at("o_proj"), queries, width)?,
            head_width: config.head_width,
            shared_by: config.heads / config.key_heads,
            scale: config.score_scale.powf(-0.5),
            limit: config.score_limit,
            window: config.windows.get(layer).copied().flatten(),
        })
    }

    fn forward(&self, x: &Tensor, rope: &Rope) -> Tensor {
        let heads = |x: Tensor| x.unflatten(-1, [-1, self.head_width]).transpose(1, 2);
        let shared = |x: Tensor| x.repeat_interleave_self_int(self.shared_by, 1, None::<i64>);
        let queries = rope.rotate(&heads(self.q_proj.forward(x)));
        let keys = shared(rope.rotate(&heads(self.k_proj.forward(x))));
        let values = shared(heads(self.v_proj.forward(x)));
        let mut scores = queries.matmul(&keys.transpose(-2, -1)) * self.scale; // 1 h l l
        if let Some(limit) = self.limit {
            scores = (scores / limit).tanh() * limit;
        }
        if let Some(window) = self.window {
            let places = Tensor::arange(x.size()[1], (Kind::Int64, x.device()));
            let distance = (places.unsqueeze(0) - places.unsqueeze(1)).abs();
            scores = scores.masked_fill(&distance.gt(window), f64::NEG_INFINITY);
        }
        let weights = scores.softmax(-1, Kind::Float).to_kind(x.kind());
        let attended = weights.matmul(&values);
        self.o_proj.forward(&attended.transpose(1, 2).flatten(2, 3))
    }
}
