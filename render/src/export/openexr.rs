//! Writing a picture as `OpenEXR`: linear light in half floats.
//! A composed picture has 8 bits in sRGB. Its curve is undone, since programs take the values of such a file for light.

use std::fs;
use std::io::{self, Cursor};
use std::path::Path;
use std::sync::LazyLock;

use exr::meta::attribute::AttributeValue;
use exr::prelude::{
    Encoding, Error, Image, Layer, LayerAttributes, SpecificChannels, Text, Vec2,
    WritableImage as _, f16,
};

use super::still::in_place;
use crate::media::{BT709, MediaError, Picture, linear_from_srgb};

/// The attribute that names the colour space, and its name: linear light with the primaries of BT.709.
/// `OpenEXR` 3.4, standard attributes; Color Interop Forum, "Color Space Encodings for Texture Assets and CG Rendering".
const COLOUR_SPACE: [&str; 2] = ["colorInteropID", "lin_rec709_scene"];

/// Writes an `OpenEXR` file without alpha, atomically: half floats, linear light from 0 to 1, primaries of BT.709, lossless
/// compression.
pub fn write_exr(path: &Path, picture: &Picture) -> Result<(), MediaError> {
    in_place(path, |beside| {
        let bytes = encoded(picture).map_err(|error| match error {
            Error::Io(error) => error,
            error => io::Error::other(error.to_string()),
        })?;
        fs::write(beside, bytes)
    })
}

/// The bytes of the file. It is put together in memory: the writer of the crate does not report a disk that is full at the
/// very end.
fn encoded(picture: &Picture) -> Result<Vec<u8>, Error> {
    static LIGHT: LazyLock<[f16; 256]> = LazyLock::new(|| {
        std::array::from_fn(|byte| f16::from_f64(linear_from_srgb(byte as f64 / 255.0)))
    });
    let light = &*LIGHT;
    let (width, height) = (picture.width as usize, picture.height as usize);
    let pixels = picture.rgba.as_chunks::<4>().0;
    let channels = SpecificChannels::rgb(|at: Vec2<usize>| {
        let [red, green, blue, _] = pixels[at.1 * width + at.0];
        let [red, green, blue] = [red, green, blue].map(|byte| light[usize::from(byte)]);
        (red, green, blue)
    });
    let mut attributes = LayerAttributes {
        software_name: Some(Text::from("Kinora")),
        ..LayerAttributes::default()
    };
    let [name, space] = COLOUR_SPACE.map(Text::from);
    let others = &mut attributes.other;
    others.insert(name, AttributeValue::Text(space));
    let size = (width, height);
    let layer = Layer::new(size, attributes, Encoding::SMALL_LOSSLESS, channels);
    let mut image = Image::from_layer(layer);
    image.attributes.chromaticities = Some(BT709);
    let mut file = Cursor::new(Vec::new());
    image.write().to_buffered(&mut file)?;
    Ok(file.into_inner())
}

#[cfg(test)]
mod tests {
    use exr::prelude::{ReadChannels as _, ReadLayers as _, SampleType, read};

    use super::*;
    use crate::media::read_still;

    /// All greys of 8 bits, and as many colours below them.
    fn greys() -> Picture {
        let grey = (0..=255_u8).flat_map(|byte| [byte, byte, byte, 255]);
        let colours = (0..=255_u8).flat_map(|byte| [byte, 255 - byte, byte / 2, 255]);
        Picture {
            width: 256,
            height: 2,
            rgba: grey.chain(colours).collect(),
        }
    }

    #[test]
    fn the_light_of_a_picture_is_in_half_floats_and_its_colour_space_in_the_header() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("000000.exr");
        let picture = greys();
        write_exr(&path, &picture).expect("written");
        let image = read()
            .no_deep_data()
            .largest_resolution_level()
            .rgb_channels(
                |size, channels| {
                    assert_eq!(
                        (size, channels.0.sample_type),
                        (Vec2(256, 2), SampleType::F16)
                    );
                    Vec::new()
                },
                |pixels: &mut Vec<(Vec2<usize>, [f32; 3])>,
                 at: Vec2<usize>,
                 (red, green, blue): (f32, f32, f32)| {
                    pixels.push((at, [red, green, blue]));
                },
            )
            .first_valid_layer()
            .all_attributes()
            .non_parallel()
            .from_file(&path)
            .expect("read");
        let found = &image.layer_data.attributes.other;
        let space = found.get(&Text::from(COLOUR_SPACE[0]));
        assert_eq!(
            space,
            Some(&AttributeValue::Text(Text::from(COLOUR_SPACE[1])))
        );
        assert_eq!(image.attributes.chromaticities, Some(BT709));
        let pixels = image.layer_data.channel_data.pixels;
        assert_eq!(pixels.len(), 512);
        for (at, light) in pixels {
            let shown = picture.pixel(at.0 as u32, at.1 as u32);
            for (light, byte) in light.into_iter().zip(shown) {
                let expected = linear_from_srgb(f64::from(byte) / 255.0);
                assert!((f64::from(light) - expected).abs() < 1e-3, "{at:?}");
            }
        }
    }

    #[test]
    fn a_picture_comes_back_to_the_byte() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("000000.exr");
        let picture = greys();
        write_exr(&path, &picture).expect("written");
        let back = read_still(&path).expect("read").into_rgba8();
        assert_eq!(Picture::from(back).rgba, picture.rgba);
        let left: Vec<_> = fs::read_dir(folder.path()).expect("listed").collect();
        assert_eq!(left.len(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_file_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("gone").join("000000.exr");
        let failure = write_exr(&path, &greys()).expect_err("no such folder");
        assert!(failure.to_string().contains("000000.exr"), "{failure}");
    }
}
