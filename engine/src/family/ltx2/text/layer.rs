//! A layer of Gemma: attention and a gated feed-forward, each between two norms.
//!
//! Sources: transformers `models/gemma3` (`Gemma3DecoderLayer`), `models/gemma4_unified`
//! (`Gemma4UnifiedTextDecoderLayer`).

use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use super::config::{Gemma, GemmaConfig, GemmaLayer};
use super::rope::Rope;
use crate::nn::{ExactRmsNorm, Linear};
use crate::weights::Weights;

/// The norm of a last axis of this length. Gemma 3 stores the weight less one.
pub fn gemma_norm(
    config: &GemmaConfig,
    mut weights: Weights,
    length: i64,
) -> Result<ExactRmsNorm, Failure> {
    let stored = weights.exact("weight", &[length])?;
    let scale = match config.gemma {
        Gemma::Three => stored + 1.0,
        Gemma::Four => stored,
    };
    Ok(ExactRmsNorm::new(scale, config.epsilon))
}

/// What all layers of one kind get for a text: the rotation of its tokens, and which of them each token attends to.
#[derive(Debug)]
pub struct View {
    rope: Rope,
    /// tokens x tokens, true where the row attends to the column.
    mask: Tensor,
}

impl View {
    /// For `length` tokens from position `first` on.
    pub fn new(
        config: &GemmaConfig,
        is_sliding: bool,
        (first, length): (i64, i64),
        device: Device,
        kind: Kind,
    ) -> Self {
        let form = match is_sliding {
            true => &config.sliding,
            false => &config.full,
        };
        let places = Tensor::arange(length, (Kind::Int64, device));
        let distance = places.unsqueeze(1) - places.unsqueeze(0); // of the query from the key
        let past = distance.ge(0);
        let mask = match is_sliding {
            true => past.logical_and(&distance.lt(config.window)),
            false => past,
        };
        let positions = first..first + length;
        let rope = Rope::of_gemma(&form.rotation, form.head_width, positions, device, kind);
        Self { rope, mask }
    }
}

/// A layer.
#[derive(Debug)]
pub struct Layer {
    shape: GemmaLayer,
    input_norm: ExactRmsNorm,
    attention: Attention,
    attention_norm: ExactRmsNorm,
    ffn_input_norm: ExactRmsNorm,
    gate: Linear,
    up: Linear,
    down: Linear,
    ffn_norm: ExactRmsNorm,
    /// Multiplies what the layer returns: 1. Only in Gemma 4.
    scale: Option<Tensor>,
}

impl Layer {
    /// Builds a layer of this shape.
    pub fn new(
        config: &GemmaConfig,
        shape: GemmaLayer,
        mut weights: Weights,
    ) -> Result<Self, Failure> {
        let width = config.width;
        let mut norm = |name: &str| gemma_norm(config, weights.at(name), width);
        let input_norm = norm("input_layernorm")?;
        let attention_norm = norm("post_attention_layernorm")?;
        let ffn_input_norm = norm("pre_feedforward_layernorm")?;
        let ffn_norm = norm("post_feedforward_layernorm")?;
        let attention = Attention::new(config, shape, weights.at("self_attn"))?;
        let mut mlp = weights.at("mlp");
        let gate = Linear::plain(mlp.at("gate_proj"), width, config.ffn_width)?;
        let up = Linear::plain(mlp.at("up_proj"), width, config.ffn_width)?;
        let down = Linear::plain(mlp.at("down_proj"), config.ffn_width, width)?;
        let scale = match config.gemma {
            Gemma::Three => None,
            Gemma::Four => Some(weights.tensor("layer_scalar", &[1])?),
        };
        Ok(Self {
            shape,
            input_norm,
            attention,
            attention_norm,
            ffn_input_norm,
            gate,
            up,
            down,
            ffn_norm,
            scale,
        })
    }

