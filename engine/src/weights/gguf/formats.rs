//! The number formats of GGUF files by their numbers: those that are read, and the names of those that are not.

use crate::weights::stored::{BlockFormat, Dtype, NumberFormat};

/// The format with this number, or the name of one that cannot be read. Source: ggml, `ggml.h` (`enum ggml_type`).
pub fn number_format(number: u32) -> Result<NumberFormat, String> {
    let plain = match number {
        0 => Some(Dtype::F32),
        1 => Some(Dtype::F16),
        24 => Some(Dtype::I8),
        25 => Some(Dtype::I16),
        26 => Some(Dtype::I32),
        27 => Some(Dtype::I64),
        28 => Some(Dtype::F64),
        30 => Some(Dtype::BF16),
        _ => None,
    };
    let blocks = match number {
        2 => Some(BlockFormat::Q4_0),
        3 => Some(BlockFormat::Q4_1),
        6 => Some(BlockFormat::Q5_0),
        7 => Some(BlockFormat::Q5_1),
        8 => Some(BlockFormat::Q8_0),
        10 => Some(BlockFormat::Q2K),
        11 => Some(BlockFormat::Q3K),
        12 => Some(BlockFormat::Q4K),
        13 => Some(BlockFormat::Q5K),
        14 => Some(BlockFormat::Q6K),
        _ => None,
    };
    let blocks = blocks.map(NumberFormat::Blocks);
    let format = plain.map(NumberFormat::Plain).or(blocks);
    let others = &OTHER_FORMATS;
    format.ok_or_else(|| {
        let named = others.iter().find(|(other, _)| *other == number);
        named.map_or_else(|| format!("type {number}"), |(_, name)| (*name).into())
    })
}

/// Formats that are not read.
const OTHER_FORMATS: [(u32, &str); 15] = [
    (9, "Q8_1"),
    (15, "Q8_K"),
    (16, "IQ2_XXS"),
    (17, "IQ2_XS"),
    (18, "IQ3_XXS"),
    (19, "IQ1_S"),
    (20, "IQ4_NL"),
    (21, "IQ3_S"),
    (22, "IQ2_S"),
    (23, "IQ4_XS"),
    (29, "IQ1_M"),
    (34, "TQ1_0"),
    (35, "TQ2_0"),
    (39, "MXFP4"),
    (40, "NVFP4"),
];
