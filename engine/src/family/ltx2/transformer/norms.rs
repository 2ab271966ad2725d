//! Norms without weights, and how a timestep changes their results: scale, shift and gate.
//! The mean square is computed in fp32.

use tch::{Kind, Tensor};

/// x / rms(x) over the last axis, without a weight.
pub fn rms_normed(x: &Tensor, epsilon: f64) -> Tensor {
    if x.device().is_cuda() {
        // One fused kernel, which sums in fp32.
        return x.rms_norm(last_length(x), None::<Tensor>, epsilon);
    }
    let mean_square = x
        .to_kind(Kind::Float)
        .square()
        .mean_dim(-1, true, None::<Kind>);
    x * (mean_square + epsilon).rsqrt().to_kind(x.kind())
}

/// (x - mean) / deviation over the last axis, without weight and bias.
pub fn layer_normed(x: &Tensor, epsilon: f64) -> Tensor {
    x.layer_norm(
        last_length(x),
        None::<Tensor>,
        None::<Tensor>,
        epsilon,
        false,
    )
}

/// normed * scale + shift. `normed`: b x l x d; `scale` (with one added to it) and `shift`: b x 1|l x d.
pub fn modulated(normed: &Tensor, scale: &Tensor, shift: &Tensor) -> Tensor {
    shift.addcmul(normed, scale)
}

/// x + gate * y. `x` and `y`: b x l x d; `gate`: b x 1|l x d.
pub fn gated(x: &Tensor, y: &Tensor, gate: &Tensor) -> Tensor {
    x.addcmul(y, gate)
}

fn last_length(x: &Tensor) -> [i64; 1] {
    [x.size().last().copied().unwrap_or_default()]
}
