//! Rotary position embedding: rotates queries and keys by angles that depend on a token's place in seconds and pixels.
//!
//! Source: diffusers `LTX2AudioVideoRotaryPosEmbed`, ltx-core `model/transformer/rope.py`. With p, the middle of a
//! token's interval as a share of the largest position, and n = width / 2 / axes frequencies for each axis, angle j is
//! (2p - 1) * pi/2 * 10000^(j / (n - 1)). Powers are computed in f64; all else is in fp32, as the networks were trained.

use std::f64::consts::FRAC_PI_2;

use tch::{Kind, Tensor};

const THETA: f64 = 10_000.0;
/// The position that counts as one, for each axis: seconds, rows of pixels, columns of pixels.
const SPANS: [f32; 3] = [20.0, 2048.0, 2048.0];

/// Which channels are turned together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RopeKind {
    /// Channel i of a head and channel i of its second half. All released models.
    Split,
    /// Channels 2i and 2i + 1.
    Interleaved,
}

/// The rotation of each token.
#[derive(Debug)]
pub struct Rope {
    /// b x l x h x pairs; h is 1 for interleaved pairs, which know no heads.
    cos: Tensor,
    sin: Tensor,
    heads: i64,
    kind: RopeKind,
}

impl Rope {
    /// For tokens at these positions, b|1 x axes x l x 2 (start and end; see `positions`): one axis or three. `width` is
    /// that of the queries of all heads together.
    pub fn new(positions: &Tensor, width: i64, heads: i64, kind: RopeKind) -> Self {
        let angles = angles(positions, width);
        let heads = match kind {
            RopeKind::Split => heads,
            RopeKind::Interleaved => 1,
        };
        let by_head = |x: Tensor| {
            let size = x.size();
            x.view([size[0], size[1], heads, width / 2 / heads])
        };
        Self {
            cos: by_head(angles.cos()),
            sin: by_head(angles.sin()),
            heads,
            kind,
        }
    }

    /// Rotates queries or keys, b x l x d.
    pub fn rotate(&self, x: &Tensor) -> Tensor {
        let size = x.size();
        let (batch, length) = (size[0], size[1]);
        let (shape, axis) = match self.kind {
            RopeKind::Split => ([batch, length, self.heads, 2, -1], 3),
            RopeKind::Interleaved => ([batch, length, self.heads, -1, 2], 4),
        };
        let pairs = x.reshape(shape);
        let (first, second) = (pairs.select(axis, 0), pairs.select(axis, 1));
        let turned = [
            &first * &self.cos - &second * &self.sin,
            &second * &self.cos + &first * &self.sin,
        ];
        Tensor::stack(&turned, axis)
            .reshape(size.as_slice())
            .to_kind(x.kind())
    }
}

/// The angles of each token: b x l x width/2. Axes alternate; angles that are left over are zero and come first.
fn angles(positions: &Tensor, width: i64) -> Tensor {
    let positions = positions.to_kind(Kind::Float);
    let (size, device) = (positions.size(), positions.device());
    let (batch, axes, length) = (size[0], size[1], size[2]);
    let count = width / (2 * axes);
    let exponents = Tensor::linspace(0.0, 1.0, count, (Kind::Double, device));
    let frequencies = Tensor::pow_scalar(THETA, &exponents) * FRAC_PI_2;
    let frequencies = frequencies.to_kind(Kind::Float).view([1, 1, count, 1]);
    let spans = Tensor::from_slice(&SPANS).narrow(0, 0, axes);
    let middles = (positions.select(3, 0) + positions.select(3, 1)) / 2.0; // b axes l
    let shares = middles / spans.to_device(device).view([1, axes, 1]);
    let turns = (shares * 2.0 - 1.0).transpose(1, 2).unsqueeze(2); // b l 1 axes
    let angles = (turns * frequencies).flatten(2, 3); // b l count*axes
    let missing = width / 2 - axes * count;
    let unmoved = Tensor::zeros([batch, length, missing], (Kind::Float, device));
    Tensor::cat(&[unmoved, angles], -1)
}

#[cfg(test)]
mod tests {
    use tch::Device;

    use super::*;

    #[test]
    fn a_rotation_keeps_the_length_of_each_pair() {
        let positions = Tensor::rand([1, 3, 5, 2], (Kind::Float, Device::Cpu)) * 300.0;
        let x = Tensor::rand([2, 5, 16], (Kind::Float, Device::Cpu));
        for kind in [RopeKind::Split, RopeKind::Interleaved] {
            let turned = Rope::new(&positions, 16, 2, kind).rotate(&x);
            assert_eq!(turned.size(), x.size());
            let difference = turned.square().sum_dim_intlist(-1, false, None::<Kind>)
                - x.square().sum_dim_intlist(-1, false, None::<Kind>);
            assert!(difference.abs().max().double_value(&[]) < 1e-5, "{kind:?}");
            let moved = (turned - &x).abs().max().double_value(&[]);
            assert!(moved > 0.1, "{kind:?}");
        }
    }

    #[test]
    fn angles_that_no_axis_has_are_zero_and_come_first() {
        let middle = Tensor::from_slice(&[20.0_f32, 20.0]).view([1, 1, 1, 2]);
        let angles = angles(&middle.repeat([1, 3, 1, 1]), 16);
        assert_eq!(angles.size(), [1, 1, 8]);
        let unmoved = angles.narrow(2, 0, 2).abs().max().double_value(&[]);
        assert!(unmoved < f64::EPSILON);
        let first = angles.double_value(&[0, 0, 2]);
        assert!((first - FRAC_PI_2).abs() < 1e-6, "the end of the time axis");
    }
}
