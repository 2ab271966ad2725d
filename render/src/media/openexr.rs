//! `OpenEXR` pictures: linear light of any primaries, brought to sRGB.
//! What is brighter than white is white; what covers a pixel only in part has its own colour again, as in other stills.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;
use std::sync::LazyLock;

use exr::block::reader::Reader;
use exr::meta::attribute::Chromaticities;
use exr::prelude::{Error, ReadChannels as _, ReadLayers as _, Vec2, read};
use glam::{DMat3, DVec3};
use image::{DynamicImage, ImageBuffer, Rgba};

use super::srgb::srgb_from_linear;

/// The most pixels of a picture or of a layer of it: 8192 x 8192.
const MOST_PIXELS: usize = 1 << 26;
/// Steps of the table of stored values, over the square root of light.
const STEPS: usize = 1 << 14;
/// The channels that a picture must have.
const COLOURS: [&str; 3] = ["R", "G", "B"];
/// Red, green, blue and white of BT.709 and sRGB, in x and y of CIE 1931. Files that do not name their primaries have
/// these, as the format says.
pub const BT709: Chromaticities = Chromaticities {
    red: Vec2(0.64, 0.33),
    green: Vec2(0.3, 0.6),
    blue: Vec2(0.15, 0.06),
    white: Vec2(0.3127, 0.329),
};
/// The cone responses in which white is adapted: Lam's matrix, known as Bradford.
const CONES: DMat3 = DMat3::from_cols_array(&[
    0.8951, -0.7502, 0.0389, 0.2664, 1.7135, -0.0685, -0.1614, 0.0367, 1.0296,
]);

/// The size of a picture, read from its header.
///
/// # Errors
/// The file is no `OpenEXR` picture, or is too large.
pub fn size_of(path: &Path) -> io::Result<[u32; 2]> {
    let (_, size) = opened(path)?;
    Ok(size.map(|side| side as u32)) // at most MOST_PIXELS
}

/// The first layer with red, green and blue, in sRGB with 16 bits and straight alpha. It is placed in the display window;
/// what lies outside is left out, and what it does not reach is transparent.
///
/// # Errors
/// The file is no `OpenEXR` picture, is damaged, is too large, or has no layer with these channels.
pub fn picture_of(path: &Path) -> io::Result<DynamicImage> {
    let (reader, [width, height]) = opened(path)?;
    let header = reader.headers().iter().find(|header| {
        let has = |name: &&str| {
            let mut channels = header.channels.list.iter();
            channels.any(|channel| channel.name == **name)
        };
        !header.deep && COLOURS.iter().all(has)
    });
    let Some(header) = header else {
        return Err(invalid("no layer of it has the channels R, G and B"));
    };
    let window = header.shared_attributes.display_window.position;
    let layer = header.own_attributes.layer_position;
    let [left, top] = [
        i64::from(layer.0) - i64::from(window.0),
        i64::from(layer.1) - i64::from(window.1),
    ];
    let own = header.shared_attributes.chromaticities;
    let to_bt709 = own.and_then(to_bt709);
    let place = move |at: Vec2<usize>| {
        let x = usize::try_from(at.0 as i64 + left).ok()?;
        let y = usize::try_from(at.1 as i64 + top).ok()?;
        (x < width && y < height).then_some(4 * (y * width + x))
    };
    let read = read()
        .no_deep_data()
        .largest_resolution_level()
        .rgba_channels(
            move |_, _| vec![0_u16; 4 * width * height],
            move |values: &mut Vec<u16>, at, (red, green, blue, alpha): (f32, f32, f32, f32)| {
                let into = place(at).and_then(|at| values.get_mut(at..at + 4));
                if let Some(into) = into {
                    into.copy_from_slice(&stored([red, green, blue], alpha, to_bt709));
                }
            },
        )
        .first_valid_layer()
        .all_attributes()
        .from_chunks(reader)
        .map_err(as_io)?;
    let values = read.layer_data.channel_data.pixels;
    let picture = ImageBuffer::<Rgba<u16>, _>::from_raw(width as u32, height as u32, values);
    let picture = picture.ok_or_else(|| invalid("its size does not match its pixels"))?;
    Ok(DynamicImage::ImageRgba16(picture))
}

