//! The join between two clips that should look like one: a step of colour, and a jump of the motion.

use glam::DVec2;
use serde::{Deserialize, Serialize};

use crate::colour::{Lab, difference, lab};
use crate::frame::{GreyFrame, RgbFrame};
use crate::statistics::median;
use crate::tracks::{Tracks, track};

/// Blocks across and down, whose colours are compared.
const BLOCKS: usize = 8;
/// Fewer tracks over the join than this show no motion.
const LEAST_TRACKS: usize = 12;

/// A join.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct JoinReport {
    /// The step of colour from the last frame of the first clip to the first of the second: CIEDE2000, the median over
    /// 8x8 blocks. `None` if either clip is empty.
    pub colour_step: Option<f64>,
    /// How far the motion over the join is from the mean of those before and after it, in pixels per frame: the median
    /// over the points that are followed through. `None` if fewer than twelve are: the join is a cut, or plain.
    pub motion_jump_pixels: Option<f64>,
}

/// Compares the end of one clip with the beginning of the next. Two frames of each are looked at.
pub fn measure_join(before: &[RgbFrame], after: &[RgbFrame]) -> JoinReport {
    let colour_step = before.last().zip(after.first()).map(|(one, other)| {
        let blocks = block_colours(one).into_iter().zip(block_colours(other));
        median(blocks.map(|(one, other)| difference(one, other)).collect())
    });
    JoinReport {
        colour_step,
        motion_jump_pixels: motion_jump(before, after),
    }
}

fn motion_jump(before: &[RgbFrame], after: &[RgbFrame]) -> Option<f64> {
    let frames: Vec<GreyFrame> = before
        .iter()
        .skip(before.len().checked_sub(2)?)
        .chain(after.get(..2)?)
        .map(RgbFrame::grey)
        .collect();
    let tracks: Tracks = track(&frames, None);
    let jumps: Vec<f64> = tracks
        .tracks
        .iter()
        .filter_map(|track| {
            let [first, second, third, fourth]: [DVec2; 4] =
                track.points.clone().try_into().ok()?;
            let expected = ((second - first) + (fourth - third)) / 2.0;
            Some((third - second).distance(expected))
        })
        .collect();
    (jumps.len() >= LEAST_TRACKS).then(|| median(jumps))
}

/// The mean Lab colour of each of 8x8 blocks.
fn block_colours(frame: &RgbFrame) -> Vec<Lab> {
    let (width, height) = (frame.width(), frame.height());
    let mut sums = vec![(Lab::ZERO, 0_usize); BLOCKS * BLOCKS];
    for (at, &pixel) in frame.pixels().iter().enumerate() {
        let (x, y) = (at % width * BLOCKS / width, at / width * BLOCKS / height);
        let block = &mut sums[y * BLOCKS + x];
        *block = (block.0 + lab(pixel), block.1 + 1);
    }
    let means = sums.into_iter().filter(|(_, count)| *count > 0);
    means.map(|(sum, count)| sum / count as f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pattern without repetition, shifted to the left by some pixels and made lighter.
    fn frame(shift: f64, light: f64) -> RgbFrame {
        let pixels = (0..160 * 96).map(|at| {
            let (x, y) = (f64::from(at % 160) + shift, f64::from(at / 160));
            let wave = (x * 0.31).sin() + (y * 0.27 + x * 0.05).sin() + (x * 0.11 - y * 0.23).cos();
            let grey = (128.0 + 35.0 * wave + light).clamp(0.0, 255.0) as u8;
            [grey; 3]
        });
        RgbFrame::new(160, 96, pixels.collect()).expect("a frame")
    }

    #[test]
    fn a_motion_that_goes_on_has_no_jump_and_one_that_stops_has() {
        let clip = |shifts: [f64; 2]| shifts.map(|shift| frame(shift, 0.0));
        let steady = measure_join(&clip([0.0, 2.0]), &clip([4.0, 6.0]));
        assert!(
            steady.motion_jump_pixels.expect("followed") < 0.1,
            "{steady:?}"
        );
        let jump = measure_join(&clip([0.0, 2.0]), &clip([7.0, 9.0]));
        let pixels = jump.motion_jump_pixels.expect("followed");
        assert!((pixels - 3.0).abs() < 0.2, "{jump:?}");
    }

    #[test]
    fn a_step_of_light_is_a_step_of_colour() {
        let same = measure_join(&[frame(0.0, 0.0)], &[frame(0.0, 0.0)]);
        assert_eq!(same.colour_step, Some(0.0));
        let lighter = measure_join(&[frame(0.0, 0.0)], &[frame(0.0, 20.0)]);
        assert!(lighter.colour_step.expect("frames") > 4.0, "{lighter:?}");
    }

    #[test]
    fn clips_without_frames_have_no_join() {
        let nothing = measure_join(&[], &[frame(0.0, 0.0)]);
        assert_eq!(
            (nothing.colour_step, nothing.motion_jump_pixels),
            (None, None)
        );
    }
}
