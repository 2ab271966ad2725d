//! Decoding still pictures, with their EXIF orientation applied.

use std::path::Path;

use image::{DynamicImage, ImageDecoder as _, ImageReader};

use super::MediaError;

/// Decodes a PNG, JPEG or WebP, whatever its extension.
///
/// # Errors
/// The file does not exist, or is not a picture.
pub fn read_still(path: &Path) -> Result<DynamicImage, MediaError> {
    decode(path).map_err(|error| {
        MediaError::new(
            path,
            format!("cannot be read: {error}"),
            "check that the file is there and is a picture; import it again",
        )
    })
}

fn decode(path: &Path) -> image::ImageResult<DynamicImage> {
    let reader = ImageReader::open(path)?.with_guessed_format()?;
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
        let mut file = std::fs::File::create(&path).expect("made");
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
