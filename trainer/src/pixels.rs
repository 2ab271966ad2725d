//! Pictures of the world as tensors in the networks' space: colours in [-1, 1].

use tch::{Kind, Tensor};

use crate::world::Picture;

/// RGB pictures as 3 x t x h x w in [-1, 1].
pub fn colours(frames: &[Picture], size: [u32; 2]) -> Tensor {
    rgb(frames.iter().map(|frame| frame.rgb.as_slice()), size)
}

/// RGB bytes of pictures as 3 x t x h x w in [-1, 1].
pub fn rgb<'p>(frames: impl Iterator<Item = &'p [u8]>, [width, height]: [u32; 2]) -> Tensor {
    let frames: Vec<&[u8]> = frames.collect();
    let size = [frames.len() as i64, i64::from(height), i64::from(width), 3];
    let bytes = Tensor::from_slice(&frames.concat()).view(size);
    signed(&bytes.permute([3, 0, 1, 2]))
}

/// Greyscale bytes as 3 x t x h x w in [-1, 1].
pub fn greys(frames: &[Vec<u8>], [width, height]: [u32; 2]) -> Tensor {
    let size = [1, frames.len() as i64, i64::from(height), i64::from(width)];
    let grey = signed(&Tensor::from_slice(&frames.concat()).view(size));
    grey.expand([3, size[1], size[2], size[3]], false)
}

/// Depth of two bytes as t x h x w in [0, 1].
pub fn depths<'p>(frames: impl Iterator<Item = &'p [u16]>, [width, height]: [u32; 2]) -> Tensor {
    let pixels = frames.flatten().map(|pixel| f32::from(*pixel) / 65_535.0);
    let pixels: Vec<f32> = pixels.collect();
    Tensor::from_slice(&pixels).view([-1, i64::from(height), i64::from(width)])
}

/// The mask of the cast, 0 or 1: 1 x t x h x w.
pub fn masks(frames: &[Picture], [width, height]: [u32; 2]) -> Tensor {
    let bytes: Vec<u8> = frames
        .iter()
        .flat_map(|frame| frame.mask.iter().copied())
        .collect();
    let size = [1, frames.len() as i64, i64::from(height), i64::from(width)];
    Tensor::from_slice(&bytes).view(size).to_kind(Kind::Float) / 255.0
}

/// A portrait scaled to the frame's height, centred on white, as the engine presents references to the network, and
/// its mask: 3|1 x 1 x h x w.
pub fn on_white(portrait: &Picture, from: [u32; 2], [width, _]: [u32; 2]) -> [Tensor; 2] {
    let one = std::slice::from_ref(portrait);
    let free = i64::from(width) - i64::from(from[0]);
    let sides = [free / 2, free - free / 2];
    [
        colours(one, from).pad(sides, "constant", 1.0),
        masks(one, from).pad(sides, "constant", 0.0),
    ]
}

/// Bytes from 0 to 255 as values from -1 to 1.
pub fn signed(bytes: &Tensor) -> Tensor {
    bytes.to_kind(Kind::Float) / 127.5 - 1.0
}
