//! Pictures of the world as tensors, in the space the networks see: colours from -1 to 1.

use tch::{Kind, Tensor};

use crate::world::Picture;

/// 3 x t x h x w in [-1, 1].
pub fn colours(frames: &[Picture], [width, height]: [u32; 2]) -> Tensor {
    let bytes: Vec<u8> = frames
        .iter()
        .flat_map(|frame| frame.rgb.iter().copied())
        .collect();
    let size = [frames.len() as i64, i64::from(height), i64::from(width), 3];
    signed(&Tensor::from_slice(&bytes).view(size).permute([3, 0, 1, 2]))
}

/// One byte a pixel as grey: 3 x t x h x w in [-1, 1].
pub fn greys(frames: &[Vec<u8>], [width, height]: [u32; 2]) -> Tensor {
    let size = [1, frames.len() as i64, i64::from(height), i64::from(width)];
    let grey = signed(&Tensor::from_slice(&frames.concat()).view(size));
    grey.expand([3, size[1], size[2], size[3]], false)
}

/// 1 where the cast is: 1 x t x h x w.
pub fn masks(frames: &[Picture], [width, height]: [u32; 2]) -> Tensor {
    let bytes: Vec<u8> = frames
        .iter()
        .flat_map(|frame| frame.mask.iter().copied())
        .collect();
    let size = [1, frames.len() as i64, i64::from(height), i64::from(width)];
    Tensor::from_slice(&bytes).view(size).to_kind(Kind::Float) / 255.0
}

/// A portrait in the middle of a white frame, as the engine shows references to the network, and its mask:
/// 3|1 x 1 x h x w. The portrait must be as high as the frame or higher.
pub fn on_white(portrait: &Picture, from: [u32; 2], [width, height]: [u32; 2]) -> [Tensor; 2] {
    let one = std::slice::from_ref(portrait);
    let (colours, mask) = (colours(one, from), masks(one, from));
    let wide = i64::from(from[0]) * i64::from(height) / i64::from(from[1]);
    let left = (i64::from(width) - wide) / 2;
    let right = i64::from(width) - wide - left;
    let placed = |x: Tensor, ground: f64| {
        let sized = match from[1] == height {
            true => x,
            false => x
                .transpose(0, 1)
                .upsample_bilinear2d([i64::from(height), wide], false, None, None)
                .transpose(0, 1),
        };
        sized.pad([left, right], "constant", ground)
    };
    [placed(colours, 1.0), placed(mask, 0.0)]
}

/// Bytes from 0 to 255 as numbers from -1 to 1.
pub fn signed(bytes: &Tensor) -> Tensor {
    bytes.to_kind(Kind::Float) / 127.5 - 1.0
}
