//! Estimating global picture motion over a clip: right, down, nearer, and rotation. Phase correlation of gradients in
//! blocks (Kuglin and Hines, 1975) from frame to frame, and one similarity transform fitted to the blocks.

use tch::{Device, IndexOp as _, Kind, Tensor};

/// The side of a block, and the distance between blocks, in pixels.
const BLOCK: i64 = 32;
const STRIDE: i64 = 16;
/// The distance of two compared frames: far enough to move, near enough to match.
const APART: i64 = 2;
/// Iterations of the fit; each gives less weight to outliers.
const ROUNDS: usize = 6;

/// The motion of a picture's content from the first frame to the last.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Motion {
    /// To the right, in pixels.
    pub right: f64,
    /// Down, in pixels.
    pub down: f64,
    /// Outwards: the natural logarithm of the scale.
    pub nearer: f64,
    /// Clockwise, in radians.
    pub round: f64,
}

impl Motion {
    /// The motion of a clip, 3 x t x h x w.
    pub fn of(clip: &Tensor) -> Self {
        let grey = clip.mean_dim([0].as_slice(), false, Kind::Float); // t h w
        let last = grey.size()[0] - 1;
        let mut sum = Self::default();
        for from in (0..last).step_by(APART as usize) {
            let to = (from + APART).min(last);
            let step = fitted(
                &shifts(&grey.i(from), &grey.i(to)),
                [grey.size()[2], grey.size()[1]],
            );
            sum.right += step.right;
            sum.down += step.down;
            sum.nearer += step.nearer;
            sum.round += step.round;
        }
        sum
    }
}

/// The shift of one block: its centre, its displacement in pixels, and the confidence.
struct Shift {
    at: [f64; 2],
    by: [f64; 2],
    weight: f64,
}

fn shifts(from: &Tensor, to: &Tensor) -> Vec<Shift> {
    let blocks = |picture: &Tensor| {
        let right = picture.roll([-1], [1]) - picture.roll([1], [1]);
        let down = picture.roll([-1], [0]) - picture.roll([1], [0]);
        let cut = |x: Tensor| x.unfold(0, BLOCK, STRIDE).unfold(1, BLOCK, STRIDE); // r c b b
        let window = Tensor::hann_window(BLOCK, (Kind::Float, Device::Cpu));
        let window = window.outer(&window);
        Tensor::complex(&(cut(right) * &window), &(cut(down) * &window)).fft_fft2(
            None::<&[i64]>,
            [-2, -1],
            "backward",
        )
    };
    let (one, other) = (blocks(from), blocks(to));
    let cross = other * one.conj();
    let size = cross.abs();
    let energy = size.mean_dim([-2, -1].as_slice(), false, Kind::Float);
    let peaks = (&cross / (size.amax([-2, -1].as_slice(), true) * 1e-3 + &size + 1e-9))
        .fft_ifft2(None::<&[i64]>, [-2, -1], "backward")
        .real();
    let count = [peaks.size()[0], peaks.size()[1]];
    let mut shifts = Vec::new();
    for row in 0..count[0] {
        for column in 0..count[1] {
            let peak = peaks.i((row, column));
            let (by, height) = summit(&peak);
            let energy = energy.i((row, column)).double_value(&[]);
            let middle = |at: i64| (at * STRIDE + BLOCK / 2) as f64;
            shifts.push(Shift {
                at: [middle(column), middle(row)],
                by,
                weight: height.max(0.0).powi(2) * energy.sqrt(),
            });
        }
    }
    shifts
}

/// The peak of a correlation with subpixel precision, and its height.
fn summit(peak: &Tensor) -> ([f64; 2], f64) {
    let at = peak.flatten(0, -1).argmax(0, false).int64_value(&[]);
    let (row, column) = (at / BLOCK, at % BLOCK);
    let value = |row: i64, column: i64| {
        peak.double_value(&[row.rem_euclid(BLOCK), column.rem_euclid(BLOCK)])
    };
    let top = value(row, column);
    // A parabola through the peak and its neighbours.
    let part = |before: f64, after: f64| {
        let bend = before + after - 2.0 * top;
        if bend.abs() < 1e-12 {
            0.0
        } else {
            ((before - after) / (2.0 * bend)).clamp(-0.5, 0.5)
        }
    };
    let signed = |place: i64| if place > BLOCK / 2 { place - BLOCK } else { place } as f64;
    let right = signed(column) + part(value(row, column - 1), value(row, column + 1));
    let down = signed(row) + part(value(row - 1, column), value(row + 1, column));
    ([right, down], top)
}

