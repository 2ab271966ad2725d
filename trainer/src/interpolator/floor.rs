//! How near the interpolator's pictures are to those that the world draws, beside a blend of the two pictures and the
//! nearer one of them: a table, and contact sheets.

use std::path::Path;

use kinora_engine::interpolate::Interpolator;
use kinora_wire::Failure;
use tch::{Kind, Tensor};

use super::fine;
use crate::measure::{HELD_OUT, Table};
use crate::pixels;
use crate::sheet;
use crate::world::{Format, Scene};

/// Fine frames between two pictures: those of a take at its own rate, and twice as far apart.
const GAPS: [u32; 2] = [super::FINE, 2 * super::FINE];
/// Clips on the contact sheet.
const SHOWN: usize = 12;

/// Measures pictures half way between two of the first held-out clips.
pub fn measure(
    interpolator: &Interpolator,
    clips: u64,
    format: Format,
    folder: &Path,
) -> Result<Table, Failure> {
    let mut table = Table::default();
    let format = fine(format);
    for gap in GAPS {
        let mut errors: [Vec<[f64; 2]>; 3] = Default::default();
        let mut shown = Vec::new();
        for seed in HELD_OUT..HELD_OUT + clips {
            let scene = Scene::of_seed(seed, format);
            let first = format.frames / 2 - gap / 2;
            let frames = [first, first + gap / 2, first + gap];
            let drawn: Vec<_> = frames
                .into_iter()
                .flat_map(|frame| scene.frames(frame..frame + 1, format))
                .collect();
            let pictures = pixels::colours(&drawn, format.size) * 0.5 + 0.5;
            let mask = pixels::masks(&drawn, format.size).select(1, 1);
            let [one, truth, other] = [0, 1, 2].map(|at| pictures.select(1, at));
            let made = interpolator.between(&one, &other, 0.5);
            let forms = [made, (&one + &other) * 0.5, one.shallow_clone()];
            for (form, errors) in forms.iter().zip(&mut errors) {
                errors.push([
                    decibels(form, &truth, None),
                    decibels(form, &truth, Some(&mask)),
                ]);
            }
            if shown.len() < SHOWN {
                let [made, blend, _] = &forms;
                let row = [&one, &truth, made, blend];
                shown.push(row.map(|picture| (picture * 2.0 - 1.0).unsqueeze(1)));
            }
        }
        let rows: Vec<Vec<&Tensor>> = shown.iter().map(|row| row.iter().collect()).collect();
        sheet::contact_sheet(&folder.join(format!("between-{gap}.png")), &rows, &[0], 1)?;
        let names = ["interpolated", "blended", "repeated"];
        let rate = format.rate / gap;
        for (name, errors) in names.iter().zip(&errors) {
            for (at, part) in ["whole picture", "inside the character"].iter().enumerate() {
                let mean = errors.iter().map(|pair| pair[at]).sum::<f64>() / errors.len() as f64;
                let what = format!("between frames of {rate} a second, {name}, {part}");
                table.reported(&what, format!("{mean:.1} dB"), ["", ""]);
            }
        }
    }
    Ok(table)
}

/// PSNR of two pictures in [0, 1]: of all pixels, or of those of a mask.
fn decibels(one: &Tensor, other: &Tensor, mask: Option<&Tensor>) -> f64 {
    let error = (one - other).square();
    let mean = match mask {
        None => error.mean(Kind::Double),
        Some(mask) => {
            (error * mask).sum(Kind::Double) / (mask.sum(Kind::Double) * 3.0).clamp_min(1.0)
        }
    };
    -10.0 * mean.double_value(&[]).max(1e-9).log10()
}
