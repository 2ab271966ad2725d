//! Image pyramids: a frame, half of its size, a quarter, and so on.
//! Positions here are pixel indices: an integer is the centre of a pixel.

use crate::frame::GreyFrame;

/// No level is narrower or lower than this, in pixels.
const SMALLEST_SIDE: usize = 24;
/// Most levels. With five, a motion of over 100 pixels from frame to frame is found.
const MOST_LEVELS: usize = 5;

/// One picture of a pyramid.
#[derive(Clone, Debug)]
pub struct Level {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<f32>,
}

/// The levels of a frame, the full size first.
#[derive(Clone, Debug)]
pub struct Pyramid {
    pub levels: Vec<Level>,
}

impl Pyramid {
    pub fn of(frame: &GreyFrame) -> Self {
        let full = Level {
            width: frame.width(),
            height: frame.height(),
            pixels: frame
                .pixels()
                .iter()
                .map(|&value| f32::from(value))
                .collect(),
        };
        let mut levels = vec![full.filtered(1).filtered(1)];
        while levels.len() < MOST_LEVELS {
            let half = levels[levels.len() - 1].half();
            if half.width.min(half.height) < SMALLEST_SIDE {
                break;
            }
            levels.push(half);
        }
        Self { levels }
    }

    /// The picture in full size.
    pub fn full(&self) -> &Level {
        &self.levels[0]
    }
}

impl Level {
    /// A pixel; beyond the border, the nearest one.
    fn clamped(&self, x: isize, y: isize) -> f32 {
        let x = x.clamp(0, self.width as isize - 1) as usize;
        let y = y.clamp(0, self.height as isize - 1) as usize;
        self.pixels[y * self.width + x]
    }

    /// Half of the size, after the filter. Pixel x there lies at pixel 2x here.
    fn half(&self) -> Self {
        self.filtered(2)
    }

    /// Every `step`-th pixel along both axes, after a binomial filter of five taps.
    pub fn filtered(&self, step: usize) -> Self {
        const TAPS: [f32; 5] = [1.0, 4.0, 6.0, 4.0, 1.0];
        let (width, height) = (self.width.div_ceil(step), self.height.div_ceil(step));
        let by_step = step as isize;
        let taps = || TAPS.iter().zip(-2_isize..);
        let mut rows = Vec::with_capacity(width * self.height);
        for y in 0..self.height as isize {
            for x in 0..width as isize {
                rows.push(
                    taps()
                        .map(|(tap, by)| tap * self.clamped(by_step * x + by, y))
                        .sum::<f32>(),
                );
            }
        }
        let across = Self {
            width,
            height: self.height,
            pixels: rows,
        };
        let mut pixels = Vec::with_capacity(width * height);
        for y in 0..height as isize {
            for x in 0..width as isize {
                let sum: f32 = taps()
                    .map(|(tap, by)| tap * across.clamped(x, by_step * y + by))
                    .sum();
                pixels.push(sum / 256.0);
            }
        }
        Self {
            width,
            height,
            pixels,
        }
    }

    /// Reads a square of `side * side` samples, one pixel apart, by bilinear interpolation. `x`, `y` is its middle;
    /// `side` is odd. Beyond the border, the nearest pixel is read.
    pub fn patch(&self, x: f32, y: f32, side: usize, out: &mut [f32]) {
        let reach = (side / 2) as isize;
        let (left, top) = (x.floor(), y.floor());
        let (fx, fy) = (x - left, y - top);
        let (left, top) = (left as isize - reach, top as isize - reach);
        // Of the pixels around a place: upper left, upper right, lower left, lower right.
        let mix = |around: [f32; 4]| {
            let upper = around[0] + (around[1] - around[0]) * fx;
            let lower = around[2] + (around[3] - around[2]) * fx;
            upper + (lower - upper) * fy
        };
        let last = side as isize;
        let inside = left >= 0
            && top >= 0
            && left + last < self.width as isize
            && top + last < self.height as isize;
        for (row, line) in out.chunks_exact_mut(side).take(side).enumerate() {
            if inside {
                let start = (top as usize + row) * self.width + left as usize;
                let upper = &self.pixels[start..=start + side];
                let lower = &self.pixels[start + self.width..=start + self.width + side];
                for (at, value) in line.iter_mut().enumerate() {
                    *value = mix([upper[at], upper[at + 1], lower[at], lower[at + 1]]);
                }
                continue;
            }
            let y = top + row as isize;
            for (value, x) in line.iter_mut().zip(left..) {
                *value = mix([
                    self.clamped(x, y),
                    self.clamped(x + 1, y),
                    self.clamped(x, y + 1),
                    self.clamped(x + 1, y + 1),
                ]);
            }
        }
    }

    /// The standard deviation of the noise, in grey levels (Immerkaer 1996), by the median so that edges do not count.
    pub fn noise(&self) -> f32 {
        let mut strengths = Vec::new();
        for y in (1..self.height as isize - 1).step_by(2) {
            for x in (1..self.width as isize - 1).step_by(2) {
                let at = |dx: isize, dy: isize| self.clamped(x + dx, y + dy);
                let corners = at(-1, -1) + at(1, -1) + at(-1, 1) + at(1, 1);
                let sides = at(0, -1) + at(0, 1) + at(-1, 0) + at(1, 0);
                strengths.push((corners - 2.0 * sides + 4.0 * at(0, 0)).abs());
            }
        }
        let middle = strengths.len() / 2;
        if strengths.is_empty() {
            return 0.0;
        }
        // The filter has a norm of 6; the median of |x| of a normal distribution is 0.6745 standard deviations.
        *strengths.select_nth_unstable_by(middle, f32::total_cmp).1 / (6.0 * 0.6745)
    }
}
