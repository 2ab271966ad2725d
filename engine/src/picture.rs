//! Picture files to tensors, and frames to bytes.
//! Tensors are RGB in [-1, 1].

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use image::imageops::{FilterType, crop_imm, resize};
use image::{DynamicImage, ImageDecoder as _, ImageReader, ImageResult, Limits, Rgb, RgbImage};
use kinora_wire::Failure;
use tch::{Kind, Tensor};

/// Longest side of a picture, in pixels.
const LONGEST_SIDE: u32 = 16_384;
/// Most memory for decoding one picture.
const MOST_BYTES: u64 = 2 << 30;

/// Reads a picture, turned upright. Transparency is blended onto white.
pub fn read(path: &Path) -> Result<RgbImage, Failure> {
    let picture = decoded(path)?;
    if !picture.color().has_alpha() {
        return Ok(picture.into_rgb8());
    }
    let with_alpha = picture.into_rgba8();
    Ok(RgbImage::from_fn(
        with_alpha.width(),
        with_alpha.height(),
        |x, y| {
            let [red, green, blue, alpha] = with_alpha.get_pixel(x, y).0;
            let on_white = |colour: u8| {
                let (colour, alpha) = (u32::from(colour), u32::from(alpha));
                ((colour * alpha + 255 * (255 - alpha) + 127) / 255) as u8
            };
            Rgb([on_white(red), on_white(green), on_white(blue)])
        },
    ))
}

/// Reads a picture in grey of two bytes: 1 x height x width in [0, 1].
pub(crate) fn read_grey(path: &Path) -> Result<Tensor, Failure> {
    let grey = decoded(path)?.into_luma16();
    let size = [1, i64::from(grey.height()), i64::from(grey.width())];
    let values = grey.into_raw().into_iter();
    let values: Vec<f32> = values.map(|value| f32::from(value) / 65_535.0).collect();
    Ok(Tensor::from_slice(&values).view(size))
}

/// Width and height of a picture as its file says, without its orientation. `None`: it cannot be read.
pub(crate) fn size_in_file(path: &Path) -> Option<[u32; 2]> {
    let reader = ImageReader::open(path).ok()?.with_guessed_format().ok()?;
    reader
        .into_dimensions()
        .ok()
        .map(|(width, height)| [width, height])
}

/// Reads a picture, turned upright.
fn decoded(path: &Path) -> Result<DynamicImage, Failure> {
    let unusable = |why: String| {
        Failure::bad_file(
            format!("{} cannot be used as a picture: {why}", path.display()),
            "use a PNG, JPEG or WebP file",
        )
    };
    let mut reader = ImageReader::open(path)
        .and_then(ImageReader::with_guessed_format)
        .map_err(|error| unusable(error.to_string()))?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_BYTES);
    reader.limits(limits);
    upright(reader).map_err(|error| unusable(error.to_string()))
}

/// Decodes a picture and applies its EXIF orientation.
fn upright(reader: ImageReader<BufReader<File>>) -> ImageResult<DynamicImage> {
    let mut decoder = reader.into_decoder()?;
    let turned = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(turned);
    Ok(picture)
}

/// Scaled and centre-cropped to fill `width` x `height` pixels (Lanczos).
pub fn filling(picture: &RgbImage, width: u32, height: u32) -> RgbImage {
    if picture.dimensions() == (width, height) {
        return picture.clone();
    }
    // Crop first: a long strip would be enormous if it were scaled as a whole.
    let (from_width, from_height) = picture.dimensions();
    let scale =
        (f64::from(width) / f64::from(from_width)).max(f64::from(height) / f64::from(from_height));
    let cut = |side: u32, most: u32| ((f64::from(side) / scale).round() as u32).clamp(1, most);
    let (cut_width, cut_height) = (cut(width, from_width), cut(height, from_height));
    let (left, top) = ((from_width - cut_width) / 2, (from_height - cut_height) / 2);
    let middle = crop_imm(picture, left, top, cut_width, cut_height).to_image();
    resize(&middle, width, height, FilterType::Lanczos3)
}

