//! A matrix that stays as its file stores it: bytes and scales. It becomes plain numbers when a layer runs, some rows at a
//! time. So a network needs little more memory than its file.
//!
//! Numbers are computed in fp32 and rounded once, to the precision of the network.

mod blocks;
mod nvfp4;
mod rotation;

use tch::{Device, Kind, Tensor};

use super::stored::BlockFormat;
pub use nvfp4::{BLOCK_NUMBERS as NVFP4_BLOCK_NUMBERS, plain_scales, stored_scales_shape};
pub use rotation::is_group;

/// About so many numbers are computed at once.
const NUMBERS_AT_ONCE: i64 = 8 << 20;
/// Their fp32 intermediates need about this memory, in bytes.
pub const UNPACKING_BYTES: u64 = 100 << 20;

/// A parameter on the CPU, as its file stores it.
#[derive(Debug)]
pub enum StoredParameter {
    /// Plain floats, in the number format of the file.
    Plain(Tensor),
    /// Packed numbers: the first axis as rows, all others as columns.
    Packed(Packed),
}

impl StoredParameter {
    /// The same parameter with each of its tensors replaced, such as by a copy in pinned memory.
    pub fn map(&self, f: &mut dyn FnMut(&Tensor) -> Tensor) -> Self {
        match self {
            Self::Plain(tensor) => Self::Plain(f(tensor)),
            Self::Packed(packed) => Self::Packed(packed.map(f)),
        }
    }
}

/// A packed matrix, rows x columns.
#[derive(Debug)]
pub struct Packed {
    /// The stored numbers: rows x bytes of a row, u8.
    bytes: Tensor,
    coding: Coding,
    columns: i64,
}

/// How the bytes of a packed matrix become numbers. A scale is fp32: 1 x 1 for all rows, or rows x 1.
#[derive(Debug)]
pub enum Coding {
    /// 8-bit floats: number * scale.
    Float8 {
        /// `Float8e4m3fn` or `Float8e5m2`.
        kind: Kind,
        /// `None`: 1.
        scale: Option<Tensor>,
    },
    /// 8-bit integers: number * scale, then rotated back.
    Int8 {
        /// The scale.
        scale: Tensor,
        /// Columns that were rotated together before they were rounded (ConvRot). `None`: none were.
        group: Option<i64>,
    },
    /// Pairs of 4-bit floats (NVIDIA's fp4): number * scale of 16 columns * scale.
    Nvfp4 {
        /// Scales of 16 columns as bytes of `Float8e4m3fn`: rows x stored columns / 16.
        block_scales: Tensor,
        /// The scale of all.
        scale: Tensor,
    },
    /// Blocks of GGUF files.
    Blocks(BlockFormat),
}

impl Packed {
    /// From the stored numbers, rows x bytes of a row (u8), of which each row gives `columns` numbers.
    pub fn new(bytes: Tensor, coding: Coding, columns: i64) -> Self {
        Self {
            bytes,
            coding,
            columns,
        }
    }

    /// Without the rows and columns that its format adds to a matrix of this shape.
    pub fn cropped(self, shape: &[i64]) -> Self {
        let (
            Coding::Nvfp4 {
                block_scales,
                scale,
            },
            [rows, columns],
        ) = (&self.coding, shape)
        else {
            return self;
        };
        let [stored_rows, stored_columns] = self.shape();
        let rows = stored_rows.min(*rows);
        Self {
            bytes: self.bytes.narrow(0, 0, rows),
            coding: Coding::Nvfp4 {
                block_scales: block_scales.narrow(0, 0, rows),
                scale: scale.shallow_clone(),
            },
            columns: stored_columns.min(*columns),
        }
    }

    /// Rows and columns.
    pub fn shape(&self) -> [i64; 2] {
        let rows = self.bytes.size().first().copied().unwrap_or_default();
        [rows, self.columns]
    }

    /// The device of its bytes.
    pub fn device(&self) -> Device {
        self.bytes.device()
    }

