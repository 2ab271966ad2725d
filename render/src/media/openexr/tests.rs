//! Tests of `OpenEXR` pictures: their light, their primaries, their windows, and damaged files.
//! The files are written by the crate that also reads them, with values that are known.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use exr::prelude::{
    Blocks, Compression, Encoding, Image, IntegerBounds, Layer, LayerAttributes, LineOrder,
    SpecificChannels, WritableImage as _, f16,
};

use super::*;
use crate::media::srgb::linear_from_srgb;
use crate::media::{is_still, read_still, still_size};

const SIZE: [usize; 2] = [40, 21];

/// The light of a pixel: a ramp, and colours that are half as bright.
fn light_at(at: Vec2<usize>) -> (f32, f32, f32) {
    let share = (at.1 * SIZE[0] + at.0) as f32 / (SIZE[0] * SIZE[1]) as f32;
    (share, share * share, 0.5 - share / 2.0)
}

fn encoding(compression: Compression) -> Encoding {
    Encoding {
        compression,
        blocks: Blocks::ScanLines,
        line_order: LineOrder::Increasing,
    }
}

fn ramp(compression: Compression) -> Vec<u8> {
    let layer = Layer::new(
        (SIZE[0], SIZE[1]),
        LayerAttributes::default(),
        encoding(compression),
        SpecificChannels::rgb(light_at),
    );
    let mut file = Cursor::new(Vec::new());
    let image = Image::from_layer(layer);
    image.write().to_buffered(&mut file).expect("written");
    file.into_inner()
}

/// One pixel of light and alpha, with these primaries, read back.
fn pixel(light: [f32; 3], alpha: f32, own: Option<Chromaticities>) -> [u16; 4] {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("pixel.exr");
    let [red, green, blue] = light;
    let layer = Layer::new(
        (1, 1),
        LayerAttributes::default(),
        Encoding::UNCOMPRESSED,
        SpecificChannels::rgba(move |_: Vec2<usize>| (red, green, blue, alpha)),
    );
    let mut image = Image::from_layer(layer);
    image.attributes.chromaticities = own;
    image.write().to_file(&path).expect("written");
    read(&path)[0]
}

fn read(path: &Path) -> Vec<[u16; 4]> {
    let picture = read_still(path).expect("read").into_rgba16();
    picture.pixels().map(|pixel| pixel.0).collect()
}

/// The light of a value of 16 bits.
fn light_of(stored: u16) -> f64 {
    linear_from_srgb(f64::from(stored) / 65_535.0)
}

fn file(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plate.0001.exr");
    fs::write(&path, bytes).expect("written");
    (folder, path)
}

#[test]
fn the_light_of_every_lossless_compression_is_kept_to_a_thousandth() {
    for compression in [
        Compression::Uncompressed,
        Compression::RLE,
        Compression::ZIP1,
        Compression::ZIP16,
        Compression::PIZ,
    ] {
        let (_folder, path) = file(&ramp(compression));
        assert!(is_still(&path));
        assert_eq!(still_size(&path), Ok([40, 21]));
        let shown = read(&path);
        assert_eq!(shown.len(), SIZE[0] * SIZE[1]);
        for (number, shown) in shown.into_iter().enumerate() {
            let (red, green, blue) = light_at(Vec2(number % SIZE[0], number / SIZE[0]));
            for (stored, light) in shown.into_iter().zip([red, green, blue, 1.0]) {
                let off = (light_of(stored) - f64::from(light)).abs();
                assert!(off < 1e-3, "{compression:?} {number}: {off}");
            }
        }
    }
}

#[test]
fn half_floats_are_read_and_what_is_brighter_than_white_is_white() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sun.exr");
    let values = [0.0, 0.18, 1.0, 64.0, f32::INFINITY, f32::NAN, -0.5].map(f16::from_f32);
    let channels =
        SpecificChannels::rgb(move |at: Vec2<usize>| (values[at.0], f16::ZERO, f16::ONE));
    let image = Image::from_channels((values.len(), 1), channels);
    image.write().to_file(&path).expect("written");
    let red: Vec<u16> = read(&path).into_iter().map(|pixel| pixel[0]).collect();
    assert!((light_of(red[1]) - 0.18).abs() < 1e-3, "{red:?}");
    assert_eq!([red[0], red[2], red[3], red[4]], [0, 65535, 65535, 65535]);
    assert_eq!([red[5], red[6]], [0, 0], "no light");
}

#[test]
fn a_pixel_that_is_covered_in_part_has_its_own_colour() {
    let [red, green, blue, covers] = pixel([0.25, 0.1, 0.0], 0.5, None);
    assert!((light_of(red) - 0.5).abs() < 1e-3);
    assert!((light_of(green) - 0.2).abs() < 1e-3);
    assert_eq!((blue, covers), (0, 32_768));
}

