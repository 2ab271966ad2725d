//! Resizing pictures: convolution with a filter, by the SIMD code of the `fast_image_resize` crate.

use fast_image_resize::images::Image;
use fast_image_resize::{PixelType, ResizeAlg, ResizeOptions, Resizer};

pub use fast_image_resize::FilterType;

use super::Picture;

/// The picture at another size, in pixels. The colour of transparent pixels does not bleed into their neighbours.
/// A picture without pixels becomes a transparent one.
pub fn resized(picture: Picture, [width, height]: [u32; 2], filter: FilterType) -> Picture {
    if [picture.width, picture.height] == [width, height] {
        return picture;
    }
    let (across, down) = (picture.width, picture.height);
    let mut target = Image::new(width, height, PixelType::U8x4);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter));
    let done = Image::from_vec_u8(across, down, picture.rgba, PixelType::U8x4)
        .ok()
        .and_then(|source| Resizer::new().resize(&source, &mut target, &options).ok());
    match done {
        Some(()) => Picture {
            width,
            height,
            rgba: target.into_vec(),
        },
        None => Picture::plain(width, height, [0; 4]), // the bytes do not match the size: nothing to show
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_picture_stays_plain_and_gets_the_size() {
        for filter in [FilterType::Bilinear, FilterType::CatmullRom] {
            let plain = Picture::plain(40, 30, [200, 100, 50, 255]);
            let small = resized(plain, [7, 11], filter);
            assert_eq!(small, Picture::plain(7, 11, [200, 100, 50, 255]));
        }
    }

    #[test]
    fn the_colour_of_transparent_pixels_does_not_bleed() {
        let mut picture = Picture::plain(8, 8, [255, 0, 0, 255]);
        for pixel in picture.rgba.as_chunks_mut::<4>().0.iter_mut().step_by(2) {
            *pixel = [0, 255, 0, 0];
        }
        let small = resized(picture, [2, 2], FilterType::Bilinear);
        for [red, green, _, alpha] in small.rgba.as_chunks::<4>().0 {
            assert!(*red > 250 && *green == 0 && (100..156).contains(alpha));
        }
    }

    #[test]
    fn a_picture_without_pixels_becomes_a_transparent_one() {
        let empty = Picture::plain(0, 0, [0; 4]);
        let filled = resized(empty, [2, 2], FilterType::Bilinear);
        assert_eq!(filled, Picture::plain(2, 2, [0; 4]));
    }
}
