//! A transformer block: self-attention, cross-attention to text and duration, the condition for given sound,
//! feed-forward. Source: diffusers `StableAudio3DiTBlock`.
//!
//! Timestep and duration enter through six modulations: scale, shift and gate, twice. A branch is multiplied by
//! sigmoid(1 - gate).

use kinora_wire::Failure;
use tch::Tensor;

use super::config::TransformerConfig;
use crate::family::stable_audio::attention::{Heads, KeyValues, Rope, attended};
use crate::family::stable_audio::feed_forward::FeedForward;
use crate::family::stable_audio::norm;
use crate::nn::{ExactRmsNorm, Linear};
use crate::weights::Weights;

#[derive(Debug)]
pub struct Block {
    pre_norm: ExactRmsNorm,
    self_attn: SelfAttention,
    cross_attend_norm: ExactRmsNorm,
    cross_attn: CrossAttention,
    to_local_embed: [Linear; 2],
    ff_norm: ExactRmsNorm,
    ff: FeedForward,
    to_scale_shift_gate: Tensor, // 6d
}

/// What is the same for all blocks in a step.
#[derive(Debug)]
pub struct StepInput<'s> {
    /// The embedded timestep and duration: 1 x 6d, in fp32.
    pub modulation: &'s Tensor,
    /// The rotary positions of all tokens.
    pub rope: &'s Rope,
    /// The condition for given sound: 1 x l x local channels, without the memory tokens.
    pub local: Option<&'s Tensor>,
}

impl Block {
    pub fn new(config: &TransformerConfig, mut weights: Weights) -> Result<Self, Failure> {
        let width = config.width;
        let mut local = weights.at("to_local_embed");
        let to_local_embed = [
            Linear::new(local.at(0), config.local_channels, width)?,
            Linear::new(local.at(2), width, width)?,
        ];
        Ok(Self {
            pre_norm: norm::of_gamma(weights.at("pre_norm"), width)?,
            self_attn: SelfAttention::new(config, weights.at("self_attn"))?,
            cross_attend_norm: norm::of_gamma(weights.at("cross_attend_norm"), width)?,
            cross_attn: CrossAttention::new(config, weights.at("cross_attn"))?,
            to_local_embed,
            ff_norm: norm::of_gamma(weights.at("ff_norm"), width)?,
            ff: FeedForward::new(weights.at("ff"), width, config.ffn_width, false)?,
            to_scale_shift_gate: weights.exact("to_scale_shift_gate", &[6 * width])?,
        })
    }

    /// Keys and values of the embedded context, 1 x k x d, which are the same in all steps.
    pub fn context(&self, context: &Tensor) -> KeyValues {
        self.cross_attn.key_values(context)
    }

    /// `x`: 1 x l x d, memory tokens first.
    pub fn forward(&self, x: &Tensor, context: &KeyValues, step: &StepInput) -> Tensor {
        let modulation = (&self.to_scale_shift_gate + step.modulation).unsqueeze(1); // 1 1 6d
        let width = modulation.size().last().copied().unwrap_or_default() / 6;
        let part = |at: i64| modulation.narrow(-1, at * width, width);
        let normed = modulated(&self.pre_norm.forward(x), &part(0), &part(1));
        let x = gated(x, &self.self_attn.forward(&normed, step.rope), &part(2));
        let normed = self.cross_attend_norm.forward(&x);
        let x = x + self.cross_attn.forward(&normed, context);
        let x = match step.local {
            Some(local) => self.with_local(&x, local),
            None => x,
        };
        let normed = modulated(&self.ff_norm.forward(&x), &part(3), &part(4));
        gated(&x, &self.ff.forward(&normed), &part(5))
    }

    /// Adds the condition for given sound to the tokens of the sound, which follow the memory tokens.
    fn with_local(&self, x: &Tensor, local: &Tensor) -> Tensor {
        let [first, second] = &self.to_local_embed;
        let local = second.forward(&first.forward(local).silu());
        let memory = x.size()[1] - local.size()[1];
        x + local.constant_pad_nd([0, 0, memory, 0])
    }
}

/// x (1 + scale) + shift. Scale and shift are fp32, and rounded once.
fn modulated(x: &Tensor, scale: &Tensor, shift: &Tensor) -> Tensor {
    x * (scale + 1.0).to_kind(x.kind()) + shift.to_kind(x.kind())
}

/// x + sigmoid(1 - gate) y.
fn gated(x: &Tensor, y: &Tensor, gate: &Tensor) -> Tensor {
    let opening = (gate.neg() + 1.0).sigmoid();
    x + y * opening.to_kind(x.kind())
}

#[derive(Debug)]
struct SelfAttention {
    to_qkv: Linear,
    to_out: Linear,
    q_norm: ExactRmsNorm,
    k_norm: ExactRmsNorm,
    heads: Heads,
}

impl SelfAttention {
    fn new(config: &TransformerConfig, mut weights: Weights) -> Result<Self, Failure> {
        let (width, heads) = (config.width, config.heads());
        let projections = (2 * heads.maps() + 1) * width;
        Ok(Self {
            to_qkv: Linear::plain(weights.at(heads.projection()), width, projections)?,
            to_out: Linear::plain(weights.at("to_out"), width, width)?,
            q_norm: norm::of_gamma(weights.at("q_norm"), heads.width)?,
            k_norm: norm::of_gamma(weights.at("k_norm"), heads.width)?,
            heads,
        })
    }

    fn forward(&self, x: &Tensor, rope: &Rope) -> Tensor {
        let projected = self.heads.projected(&self.to_qkv.forward(x));
        let queries = rope.rotate_all(&normed(&self.q_norm, &projected.queries));
        let context = KeyValues {
            keys: rope.rotate_all(&normed(&self.k_norm, &projected.context.keys)),
            values: projected.context.values,
        };
        self.to_out.forward(&attended(&queries, &context, None))
    }
}

/// Attention to the context, which has no positions.
#[derive(Debug)]
struct CrossAttention {
    to_q: Linear,
    to_kv: Linear,
    to_out: Linear,
    q_norm: ExactRmsNorm,
    k_norm: ExactRmsNorm,
    heads: Heads,
}

impl CrossAttention {
    fn new(config: &TransformerConfig, mut weights: Weights) -> Result<Self, Failure> {
        let (width, heads) = (config.width, config.heads());
        let maps = heads.maps();
        Ok(Self {
            to_q: Linear::plain(weights.at("to_q"), width, maps * width)?,
            to_kv: Linear::plain(weights.at("to_kv"), width, (maps + 1) * width)?,
            to_out: Linear::plain(weights.at("to_out"), width, width)?,
            q_norm: norm::of_gamma(weights.at("q_norm"), heads.width)?,
            k_norm: norm::of_gamma(weights.at("k_norm"), heads.width)?,
            heads,
        })
    }

    fn key_values(&self, context: &Tensor) -> KeyValues {
        let projected = self.heads.key_values(&self.to_kv.forward(context));
        KeyValues {
            keys: normed(&self.k_norm, &projected.keys),
            values: projected.values.contiguous(),
        }
    }

    fn forward(&self, x: &Tensor, context: &KeyValues) -> Tensor {
        let queries = self.heads.queries(&self.to_q.forward(x));
        let queries = normed(&self.q_norm, &queries);
        self.to_out.forward(&attended(&queries, context, None))
    }
}

fn normed(norm: &ExactRmsNorm, all: &[Tensor]) -> Vec<Tensor> {
    all.iter().map(|x| norm.forward(x)).collect()
}
