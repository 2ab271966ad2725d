//! The block formats of GGUF files, as bit operations on whole tensors. A block holds 32 numbers with one scale, or 256
//! numbers in groups that have small scales of their own (the K formats).
//!
//! Source: ggml, `ggml-common.h` (the layouts) and `ggml-quants.c` (their meaning). Names and order of the operations
//! follow the formulas there, so that results are equal to the bit.

use tch::{Kind, Tensor};

use crate::weights::stored::BlockFormat;

/// Numbers of a block of a K format.
const LONG: i64 = 256;

/// The numbers of blocks: n x bytes of a block (u8) -> n x numbers of a block, fp32.
pub fn numbers(format: BlockFormat, bytes: &Tensor) -> Tensor {
    let blocks = Blocks(bytes);
    match format {
        BlockFormat::Q4_0 => (blocks.nibbles(2) - 8.0) * blocks.half(0),
        BlockFormat::Q4_1 => blocks.nibbles(4) * blocks.half(0) + blocks.half(2),
        BlockFormat::Q5_0 => (blocks.five_bits(2) - 16.0) * blocks.half(0),
        BlockFormat::Q5_1 => blocks.five_bits(4) * blocks.half(0) + blocks.half(2),
        BlockFormat::Q8_0 => blocks.signed(2, 32) * blocks.half(0),
        BlockFormat::Q2K => q2_k(&blocks),
        BlockFormat::Q3K => q3_k(&blocks),
        BlockFormat::Q4K => q4_k(&blocks),
        BlockFormat::Q5K => q5_k(&blocks),
        BlockFormat::Q6K => q6_k(&blocks),
    }
}

/// Groups of 16: y = d * scale * q - dmin * min. Bytes: 16 of scale and minimum, 64 of numbers, d, dmin.
fn q2_k(blocks: &Blocks) -> Tensor {
    let scales = blocks.bytes(0, 16);
    let scale = blocks.half(80) * float(&scales.bitwise_and(0xF_i64));
    let least = blocks.half(82) * float(&shifted(&scales, &[4]).squeeze_dim(1));
    let numbers = float(&fields(&blocks.bytes(16, 64), 32, &[0, 2, 4, 6], 0b11));
    grouped(&numbers, &scale, Some(&least))
}

/// Groups of 16: y = d * (scale - 32) * q, with q from -4 to 3. Bytes: 32 of upper bits, 64 of lower bits, 12 of scales, d.
fn q3_k(blocks: &Blocks) -> Tensor {
    let lower = fields(&blocks.bytes(96, 8), 8, &[0, 4], 0xF);
    let upper = fields(&blocks.bytes(104, 4), 4, &[0, 2, 4, 6], 0b11);
    let scales = float(&(lower + upper * 16)) - 32.0;
    let scale = blocks.half(108) * scales;
    let lower = fields(&blocks.bytes(32, 64), 32, &[0, 2, 4, 6], 0b11);
    let upper = fields(&blocks.bytes(0, 32), 32, &[0, 1, 2, 3, 4, 5, 6, 7], 1);
    let numbers = float(&(lower + upper * 4)) - 4.0;
    grouped(&numbers, &scale, None)
}

/// Groups of 32: y = d * scale * q - dmin * min. Bytes: d, dmin, 12 of scales and minima, 128 of numbers.
fn q4_k(blocks: &Blocks) -> Tensor {
    let (scale, least) = scales_and_minima(blocks);
    let numbers = float(&fields(&blocks.bytes(16, 128), 32, &[0, 4], 0xF));
    grouped(&numbers, &scale, Some(&least))
}

/// As `Q4_K`, with 32 bytes of fifth bits before the numbers.
fn q5_k(blocks: &Blocks) -> Tensor {
    let (scale, least) = scales_and_minima(blocks);
    let upper = fields(&blocks.bytes(16, 32), 32, &[0, 1, 2, 3, 4, 5, 6, 7], 1);
    let lower = fields(&blocks.bytes(48, 128), 32, &[0, 4], 0xF);
    let numbers = float(&(lower + upper * 16));
    grouped(&numbers, &scale, Some(&least))
}

