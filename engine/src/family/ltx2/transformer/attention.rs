//! Attention of LTX-2: RMS norm of queries and keys over all heads, rotary positions of their own for queries and keys,
//! and a gate for each head.
//!
//! Source: diffusers `LTX2Attention`, `LTX2PerturbedAttnProcessor`.

use kinora_wire::Failure;
use tch::Tensor;

use super::rope::Rope;
use crate::nn::{Linear, RmsNorm};
use crate::weights::Weights;

/// Widths and heads of an attention.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Channels of the tokens that ask.
    pub queries: i64,
    /// Channels of the tokens that are attended to.
    pub context: i64,
    /// Channels of queries, keys and values.
    pub inner: i64,
    pub heads: i64,
    pub has_gates: bool,
}

/// How self-attention runs in a pass.
#[derive(Clone, Copy, Debug)]
pub enum SelfAttention<'t> {
    Whole,
    /// Replaced by its values.
    Perturbed,
    /// Whole where a clip of the batch has 1, replaced by its values where it has 0: b x 1 x 1.
    Partly(&'t Tensor),
}

/// What changes the scores of an attention.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scores<'t> {
    /// The rotation of queries and keys.
    pub ropes: Option<(&'t Rope, &'t Rope)>,
    /// Added to the scores: b|1 x 1 x l|1 x k.
    pub added: Option<&'t Tensor>,
}

#[derive(Debug)]
pub struct Attention {
    to_q: Linear,
    to_k: Linear,
    to_v: Linear,
    to_out: Linear,
    q_norm: RmsNorm,
    k_norm: RmsNorm,
    to_gate_logits: Option<Linear>,
    heads: i64,
}

impl Attention {
    pub fn new(shape: Shape, epsilon: f64, mut weights: Weights) -> Result<Self, Failure> {
        let Shape {
            queries,
            context,
            inner,
            heads,
            has_gates,
        } = shape;
        let to_gate_logits = match has_gates {
            true => Some(Linear::new(weights.at("to_gate_logits"), queries, heads)?),
            false => None,
        };
        Ok(Self {
            to_q: Linear::new(weights.at("to_q"), queries, inner)?,
            to_k: Linear::new(weights.at("to_k"), context, inner)?,
            to_v: Linear::new(weights.at("to_v"), context, inner)?,
            to_out: Linear::new(weights.at("to_out.0"), inner, queries)?,
            q_norm: RmsNorm::new(weights.at("q_norm"), inner, epsilon)?,
            k_norm: RmsNorm::new(weights.at("k_norm"), inner, epsilon)?,
            to_gate_logits,
            heads,
        })
    }

    /// From `x`, b x l x d, to `context`, b x k x c: b x l x d.
    pub fn forward(&self, x: &Tensor, context: &Tensor, scores: Scores) -> Tensor {
        let values = self.to_v.forward(context);
        let attended = self.attended((x, context), &values, scores);
        self.gated(x, attended)
    }

    /// Between the tokens of `x`: b x l x d.
    pub fn to_itself(&self, x: &Tensor, scores: Scores, how: SelfAttention) -> Tensor {
        let values = self.to_v.forward(x);
        let attended = match how {
            SelfAttention::Whole => self.attended((x, x), &values, scores),
            SelfAttention::Perturbed => values,
            SelfAttention::Partly(whole) => {
                let attended = self.attended((x, x), &values, scores);
                values.lerp_tensor(&attended, whole)
            }
        };
        self.gated(x, attended)
    }

    /// b x l x inner.
    fn attended(
        &self,
        (x, context): (&Tensor, &Tensor),
        values: &Tensor,
        scores: Scores,
    ) -> Tensor {
        let mut queries = self.q_norm.forward(&self.to_q.forward(x));
        let mut keys = self.k_norm.forward(&self.to_k.forward(context));
        if let Some((of_queries, of_keys)) = scores.ropes {
            queries = of_queries.rotate(&queries);
            keys = of_keys.rotate(&keys);
        }
        let [queries, keys, values] = [&queries, &keys, values].map(|x| self.split(x));
        let attended = Tensor::scaled_dot_product_attention(
            &queries,
            &keys,
            &values,
            scores.added,
            0.0,
            false,
            None,
            false,
        );
        attended.transpose(1, 2).flatten(2, 3)
    }

    /// Each head times 2 * sigmoid(its gate), then projected. A gate of zero changes nothing.
    fn gated(&self, x: &Tensor, attended: Tensor) -> Tensor {
        let attended = match &self.to_gate_logits {
            Some(to_gate_logits) => {
                let gates = to_gate_logits.forward(x).sigmoid() * 2.0; // b l h
                let by_head = attended.unflatten(2, [self.heads, -1]);
                (by_head * gates.unsqueeze(-1)).flatten(2, 3)
            }
            None => attended,
        };
        self.to_out.forward(&attended)
    }

    /// b l d -> b h l d/h
    fn split(&self, x: &Tensor) -> Tensor {
        x.unflatten(2, [self.heads, -1]).transpose(1, 2)
    }
}
