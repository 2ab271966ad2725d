//! One stream of a block: self-attention, attention to the text, feed-forward layers. Timestep and tables set shift,
//! scale and gate of each.

use kinora_wire::Failure;
use tch::Tensor;

use super::attention::{Attention, Scores, SelfAttention, Shape};
use super::config::{StreamConfig, TextModulation};
use super::norms::{gated, modulated, rms_normed};
use super::rope::Rope;
use super::streams::Modality;
use super::time::Modulations;
use crate::nn::Linear;
use crate::weights::Weights;

/// What a stream's blocks are given beside its tokens.
#[derive(Debug)]
pub struct StreamContext {
    /// b x k x c.
    pub text: Tensor,
    /// Added to the scores of the text: b x 1 x 1 x k.
    pub text_scores: Option<Tensor>,
    pub rope: Rope,
    /// Added to the scores of self-attention: b|1 x 1 x l x l.
    pub own_scores: Option<Tensor>,
    pub time: Modulations,
    /// Two rows for the text, if the timestep modulates it.
    pub text_time: Option<Modulations>,
}

#[derive(Debug)]
pub struct StreamBlock {
    attn1: Attention,
    attn2: Attention,
    ff: [Linear; 2],
    scale_shift_table: Tensor,                // rows d
    prompt_scale_shift_table: Option<Tensor>, // 2 c
    modulates_text_queries: bool,
    epsilon: f64,
}

impl StreamBlock {
    /// `weights` is the block's; the names in it are those of the stream.
    pub fn new(
        config: &StreamConfig,
        modality: Modality,
        epsilon: f64,
        mut weights: Weights,
    ) -> Result<Self, Failure> {
        let (width, ffn_width) = (config.width, config.ffn_width);
        let to_itself = Shape {
            queries: width,
            context: width,
            inner: width,
            heads: config.heads,
            has_gates: config.has_gates,
        };
        let to_text = Shape {
            context: config.text_width,
            ..to_itself
        };
        let linear = match config.has_ffn_bias {
            true => Linear::new,
            false => Linear::plain,
        };
        let mut ff = weights.at(modality.named("ff.net"));
        let ff = [
            linear(ff.at("0.proj"), width, ffn_width)?,
            linear(ff.at(2), ffn_width, width)?,
        ];
        let prompt_table = modality.named("prompt_scale_shift_table");
        let prompt_scale_shift_table = match config.text_modulation {
            TextModulation::None => None,
            TextModulation::Fixed | TextModulation::ByTime => {
                Some(weights.exact(&prompt_table, &[2, config.text_width])?)
            }
        };
        let table = modality.named("scale_shift_table");
        Ok(Self {
            attn1: Attention::new(to_itself, epsilon, weights.at(modality.named("attn1")))?,
            attn2: Attention::new(to_text, epsilon, weights.at(modality.named("attn2")))?,
            ff,
            scale_shift_table: weights.exact(&table, &[config.rows(), width])?,
            prompt_scale_shift_table,
            modulates_text_queries: config.modulates_text_queries,
            epsilon,
        })
    }

    /// Self-attention and attention to the text. `x`: b x l x d.
    pub fn attend(&self, x: &Tensor, context: &StreamContext, how: SelfAttention) -> Tensor {
        let normed = self.modulated_norm(x, context, [0, 1]);
        let scores = Scores {
            ropes: Some((&context.rope, &context.rope)),
            added: context.own_scores.as_ref(),
        };
        let attended = self.attn1.to_itself(&normed, scores, how);
        drop(normed);
        let x = gated(x, &attended, &self.row(2, x, context));
        drop(attended);

        let queries = match self.modulates_text_queries {
            true => self.modulated_norm(&x, context, [6, 7]),
            false => rms_normed(&x, self.epsilon),
        };
        let scores = Scores {
            ropes: None,
            added: context.text_scores.as_ref(),
        };
        let attended = self.attn2.forward(&queries, &self.text(context), scores);
        match self.modulates_text_queries {
            true => gated(&x, &attended, &self.row(8, &x, context)),
            false => x + attended,
        }
    }

    /// The feed-forward layers. `x`: b x l x d.
    pub fn feed_forward(&self, x: &Tensor, context: &StreamContext) -> Tensor {
        let normed = self.modulated_norm(x, context, [3, 4]);
        let [first, second] = &self.ff;
        let hidden = second.forward(&first.forward(&normed).gelu("tanh"));
        gated(x, &hidden, &self.row(5, x, context))
    }

    /// The text, modulated: b x k x c.
    fn text(&self, context: &StreamContext) -> Tensor {
        let text = &context.text;
        let Some(table) = &self.prompt_scale_shift_table else {
            return text.shallow_clone();
        };
        let (shift, scale) = (table.select(0, 0), table.select(0, 1));
        let (shift, factor) = match &context.text_time {
            Some(time) => (
                time.row(0, &shift, text.kind()),
                time.factor(1, &scale, text.kind()),
            ),
            None => (
                shift.to_kind(text.kind()),
                (scale + 1.0).to_kind(text.kind()),
            ),
        };
        modulated(text, &factor, &shift)
    }

    /// The norm of the tokens, with these rows as shift and scale.
    fn modulated_norm(
        &self,
        x: &Tensor,
        context: &StreamContext,
        [shift, scale]: [i64; 2],
    ) -> Tensor {
        let table = self.scale_shift_table.select(0, scale);
        let factor = context.time.factor(scale, &table, x.kind());
        let shift = self.row(shift, x, context);
        modulated(&rms_normed(x, self.epsilon), &factor, &shift)
    }

    fn row(&self, at: i64, x: &Tensor, context: &StreamContext) -> Tensor {
        let table = self.scale_shift_table.select(0, at);
        context.time.row(at, &table, x.kind())
    }
}
