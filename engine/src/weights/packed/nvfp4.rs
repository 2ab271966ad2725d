//! NVIDIA's 4-bit floats (nvfp4): two numbers a byte, a scale in 8 bits for 16 numbers, and one scale for all.
//! The scales of blocks are stored as the tensor cores read them, in tiles of 128 rows and 4 blocks.

use tch::{Kind, Tensor};

/// Numbers that share a scale.
pub const BLOCK_NUMBERS: i64 = 16;
/// Rows and columns of a tile of scales.
const TILE: [i64; 2] = [128, 4];
/// A tile is stored as this many rows, of these many groups of rows.
const TILE_ROWS: [i64; 2] = [32, 4];
/// The numbers of the 16 codes: a sign, two bits of exponent, one of mantissa.
const NUMBERS: [f32; 16] = [
    0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, -0.0, -0.5, -1.0, -1.5, -2.0, -3.0, -4.0, -6.0,
];

/// The numbers of rows, without the scale of all: rows x bytes and rows x blocks (u8) -> rows x numbers, fp32. The first
/// number of a pair lies in the upper bits.
pub fn numbers(bytes: &Tensor, block_scales: &Tensor) -> Tensor {
    let lower = bytes.bitwise_and(0xF_i64);
    let four = Tensor::from_slice(&[4u8]).to_device(bytes.device());
    let upper = bytes.bitwise_right_shift(&four);
    let codes = Tensor::stack(&[upper, lower], -1)
        .to_kind(Kind::Int)
        .flatten(0, -1);
    let table = Tensor::from_slice(&NUMBERS).to_device(bytes.device());
    let scales = block_scales
        .view_dtype(Kind::Float8e4m3fn)
        .to_kind(Kind::Float);
    let rows = bytes.size().first().copied().unwrap_or_default();
    let blocks = table
        .index_select(0, &codes)
        .view([rows, -1, BLOCK_NUMBERS]);
    (blocks * scales.unsqueeze(-1)).flatten(1, 2)
}

/// The shape of the stored scales of a matrix with this many rows and columns: whole tiles.
pub fn stored_scales_shape(rows: i64, columns: i64) -> [i64; 2] {
    let whole = |length: i64, tile: i64| (length + tile - 1) / tile * tile;
    [
        whole(rows, TILE[0]),
        whole(columns / BLOCK_NUMBERS, TILE[1]),
    ]
}

/// The scales of blocks, rows x columns / 16, of their stored tiles (u8).
pub fn plain_scales(stored: &Tensor, rows: i64, columns: i64) -> Tensor {
    let [stored_rows, stored_columns] = stored_scales_shape(rows, columns);
    let (down, across) = (stored_rows / TILE[0], stored_columns / TILE[1]);
    stored
        .view([down, across, TILE_ROWS[0], TILE_ROWS[1], TILE[1]])
        .permute([0, 3, 2, 1, 4]) // tile down, group, row, tile across, column
        .reshape([stored_rows, stored_columns])
        .narrow(0, 0, rows)
        .narrow(1, 0, columns / BLOCK_NUMBERS)
        .contiguous()
}
