//! Squares of pixels as channels: the first layer sees 4x4 pixels as one position of 48 channels.
//! Channel (colour * p + column) * p + row, as in `LTX2VideoEncoder3d`.

use tch::Tensor;

/// Colours of a pixel.
pub const COLOURS: i64 = 3;

/// Frames, b x c x t x ph x pw, to positions, b x cp² x t x h x w, for squares of p x p pixels.
pub fn to_channels(frames: &Tensor, patch: i64) -> Tensor {
    let size = frames.size();
    let (height, width) = (size[3] / patch, size[4] / patch);
    frames
        .reshape([size[0], size[1], size[2], height, patch, width, patch])
        .permute([0, 1, 6, 4, 2, 3, 5]) // b c column row t h w
        .reshape([size[0], size[1] * patch * patch, size[2], height, width])
}

/// The way back: positions, b x cp² x t x h x w, to frames, b x c x t x ph x pw.
pub fn to_pixels(positions: &Tensor, patch: i64) -> Tensor {
    let size = positions.size();
    let colours = size[1] / (patch * patch);
    let (height, width) = (size[3], size[4]);
    positions
        .reshape([size[0], colours, patch, patch, size[2], height, width])
        .permute([0, 1, 4, 5, 3, 6, 2]) // b c t h row w column
        .reshape([size[0], colours, size[2], height * patch, width * patch])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pixels_of_a_square_become_channels_column_by_column_and_come_back() {
        let options = (tch::Kind::Float, tch::Device::Cpu);
        let frames = Tensor::arange(8, options).view([1, 1, 1, 2, 4]); // rows 0 1 2 3 and 4 5 6 7
        let channels = to_channels(&frames, 2);
        let numbers = Vec::<f32>::try_from(channels.flatten(0, -1)).expect("numbers");
        assert_eq!(numbers, [0.0, 2.0, 4.0, 6.0, 1.0, 3.0, 5.0, 7.0]);
        assert_eq!(to_pixels(&channels, 2), frames);
    }
}
