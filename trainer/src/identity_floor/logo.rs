//! Printed detail: a logo is printed on the torso of the character, where it stays or disappears halfway.

use fastrand::Rng;
use kinora_measure::{Print, RgbFrame, measure_print, print_of};
use kinora_timeline::stage::Figure;
use serde::Serialize;

use crate::world::generator;

/// The purpose of the logo's draws of a seed.
const DRAWS: u64 = 14;
/// The number of the torso among the parts of a figure.
const TORSO: u8 = 1;
/// The side of a cell of the logo, as a share of the character's height.
const CELL_SHARE: f64 = 0.03;
/// The logo is so many cells wide and high.
const CELLS: usize = 5;
/// The grey levels of its ink: on bright cloth, and on dark.
const INK_LEVELS: [u8; 2] = [24, 235];

/// What was measured of the printed detail of a clip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct PrintTrial {
    /// As the clip is.
    pub plain: Option<Kept>,
    /// With a logo that stays.
    pub stays: Option<Kept>,
    /// With a logo that disappears halfway.
    pub disappears: Option<Kept>,
}

/// What is left of a print.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Kept {
    /// The least share in any frame.
    pub least: f64,
    /// Whether it is reported as lost.
    pub is_lost: bool,
}

/// A frame and where the character is in it; `None` where the stage has none.
pub type Placed<'f> = (&'f RgbFrame, Option<&'f Figure>);

impl PrintTrial {
    /// Measures the printed detail of a clip without and with a logo.
    pub fn of(seed: u64, clip: &[Placed]) -> Self {
        let half = clip.len() / 2;
        let logo = Logo::of_seed(seed);
        let kept = |has_logo: &dyn Fn(usize) -> bool| {
            let prints = clip.iter().enumerate().map(|(at, (frame, figure))| {
                let figure = (*figure)?;
                let printed = has_logo(at).then(|| logo.on(frame, figure)).flatten();
                let frame = printed.as_ref().unwrap_or(*frame);
                Some(print_of(
                    frame,
                    &figure.parts,
                    figure.turned_degrees,
                    figure.height_pixels,
                ))
            });
            let prints: Vec<Option<Print>> = prints.collect();
            let report = measure_print(&prints.iter().map(Option::as_ref).collect::<Vec<_>>())?;
            Some(Kept {
                least: report.least,
                is_lost: report.is_lost(),
            })
        };
        Self {
            plain: kept(&|_| false),
            stays: kept(&|_| true),
            disappears: kept(&|at| at < half),
        }
    }
}

/// A pattern of cells.
struct Logo {
    cells: [[bool; CELLS]; CELLS],
}

impl Logo {
    fn of_seed(seed: u64) -> Self {
        let mut rng: Rng = generator(seed, DRAWS);
        let mut cells = [[false; CELLS]; CELLS];
        for cell in cells.iter_mut().flatten() {
            *cell = rng.bool();
        }
        Self { cells }
    }

    /// The frame with this logo in the middle of the torso, in dark ink on bright cloth and the other way round. `None` if
    /// the torso is not seen.
    fn on(&self, frame: &RgbFrame, figure: &Figure) -> Option<RgbFrame> {
        let width = frame.width();
        let own = || {
            let parts = figure.parts.iter().enumerate();
            let own = parts.filter(|(_, part)| **part == Some(TORSO));
            own.map(|(at, _)| at)
        };
        let count = own().count().max(1) as f64;
        let sum = own().fold([0.0; 2], |sum, at| {
            [sum[0] + (at % width) as f64, sum[1] + (at / width) as f64]
        });
        let light: f64 = own()
            .filter_map(|at| frame.pixels().get(at))
            .map(|pixel| f64::from(pixel[1]))
            .sum();
        let ink = INK_LEVELS[usize::from(light / count < 110.0)];
        let cell = CELL_SHARE * figure.height_pixels;
        let along = |at: f64, middle: f64| ((at - middle) / cell + CELLS as f64 / 2.0).floor();
        let mut pixels = frame.pixels().to_vec();
        for at in own() {
            let column = along((at % width) as f64, sum[0] / count);
            let row = along((at / width) as f64, sum[1] / count);
            let is_inside = |index: f64| (0.0..CELLS as f64).contains(&index);
            if is_inside(column)
                && is_inside(row)
                && self.cells[row as usize][column as usize]
                && let Some(pixel) = pixels.get_mut(at)
            {
                *pixel = [ink; 3];
            }
        }
        RgbFrame::new(width, frame.height(), pixels)
    }
}