/// The header of a file, and the size of its picture.
fn opened(path: &Path) -> io::Result<(Reader<BufReader<File>>, [usize; 2])> {
    let file = BufReader::new(File::open(path)?);
    let reader = exr::block::read(file, false).map_err(as_io)?;
    let window = reader.headers().first().map(|header| {
        let window = header.shared_attributes.display_window;
        [window.size.0, window.size.1]
    });
    let size = window.ok_or_else(|| invalid("it has no layers"))?;
    let layers = reader.headers().iter();
    let layers = layers.map(|header| [header.layer_size.0, header.layer_size.1]);
    for [width, height] in layers.chain([size]) {
        let pixels = width.saturating_mul(height);
        if pixels == 0 || pixels > MOST_PIXELS {
            return Err(invalid(format!("it has {width} x {height} pixels")));
        }
    }
    Ok((reader, size))
}

/// A pixel as it is stored in sRGB with straight alpha. `light` is linear and multiplied with `alpha`, as the format says;
/// light that covers nothing, as of a flame, cannot be kept.
fn stored(light: [f32; 3], alpha: f32, to_bt709: Option<DMat3>) -> [u16; 4] {
    let mut light = match alpha > 0.0 && alpha < 1.0 {
        true => light.map(|one| one / alpha),
        false => light,
    };
    if let Some(matrix) = to_bt709 {
        let shown = matrix * DVec3::from_array(light.map(f64::from));
        light = shown.to_array().map(|one| one as f32);
    }
    let [red, green, blue] = light.map(encoded);
    let covers = (alpha.clamp(0.0, 1.0) * 65_535.0).round() as u16;
    [red, green, blue, covers]
}

/// A light as stored in sRGB with 16 bits. A value that is no number is black.
fn encoded(light: f32) -> u16 {
    static TABLE: LazyLock<Vec<f32>> = LazyLock::new(|| {
        let at = |step: usize| (step as f64 / STEPS as f64).powi(2);
        (0..=STEPS + 1)
            .map(|step| (srgb_from_linear(at(step)) * 65_535.0) as f32)
            .collect()
    });
    let step = light.clamp(0.0, 1.0).sqrt() * STEPS as f32;
    let below = (step as usize).min(STEPS);
    let (low, high) = (TABLE[below], TABLE[below + 1]);
    (low + (high - low) * (step - below as f32)).round() as u16
}

/// BT.709 from linear light of these primaries. `None`: they are those of BT.709, or no colours.
fn to_bt709(own: Chromaticities) -> Option<DMat3> {
    if own == BT709 {
        return None;
    }
    let (own_xyz, own_white) = xyz_from(own)?;
    let (xyz, white) = xyz_from(BT709)?;
    let [from, to] = [own_white, white].map(|white| CONES * white);
    let adapted = CONES.inverse() * DMat3::from_diagonal(to / from) * CONES;
    let matrix = xyz.inverse() * adapted * own_xyz;
    matrix.is_finite().then_some(matrix)
}

/// CIE XYZ from linear light of these primaries, and their white.
fn xyz_from(own: Chromaticities) -> Option<(DMat3, DVec3)> {
    let colour = |at: Vec2<f32>| {
        let [x, y] = [at.0, at.1].map(f64::from);
        DVec3::new(x / y, 1.0, (1.0 - x - y) / y)
    };
    let [red, green, blue] = [own.red, own.green, own.blue].map(colour);
    let (primaries, white) = (DMat3::from_cols(red, green, blue), colour(own.white));
    let is_real = primaries.is_finite() && primaries.determinant().abs() > 1e-9;
    let shares = is_real.then(|| primaries.inverse() * white)?;
    let matrix = primaries * DMat3::from_diagonal(shares);
    matrix.is_finite().then_some((matrix, white))
}

fn as_io(error: Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        error => invalid(error.to_string()),
    }
}

fn invalid(why: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.into())
}

#[cfg(test)]
mod tests;
