//! Pictures as the image encoder takes them: scaled, cut to a square from the middle, normalised.
//!
//! As in diffusers' `WanImageToVideoPipeline`, whose `CLIPImageProcessor` scales the shorter side (bicubic with
//! antialiasing, in bytes). Wan's own code (`wan/modules/clip.py`) squeezes the whole picture into the square instead,
//! without antialiasing. For square pictures without fine detail the two differ by 0.02 at most on average, for
//! pictures of 832x480 by 0.4 to 0.6, where the deviation of the normalised pixels is 0.6: the squeezed picture shows the
//! left and the right fifth, which the cut one lacks. The choice follows the reference that the engine is compared with.

use image::RgbImage;
use tch::{Kind, Tensor};

/// Mean of CLIP's training data, per channel, of pixels in [0, 1].
const MEAN: [f64; 3] = [0.481_454_66, 0.457_827_5, 0.408_210_73];
/// Its standard deviation.
const DEVIATION: [f64; 3] = [0.268_629_54, 0.261_302_58, 0.275_777_11];

/// The middle of a picture, normalised: 1 x 3 x side x side, in fp32 on the CPU.
pub fn pixels(picture: &RgbImage, side: i64) -> Tensor {
    let (width, height) = (i64::from(picture.width()), i64::from(picture.height()));
    let short = width.min(height).max(1);
    let scaled = |length: i64| match length == short {
        true => side,
        false => (side as f64 * length as f64 / short as f64) as i64,
    };
    let (new_width, new_height) = (scaled(width), scaled(height));
    let bytes = Tensor::from_slice(picture.as_raw())
        .view([1, height, width, 3])
        .permute([0, 3, 1, 2])
        .contiguous();
    // The kernel for bytes rounds between its two passes, as PIL does.
    let resized = bytes.internal_upsample_bicubic2d_aa([new_height, new_width], false, None, None);
    let middle = resized
        .narrow(2, (new_height - side) / 2, side)
        .narrow(3, (new_width - side) / 2, side)
        .to_kind(Kind::Float);
    let per_channel = |numbers: [f64; 3]| {
        let numbers = numbers.map(|number| (number * 255.0) as f32);
        Tensor::from_slice(&numbers).view([1, 3, 1, 1])
    };
    (middle - per_channel(MEAN)) / per_channel(DEVIATION)
}
