//! Contact sheets of clips, and plots of a training log.

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

/// Plots a log's values over its steps, each scaled to its largest value; one plot below the other, in the order of
/// the log.
pub fn curves(log: &Path, path: &Path) -> Result<(), Failure> {
    const SIZE: [u32; 2] = [720, 160];
    let text = std::fs::read_to_string(log).map_err(|error| {
        Failure::bad_file(
            format!("{} cannot be read: {error}", log.display()),
            "learn something first",
        )
    })?;
    let mut names: Vec<&str> = Vec::new();
    let mut points: Vec<Vec<[f64; 2]>> = Vec::new();
    for line in text.lines() {
        let mut numbers = line.split(',').filter_map(|pair| {
            let (name, number) = pair.split_once('=')?;
            Some((name, number.parse::<f64>().ok()?))
        });
        let Some((_, step)) = numbers.next() else {
            continue;
        };
        for (name, number) in numbers.filter(|(name, _)| *name != "seconds") {
            let at = names
                .iter()
                .position(|known| *known == name)
                .unwrap_or_else(|| {
                    names.push(name);
                    points.push(Vec::new());
                    names.len() - 1
                });
            // A run that was killed continued from its last checkpoint.
            while points[at].last().is_some_and(|last| last[0] >= step) {
                points[at].pop();
            }
            points[at].push([step, number]);
        }
    }
    let mut sheet = RgbImage::from_pixel(SIZE[0], SIZE[1] * points.len().max(1) as u32, GROUND);
    for (at, curve) in points.iter().enumerate() {
        let most = |axis: usize| curve.iter().map(|point| point[axis]).fold(1e-12, f64::max);
        let (last, top) = (most(0), most(1));
        let bottom = (at as u32 + 1) * SIZE[1] - 1;
        for x in 0..SIZE[0] {
            sheet.put_pixel(x, bottom, Rgb([70, 70, 76]));
        }
        for pair in curve.windows(2) {
            let place = |[step, number]: [f64; 2]| {
                let x = step / last * f64::from(SIZE[0] - 1);
                let y = f64::from(bottom) - number / top * f64::from(SIZE[1] - 8);
                [x, y]
            };
            let ([x0, y0], [x1, y1]) = (place(pair[0]), place(pair[1]));
            let steps = ((x1 - x0).abs().max((y1 - y0).abs()).ceil() as u32).max(1);
            for step in 0..=steps {
                let part = f64::from(step) / f64::from(steps);
                let (x, y) = (x0 + (x1 - x0) * part, y0 + (y1 - y0) * part);
                sheet.put_pixel(x as u32, y.max(0.0) as u32, Rgb([232, 160, 76]));
            }
        }
    }
    save(path, &sheet)
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