#[test]
fn other_primaries_are_brought_to_those_of_the_film() {
    let bt2020 = Chromaticities {
        red: Vec2(0.708, 0.292),
        green: Vec2(0.17, 0.797),
        blue: Vec2(0.131, 0.046),
        ..BT709
    };
    // Red of BT.709 at half light, in BT.2020: ITU-R BT.2087.
    let [red, green, blue, _] = pixel([0.3137, 0.0345, 0.0082], 1.0, Some(bt2020));
    assert!((light_of(red) - 0.5).abs() < 2e-3, "{red}");
    assert!(light_of(green).max(light_of(blue)) < 1e-3, "{green} {blue}");
    // ACES has another white: SMPTE ST 2065-1.
    let aces = Chromaticities {
        red: Vec2(0.7347, 0.2653),
        green: Vec2(0.0, 1.0),
        blue: Vec2(0.0001, -0.077),
        white: Vec2(0.32168, 0.33767),
    };
    let [red, green, blue, _] = pixel([0.5; 3], 1.0, Some(aces));
    for stored in [red, green, blue] {
        assert!((light_of(stored) - 0.5).abs() < 1e-3, "{stored}");
    }
    let nothing = Chromaticities {
        red: Vec2(0.0, 0.0),
        ..BT709
    };
    let [red, ..] = pixel([0.5; 3], 1.0, Some(nothing));
    assert!((light_of(red) - 0.5).abs() < 1e-3, "taken for BT.709");
}

#[test]
fn a_layer_lies_where_its_window_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("crop.exr");
    let layer = Layer::new(
        (3, 3),
        LayerAttributes::default().with_position(Vec2(8, -1)),
        Encoding::SMALL_LOSSLESS,
        SpecificChannels::rgb(|at: Vec2<usize>| (at.1 as f32 / 2.0, 0.0, 1.0)),
    );
    let mut image = Image::from_layer(layer);
    image.attributes.display_window = IntegerBounds::from_dimensions((10, 4));
    image.write().to_file(&path).expect("written");
    assert_eq!(still_size(&path), Ok([10, 4]));
    let shown = read(&path);
    assert_eq!(shown[7], [0; 4], "beside it");
    assert_eq!(shown[9][2..], [65535, 65535], "its upper right pixel");
    assert!((light_of(shown[8][0]) - 0.5).abs() < 1e-3, "its second row");
    assert_eq!(shown[18][0], 65535, "its third row");
    assert_eq!(shown[28], [0; 4], "below it");
}

#[test]
fn a_file_without_colours_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("depth.exr");
    let channels = SpecificChannels::build()
        .with_channel::<f32>("Y")
        .with_channel::<f32>("Z")
        .with_pixel_fn(|_: Vec2<usize>| (1.0_f32, 2.0_f32));
    let image = Image::from_channels((2, 2), channels);
    image.write().to_file(&path).expect("written");
    let refused = read_still(&path).expect_err("depth alone");
    assert!(refused.to_string().contains("R, G and B"), "{refused}");
}

#[test]
fn a_damaged_file_is_refused_by_name_and_never_crashes() {
    let whole = ramp(Compression::ZIP16);
    let is_named = |error: &crate::media::MediaError| error.to_string().contains("plate.0001.exr");
    for length in (0..whole.len() - 1).step_by(whole.len() / 60 + 1) {
        let (_folder, path) = file(&whole[..length]);
        let refused = read_still(&path).expect_err("cut short");
        assert!(is_named(&refused), "{length}: {refused}");
    }
    for (number, at) in (0..whole.len()).step_by(13).enumerate() {
        let mut damaged = whole.clone();
        damaged[at] ^= 1 << (number % 8);
        let (_folder, path) = file(&damaged);
        still_size(&path).ok();
        if let Err(refused) = read_still(&path) {
            assert!(is_named(&refused), "{at}: {refused}");
        }
    }
}

#[test]
fn a_picture_that_claims_to_be_huge_takes_no_memory() {
    let mut bytes = ramp(Compression::ZIP16);
    for name in [b"dataWindow\0".as_slice(), b"displayWindow\0".as_slice()] {
        let found = bytes.windows(name.len()).position(|part| part == name);
        let end = found.expect("the attribute") + name.len() + b"box2i\0".len() + 4 + 8;
        for side in 0..2 {
            let at = end + 4 * side;
            bytes[at..at + 4].copy_from_slice(&900_000_i32.to_le_bytes());
        }
    }
    let (_folder, path) = file(&bytes);
    let refused = still_size(&path).expect_err("too large").to_string();
    assert!(refused.contains("plate.0001.exr"), "{refused}");
    assert!(read_still(&path).is_err());
}
