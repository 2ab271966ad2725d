//! Where a small window of one frame lies in the next: pyramidal Lucas-Kanade, forward and backward.
//! Inverse compositional form (Baker and Matthews, 2004), blind to a change of brightness.

use crate::corners::REACH;
use crate::pyramid::{Level, Pyramid};

/// The window's side in pixels.
const SIDE: usize = 2 * REACH + 1;
/// The side with one more pixel around, for gradients.
const WIDE: usize = SIDE + 2;
/// Most steps per level.
const MOST_STEPS: usize = 12;
/// A step below this many pixels ends a level.
const SMALL_STEP: f32 = 0.01;
/// Forward and back again must end within this many pixels of the start.
const LARGEST_RETURN_PIXELS: f32 = 0.5;

/// The place of a window in the next frame. `guess` is where the search begins. `None` if the window leaves the frame,
/// or if the way back ends elsewhere.
pub fn follow(here: &Pyramid, next: &Pyramid, from: [f32; 2], guess: [f32; 2]) -> Option<[f32; 2]> {
    let to = forward(here, next, from, guess)?;
    let back = forward(next, here, to, from)?;
    let miss = (back[0] - from[0]).hypot(back[1] - from[1]);
    (miss <= LARGEST_RETURN_PIXELS).then_some(to)
}

fn forward(here: &Pyramid, next: &Pyramid, from: [f32; 2], guess: [f32; 2]) -> Option<[f32; 2]> {
    let mut shift = [guess[0] - from[0], guess[1] - from[1]];
    for (number, (level, other)) in here.levels.iter().zip(&next.levels).enumerate().rev() {
        let scale = 0.5_f32.powi(number as i32);
        let at = [from[0] * scale, from[1] * scale];
        let start = [shift[0] * scale, shift[1] * scale];
        // A coarse level without texture leaves the guess as it is; the finest must have some.
        match step_down(level, other, at, start) {
            Some(found) => shift = [found[0] / scale, found[1] / scale],
            None if number == 0 => return None,
            None => {}
        }
    }
    let to = [from[0] + shift[0], from[1] + shift[1]];
    let full = next.full();
    let edge = REACH as f32;
    let inside = |value: f32, side: usize| value >= edge && value <= side as f32 - 1.0 - edge;
    (inside(to[0], full.width) && inside(to[1], full.height)).then_some(to)
}

/// The shift of one level.
fn step_down(level: &Level, other: &Level, at: [f32; 2], mut shift: [f32; 2]) -> Option<[f32; 2]> {
    let template = Template::of(level, at)?;
    let start = shift;
    let mut window = [0.0; SIDE * SIDE];
    for _ in 0..MOST_STEPS {
        other.patch(at[0] + shift[0], at[1] + shift[1], SIDE, &mut window);
        let by = template.step(&window);
        shift = [shift[0] - by[0], shift[1] - by[1]];
        if !(shift[0].is_finite() && shift[1].is_finite()) {
            return None;
        }
        if by[0].hypot(by[1]) < SMALL_STEP {
            break;
        }
    }
    let moved = (shift[0] - start[0]).hypot(shift[1] - start[1]);
    (moved < 2.0 * REACH as f32).then_some(shift)
}

/// A window with its gradients.
struct Template {
    values: [f32; SIDE * SIDE],
    across: [f32; SIDE * SIDE],
    down: [f32; SIDE * SIDE],
    /// The inverse of the 2x2 matrix of gradient products: xx, xy, yy.
    inverse: [f32; 3],
}

impl Template {
    /// `None` if the window has no texture.
    fn of(level: &Level, at: [f32; 2]) -> Option<Self> {
        let mut wide = [0.0; WIDE * WIDE];
        level.patch(at[0], at[1], WIDE, &mut wide);
        let mut values = [0.0; SIDE * SIDE];
        let mut across = [0.0; SIDE * SIDE];
        let mut down = [0.0; SIDE * SIDE];
        for row in 0..SIDE {
            for column in 0..SIDE {
                let (at, middle) = (row * SIDE + column, (row + 1) * WIDE + column + 1);
                values[at] = wide[middle];
                across[at] = (wide[middle + 1] - wide[middle - 1]) / 2.0;
                down[at] = (wide[middle + WIDE] - wide[middle - WIDE]) / 2.0;
            }
        }
        for plane in [&mut values, &mut across, &mut down] {
            without_mean(plane);
        }
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        let (xx, xy, yy) = (
            dot(&across, &across),
            dot(&across, &down),
            dot(&down, &down),
        );
        let determinant = xx * yy - xy * xy;
        (determinant > 1e-3 * (xx + yy).powi(2) * 0.1 && xx + yy > 1.0).then(|| Self {
            values,
            across,
            down,
            inverse: [yy / determinant, -xy / determinant, xx / determinant],
        })
    }

    /// How far the window must go back to lie on the template, in pixels.
    fn step(&self, window: &[f32; SIDE * SIDE]) -> [f32; 2] {
        let mean = window.iter().sum::<f32>() / (SIDE * SIDE) as f32;
        let (mut bx, mut by) = (0.0, 0.0);
        let template = self.values.iter().zip(&self.across).zip(&self.down);
        for (value, ((template, across), down)) in window.iter().zip(template) {
            let error = value - mean - template;
            bx += across * error;
            by += down * error;
        }
        let [xx, xy, yy] = self.inverse;
        [xx * bx + xy * by, xy * bx + yy * by]
    }
}

fn without_mean(values: &mut [f32]) {
    let mean = values.iter().sum::<f32>() / values.len() as f32;
    for value in values {
        *value -= mean;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::GreyFrame;

    /// A pattern without repetition, shifted to the right by some pixels.
    fn frame(shift: f32, light: f32) -> Pyramid {
        let pixels = (0..160 * 120).map(|at| {
            let (x, y) = ((at % 160) as f32 - shift, (at / 160) as f32);
            let wave = (x * 0.23).sin() + (y * 0.31 + x * 0.04).sin() + (x * 0.09 - y * 0.13).cos();
            (110.0 + 35.0 * wave + light) as u8
        });
        Pyramid::of(&GreyFrame::new(160, 120, pixels.collect()).expect("a frame"))
    }

    #[test]
    fn a_window_is_found_to_a_fraction_of_a_pixel_even_in_other_light() {
        let from = [80.0, 60.0];
        for shift in [0.3, 4.7, 13.2] {
            let to = follow(&frame(0.0, 0.0), &frame(shift, 12.0), from, from).expect("found");
            let miss = (to[0] - from[0] - shift).hypot(to[1] - from[1]);
            assert!(miss < 0.05, "{shift}: {to:?}");
        }
    }

    #[test]
    fn a_window_without_texture_or_outside_the_frame_is_not_found() {
        let plain = Pyramid::of(&GreyFrame::new(160, 120, vec![90; 160 * 120]).expect("a frame"));
        assert_eq!(follow(&plain, &plain, [80.0, 60.0], [80.0, 60.0]), None);
        let at = [150.0, 60.0];
        assert_eq!(follow(&frame(0.0, 0.0), &frame(9.0, 0.0), at, at), None);
    }
}
