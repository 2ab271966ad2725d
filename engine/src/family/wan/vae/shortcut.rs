//! The shortcut round a stage of Wan 2.2's autoencoder: it resamples without parameters, so that the layers of the
//! stage only learn the difference. Source: Wan2.2 `wan/modules/vae2_2.py`, `AvgDown3D` and `DupUp3D`.

use tch::{Kind, Tensor};

use super::config::{Half, Layer, factors};

/// The shortcut round a stage. Shapes are written b c t h w.
#[derive(Clone, Copy, Debug)]
pub struct Shortcut {
    half: Half,
    /// Channels after the stage.
    outputs: i64,
    /// Frames that the stage makes one, or makes of one.
    frames: i64,
    /// The same for pixels along each side.
    side: i64,
}

impl Shortcut {
    /// The shortcut round these layers. The last stage of the decoder, which does not resample, has none.
    pub fn of(half: Half, layers: &[Layer]) -> Option<Self> {
        let outputs = layers.last()?.outputs();
        let [frames, side] = factors(layers);
        let has_one = half == Half::Encoder || side > 1;
        has_one.then_some(Self {
            half,
            outputs,
            frames,
            side,
        })
    }

    /// Adds what is led past the stage to what the stage made of its input `x`.
    pub fn added(&self, mut made: Tensor, x: &Tensor) -> Tensor {
        match self.half {
            Half::Encoder => made.g_add_(&self.averaged(x)),
            Half::Decoder => {
                self.add_repeated(&made, x);
                made
            }
        }
    }

    /// Folds the frames and pixels that become one into the channels, and takes the mean of neighbouring channels.
    fn averaged(&self, x: &Tensor) -> Tensor {
        let Self {
            outputs,
            frames,
            side,
            ..
        } = *self;
        // The first frame of a clip has no partner: it gets zeros, before it.
        let missing = (frames - x.size()[2] % frames) % frames;
        let x = match missing {
            0 => x.shallow_clone(),
            _ => x.constant_pad_nd([0, 0, 0, 0, missing, 0]),
        };
        let size = x.size();
        let [t, h, w] = [size[2] / frames, size[3] / side, size[4] / side];
        let group = size[1] * frames * side * side / outputs;
        x.reshape([size[0], size[1], t, frames, h, side, w, side])
            .permute([0, 1, 3, 5, 7, 2, 4, 6]) // b c frames row column t h w
            .reshape([size[0], outputs, group, t, h, w])
            .mean_dim([2].as_slice(), false, None::<Kind>)
    }

    /// Adds the repeated channels of `x`, the surplus ones unfolded into frames and pixels, to `made`. Each place among
    /// those frames and pixels gets channels of its own, so it is added by itself: no large copy is made.
    fn add_repeated(&self, made: &Tensor, x: &Tensor) {
        let (frames, side) = (self.frames, self.side);
        // The first frame of a clip is not doubled: its surplus copies, which come first, are left out.
        let missing = x.size()[2] * frames - made.size()[2];
        for place in 0..frames * side * side {
            let [frame, row, column] = [place / (side * side), place / side % side, place % side];
            let skipped = i64::from(frame < missing);
            let channels = self.channels_at(place, x);
            let channels = channels.narrow(2, skipped, x.size()[2] - skipped);
            let mut part = made
                .slice(2, frame + skipped * frames - missing, None, frames)
                .slice(3, row, None, side)
                .slice(4, column, None, side);
            let _ = part.g_add_(&channels);
        }
    }

