//! A tensor as it lies in a file: its number format, its shape and its bytes.
//! Numbers lie one after the other, or in blocks of a row that share scales, as in GGUF files.

use std::fmt;
use std::ops::Range;

use tch::Kind;

/// The number formats of safetensors.
pub type Dtype = safetensors::Dtype;

/// A tensor in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorInfo {
    /// How its numbers are written.
    pub format: NumberFormat,
    /// Its lengths, the slowest axis first, as in libtorch.
    pub shape: Vec<usize>,
    /// Where its bytes lie in the file.
    pub place: Range<usize>,
}

impl TensorInfo {
    /// Its lengths as libtorch counts them.
    pub fn lengths(&self) -> Vec<i64> {
        self.shape.iter().map(|&length| length as i64).collect()
    }

    /// Whether it is a matrix, or has more axes, of numbers in fewer than sixteen bits.
    pub fn is_quantised(&self) -> bool {
        self.shape.len() > 1 && self.format.is_narrow()
    }
}

/// How the numbers of a tensor are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberFormat {
    /// One number after the other.
    Plain(Dtype),
    /// Blocks of numbers with scales of their own.
    Blocks(BlockFormat),
}

impl NumberFormat {
    /// The tensor kind of numbers that can be used as they lie. `None` for others.
    pub fn kind(self) -> Option<Kind> {
        match self {
            Self::Plain(dtype) => kind_of(dtype),
            Self::Blocks(_) => None,
        }
    }

    /// Whether its numbers have fewer than sixteen bits.
    pub fn is_narrow(self) -> bool {
        match self {
            Self::Plain(dtype) => dtype.bitsize() < 16,
            Self::Blocks(_) => true,
        }
    }

    /// Whether it is plain floats of 8 to 64 bits.
    pub fn is_float(self) -> bool {
        matches!(
            self,
            Self::Plain(
                Dtype::F8_E4M3
                    | Dtype::F8_E5M2
                    | Dtype::F16
                    | Dtype::BF16
                    | Dtype::F32
                    | Dtype::F64
            )
        )
    }

    /// Numbers per block, and the bytes of a block. `None` for formats whose numbers are not whole bytes.
    pub fn block(self) -> Option<(usize, usize)> {
        match self {
            Self::Plain(dtype) => dtype
                .bitsize()
                .is_multiple_of(8)
                .then_some((1, dtype.bitsize() / 8)),
            Self::Blocks(format) => Some((format.numbers(), format.bytes())),
        }
    }
}

impl fmt::Display for NumberFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(dtype) => write!(f, "{dtype:?}"),
            Self::Blocks(format) => f.write_str(format.name()),
        }
    }
}

/// The tensor kind of a number format; `None` for formats that are no plain floats of 16 or 32 bits.
fn kind_of(dtype: Dtype) -> Option<Kind> {
    match dtype {
        Dtype::F32 => Some(Kind::Float),
        Dtype::F16 => Some(Kind::Half),
        Dtype::BF16 => Some(Kind::BFloat16),
        _ => None,
    }
}

/// The block formats of GGUF files that the engine reads. Source: ggml, `ggml-common.h` (`block_q4_0` and others).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockFormat {
    /// 4 bits and a scale.
    Q4_0,
    /// 4 bits, a scale and a minimum.
    Q4_1,
    /// 5 bits and a scale.
    Q5_0,
    /// 5 bits, a scale and a minimum.
    Q5_1,
    /// 8 bits and a scale.
    Q8_0,
    /// 2 bits; scales and minima of 4 bits for 16 numbers.
    Q2K,
    /// 3 bits; scales of 6 bits for 16 numbers.
    Q3K,
    /// 4 bits; scales and minima of 6 bits for 32 numbers.
    Q4K,
    /// 5 bits; scales and minima of 6 bits for 32 numbers.
    Q5K,
    /// 6 bits; scales of 8 bits for 16 numbers.
    Q6K,
}

impl BlockFormat {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Q4_0,
        Self::Q4_1,
        Self::Q5_0,
        Self::Q5_1,
        Self::Q8_0,
        Self::Q2K,
        Self::Q3K,
        Self::Q4K,
        Self::Q5K,
        Self::Q6K,
    ];

    /// The name used in GGUF files.
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// Numbers per block.
    pub fn numbers(self) -> usize {
        self.row().1
    }

    /// Bytes per block.
    pub fn bytes(self) -> usize {
        self.row().2
    }

    /// Name, numbers and bytes of a block.
    fn row(self) -> (&'static str, usize, usize) {
        match self {
            Self::Q4_0 => ("Q4_0", 32, 18),
            Self::Q4_1 => ("Q4_1", 32, 20),
            Self::Q5_0 => ("Q5_0", 32, 22),
            Self::Q5_1 => ("Q5_1", 32, 24),
            Self::Q8_0 => ("Q8_0", 32, 34),
            Self::Q2K => ("Q2_K", 256, 84),
            Self::Q3K => ("Q3_K", 256, 110),
            Self::Q4K => ("Q4_K", 256, 144),
            Self::Q5K => ("Q5_K", 256, 176),
            Self::Q6K => ("Q6_K", 256, 210),
        }
    }
}
