//! Flicker and sharpness of a clip: brightness that jumps from frame to frame, and detail that comes and goes.

use serde::{Deserialize, Serialize};

use crate::frame::GreyFrame;
use crate::statistics::{Spread, median};

/// Blocks across and down, whose brightness is compared.
const BLOCKS: usize = 8;

/// Flicker and sharpness.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SteadinessReport {
    /// How far the brightness of each inner frame is from the mean of its neighbours, in grey levels of 255: the median
    /// over the blocks of the frame. A fade or a passing shadow hardly counts. `None` with fewer than three frames.
    pub flicker: Option<Spread>,
    /// The detail of each frame: the mean size of the Laplacian, in grey levels.
    pub sharpness: Vec<f64>,
    /// The least sharpness as a share of the median one, from 0 to 1. `None` without frames or without detail.
    pub least_sharpness_share: Option<f64>,
}

/// Measures a clip. Frames of another size than the first are compared as far as both have blocks.
pub fn measure_steadiness(frames: &[GreyFrame]) -> SteadinessReport {
    let brightness: Vec<Vec<f64>> = frames.iter().map(block_means).collect();
    let flicker = brightness.windows(3).map(|three| {
        let blocks = three[0].iter().zip(&three[1]).zip(&three[2]);
        median(
            blocks
                .map(|((before, here), after)| (here - f64::midpoint(*before, *after)).abs())
                .collect(),
        )
    });
    let sharpness: Vec<f64> = frames.iter().map(detail).collect();
    let middle = median(sharpness.clone());
    let least = sharpness.iter().copied().reduce(f64::min);
    SteadinessReport {
        flicker: Spread::of(flicker.collect()),
        least_sharpness_share: least.filter(|_| middle > 0.0).map(|least| least / middle),
        sharpness,
    }
}

/// The mean of each of 8x8 blocks.
fn block_means(frame: &GreyFrame) -> Vec<f64> {
    let (width, height) = (frame.width(), frame.height());
    let mut sums = vec![(0.0, 0_usize); BLOCKS * BLOCKS];
    for (at, &value) in frame.pixels().iter().enumerate() {
        let (x, y) = (at % width * BLOCKS / width, at / width * BLOCKS / height);
        let block = &mut sums[y * BLOCKS + x];
        *block = (block.0 + f64::from(value), block.1 + 1);
    }
    sums.into_iter()
        .map(|(sum, count)| sum / count.max(1) as f64)
        .collect()
}

/// The mean size of the Laplacian.
fn detail(frame: &GreyFrame) -> f64 {
    let (width, height) = (frame.width(), frame.height());
    let at = |x: usize, y: usize| f64::from(frame.pixels()[y * width + x]);
    let (mut sum, mut count) = (0.0, 0_usize);
    for y in 1..height.saturating_sub(1) {
        for x in 1..width.saturating_sub(1) {
            let around = at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1);
            sum += (around - 4.0 * at(x, y)).abs();
            count += 1;
        }
    }
    sum / count.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(value: impl Fn(usize, usize) -> usize) -> GreyFrame {
        let pixels = (0..48 * 32)
            .map(|at| value(at % 48, at / 48).min(255) as u8)
            .collect();
        GreyFrame::new(48, 32, pixels).expect("a frame")
    }

    #[test]
    fn a_fade_does_not_flicker_and_a_lamp_does() {
        let clip = |light: fn(usize) -> usize| -> Vec<GreyFrame> {
            (0..9).map(|at| frame(|x, _| x + light(at))).collect()
        };
        let fade = measure_steadiness(&clip(|at| 10 * at))
            .flicker
            .expect("frames");
        let lamp = measure_steadiness(&clip(|at| 20 * (at % 2)))
            .flicker
            .expect("frames");
        assert!(fade.worst < 0.01, "{fade:?}");
        assert!((lamp.median - 20.0).abs() < 0.01, "{lamp:?}");
    }

    #[test]
    fn a_soft_frame_among_sharp_ones_is_found() {
        let sharp = frame(|x, y| 200 * ((x / 2 + y / 2) % 2));
        let soft = frame(|x, _| 4 * x);
        let mut clip = vec![sharp; 6];
        clip.push(soft);
        let report = measure_steadiness(&clip);
        assert!(
            report.least_sharpness_share.expect("detail") < 0.1,
            "{report:?}"
        );
    }

    #[test]
    fn too_few_frames_have_no_flicker() {
        assert_eq!(measure_steadiness(&[]).flicker, None);
        assert_eq!(measure_steadiness(&[]).least_sharpness_share, None);
        let one = measure_steadiness(&[frame(|x, _| x)]);
        assert_eq!((one.flicker, one.sharpness.len()), (None, 1));
    }
}
