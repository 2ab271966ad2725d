//! The layers that change the number of frames and pixels: a convolution, whose channels become frames and pixels or
//! the other way round, and a shortcut without parameters round it.

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use super::layers::{Border, Conv};
use super::memory::{Memory, Places};
use crate::weights::Weights;

/// The factors of a resampling layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stride {
    /// Frames that become one, or come from one.
    pub frames: i64,
    /// The same for pixels along each side.
    pub side: i64,
}

impl Stride {
    /// Frames only.
    pub const FRAMES: Self = Self { frames: 2, side: 1 };
    /// Pixels only.
    pub const SIDE: Self = Self { frames: 1, side: 2 };
    /// Frames and pixels.
    pub const BOTH: Self = Self { frames: 2, side: 2 };

    /// Numbers that become one.
    pub fn volume(self) -> i64 {
        self.frames * self.side * self.side
    }

    /// The stride of this volume.
    pub(super) fn of_volume(volume: i64) -> Option<Self> {
        let mut known = [Self::FRAMES, Self::SIDE, Self::BOTH].into_iter();
        known.find(|stride| stride.volume() == volume)
    }
}

/// Frames and pixels to channels: b x c x t x h x w to b x cv x t/f x h/s x w/s for the volume v of the stride.
pub fn to_channels(x: &Tensor, stride: Stride) -> Tensor {
    let Stride { frames, side } = stride;
    let size = x.size();
    let [t, h, w] = [size[2] / frames, size[3] / side, size[4] / side];
    x.reshape([size[0], size[1], t, frames, h, side, w, side])
        .permute([0, 1, 3, 5, 7, 2, 4, 6]) // b c frame row column t h w
        .reshape([size[0], size[1] * stride.volume(), t, h, w])
}

/// The way back.
pub fn from_channels(x: &Tensor, stride: Stride) -> Tensor {
    let Stride { frames, side } = stride;
    let size = x.size();
    let [t, h, w] = [size[2], size[3], size[4]];
    let channels = size[1] / stride.volume();
    x.reshape([size[0], channels, frames, side, side, t, h, w])
        .permute([0, 1, 5, 2, 6, 3, 7, 4]) // b c t frame h row w column
        .reshape([size[0], channels, t * frames, h * side, w * side])
}

/// Makes fewer frames and pixels. The first frame of a clip counts as often as the stride is long, so that it becomes a
/// frame of its own.
#[derive(Debug)]
pub struct Down {
    conv: Conv,
    stride: Stride,
    outputs: i64,
    place: usize,
}

impl Down {
    /// `channels`: inputs and outputs.
    pub fn new(
        weights: Weights,
        [inputs, outputs]: [i64; 2],
        stride: Stride,
        border: Border,
        places: &mut Places,
    ) -> Result<Self, Failure> {
        let channels = [inputs, outputs / stride.volume()];
        Ok(Self {
            conv: Conv::new(weights, channels, border, places)?,
            stride,
            outputs,
            place: places.another(),
        })
    }

    /// The next frames: one at the start of a clip, then as many as the strides of all layers need.
    pub fn push(&self, x: Tensor, is_last: bool, memory: &mut Memory) -> Option<Tensor> {
        let Self {
            stride, outputs, ..
        } = *self;
        let surplus = stride.frames - 1;
        let x = match memory.is_first(self.place) && surplus > 0 {
            true => Tensor::cat(&[&x.narrow(2, 0, surplus), &x], 2),
            false => x,
        };
        let input = to_channels(&x, stride);
        let convolved = to_channels(&self.conv.push(x, is_last, memory)?, stride);
        let size = input.size();
        let group = size[1] / outputs;
        let mean = input
            .reshape([size[0], outputs, group, size[2], size[3], size[4]])
            .mean_dim([2].as_slice(), false, None::<Kind>);
        Some(convolved + mean)
    }
}

/// Makes more frames and pixels. The first frame of a clip stays one: its surplus copies, which come first, are left out.
#[derive(Debug)]
pub struct Up {
    conv: Conv,
    stride: Stride,
    /// How often the shortcut repeats the input's channels. `None`: there is no shortcut.
    repeats: Option<i64>,
    place: usize,
}

impl Up {
    /// `channels`: inputs and outputs.
    pub fn new(
        weights: Weights,
        [inputs, outputs]: [i64; 2],
        (stride, has_shortcut): (Stride, bool),
        border: Border,
        places: &mut Places,
    ) -> Result<Self, Failure> {
        let channels = [inputs, outputs.saturating_mul(stride.volume())];
        let repeats = channels[1] / inputs.max(1);
        Ok(Self {
            conv: Conv::new(weights, channels, border, places)?,
            stride,
            repeats: has_shortcut.then_some(repeats),
            place: places.another(),
        })
    }

    /// The next frames.
    pub fn push(&self, x: Tensor, is_last: bool, memory: &mut Memory) -> Option<Tensor> {
        let made = match self.repeats {
            None => from_channels(&self.conv.push(x, is_last, memory)?, self.stride),
            Some(repeats) => {
                let convolve =
                    |memory: &mut Memory| self.conv.push(x.shallow_clone(), is_last, memory);
                self.joined(memory.paired(self.place, &x, convolve)?, repeats)
            }
        };
        Some(self.without_surplus(&made, memory))
    }

    /// The last frames, of a clip that ends after those that were pushed.
    pub fn end(&self, memory: &mut Memory) -> Option<Tensor> {
        let end = |memory: &mut Memory| self.conv.end(memory);
        let made = match self.repeats {
            None => from_channels(&end(memory)?, self.stride),
            Some(repeats) => self.joined(memory.rest(self.place, end)?, repeats),
        };
        Some(self.without_surplus(&made, memory))
    }

    /// What the convolution made, and its input by the shortcut.
    fn joined(&self, pair: [Tensor; 2], repeats: i64) -> Tensor {
        let [convolved, input] = pair.map(|part| from_channels(&part, self.stride));
        convolved + input.repeat([1, repeats, 1, 1, 1])
    }

    fn without_surplus(&self, made: &Tensor, memory: &mut Memory) -> Tensor {
        let surplus = match memory.is_first(self.place) {
            true => self.stride.frames - 1,
            false => 0,
        };
        made.narrow(2, surplus, made.size()[2] - surplus)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_become_frames_then_rows_then_columns_and_back() {
        let options = (Kind::Float, tch::Device::Cpu);
        let x = Tensor::arange(16, options).view([1, 16, 1, 1, 1]);
        let pixels = from_channels(&x, Stride::BOTH);
        assert_eq!(pixels.size(), [1, 2, 2, 2, 2]);
        // In the order channel, frame, row, column the numbers stay in their order.
        assert_eq!(pixels.flatten(0, -1), x.flatten(0, -1));
        for stride in [Stride::FRAMES, Stride::SIDE, Stride::BOTH] {
            let x = Tensor::arange(768, options).view([1, 8, 2, 6, 8]);
            assert_eq!(to_channels(&from_channels(&x, stride), stride), x);
        }
    }
}
