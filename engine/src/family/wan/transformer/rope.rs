//! Rotary position embedding: rotates queries and keys by angles that depend on frame, row and column.
//!
//! Of a head's d/2 pairs, d/2 - 2 (d/6) rotate with the frame, d/6 with the row and d/6 with the column (22, 21, 21 of
//! 64). Pair i of an axis with n channels rotates by position * 10000^(-2i/n). Sines and cosines are computed once in
//! f64 (Wan: `rope_params`, `rope_apply`).

use tch::{Device, Kind, Tensor};

const THETA: f64 = 10_000.0;

/// The rotation of each token, interleaved as in the checkpoint: channels 2i and 2i + 1 are a pair.
#[derive(Debug)]
pub struct Rope {
    /// cos, cos of each pair: 1 x l x 1 x d.
    cos: Tensor,
    /// -sin, sin of each pair: 1 x l x 1 x d, to multiply with the swapped pairs.
    sin: Tensor,
}

impl Rope {
    /// For tokens on a grid of frames x rows x columns.
    pub fn new(grid: [i64; 3], head_width: i64, device: Device, kind: Kind) -> Self {
        let side = 2 * (head_width / 6);
        let widths = [head_width - 2 * side, side, side];
        let angles: Vec<Tensor> = (0..3)
            .map(|axis| {
                let angles = axis_angles(grid[axis], widths[axis]); // n pairs
                let mut shape = [1, 1, 1, widths[axis] / 2];
                shape[axis] = grid[axis];
                let full = [grid[0], grid[1], grid[2], widths[axis] / 2];
                angles.view(shape).expand(full, false)
            })
            .collect();
        let length: i64 = grid.iter().product();
        let angles = Tensor::cat(&angles, -1).view([1, length, 1, head_width / 2]);
        let (cos, sin) = (angles.cos(), angles.sin());
        // The rotation is computed in fp32 for reduced precision too: see `rotate`.
        let table_kind = if kind == Kind::Double {
            kind
        } else {
            Kind::Float
        };
        let pairs = |even: &Tensor, odd: &Tensor| {
            Tensor::stack(&[even, odd], -1)
                .flatten(-2, -1)
                .to_kind(table_kind)
                .to_device(device)
        };
        Self {
            cos: pairs(&cos, &cos),
            sin: pairs(&sin.neg(), &sin),
        }
    }

    /// Rotates queries or keys, b x l x h x d.
    pub fn rotate(&self, x: &Tensor) -> Tensor {
        let size = x.size();
        let swapped = x
            .view([size[0], size[1], size[2], -1, 2])
            .flip([-1])
            .view_as(x);
        (x * &self.cos)
            .addcmul(&swapped, &self.sin)
            .to_kind(x.kind())
    }
}

/// position * frequency for every position and pair, in f64: length x width/2.
fn axis_angles(length: i64, width: i64) -> Tensor {
    let double = (Kind::Double, Device::Cpu);
    let exponents = Tensor::arange(width / 2, double) * (-2.0 / width as f64);
    let frequencies = (exponents * THETA.ln()).exp();
    Tensor::arange(length, double).outer(&frequencies)
}
