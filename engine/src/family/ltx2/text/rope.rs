//! Rotary position embeddings of the text side: Gemma's, and those of the connectors. Both turn the two halves of a head
//! against each other.
//!
//! Sources: transformers `modeling_rope_utils.py` ("default", "linear", "proportional"), diffusers
//! `pipelines/ltx2/connectors.py` (`LTX2RotaryPosEmbed1d`, split).

use std::f64::consts::FRAC_PI_2;
use std::ops::Range;

use tch::{Device, Kind, Tensor};

use super::config::Rotation;

/// The rotation of each token.
#[derive(Debug)]
pub struct Rope {
    /// 1 x heads or 1 x tokens x half a head.
    cos: Tensor,
    sin: Tensor,
    /// The precision of the rotation.
    kind: Kind,
}

impl Rope {
    /// Gemma's, for heads of this width. Pair i turns by position / factor * theta^(-2i/width); pairs beyond the turning
    /// share stay. Angles are computed in fp32 and rotate in the precision of the network, as in the reference.
    pub fn of_gemma(
        rotation: &Rotation,
        head_width: i64,
        positions: Range<i64>,
        device: Device,
        kind: Kind,
    ) -> Self {
        let pairs = head_width / 2;
        let turning = ((rotation.share * head_width as f64 / 2.0) as i64).clamp(0, pairs);
        let fp32 = (Kind::Float, device);
        let exponents = Tensor::arange_start_step(0, 2 * turning, 2, fp32) / head_width as f64;
        let turns = Tensor::pow_scalar(rotation.theta, &exponents).reciprocal() / rotation.factor;
        let turns = Tensor::cat(&[turns, Tensor::zeros([pairs - turning], fp32)], 0);
        let positions = Tensor::arange_start(positions.start, positions.end, fp32);
        let angles = positions.outer(&turns).unsqueeze(0).unsqueeze(0);
        Self {
            cos: angles.cos().to_kind(kind),
            sin: angles.sin().to_kind(kind),
            kind,
        }
    }

    /// The connectors', for all heads together. A text of `base_length` tokens spans -1 to 1. The frequencies are computed
    /// in f64, the rotation in fp32.
    pub fn of_connector(
        (heads, width): (i64, i64),
        (theta, base_length): (f64, f64),
        positions: Range<i64>,
        device: Device,
    ) -> Self {
        let steps = Tensor::linspace(0.0, 1.0, width / 2, (Kind::Double, Device::Cpu));
        let turns = (Tensor::pow_scalar(theta, &steps) * FRAC_PI_2).to_kind(Kind::Float);
        let count = positions.end - positions.start;
        let positions =
            Tensor::arange_start(positions.start, positions.end, (Kind::Float, Device::Cpu));
        let angles = (positions / base_length * 2.0 - 1.0).outer(&turns);
        let angles = angles.view([1, count, heads, -1]).transpose(1, 2); // 1 h l d/2
        Self {
            cos: angles.cos().to_device(device),
            sin: angles.sin().to_device(device),
            kind: Kind::Float,
        }
    }

    /// Rotates queries or keys: b x heads x tokens x head.
    pub fn rotate(&self, x: &Tensor) -> Tensor {
        let half = x.size().last().copied().unwrap_or(0) / 2;
        let precise = x.to_kind(self.kind);
        let (first, second) = (precise.narrow(-1, 0, half), precise.narrow(-1, half, half));
        let turned = [
            &first * &self.cos - &second * &self.sin,
            &second * &self.cos + &first * &self.sin,
        ];
        Tensor::cat(&turned, -1).to_kind(x.kind())
    }
}
