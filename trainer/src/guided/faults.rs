//! Faults like those of the model's clips, added to clips of the world: shapes melt, edges wander, colours drift, and all
//! of it changes from frame to frame.

use fastrand::Rng;
use tch::{Device, Kind, Tensor};

use crate::world::within;

/// Width and height of the field that wandering and drifting are drawn on.
const FIELD: [i64; 2] = [9, 6];
/// The most that edges wander, in pixels of the small picture: over the whole clip, and from frame to frame.
const WANDERING_PIXELS: [f32; 2] = [1.6, 0.8];
/// The most that colours drift, of 1.
const DRIFT: [f32; 2] = [0.07, 0.05];
/// The most that a shape melts: pixels become blocks so wide before they are smooth again.
const MELTING: [f32; 2] = [1.0, 4.5];
/// The most noise of single pixels.
const GRAIN: f32 = 0.02;
/// Codes of libtorch: smooth between pixels, and the border beyond the picture.
const BILINEAR: i64 = 0;
const BORDER: i64 = 1;

/// A clip with faults, 3 t h w in [0, 1], some clips with more and some with less.
pub fn added(clip: &Tensor, rng: &mut Rng) -> Tensor {
    let frames = clip.transpose(0, 1).contiguous(); // t 3 h w
    let amount = rng.f32();
    let wandering = field(rng, &frames, 2, WANDERING_PIXELS.map(|most| most * amount));
    let melted = melted(
        &wandered(&frames, &wandering),
        within(rng, MELTING[0], MELTING[1]),
    );
    let drift = field(rng, &frames, 3, DRIFT.map(|most| most * amount));
    let grain = noise(rng, &frames.size(), GRAIN * amount);
    let faulty = melted + drift + grain;
    faulty.clamp(0.0, 1.0).transpose(0, 1).contiguous()
}

/// Smooth random numbers for each pixel of t frames: `channels` of them, of these deviations over the whole clip and from
/// frame to frame.
fn field(rng: &mut Rng, frames: &Tensor, channels: i64, [whole, each]: [f32; 2]) -> Tensor {
    let size = frames.size();
    let [width, height] = FIELD;
    let whole = noise(rng, &[1, channels, height, width], whole);
    let each = noise(rng, &[size[0], channels, height, width], each);
    (whole + each).upsample_bicubic2d([size[2], size[3]], false, None::<f64>, None::<f64>)
}

/// Frames t 3 h w whose pixels come from places so many pixels away, t 2 h w: to the right and below.
fn wandered(frames: &Tensor, by: &Tensor) -> Tensor {
    let size = frames.size();
    let (height, width) = (size[2], size[3]);
    let along = |side: i64| {
        let middles = Tensor::arange(side, (Kind::Float, Device::Cpu)) + 0.5;
        middles * (2.0 / side as f64) - 1.0
    };
    let x = along(width).view([1, 1, width]) + by.select(1, 0) * (2.0 / width as f64);
    let y = along(height).view([1, height, 1]) + by.select(1, 1) * (2.0 / height as f64);
    let places = Tensor::stack(&[x, y], -1);
    frames.grid_sampler(&places, BILINEAR, BORDER, false)
}

/// Frames reduced to blocks so many pixels wide, and enlarged smoothly.
fn melted(frames: &Tensor, pixels: f32) -> Tensor {
    let size = frames.size();
    let reduced = [size[2], size[3]].map(|side| ((side as f32 / pixels) as i64).max(1));
    let blocks = frames.adaptive_avg_pool2d(reduced);
    blocks.upsample_bicubic2d([size[2], size[3]], false, None::<f64>, None::<f64>)
}

/// Random numbers around zero of this deviation, nearly normal.
fn noise(rng: &mut Rng, shape: &[i64], deviation: f32) -> Tensor {
    let count = shape.iter().product::<i64>();
    let numbers = (0..count).map(|_| {
        let sum: f32 = (0..3).map(|_| rng.f32() - 0.5).sum();
        2.0 * sum * deviation
    });
    Tensor::from_slice(&numbers.collect::<Vec<_>>()).view(shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_keep_the_size_and_the_mean_and_change_from_frame_to_frame() {
        let clip = Tensor::full([3, 4, 64, 96], 0.5, (Kind::Float, Device::Cpu));
        let faulty = added(&clip, &mut Rng::with_seed(5));
        assert_eq!(faulty.size(), clip.size());
        assert!((faulty.mean(Kind::Float).double_value(&[]) - 0.5).abs() < 0.1);
        assert!(!faulty.select(1, 0).equal(&faulty.select(1, 1)));
        let ramp = Tensor::arange(96, (Kind::Float, Device::Cpu)) / 96.0;
        let ramp = ramp.expand([1, 3, 64, 96], true).contiguous();
        let by = Tensor::zeros([1, 2, 64, 96], (Kind::Float, Device::Cpu)) + 2.0;
        let moved = wandered(&ramp, &by) - ramp;
        assert!((moved.double_value(&[0, 0, 30, 40]) * 96.0 - 2.0).abs() < 1e-3);
    }
}