/// The similarity transform that best fits the blocks: by = (right, down) + nearer · p + round · p rotated by 90°.
fn fitted(shifts: &[Shift], [width, height]: [i64; 2]) -> Motion {
    let mut trust = vec![1.0; shifts.len()];
    let mut motion = [0.0; 4];
    for _ in 0..ROUNDS {
        let (mut normal, mut right_side) = ([[0.0; 4]; 4], [0.0; 4]);
        for (shift, trust) in shifts.iter().zip(&trust) {
            for (row, by) in rows(shift, width, height) {
                let weight = shift.weight * trust;
                for i in 0..4 {
                    right_side[i] += weight * row[i] * by;
                    for j in 0..4 {
                        normal[i][j] += weight * row[i] * row[j];
                    }
                }
            }
        }
        for (i, row) in normal.iter_mut().enumerate() {
            row[i] += 1e-9 + 1e-6 * row[i];
        }
        motion = solved(normal, right_side);
        for (shift, trust) in shifts.iter().zip(&mut trust) {
            let miss: f64 = rows(shift, width, height)
                .iter()
                .map(|(row, by)| {
                    let predicted: f64 = row.iter().zip(motion).map(|(a, b)| a * b).sum();
                    (predicted - by).powi(2)
                })
                .sum();
            *trust = 1.0 / (1.0 + miss / 1.0); // Cauchy weights, with a scale of one pixel
        }
    }
    let [right, down, nearer, round] = motion;
    Motion {
        right,
        down,
        nearer,
        round,
    }
}

fn rows(shift: &Shift, width: i64, height: i64) -> [([f64; 4], f64); 2] {
    let (x, y) = (
        shift.at[0] - width as f64 / 2.0,
        shift.at[1] - height as f64 / 2.0,
    );
    [
        ([1.0, 0.0, x, -y], shift.by[0]),
        ([0.0, 1.0, y, x], shift.by[1]),
    ]
}

/// Gaussian elimination with column pivoting.
fn solved(mut a: [[f64; 4]; 4], mut b: [f64; 4]) -> [f64; 4] {
    for column in 0..4 {
        let best = (column..4)
            .max_by(|&i, &j| a[i][column].abs().total_cmp(&a[j][column].abs()))
            .unwrap_or(column);
        a.swap(column, best);
        b.swap(column, best);
        if a[column][column].abs() < 1e-12 {
            continue;
        }
        let (pivot, value) = (a[column], b[column]);
        for row in (0..4).filter(|&row| row != column) {
            let share = a[row][column] / pivot[column];
            for at in 0..4 {
                a[row][at] -= share * pivot[at];
            }
            b[row] -= share * value;
        }
    }
    std::array::from_fn(|at| {
        if a[at][at].abs() < 1e-12 {
            0.0
        } else {
            b[at] / a[at][at]
        }
    })
}

#[cfg(test)]
mod tests {
    use kinora_timeline::camera::Move;

    use super::*;
    use crate::pixels;
    use crate::world::{Action, Format, Scene, Shooting};

    fn motion(seed: u64, which: Move) -> Motion {
        let format = Format::SMALL;
        let mut scene = Scene::of_seed(seed, format);
        scene.action = Action::Stand;
        let start = scene.shooting.poses[0];
        scene.shooting = Shooting::of(which, 0.8, start, format.frames, format.frame_rate());
        let frames = scene.frames(0..format.frames, format);
        Motion::of(&pixels::colours(&frames, format.size))
    }

    #[test]
    fn the_moves_of_the_world_itself_are_read_right() {
        tch::set_num_threads(1);
        let mut right = [0; 7];
        for seed in 0..10 {
            let signs = [
                motion(seed, Move::PanLeft).right > 4.0,
                motion(seed, Move::TruckRight).right < -1.5,
                motion(seed, Move::TiltUp).down > 3.0,
                motion(seed, Move::PedestalUp).down > 1.0,
                motion(seed, Move::PushIn).nearer > 0.02,
                motion(seed, Move::PullOut).nearer < -0.02,
                motion(seed, Move::RollRight).round < -0.03,
            ];
            for (count, is_right) in right.iter_mut().zip(signs) {
                *count += usize::from(is_right);
            }
        }
        assert!(right.iter().all(|&count| count >= 9), "{right:?} of 10");
    }
}
