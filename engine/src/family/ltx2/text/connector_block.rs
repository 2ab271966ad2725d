//! A block of a connector: attention over the whole text with a gate per head, and a feed-forward.
//!
//! Sources: diffusers `pipelines/ltx2/connectors.py` (`LTX2TransformerBlock1d`), `transformer_ltx2.py` (`LTX2Attention`).

use kinora_wire::Failure;
use tch::Tensor;

use super::connector_config::ConnectorConfig;
use super::rope::Rope;
use crate::nn::{Linear, RmsNorm};
use crate::weights::Weights;

const EPSILON: f64 = 1e-6;

/// x / rms(x) over the last axis, which has this length.
pub fn normed(x: &Tensor, length: i64) -> Tensor {
    x.rms_norm([length], None::<&Tensor>, EPSILON)
}

/// A block.
#[derive(Debug)]
pub struct ConnectorBlock {
    q: Linear,
    k: Linear,
    v: Linear,
    o: Linear,
    q_norm: RmsNorm,
    k_norm: RmsNorm,
    /// width -> heads.
    gate: Option<Linear>,
    fc1: Linear,
    fc2: Linear,
    heads: i64,
    width: i64,
}

impl ConnectorBlock {
    /// Builds it from its parameters.
    pub fn new(config: &ConnectorConfig, mut weights: Weights) -> Result<Self, Failure> {
        let (width, ffn_width) = (config.width, config.ffn_width);
        let mut ff = weights.at("ff.net");
        let fc1 = Linear::new(ff.at(0).at("proj"), width, ffn_width)?;
        let fc2 = Linear::new(ff.at(2), ffn_width, width)?;
        let mut attn = weights.at("attn1");
        let gate = match config.is_gated {
            true => Some(Linear::new(attn.at("to_gate_logits"), width, config.heads)?),
            false => None,
        };
        Ok(Self {
            q: Linear::new(attn.at("to_q"), width, width)?,
            k: Linear::new(attn.at("to_k"), width, width)?,
            v: Linear::new(attn.at("to_v"), width, width)?,
            o: Linear::new(attn.at("to_out").at(0), width, width)?,
            q_norm: RmsNorm::new(attn.at("q_norm"), width, EPSILON)?,
            k_norm: RmsNorm::new(attn.at("k_norm"), width, EPSILON)?,
            gate,
            fc1,
            fc2,
            heads: config.heads,
            width,
        })
    }

    /// b x tokens x width -> b x tokens x width. `mask` is true where a token is attended to: 1 x 1 x 1 x tokens.
    pub fn forward(&self, x: &Tensor, rope: &Rope, mask: Option<&Tensor>) -> Tensor {
        let x = x + self.attend(&normed(x, self.width), rope, mask);
        let hidden = self.fc1.forward(&normed(&x, self.width)).gelu("tanh");
        x + self.fc2.forward(&hidden)
    }

    fn attend(&self, x: &Tensor, rope: &Rope, mask: Option<&Tensor>) -> Tensor {
        let (batch, length) = (x.size()[0], x.size()[1]);
        let split = |x: Tensor| x.view([batch, length, self.heads, -1]).transpose(1, 2); // b h l d
        let queries = rope.rotate(&split(self.q_norm.forward(&self.q.forward(x))));
        let keys = rope.rotate(&split(self.k_norm.forward(&self.k.forward(x))));
        let values = split(self.v.forward(x));
        let attended = Tensor::scaled_dot_product_attention(
            &queries,
            &keys,
            &values,
            mask,
            0.0,
            false,
            None::<f64>,
            false,
        );
        let attended = attended.transpose(1, 2); // b l h d
        let attended = match &self.gate {
            // A gate whose logit is zero lets its head pass unchanged.
            Some(gate) => attended * (gate.forward(x).sigmoid() * 2.0).unsqueeze(-1),
            None => attended,
        };
        self.o.forward(&attended.flatten(2, 3))
    }
}
