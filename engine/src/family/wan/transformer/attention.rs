//! Attention of Wan: RMS norm of queries and keys over all heads, rotary positions in self-attention.
//! The keys and values of the text stay the same over all steps.

use kinora_wire::Failure;
use tch::Tensor;

use super::config::Config;
use super::rope::Rope;
use crate::nn::{Linear, RmsNorm};
use crate::weights::Weights;

#[derive(Debug)]
pub struct Attention {
    q: Linear,
    k: Linear,
    v: Linear,
    o: Linear,
    norm_q: RmsNorm,
    norm_k: RmsNorm,
    heads: i64,
}

/// Keys and values of a text for one layer: b x h x k x d.
#[derive(Debug)]
pub struct TextKeyValues {
    keys: Tensor,
    values: Tensor,
    /// Added to the attention scores, if a row counts for several: 1 x 1 x 1 x k.
    weights: Option<Tensor>,
}

impl Attention {
    pub fn new(config: &Config, mut weights: Weights) -> Result<Self, Failure> {
        let width = config.width;
        Ok(Self {
            q: Linear::new(weights.at("q"), width, width)?,
            k: Linear::new(weights.at("k"), width, width)?,
            v: Linear::new(weights.at("v"), width, width)?,
            o: Linear::new(weights.at("o"), width, width)?,
            norm_q: RmsNorm::new(weights.at("norm_q"), width, config.epsilon)?,
            norm_k: RmsNorm::new(weights.at("norm_k"), width, config.epsilon)?,
            heads: config.heads,
        })
    }

    /// Self-attention between all tokens of the clip. `x`: b x l x d.
    pub fn self_attention(&self, x: &Tensor, rope: &Rope) -> Tensor {
        let queries = rope.rotate(&self.split(&self.norm_q.forward(&self.q.forward(x))));
        let keys = rope.rotate(&self.split(&self.norm_k.forward(&self.k.forward(x))));
        let values = self.split(&self.v.forward(x));
        self.attend(
            &queries,
            &keys.transpose(1, 2),
            &values.transpose(1, 2),
            None,
        )
    }

    /// Cross-attention from the tokens to the text. `x`: b x l x d.
    pub fn cross_attention(&self, x: &Tensor, text: &TextKeyValues) -> Tensor {
        let queries = self.split(&self.norm_q.forward(&self.q.forward(x)));
        self.attend(&queries, &text.keys, &text.values, text.weights.as_ref())
    }

    /// Keys and values of a text for `cross_attention`. `text`: b x k x d.
    pub fn text_key_values(&self, text: &Tensor, weights: Option<&Tensor>) -> TextKeyValues {
        let keys = self.split(&self.norm_k.forward(&self.k.forward(text)));
        let values = self.split(&self.v.forward(text));
        TextKeyValues {
            keys: keys.transpose(1, 2).contiguous(),
            values: values.transpose(1, 2).contiguous(),
            weights: weights.map(Tensor::shallow_clone),
        }
    }

    /// b l d -> b l h d/h
    fn split(&self, x: &Tensor) -> Tensor {
        let size = x.size();
        x.view([size[0], size[1], self.heads, -1])
    }

    /// Queries b x l x h x d, keys and values b x h x k x d; the result is b x l x hd.
    fn attend(
        &self,
        queries: &Tensor,
        keys: &Tensor,
        values: &Tensor,
        weights: Option<&Tensor>,
    ) -> Tensor {
        let queries = queries.transpose(1, 2); // b h l d
        let attended = Tensor::scaled_dot_product_attention(
            &queries, keys, values, weights, 0.0, false, None, false,
        );
        self.o.forward(&attended.transpose(1, 2).flatten(2, 3))
    }
}
