//! Corners: places whose motion can be read along both axes (Shi and Tomasi, 1994).
//! A corner must promise a position that is better than a fraction of a pixel under the noise of its frame.

use crate::pyramid::Level;

/// The window of a corner reaches this many pixels to each side. It is the window of the flow.
pub const REACH: usize = 7;
/// A corner must promise its position to this many pixels (one standard deviation).
const LARGEST_ERROR_PIXELS: f32 = 0.15;
/// Noise is never taken as less, in grey levels: rounding and compression leave more than nothing.
const LEAST_NOISE: f32 = 0.7;

/// A corner at a pixel.
#[derive(Clone, Copy, Debug)]
pub struct Corner {
    pub x: f32,
    pub y: f32,
}

/// The strongest corners of a frame, at least `spacing` pixels apart from each other and from `taken`. `is_open` says
/// where a corner may lie.
pub fn corners(
    level: &Level,
    spacing: f32,
    most: usize,
    taken: &[[f32; 2]],
    is_open: impl Fn(f32, f32) -> bool,
) -> Vec<Corner> {
    let strengths = strengths(level);
    let noise = level.noise().max(LEAST_NOISE);
    let least = 2.0 * (noise / LARGEST_ERROR_PIXELS).powi(2);
    let mut found: Vec<(f32, usize, usize)> = Vec::new();
    let edge = REACH + 2;
    for y in edge..level.height.saturating_sub(edge) {
        for x in edge..level.width.saturating_sub(edge) {
            let here = strengths[y * level.width + x];
            let is_peak = (y - 1..=y + 1).all(|row| {
                (x - 1..=x + 1).all(|column| strengths[row * level.width + column] <= here)
            });
            if here >= least && is_peak {
                found.push((here, x, y));
            }
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.2, a.1).cmp(&(b.2, b.1))));
    let mut grid = Grid::new(level, spacing);
    for &place in taken {
        grid.take(place);
    }
    let mut chosen = Vec::new();
    for (_, x, y) in found {
        let place = [x as f32, y as f32];
        if chosen.len() < most && grid.is_free(place) && is_open(place[0], place[1]) {
            grid.take(place);
            chosen.push(Corner {
                x: place[0],
                y: place[1],
            });
        }
    }
    chosen
}

/// The smaller eigenvalue of the summed gradient products of the window around each pixel.
fn strengths(level: &Level) -> Vec<f32> {
    let (width, height) = (level.width, level.height);
    let mut products = vec![[0.0_f32; 3]; width * height];
    for y in 1..height.saturating_sub(1) {
        for x in 1..width.saturating_sub(1) {
            let at = y * width + x;
            let gx = (level.pixels[at + 1] - level.pixels[at - 1]) / 2.0;
            let gy = (level.pixels[at + width] - level.pixels[at - width]) / 2.0;
            products[at] = [gx * gx, gx * gy, gy * gy];
        }
    }
    let summed = box_sum(&products, width, height);
    let smaller = |[xx, xy, yy]: [f32; 3]| {
        let half = f32::midpoint(xx, yy);
        half - ((xx - yy).powi(2) / 4.0 + xy * xy).max(0.0).sqrt()
    };
    summed.into_iter().map(smaller).collect()
}

/// Sums over the window around each pixel. Windows are cut at the border.
fn box_sum(values: &[[f32; 3]], width: usize, height: usize) -> Vec<[f32; 3]> {
    let add = |a: [f32; 3], b: [f32; 3], sign: f32| {
        [a[0] + sign * b[0], a[1] + sign * b[1], a[2] + sign * b[2]]
    };
    let run =
        |source: &[[f32; 3]], start: usize, step: usize, count: usize, out: &mut [[f32; 3]]| {
            let mut sum = [0.0; 3];
            for at in 0..count + REACH {
                if at < count {
                    sum = add(sum, source[start + at * step], 1.0);
                }
                if at > 2 * REACH {
                    sum = add(sum, source[start + (at - 2 * REACH - 1) * step], -1.0);
                }
                if at >= REACH {
                    out[start + (at - REACH) * step] = sum;
                }
            }
        };
    let mut rows = vec![[0.0; 3]; values.len()];
    for y in 0..height {
        run(values, y * width, 1, width, &mut rows);
    }
    let mut summed = vec![[0.0; 3]; values.len()];
    for x in 0..width {
        run(&rows, x, width, height, &mut summed);
    }
    summed
}

/// Places taken, in cells of the spacing.
struct Grid {
    spacing: f32,
    columns: usize,
    rows: usize,
    cells: Vec<Vec<[f32; 2]>>,
}

impl Grid {
    fn new(level: &Level, spacing: f32) -> Self {
        let count = |side: usize| (side as f32 / spacing) as usize + 1;
        let (columns, rows) = (count(level.width), count(level.height));
        Self {
            spacing,
            columns,
            rows,
            cells: vec![Vec::new(); columns * rows],
        }
    }

    fn cell(&self, [x, y]: [f32; 2]) -> (usize, usize) {
        let at =
            |value: f32, count: usize| ((value.max(0.0) / self.spacing) as usize).min(count - 1);
        (at(x, self.columns), at(y, self.rows))
    }

    fn take(&mut self, place: [f32; 2]) {
        let (column, row) = self.cell(place);
        self.cells[row * self.columns + column].push(place);
    }

    fn is_free(&self, place: [f32; 2]) -> bool {
        let (column, row) = self.cell(place);
        let near = |at: usize, count: usize| at.saturating_sub(1)..=(at + 1).min(count - 1);
        near(row, self.rows).all(|row| {
            near(column, self.columns).all(|column| {
                self.cells[row * self.columns + column]
                    .iter()
                    .all(|other| (other[0] - place[0]).hypot(other[1] - place[1]) >= self.spacing)
            })
        })
    }
}
