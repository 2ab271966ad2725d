//! A transformer block: self-attention, cross-attention to text and pictures, feed-forward.
//! The timestep enters through six modulations: shift, scale and gate, twice.

use kinora_wire::Failure;
use tch::Tensor;

use super::attention::{Attention, TextKeyValues};
use super::config::Config;
use super::rope::Rope;
use crate::nn::{LayerNorm, Linear};
use crate::weights::Weights;

#[derive(Debug)]
pub struct Block {
    self_attn: Attention,
    cross_attn: Attention,
    /// Before cross-attention. The second norm in use, but `norm3` in the checkpoint.
    norm3: LayerNorm,
    ffn: [Linear; 2],
    modulation: Tensor, // 1 6 d
    epsilon: f64,
}

impl Block {
    pub fn new(config: &Config, mut weights: Weights) -> Result<Self, Failure> {
        let (width, ffn_width) = (config.width, config.ffn_width);
        Ok(Self {
            self_attn: Attention::new(config, weights.at("self_attn"))?,
            cross_attn: Attention::to_context(config, weights.at("cross_attn"))?,
            norm3: LayerNorm::new(weights.at("norm3"), width, config.epsilon)?,
            ffn: [
                Linear::new(weights.at("ffn").at(0), width, ffn_width)?,
                Linear::new(weights.at("ffn").at(2), ffn_width, width)?,
            ],
            modulation: weights.exact("modulation", &[1, 6, width])?,
            epsilon: config.epsilon,
        })
    }

    /// The attention to text and pictures, which makes their keys and values.
    pub fn cross_attn(&self) -> &Attention {
        &self.cross_attn
    }

    /// `x`: b x l x d; `time`: b x 1|l x 6 x d.
    pub fn forward(&self, x: &Tensor, time: &Tensor, text: &TextKeyValues, rope: &Rope) -> Tensor {
        let m = (&self.modulation + time).unbind(2); // 6 of b 1|l d
        let (shift, scale, gate) = (&m[0], &m[1], &m[2]);
        let (ffn_shift, ffn_scale, ffn_gate) = (&m[3], &m[4], &m[5]);

        // Each tensor of all tokens is freed as soon as it was used: see `memory.rs` of the family.
        let normed = modulated_norm(x, shift, scale, self.epsilon);
        let x = gated(x, &self.self_attn.self_attention(&normed, rope), gate);
        drop(normed);
        let attended = self
            .cross_attn
            .cross_attention(&self.norm3.forward(&x), text);
        let x = x + attended;
        let normed = modulated_norm(&x, ffn_shift, ffn_scale, self.epsilon);
        let [first, second] = &self.ffn;
        let hidden = second.forward(&gelu(first.forward(&normed)));
        drop(normed);
        gated(&x, &hidden, ffn_gate)
    }
}

/// LN(x) * (1 + scale) + shift. If all tokens share the modulation, it is passed as the weight and bias of the norm:
/// one fused kernel that sums in fp32, instead of five passes over the tokens.
pub fn modulated_norm(x: &Tensor, shift: &Tensor, scale: &Tensor, epsilon: f64) -> Tensor {
    let width = x.size().last().copied().unwrap_or_default();
    let is_shared = shift.numel() == width as usize;
    if is_shared {
        let scale = (scale + 1.0).view([width]).to_kind(x.kind());
        let shift = shift.view([width]).to_kind(x.kind());
        return x.layer_norm([width], Some(scale), Some(shift), epsilon, false);
    }
    let normed =
        x.to_kind(shift.kind())
            .layer_norm([width], None::<Tensor>, None::<Tensor>, epsilon, false);
    shift.addcmul(&normed, &(scale + 1.0)).to_kind(x.kind())
}

/// GELU, in place unless gradients need the argument.
fn gelu(mut x: Tensor) -> Tensor {
    if x.requires_grad() {
        x.gelu("tanh")
    } else {
        x.gelu_("tanh")
    }
}

/// x + gate * y. The gate is computed in fp32 and rounded once.
fn gated(x: &Tensor, y: &Tensor, gate: &Tensor) -> Tensor {
    x.addcmul(y, &gate.to_kind(x.kind()))
}
