//! The frames of a clip that the network looks at: small, sixteen in a second, as it learnt them. They come in order, as
//! they are decoded or read from files.

use kinora_wire::Failure;
use tch::{Device, IndexOp as _, Kind, Tensor};

use super::network::SIZE;
use super::reading::Pictures;

/// Frames that the network looks at in a second.
const LOOKS_PER_SECOND: f64 = 16.0;

/// What has been seen of a clip.
#[derive(Debug)]
pub struct Looks {
    /// The number of the frame that each look falls on, in order.
    wanted: Vec<usize>,
    /// 3 h w in [-1, 1], of the size of the network.
    seen: Vec<Tensor>,
    /// Frames that have passed.
    passed: usize,
    seconds: f64,
}

impl Looks {
    /// Of a clip of so many frames, `rate` in a second. Nothing has been seen yet.
    pub fn of(frames: usize, rate: f64) -> Self {
        let seconds = frames as f64 / rate.max(f64::MIN_POSITIVE);
        let count = ((seconds * LOOKS_PER_SECOND - 1e-6).ceil() as usize).max(1);
        let last = frames.saturating_sub(1);
        let at = |look: usize| (look as f64 * rate / LOOKS_PER_SECOND).round() as usize;
        Self {
            wanted: (0..count).map(|look| at(look).min(last)).collect(),
            seen: Vec::new(),
            passed: 0,
            seconds,
        }
    }

    /// Whether the next frame is looked at.
    pub fn needs_next(&self) -> bool {
        self.wanted.get(self.seen.len()) == Some(&self.passed)
    }

    /// Lets the next frame pass, which is not looked at.
    pub fn skip(&mut self) {
        self.passed += 1;
    }

    /// Looks at the next frames, 1 x 3 x t x h x w in [-1, 1]. They are rounded to bytes first, so that the frames of a
    /// finished clip give the same sound as those that were decoded.
    pub fn add(&mut self, frames: &Tensor) {
        for at in 0..frames.size()[2] {
            if self.needs_next() {
                let seen = small(&frames.i((0, .., at)));
                while self.needs_next() {
                    self.seen.push(seen.shallow_clone());
                }
            }
            self.passed += 1;
        }
    }

    /// The frames that were seen.
    ///
    /// # Errors
    /// Some are missing.
    pub fn pictures(&self) -> Result<Pictures, Failure> {
        let (seen, wanted) = (self.seen.len(), self.wanted.len());
        if seen != wanted {
            return Err(Failure::bug(format!(
                "a sound was to be made of {wanted} frames, and {seen} came"
            )));
        }
        Ok(Pictures {
            frames: Tensor::stack(&self.seen, 0),
            rate: LOOKS_PER_SECOND as f32,
            seconds: self.seconds,
        })
    }
}

/// A frame 3 h w, rounded to bytes as [`to_bytes`](crate::picture::to_bytes) does, on the CPU in the size of the network.
fn small(frame: &Tensor) -> Tensor {
    let bytes = ((frame + 1.0) * 127.5).clamp(0.0, 255.0).round();
    let bytes = bytes.to_kind(Kind::Uint8).to_device(Device::Cpu);
    let signed = bytes.to_kind(Kind::Float) / 127.5 - 1.0;
    let [width, height] = SIZE;
    match signed.size()[1..] == [height, width] {
        true => signed.contiguous(),
        false => signed.adaptive_avg_pool2d([height, width]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames of which each has the brightness of its number.
    fn frames(numbers: std::ops::Range<i64>, side: i64) -> Tensor {
        let all: Vec<Tensor> = numbers
            .map(|number| {
                let shape = [1, 3, 1, side, side];
                Tensor::ones(shape, (Kind::Float, Device::Cpu)) * (number as f64 / 127.5 - 1.0)
            })
            .collect();
        Tensor::cat(&all, 2)
    }

    fn seen(count: i64, rate: f64) -> Vec<i64> {
        let mut looks = Looks::of(count as usize, rate);
        for first in (0..count).step_by(4) {
            looks.add(&frames(first..count.min(first + 4), 20));
        }
        let pictures = looks.pictures().expect("all");
        assert_eq!(pictures.frames.size()[1..], [3, SIZE[1], SIZE[0]]);
        let brightness = (pictures.frames.i((.., 0, 0, 0)) + 1.0) * 127.5;
        Vec::try_from(brightness.round().to_kind(Kind::Int64)).expect("numbers")
    }

    #[test]
    fn every_frame_is_looked_at_at_its_own_rate_and_the_nearest_at_others() {
        assert_eq!(seen(17, 16.0), (0..17).collect::<Vec<_>>());
        assert_eq!(seen(9, 24.0), [0, 2, 3, 5, 6, 8]);
        assert_eq!(seen(3, 8.0), [0, 1, 1, 2, 2, 2]);
        assert_eq!(seen(1, 24.0), [0]);
    }

    #[test]
    fn frames_that_did_not_come_are_missed() {
        let mut looks = Looks::of(5, 16.0);
        looks.add(&frames(0..4, 8));
        assert!(looks.pictures().is_err());
        looks.skip();
        assert!(looks.pictures().is_err(), "the last frame is looked at");
    }
}
