//! The noise of a clip, frame by frame: a place of the clip has the same noise, whatever tile it lies in.

use std::collections::VecDeque;

use tch::{Device, Kind, Tensor};

use super::super::patches::COLOURS;

/// Set apart from the seed of the clip, whose numbers the latents begin with.
const OWN_NUMBERS: u64 = 0x9e37_79b9_7f4a_7c15;

/// The noise of frames that are asked for in their order: libtorch's CPU generator draws one frame after the other, so that
/// the noise of n frames is `randn(n, 3, h, w)`.
#[derive(Debug)]
pub struct FrameNoise {
    size: [i64; 2],
    /// The number of the first kept frame.
    first: i64,
    /// 1 3 1 h w each.
    kept: VecDeque<Tensor>,
}

impl FrameNoise {
    /// Of a clip with frames of h x w pixels. The global generator draws it; nothing else may draw meanwhile.
    pub fn new(size: [i64; 2], seed: u64) -> Self {
        tch::manual_seed((seed ^ OWN_NUMBERS) as i64);
        Self {
            size,
            first: 0,
            kept: VecDeque::new(),
        }
    }

    /// That of `count` frames from `first` on, 1 3 count h w, in fp32 on the CPU. Frames before them are forgotten.
    pub fn of_frames(&mut self, first: i64, count: i64) -> Tensor {
        let [height, width] = self.size;
        while self.first < first {
            self.first += 1;
            if self.kept.pop_front().is_none() {
                // Drawn, so that the frames after it get their own numbers.
                drop(Tensor::randn(
                    [COLOURS, height, width],
                    (Kind::Float, Device::Cpu),
                ));
            }
        }
        while (self.kept.len() as i64) < count {
            let frame = Tensor::randn([COLOURS, height, width], (Kind::Float, Device::Cpu));
            self.kept
                .push_back(frame.view([1, COLOURS, 1, height, width]));
        }
        let frames: Vec<&Tensor> = self.kept.iter().take(count.max(0) as usize).collect();
        Tensor::cat(&frames, 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_has_the_same_noise_in_every_piece_of_the_clip() {
        let whole = FrameNoise::new([4, 8], 7).of_frames(0, 6);
        let mut pieces = FrameNoise::new([4, 8], 7);
        for (first, count) in [(0, 3), (2, 3), (5, 1)] {
            assert_eq!(
                pieces.of_frames(first, count),
                whole.narrow(2, first, count),
                "{first}"
            );
        }
        let other = FrameNoise::new([4, 8], 8).of_frames(0, 6);
        assert_ne!(other, whole);
    }
}
