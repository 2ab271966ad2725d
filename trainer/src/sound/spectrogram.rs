//! The picture of a sound: time to the right, pitch upwards, contacts and onsets marked below.

use image::{Rgb, RgbImage};

use super::spectrum::{band_levels, even_edges, hop_seconds, spectra};

/// Rows of the picture, from `LOW_HERTZ` to `HIGH_HERTZ`.
const ROWS: usize = 120;
const LOW_HERTZ: f32 = 50.0;
const HIGH_HERTZ: f32 = 16_000.0;
/// Columns of one spectrum.
const WIDE: u32 = 3;
/// The levels that are black and white.
const DARK_DECIBELS: f32 = -80.0;
const BRIGHT_DECIBELS: f32 = -15.0;
/// Height of the marks.
const MARK: u32 = 8;

/// Draws it: contacts green, onsets red.
pub fn picture(mono: &[f32], contacts: &[f32], onsets: &[f32]) -> RgbImage {
    let spectra = spectra(mono);
    let edges = even_edges(LOW_HERTZ, HIGH_HERTZ, ROWS);
    let width = (spectra.len() as u32 * WIDE).max(1);
    let mut picture = RgbImage::new(width, ROWS as u32 + 2 * MARK);
    for (column, spectrum) in spectra.iter().enumerate() {
        for (row, level) in band_levels(spectrum, &edges).into_iter().enumerate() {
            let part = (level - DARK_DECIBELS) / (BRIGHT_DECIBELS - DARK_DECIBELS);
            let colour = warm(part.clamp(0.0, 1.0));
            for x in 0..WIDE {
                picture.put_pixel(column as u32 * WIDE + x, (ROWS - 1 - row) as u32, colour);
            }
        }
    }
    let marks = [
        (contacts, 0, Rgb([90, 220, 110])),
        (onsets, MARK, Rgb([240, 90, 80])),
    ];
    for (times, down, colour) in marks {
        for &time in times {
            let x = (time / hop_seconds() * WIDE as f32).max(0.0) as u32;
            for y in 0..MARK {
                picture.put_pixel(x.min(width - 1), ROWS as u32 + down + y, colour);
            }
        }
    }
    picture
}

/// Black, violet, orange, white.
fn warm(part: f32) -> Rgb<u8> {
    let byte = |share: f32| (share.clamp(0.0, 1.0) * 255.0) as u8;
    Rgb([
        byte(1.6 * part),
        byte(2.2 * part - 1.0),
        byte(match part < 0.4 {
            true => part,
            false => (0.8 - part).max(2.5 * part - 1.5),
        }),
    ])
}