/// 3 x height x width in [-1, 1].
pub fn to_tensor(picture: &RgbImage) -> Tensor {
    let (width, height) = (i64::from(picture.width()), i64::from(picture.height()));
    Tensor::from_slice(picture.as_raw())
        .view([height, width, 3])
        .permute([2, 0, 1])
        .to_kind(Kind::Float)
        / 127.5
        - 1.0
}

/// The whole picture, scaled to fit and centred on white: 3 x height x width in [-1, 1]. Bilinear, as for the
/// references of VACE models in training.
pub fn whole_on_white(picture: &RgbImage, width: i64, height: i64) -> Tensor {
    let (from_width, from_height) = (f64::from(picture.width()), f64::from(picture.height()));
    let scale = (width as f64 / from_width).min(height as f64 / from_height);
    let inner_width = ((from_width * scale) as i64).clamp(1, width);
    let inner_height = ((from_height * scale) as i64).clamp(1, height);
    let inner = to_tensor(picture)
        .unsqueeze(0)
        .upsample_bilinear2d([inner_height, inner_width], false, None, None)
        .squeeze_dim(0);
    let (left, top) = ((width - inner_width) / 2, (height - inner_height) / 2);
    let canvas = Tensor::ones([3, height, width], (Kind::Float, inner.device()));
    let mut place = canvas
        .narrow(1, top, inner_height)
        .narrow(2, left, inner_width);
    place.copy_(&inner);
    canvas
}

/// Frames in [-1, 1], 1 x 3 x t x h x w, as 8-bit RGB bytes: t x h x w x 3.
pub fn to_bytes(frames: &Tensor) -> Result<Vec<u8>, Failure> {
    let mut scaled = (frames.squeeze_dim(0) + 1.0) * 127.5;
    let _ = scaled.clamp_(0.0, 255.0).round_();
    let bytes = scaled
        .to_kind(Kind::Uint8)
        .permute([1, 2, 3, 0]) // t h w 3
        .to_device(tch::Device::Cpu)
        .contiguous();
    let mut out = vec![0; bytes.numel()];
    let count = out.len();
    bytes
        .f_copy_data(&mut out, count)
        .map_err(|error| Failure::bug(error.to_string()))?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_fills_the_frame_from_its_middle() {
        let picture = RgbImage::from_fn(40, 10, |x, _| match x {
            15..25 => Rgb([255, 0, 0]),
            _ => Rgb([0, 0, 255]),
        });
        let filled = filling(&picture, 10, 10);
        assert_eq!(filled.dimensions(), (10, 10));
        assert!(
            filled.pixels().all(|pixel| pixel.0[0] > 250),
            "the red middle"
        );
    }

    #[test]
    fn a_long_strip_costs_no_more_than_the_frame_it_fills() {
        let strip = RgbImage::from_pixel(1, 16_384, Rgb([9, 9, 9]));
        let filled = filling(&strip, 832, 480);
        assert_eq!(
            (filled.dimensions(), filled.get_pixel(400, 200).0),
            ((832, 480), [9, 9, 9])
        );
    }

    #[test]
    fn a_reference_is_shown_whole_on_white() {
        let picture = RgbImage::from_pixel(10, 20, Rgb([0, 0, 0]));
        let canvas = whole_on_white(&picture, 40, 20);
        let row = Vec::<f32>::try_from(canvas.get(0).get(10)).expect("numbers");
        assert_eq!(row.iter().filter(|&&number| number < 0.0).count(), 10);
        assert_eq!((row[14], row[15], row[24], row[25]), (1.0, -1.0, -1.0, 1.0));
    }

    #[test]
    fn bytes_are_the_nearest_to_the_frame() {
        let frame = Tensor::from_slice(&[-1.0f32, 0.0, 1.0, 2.0, -3.0, 0.5]).view([1, 3, 1, 1, 2]);
        assert_eq!(to_bytes(&frame).expect("bytes"), [0, 255, 0, 128, 255, 191]);
    }
}