    /// `x`: b x tokens x width. It takes the view of its kind.
    pub fn forward(&self, x: &Tensor, sliding: &View, full: &View) -> Tensor {
        let view = match self.shape.is_sliding {
            true => sliding,
            false => full,
        };
        let attended = self.attention.forward(&self.input_norm.forward(x), view);
        let x = x + self.attention_norm.forward(&attended);
        let normed = self.ffn_input_norm.forward(&x);
        let hidden = self.gate.forward(&normed).gelu("tanh") * self.up.forward(&normed);
        let x = x + self.ffn_norm.forward(&self.down.forward(&hidden));
        match &self.scale {
            Some(scale) => x * scale,
            None => x,
        }
    }
}

/// Attention in which several heads of queries share one of keys and values.
#[derive(Debug)]
struct Attention {
    q: Linear,
    k: Linear,
    /// `None`: the keys before their norm are the values.
    v: Option<Linear>,
    o: Linear,
    q_norm: ExactRmsNorm,
    k_norm: ExactRmsNorm,
    gemma: Gemma,
    heads: i64,
    kv_heads: i64,
    score_scale: f64,
    epsilon: f64,
}

impl Attention {
    fn new(config: &GemmaConfig, shape: GemmaLayer, mut weights: Weights) -> Result<Self, Failure> {
        let head_width = config.form(shape).head_width;
        let (width, inner) = (config.width, config.heads * head_width);
        let kv_inner = shape.kv_heads * head_width;
        let v = match shape.has_values {
            true => Some(Linear::plain(weights.at("v_proj"), width, kv_inner)?),
            false => None,
        };
        Ok(Self {
            q: Linear::plain(weights.at("q_proj"), width, inner)?,
            k: Linear::plain(weights.at("k_proj"), width, kv_inner)?,
            v,
            o: Linear::plain(weights.at("o_proj"), inner, width)?,
            q_norm: gemma_norm(config, weights.at("q_norm"), head_width)?,
            k_norm: gemma_norm(config, weights.at("k_norm"), head_width)?,
            gemma: config.gemma,
            heads: config.heads,
            kv_heads: shape.kv_heads,
            score_scale: config.score_scale,
            epsilon: config.epsilon,
        })
    }

    fn forward(&self, x: &Tensor, view: &View) -> Tensor {
        let (batch, length) = (x.size()[0], x.size()[1]);
        let split = |x: Tensor, heads: i64| x.view([batch, length, heads, -1]); // b l h d
        let queries = self.q_norm.forward(&split(self.q.forward(x), self.heads));
        let keys = split(self.k.forward(x), self.kv_heads);
        let values = match &self.v {
            Some(v) => split(v.forward(x), self.kv_heads),
            None => keys.shallow_clone(),
        };
        let values = match self.gemma {
            Gemma::Three => values,
            Gemma::Four => self.normed_values(&values),
        };
        let keys = self.k_norm.forward(&keys);
        let queries = view.rope.rotate(&queries.transpose(1, 2)); // b h l d
        let keys = self.shared(&view.rope.rotate(&keys.transpose(1, 2)));
        let values = self.shared(&values.transpose(1, 2));
        let attended = Tensor::scaled_dot_product_attention(
            &queries,
            &keys,
            &values,
            Some(&view.mask),
            0.0,
            false,
            Some(self.score_scale),
            false,
        );
        self.o.forward(&attended.transpose(1, 2).flatten(2, 3))
    }

    /// Values divided by their root mean square, in fp32: this norm has no weight.
    fn normed_values(&self, values: &Tensor) -> Tensor {
        let head_width = values.size().last().copied().unwrap_or(0);
        let precise = values.to_kind(Kind::Float);
        let normed = precise.rms_norm([head_width], None::<&Tensor>, self.epsilon);
        normed.to_kind(values.kind())
    }

    /// Each head of keys or values once for every head of queries that shares it.
    fn shared(&self, x: &Tensor) -> Tensor {
        match self.heads / self.kv_heads {
            1 => x.shallow_clone(),
            sharing => x.repeat_interleave_self_int(sharing, 1i64, None::<i64>),
        }
    }
}