/// Groups of 16: y = d * scale * (q - 32). Bytes: 128 of lower bits, 64 of upper bits, 16 signed scales, d.
fn q6_k(blocks: &Blocks) -> Tensor {
    let lower = fields(&blocks.bytes(0, 128), 64, &[0, 4], 0xF);
    let upper = fields(&blocks.bytes(128, 64), 32, &[0, 2, 4, 6], 0b11);
    let numbers = float(&(lower + upper * 16)) - 32.0;
    let scale = blocks.half(208) * blocks.signed(192, 16);
    grouped(&numbers, &scale, None)
}

/// d * scale and dmin * min of the 8 groups of `Q4_K` and `Q5_K`: n x 8 each. Scales and minima have 6 bits. Those of the
/// first four groups lie in the lower bits of 4 bytes each; of the others, the lower 4 bits share 4 bytes, and the upper
/// 2 bits lie above those of the first four.
fn scales_and_minima(blocks: &Blocks) -> (Tensor, Tensor) {
    let (first, second) = (blocks.bytes(4, 4), blocks.bytes(8, 4));
    let third = blocks.bytes(12, 4);
    let whole = |first: &Tensor, lower: Tensor| {
        let upper = field(first, 6, 0b11) * 16;
        let parts = [first.bitwise_and(0x3F_i64), lower + upper];
        float(&Tensor::cat(&parts, 1))
    };
    let scales = whole(&first, field(&third, 0, 0xF));
    let minima = whole(&second, field(&third, 4, 0xF));
    (blocks.half(0) * scales, blocks.half(2) * minima)
}

/// scale * q - least for groups of a block: n x 256, n x groups -> n x 256.
fn grouped(numbers: &Tensor, scale: &Tensor, least: Option<&Tensor>) -> Tensor {
    let groups = scale.size().last().copied().unwrap_or(1);
    let apart = numbers.view([-1, groups, LONG / groups]);
    let scaled = apart * scale.unsqueeze(-1);
    let whole = match least {
        Some(least) => scaled - least.unsqueeze(-1),
        None => scaled,
    };
    whole.view([-1, LONG])
}

/// The bit fields of bytes, run by run: of each run of `run` bytes first the field at the first of `shifts`, then those
/// at the others. n x bytes -> n x bytes * shifts, u8.
fn fields(bytes: &Tensor, run: i64, shifts: &[u8], mask: i64) -> Tensor {
    let blocks = bytes.size().first().copied().unwrap_or_default();
    let runs = bytes.reshape([-1, run]);
    shifted(&runs, shifts)
        .bitwise_and(mask)
        .reshape([blocks, -1])
}

/// One bit field of each byte.
fn field(bytes: &Tensor, shift: u8, mask: i64) -> Tensor {
    shifted(bytes, &[shift]).squeeze_dim(1).bitwise_and(mask)
}

/// Bytes shifted to the right: n x m -> n x shifts x m.
fn shifted(bytes: &Tensor, shifts: &[u8]) -> Tensor {
    let shifts = Tensor::from_slice(shifts)
        .view([1, -1, 1])
        .to_device(bytes.device());
    bytes.unsqueeze(1).bitwise_right_shift(&shifts)
}

fn float(bytes: &Tensor) -> Tensor {
    bytes.to_kind(Kind::Float)
}

/// Blocks as bytes: n x bytes of a block.
struct Blocks<'b>(&'b Tensor);

impl Blocks<'_> {
    /// Some bytes of each block, u8.
    fn bytes(&self, start: i64, length: i64) -> Tensor {
        self.0.narrow(1, start, length).contiguous()
    }

    /// The fp16 number at a byte of each block, as fp32: n x 1.
    fn half(&self, start: i64) -> Tensor {
        float(&self.bytes(start, 2).view_dtype(Kind::Half))
    }

    /// Signed bytes, as fp32.
    fn signed(&self, start: i64, length: i64) -> Tensor {
        float(&self.bytes(start, length).view_dtype(Kind::Int8))
    }

    /// 32 numbers of 4 bits in 16 bytes: first the lower halves of the bytes.
    fn nibbles(&self, start: i64) -> Tensor {
        float(&fields(&self.bytes(start, 16), 16, &[0, 4], 0xF))
    }

    /// 32 numbers of 5 bits: 4 bytes with the fifth bits, one after the other, then 16 bytes as in `nibbles`.
    fn five_bits(&self, start: i64) -> Tensor {
        let upper = fields(&self.bytes(start, 4), 1, &[0, 1, 2, 3, 4, 5, 6, 7], 1);
        let lower = fields(&self.bytes(start + 4, 16), 16, &[0, 4], 0xF);
        float(&(lower + upper * 16))
    }
}
