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

    /// Leads `x`, the input of the stage, past it. `frames` is the number of frames that the stage made of it.
    pub fn forward(&self, x: &Tensor, frames: i64) -> Tensor {
        match self.half {
            Half::Encoder => self.averaged(x),
            Half::Decoder => self.repeated(x, frames),
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

    /// Repeats the channels, and unfolds the surplus ones into frames and pixels.
    fn repeated(&self, x: &Tensor, made: i64) -> Tensor {
        let Self {
            outputs,
            frames,
            side,
            ..
        } = *self;
        let size = x.size();
        let [batch, t, h, w] = [size[0], size[2], size[3], size[4]];
        let repeats = outputs * frames * side * side / size[1];
        let repeated = x
            .repeat_interleave_self_int(repeats, 1, None::<i64>)
            .reshape([batch, outputs, frames, side, side, t, h, w])
            .permute([0, 1, 5, 2, 6, 3, 7, 4]) // b c t frames h row w column
            .reshape([batch, outputs, t * frames, h * side, w * side]);
        // The first frame of a clip is not doubled, so its surplus copies, which come first, are left out.
        repeated.narrow(2, t * frames - made, made)
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

    #[test]
    fn a_single_first_frame_is_averaged_with_zeros_before_it() {
        let shortcut = Shortcut::of(Half::Encoder, &stage(1, 1, true)).expect("a shortcut");
        let first = numbered([1, 1, 1, 2, 2]) + 1.0; // 1 2 3 4
        assert_eq!(numbers(&shortcut.forward(&first, 1)), [10.0 / 8.0]);
        let later = Tensor::cat(&[&first, &first], 2);
        assert_eq!(numbers(&shortcut.forward(&later, 1)), [20.0 / 8.0]);
    }

    #[test]
    fn frames_and_pixels_become_channels_in_this_order_before_the_mean() {
        // Two channels of one 2x2 square each: 0 1 2 3 and 4 5 6 7; four outputs are the means of neighbouring pairs.
        let shortcut = Shortcut::of(Half::Encoder, &stage(2, 4, false)).expect("a shortcut");
        let made = shortcut.forward(&numbered([1, 2, 1, 2, 2]), 1);
        assert_eq!(numbers(&made), [0.5, 2.5, 4.5, 6.5]);
    }

    #[test]
    fn surplus_channels_become_pixels_and_the_first_frame_is_not_doubled() {
        // Four channels of one pixel, twice repeated, make the 2x2 squares of two channels.
        let shortcut = Shortcut::of(Half::Decoder, &stage(4, 2, false)).expect("a shortcut");
        let made = shortcut.forward(&numbered([1, 4, 1, 1, 1]), 1);
        assert_eq!(numbers(&made), [0.0, 0.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0]);

        // Eight channels of one pixel are two frames of 2x2; of the first frame only the second copy stays.
        let shortcut = Shortcut::of(Half::Decoder, &stage(8, 1, true)).expect("a shortcut");
        let x = numbered([1, 8, 1, 1, 1]);
        assert_eq!(numbers(&shortcut.forward(&x, 1)), [4.0, 5.0, 6.0, 7.0]);
        let both = numbers(&shortcut.forward(&x, 2));
        assert_eq!(both, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
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
        assert_eq!(shortcut.forward(&x, 3), x);
    }
}
