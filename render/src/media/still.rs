//! Decoding still pictures, with their EXIF orientation applied.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, RgbaImage};
use kinora_timeline::Frames;

use super::openexr;
use super::webp::Animation;
use super::{MediaError, VideoReader};

/// The first bytes of a file, enough to know a picture by.
const SIGNATURE: usize = 64;

/// Whether a file holds a still picture, by its content and not by its extension. An animation is a video. A file that
/// cannot be read is none.
pub fn is_still(path: &Path) -> bool {
    let mut start = Vec::with_capacity(SIGNATURE);
    let read =
        File::open(path).and_then(|file| file.take(SIGNATURE as u64).read_to_end(&mut start));
    match image::guess_format(&start) {
        Ok(ImageFormat::Png) => read.is_ok() && !has_animation_chunk(path),
        Ok(ImageFormat::WebP) => matches!(Animation::open(path), Ok(None)),
        Ok(ImageFormat::Jpeg | ImageFormat::Bmp | ImageFormat::Tiff | ImageFormat::OpenExr) => {
            read.is_ok()
        }
        _ => false,
    }
}

/// Whether a file is a PNG, JPEG or WebP picture, by its content: the pictures that the engine reads too. A file that
/// cannot be read is none.
pub fn is_common_still(path: &Path) -> bool {
    let mut start = Vec::with_capacity(SIGNATURE);
    let read =
        File::open(path).and_then(|file| file.take(SIGNATURE as u64).read_to_end(&mut start));
    let common = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP];
    read.is_ok() && image::guess_format(&start).is_ok_and(|format| common.contains(&format))
}

/// Whether a PNG file is an animation: the chunk that says so lies before the pixels.
fn has_animation_chunk(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(1 << 16).read_to_end(&mut start));
    let found = |name: &[u8; 4]| start.windows(4).position(|part| part == name);
    let pixels = found(b"IDAT").unwrap_or(usize::MAX);
    read.is_ok() && found(b"acTL").is_some_and(|at| at < pixels)
}

/// Decodes a picture, whatever its extension. Formats that only FFmpeg reads are decoded by it.
///
/// # Errors
/// The file does not exist, or is not a picture.
pub fn read_still(path: &Path) -> Result<DynamicImage, MediaError> {
    let decoded = decode(path);
    if decoded.is_err()
        && let Ok(picture) =
            VideoReader::open(path).and_then(|mut reader| reader.frame(Frames::ZERO))
        && let Some(picture) = RgbaImage::from_raw(
            picture.width,
            picture.height,
            Arc::unwrap_or_clone(picture).rgba,
        )
    {
        return Ok(picture.into());
    }
    decoded.map_err(|error| {
        MediaError::new(
            path,
            format!("cannot be read: {error}"),
            "check that the file is there and is a picture; import it again",
        )
    })
}

/// The size of a picture as shown, read from its header.
///
/// # Errors
/// The file does not exist, or is not a picture.
pub fn still_size(path: &Path) -> Result<[u32; 2], MediaError> {
    let size = || {
        let reader = ImageReader::open(path)?.with_guessed_format()?;
        if reader.format() == Some(ImageFormat::OpenExr) {
            return Ok(openexr::size_of(path)?);
        }
        let mut decoder = reader.into_decoder()?;
        let (width, height) = decoder.dimensions();
        let turned = decoder.orientation()?;
        Ok(match is_quarter_turn(turned) {
            true => [height, width],
            false => [width, height],
        })
    };
    size().map_err(|error: image::ImageError| {
        MediaError::new(
            path,
            format!("is not a picture: {error}"),
            "choose a PNG, JPEG or WebP",
        )
    })
}

fn is_quarter_turn(turned: Orientation) -> bool {
    match turned {
        Orientation::NoTransforms
        | Orientation::Rotate180
        | Orientation::FlipHorizontal
        | Orientation::FlipVertical => false,
        Orientation::Rotate90
        | Orientation::Rotate270
        | Orientation::Rotate90FlipH
        | Orientation::Rotate270FlipH => true,
    }
}

fn decode(path: &Path) -> image::ImageResult<DynamicImage> {
    let reader = ImageReader::open(path)?.with_guessed_format()?;
    if reader.format() == Some(ImageFormat::OpenExr) {
        return Ok(openexr::picture_of(path)?);
    }
    let mut decoder = reader.into_decoder()?;
    let turned = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(turned);
    Ok(picture)
}

#[cfg(test)]
mod tests {
    use image::codecs::jpeg::JpegEncoder;
    use image::{ExtendedColorType, ImageEncoder as _};

    use super::*;

    /// An EXIF block with a single entry: orientation 6, a camera held a quarter turn to the left.
    const HELD_SIDEWAYS: [u8; 26] = [
        b'I', b'I', 42, 0, 8, 0, 0, 0, // little endian, the entries at 8
        1, 0, // one entry
        0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, // orientation: a short, count 1, value 6
        0, 0, 0, 0, // no more
    ];

    #[test]
    fn a_photograph_taken_sideways_stands_upright() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("photograph.jpg");
        let mut file = File::create(&path).expect("made");
        let mut encoder = JpegEncoder::new(&mut file);
        encoder
            .set_exif_metadata(HELD_SIDEWAYS.to_vec())
            .expect("taken");
        encoder
            .write_image(&[128; 16 * 8 * 3], 16, 8, ExtendedColorType::Rgb8)
            .expect("written");
        let picture = read_still(&path).expect("a picture");
        assert_eq!((picture.width(), picture.height()), (8, 16));
    }
}
