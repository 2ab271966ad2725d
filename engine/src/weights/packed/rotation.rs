//! The rotation of int8 weights (ConvRot): groups of columns are multiplied by an orthogonal matrix before they are
//! rounded, which spreads large values evenly. The matrix is symmetric, so that the same rotation undoes it.
//!
//! It is the Kronecker power of a 4 x 4 Hadamard matrix with equal row sums, divided by the root of the group's length.

use tch::{Device, Kind, Tensor};

/// The 4 x 4 matrix, row by row.
const SEED: [f32; 16] = [
    1.0, 1.0, 1.0, -1.0, //
    1.0, 1.0, -1.0, 1.0, //
    1.0, -1.0, 1.0, 1.0, //
    -1.0, 1.0, 1.0, 1.0, //
];
/// Rows of the seed.
const SEED_ROWS: i64 = 4;
/// Longest group, in columns. Files have 256.
const LONGEST_GROUP: i64 = 4096;

/// Whether columns can be rotated in groups of this length: a power of 4.
pub fn is_group(length: i64) -> bool {
    std::iter::successors(Some(SEED_ROWS), |power| Some(power * SEED_ROWS))
        .take_while(|power| *power <= LONGEST_GROUP)
        .any(|power| power == length)
}

/// Rotates each group of `group` columns: rows x columns, fp32.
pub fn rotated(x: &Tensor, group: i64) -> Tensor {
    let rotation = rotation(group, x.device());
    x.reshape([-1, group]).matmul(&rotation).view_as(x)
}

fn rotation(group: i64, device: Device) -> Tensor {
    let seed = Tensor::from_slice(&SEED)
        .view([SEED_ROWS, SEED_ROWS])
        .to_device(device);
    let mut power = Tensor::ones([1, 1], (Kind::Float, device));
    let mut length = 1;
    while length < group {
        power = power.kron(&seed);
        length *= SEED_ROWS;
    }
    power / (group as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotation_undoes_itself() {
        for group in [4, 16, 64, 256] {
            assert!(is_group(group), "{group}");
            let turn = rotation(group, Device::Cpu);
            let unit = Tensor::eye(group, (Kind::Float, Device::Cpu));
            let difference = (turn.matmul(&turn) - &unit).abs().max().double_value(&[]);
            assert!(difference < 1e-6, "{group}: {difference}");
            assert!(turn.equal(&turn.tr()), "{group} is symmetric");
            let x = Tensor::arange(3 * group, (Kind::Float, Device::Cpu)).view([1, 3 * group]);
            let again = rotated(&rotated(&x, group), group);
            assert!(again.allclose(&x, 1e-5, 1e-3, false), "{group}");
        }
        for group in [-4, 0, 1, 2, 8, 128, 100, i64::MAX] {
            assert!(!is_group(group), "{group}");
        }
    }
}
