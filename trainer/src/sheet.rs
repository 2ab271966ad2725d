//! Contact sheets of clips.

use std::path::Path;

use image::{Rgb, RgbImage};
use kinora_wire::Failure;
use tch::{Kind, Tensor};

use crate::files::{placed, unwritable};

/// The gap between two pictures, in pixels.
const GAP: u32 = 2;
const GROUND: Rgb<u8> = Rgb([16, 16, 18]);

/// Writes a contact sheet: rows of clips, 3 x t x h x w in [-1, 1], each shown by some of its frames.
pub fn contact_sheet(
    path: &Path,
    rows: &[Vec<&Tensor>],
    frames: &[i64],
    scale: u32,
) -> Result<(), Failure> {
    let Some(first) = rows.first().and_then(|row| row.first()) else {
        return Ok(());
    };
    let size = first.size();
    let (height, width) = (size[2] as u32 * scale, size[3] as u32 * scale);
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0) * frames.len();
    let mut sheet = RgbImage::from_pixel(
        columns as u32 * (width + GAP) + GAP,
        rows.len() as u32 * (height + GAP) + GAP,
        GROUND,
    );
    for (row, clips) in rows.iter().enumerate() {
        for (clip, place) in clips.iter().zip((0..).step_by(frames.len())) {
            for (&frame, column) in frames.iter().zip(place..) {
                let corner = [
                    GAP + column * (width + GAP),
                    GAP + row as u32 * (height + GAP),
                ];
                paint(&mut sheet, corner, &clip.select(1, frame), scale);
            }
        }
    }
    save(path, &sheet)
}

fn paint(sheet: &mut RgbImage, corner: [u32; 2], picture: &Tensor, scale: u32) {
    let bytes = ((picture + 1.0) * 127.5)
        .round()
        .clamp(0.0, 255.0)
        .to_kind(Kind::Uint8);
    let bytes = bytes.permute([1, 2, 0]).contiguous();
    let size = bytes.size();
    let (height, width) = (size[0] as u32, size[1] as u32);
    let pixels: Vec<u8> = Vec::try_from(bytes.flatten(0, -1)).unwrap_or_default();
    let Some(picture) = RgbImage::from_raw(width, height, pixels) else {
        return;
    };
    for (x, y, pixel) in picture.enumerate_pixels() {
        for (right, down) in (0..scale * scale).map(|at| (at % scale, at / scale)) {
            sheet.put_pixel(
                corner[0] + x * scale + right,
                corner[1] + y * scale + down,
                *pixel,
            );
        }
    }
}

fn save(path: &Path, picture: &RgbImage) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error.to_string()))?;
    }
    placed(path, |beside| {
        picture
            .save_with_format(beside, image::ImageFormat::Png)
            .map_err(|error| error.to_string())
    })
}