    /// Its size in memory, in bytes.
    pub fn size_bytes(&self) -> u64 {
        let scales = self.coding.tensors().into_iter();
        let sizes = scales
            .chain([&self.bytes])
            .map(|tensor| tensor.numel() * tensor.kind().elt_size_in_bytes());
        sizes.sum::<usize>() as u64
    }

    /// The same matrix with each of its tensors replaced, such as by a copy on another device.
    pub fn map(&self, f: &mut dyn FnMut(&Tensor) -> Tensor) -> Self {
        Self {
            bytes: f(&self.bytes),
            coding: self.coding.map(f),
            columns: self.columns,
        }
    }

    /// All its numbers: rows x columns.
    pub fn dense(&self, kind: Kind) -> Tensor {
        let [rows, columns] = self.shape();
        let at_once = (NUMBERS_AT_ONCE / columns.max(1)).max(1);
        if rows <= at_once {
            return self.decoded(&Tensor::shallow_clone).to_kind(kind);
        }
        let whole = Tensor::empty([rows, columns], (kind, self.device()));
        let mut first = 0;
        while first < rows {
            let count = at_once.min(rows - first);
            let part = self.decoded(&|tensor: &Tensor| tensor.narrow(0, first, count));
            whole.narrow(0, first, count).copy_(&part);
            first += count;
        }
        whole
    }

    /// The numbers of some rows, by their index (i64): indices x columns.
    pub fn rows(&self, indices: &Tensor, kind: Kind) -> Tensor {
        let chosen = |tensor: &Tensor| tensor.index_select(0, indices);
        self.decoded(&chosen).to_kind(kind)
    }

    /// The numbers of the rows that `rows_of` takes from a tensor with a first axis of rows. In fp32.
    fn decoded(&self, rows_of: &dyn Fn(&Tensor) -> Tensor) -> Tensor {
        let bytes = rows_of(&self.bytes);
        let scale_of = |scale: &Tensor| match scale.numel() {
            1 => scale.shallow_clone(),
            _ => rows_of(scale),
        };
        match &self.coding {
            Coding::Float8 { kind, scale } => {
                let numbers = bytes.view_dtype(*kind).to_kind(Kind::Float);
                match scale {
                    Some(scale) => numbers * scale_of(scale),
                    None => numbers,
                }
            }
            Coding::Int8 { scale, group } => {
                let numbers = bytes.view_dtype(Kind::Int8).to_kind(Kind::Float) * scale_of(scale);
                match group {
                    Some(group) => rotation::rotated(&numbers, *group),
                    None => numbers,
                }
            }
            Coding::Nvfp4 {
                block_scales,
                scale,
            } => {
                let numbers = nvfp4::numbers(&bytes, &rows_of(block_scales)) * scale;
                numbers.narrow(1, 0, self.columns)
            }
            Coding::Blocks(format) => {
                let rows = bytes.size().first().copied().unwrap_or_default();
                let blocks = bytes.reshape([-1, format.bytes() as i64]);
                blocks::numbers(*format, &blocks).view([rows, self.columns])
            }
        }
    }
}

impl Coding {
    fn tensors(&self) -> Vec<&Tensor> {
        match self {
            Self::Float8 { scale, .. } => scale.iter().collect(),
            Self::Int8 { scale, .. } => vec![scale],
            Self::Nvfp4 {
                block_scales,
                scale,
            } => vec![block_scales, scale],
            Self::Blocks(_) => Vec::new(),
        }
    }

    fn map(&self, f: &mut dyn FnMut(&Tensor) -> Tensor) -> Self {
        match self {
            Self::Float8 { kind, scale } => Self::Float8 {
                kind: *kind,
                scale: scale.as_ref().map(f),
            },
            Self::Int8 { scale, group } => Self::Int8 {
                scale: f(scale),
                group: *group,
            },
            Self::Nvfp4 {
                block_scales,
                scale,
            } => Self::Nvfp4 {
                block_scales: f(block_scales),
                scale: f(scale),
            },
            Self::Blocks(format) => Self::Blocks(*format),
        }
    }
}
