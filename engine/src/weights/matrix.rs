//! The matrix of a linear layer: a dense tensor, or packed numbers that become dense when the layer runs.
//! Beside packed numbers a LoRA stays apart: small changes would be lost in their rounding.

use tch::{Device, Kind, Tensor};

use super::packed::Packed;

/// A matrix, out x in.
#[derive(Debug)]
pub enum Matrix {
    /// In the precision of the network.
    Dense(Tensor),
    /// As its file stores it.
    Packed(PackedMatrix),
}

/// Packed numbers, with what is added to them.
#[derive(Debug)]
pub struct PackedMatrix {
    numbers: Packed,
    /// Precision of the network.
    kind: Kind,
    /// Added to the product with the numbers.
    low_rank: Vec<LowRank>,
}

/// A product of two narrow matrices, as LoRA adds it to a matrix.
#[derive(Debug)]
pub struct LowRank {
    /// rank x in.
    pub down: Tensor,
    /// out x rank, multiplied by the strength.
    pub up: Tensor,
}

impl Matrix {
    /// Packed numbers for a network of this precision, with changes beside them.
    pub fn packed(numbers: Packed, kind: Kind, low_rank: Vec<LowRank>) -> Self {
        Self::Packed(PackedMatrix {
            numbers,
            kind,
            low_rank,
        })
    }

    /// x Wᵀ + b: ... x in -> ... x out.
    pub fn linear(&self, x: &Tensor, bias: Option<&Tensor>) -> Tensor {
        match self {
            Self::Dense(weight) => x.linear(weight, bias),
            Self::Packed(matrix) => {
                let y = x.linear(&matrix.numbers.dense(matrix.kind), bias);
                let changes = matrix.low_rank.iter();
                changes.fold(y, |y, change| y + change.linear(x))
            }
        }
    }

    /// The rows with these indices: any shape (i64) -> that shape x in. As a table of embeddings is read.
    pub fn embedding(&self, indices: &Tensor) -> Tensor {
        match self {
            Self::Dense(table) => Tensor::embedding(table, indices, -1, false, false),
            Self::Packed(matrix) => {
                let flat = indices.reshape([-1]);
                let mut rows = matrix.numbers.rows(&flat, matrix.kind);
                for change in &matrix.low_rank {
                    rows += change.up.index_select(0, &flat).matmul(&change.down);
                }
                let shape = [&indices.size()[..], &[-1]].concat();
                rows.reshape(shape)
            }
        }
    }

    /// All numbers, with every change: out x in.
    pub fn dense(&self) -> Tensor {
        match self {
            Self::Dense(weight) => weight.shallow_clone(),
            Self::Packed(matrix) => {
                let numbers = matrix.numbers.dense(matrix.kind);
                let changes = matrix.low_rank.iter();
                changes.fold(numbers, |all, change| all + change.up.matmul(&change.down))
            }
        }
    }

    /// The lengths of its axes.
    pub fn size(&self) -> Vec<i64> {
        match self {
            Self::Dense(weight) => weight.size(),
            Self::Packed(matrix) => matrix.numbers.shape().to_vec(),
        }
    }

    /// The precision that it computes in.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Dense(weight) => weight.kind(),
            Self::Packed(matrix) => matrix.kind,
        }
    }

    /// The device that it lies on.
    pub fn device(&self) -> Device {
        match self {
            Self::Dense(weight) => weight.device(),
            Self::Packed(matrix) => matrix.numbers.device(),
        }
    }

    /// Its size in memory, in bytes.
    pub fn size_bytes(&self) -> u64 {
        let of_tensor = |x: &Tensor| (x.numel() * x.kind().elt_size_in_bytes()) as u64;
        match self {
            Self::Dense(weight) => of_tensor(weight),
            Self::Packed(matrix) => {
                let changes = matrix.low_rank.iter();
                let beside = changes.map(|change| of_tensor(&change.down) + of_tensor(&change.up));
                matrix.numbers.size_bytes() + beside.sum::<u64>()
            }
        }
    }

    /// The same matrix with each of its tensors replaced, such as by a copy on another device.
    pub fn map(&self, f: &mut dyn FnMut(&Tensor) -> Tensor) -> Self {
        match self {
            Self::Dense(weight) => Self::Dense(f(weight)),
            Self::Packed(matrix) => {
                let numbers = matrix.numbers.map(f);
                let changes = matrix.low_rank.iter();
                let low_rank = changes.map(|change| LowRank {
                    down: f(&change.down),
                    up: f(&change.up),
                });
                let low_rank = low_rank.collect();
                Self::packed(numbers, matrix.kind, low_rank)
            }
        }
    }

    /// A copy on a device.
    pub fn to_device(&self, device: Device) -> Self {
        self.map(&mut |tensor| tensor.to_device(device))
    }
}

impl LowRank {
    /// ... x in -> ... x out.
    fn linear(&self, x: &Tensor) -> Tensor {
        x.linear(&self.down, None::<&Tensor>)
            .linear(&self.up, None::<&Tensor>)
    }
}