    /// The channels of `x` that come to this place among the frames, rows and columns made of one.
    fn channels_at(&self, place: i64, x: &Tensor) -> Tensor {
        let places = self.frames * self.side * self.side;
        let inputs = x.size()[1];
        let repeats = self.outputs * places / inputs;
        if inputs % self.outputs == 0 {
            return x.slice(1, place / repeats, None, inputs / self.outputs);
        }
        let of_output = |output| (output * places + place) / repeats;
        let channels: Vec<i64> = (0..self.outputs).map(of_output).collect();
        x.index_select(1, &Tensor::from_slice(&channels).to_device(x.device()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(inputs: i64, outputs: i64, is_temporal: bool) -> [Layer; 2] {
        [
            Layer::Residual { inputs, outputs },
            Layer::Resample {
                inputs: outputs,
                outputs,
                is_temporal,
            },
        ]
    }

    fn numbers(tensor: &Tensor) -> Vec<f32> {
        Vec::try_from(tensor.flatten(0, -1)).expect("numbers")
    }

    fn numbered(size: [i64; 5]) -> Tensor {
        let count: i64 = size.iter().product();
        Tensor::arange(count, (Kind::Float, tch::Device::Cpu)).view(size)
    }

    /// What is added to `frames` frames.
    fn added(shortcut: Shortcut, x: &Tensor, frames: i64) -> Tensor {
        let size = x.size();
        let side = |pixels| match shortcut.half {
            Half::Encoder => pixels / shortcut.side,
            Half::Decoder => pixels * shortcut.side,
        };
        let made = [1, shortcut.outputs, frames, side(size[3]), side(size[4])];
        shortcut.added(Tensor::zeros(made, (Kind::Float, tch::Device::Cpu)), x)
    }

    #[test]
    fn a_single_first_frame_is_averaged_with_zeros_before_it() {
        let shortcut = Shortcut::of(Half::Encoder, &stage(1, 1, true)).expect("a shortcut");
        let first = numbered([1, 1, 1, 2, 2]) + 1.0; // 1 2 3 4
        assert_eq!(numbers(&added(shortcut, &first, 1)), [10.0 / 8.0]);
        let later = Tensor::cat(&[&first, &first], 2);
        assert_eq!(numbers(&added(shortcut, &later, 1)), [20.0 / 8.0]);
    }

    #[test]
    fn frames_and_pixels_become_channels_in_this_order_before_the_mean() {
        // Two channels of one 2x2 square each: 0 1 2 3 and 4 5 6 7; four outputs are the means of neighbouring pairs.
        let shortcut = Shortcut::of(Half::Encoder, &stage(2, 4, false)).expect("a shortcut");
        let made = added(shortcut, &numbered([1, 2, 1, 2, 2]), 1);
        assert_eq!(numbers(&made), [0.5, 2.5, 4.5, 6.5]);
    }

    #[test]
    fn surplus_channels_become_pixels_and_the_first_frame_is_not_doubled() {
        // Four channels of one pixel, twice repeated, make the 2x2 squares of two channels.
        let shortcut = Shortcut::of(Half::Decoder, &stage(4, 2, false)).expect("a shortcut");
        let made = added(shortcut, &numbered([1, 4, 1, 1, 1]), 1);
        assert_eq!(numbers(&made), [0.0, 0.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0]);

        // Eight channels of one pixel are two frames of 2x2; of the first frame only the second copy stays.
        let shortcut = Shortcut::of(Half::Decoder, &stage(8, 1, true)).expect("a shortcut");
        let x = numbered([1, 8, 1, 1, 1]);
        assert_eq!(numbers(&added(shortcut, &x, 1)), [4.0, 5.0, 6.0, 7.0]);
        let both = numbers(&added(shortcut, &x, 2));
        assert_eq!(both, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
    }

    #[test]
    fn fewer_channels_than_the_stage_makes_are_repeated_for_several_of_them() {
        // Two channels of one pixel, eight times repeated, make the 2x2 squares of four channels.
        let shortcut = Shortcut::of(Half::Decoder, &stage(2, 4, false)).expect("a shortcut");
        let made = numbers(&added(shortcut, &numbered([1, 2, 1, 1, 1]), 1));
        assert_eq!(made, [[0.0; 8], [1.0; 8]].concat());
    }

    #[test]
    fn only_the_decoder_lacks_a_shortcut_where_nothing_is_resampled() {
        let last = [Layer::Residual {
            inputs: 4,
            outputs: 4,
        }];
        assert!(Shortcut::of(Half::Decoder, &last).is_none());
        let shortcut = Shortcut::of(Half::Encoder, &last).expect("a shortcut");
        let x = numbered([1, 4, 3, 2, 2]);
        assert_eq!(added(shortcut, &x, 3), x);
    }
}
