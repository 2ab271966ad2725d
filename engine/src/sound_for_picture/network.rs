//! The network that writes a score for a clip's pictures: convolutions look at each frame and its change, others over time
//! read the gait, and heads name what sounds when, from where, at which place and time of day.

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use super::score::Cue;
use crate::weights::Weights;

/// Width and height of the frames it looks at.
pub const SIZE: [i64; 2] = [96, 64];
/// Parts of a frame's time in which a sound can begin.
pub const SLOTS: i64 = 4;
/// The sounds it names, in the order of its outputs.
pub const CUES: [Cue; 4] = [Cue::Step, Cue::TakeOff, Cue::Landing, Cue::Swish];
/// Classes of place, and of time of day.
pub const CLASSES: i64 = 4;

/// Channels after each halving of the picture; the first are the frame and its change.
const CHANNELS: [i64; 5] = [6, 20, 32, 48, 48];
/// Kernel sizes.
const KERNELS: [i64; 4] = [5, 3, 3, 3];
/// Features of a frame.
const WIDTH: i64 = 96;
/// Dilations of the convolutions over time: together they reach 18 frames.
const DILATIONS: [i64; 3] = [1, 2, 1];
/// The kernel over time.
const REACH: i64 = 5;
/// The side of the smallest picture.
const SMALLEST: i64 = SIZE[0] * SIZE[1] / 256;
/// Outputs of a frame: sounds in slots, pan and gain.
const OF_FRAME: i64 = CUES.len() as i64 * SLOTS + 2;

/// A linear map or convolution.
#[derive(Debug)]
struct Layer {
    weight: Tensor,
    bias: Tensor,
}

impl Layer {
    fn new(mut weights: Weights, shape: &[i64]) -> Result<Self, Failure> {
        Ok(Self {
            weight: weights.tensor("weight", shape)?,
            bias: weights.tensor("bias", &shape[..1])?,
        })
    }

    /// Halves a picture: n c h w.
    fn halve(&self, x: &Tensor) -> Tensor {
        let padding = self.weight.size()[2] / 2;
        x.conv2d(
            &self.weight,
            Some(&self.bias),
            [2, 2],
            [padding, padding],
            [1, 1],
            1,
        )
    }

    /// Over time: b c t.
    fn over_time(&self, x: &Tensor, dilation: i64) -> Tensor {
        let padding = self.weight.size()[2] / 2 * dilation;
        x.conv1d(
            &self.weight,
            Some(&self.bias),
            [1],
            [padding],
            [dilation],
            1,
        )
    }

    fn linear(&self, x: &Tensor) -> Tensor {
        x.linear(&self.weight, Some(&self.bias))
    }
}

/// The network.
#[derive(Debug)]
pub struct SoundNetwork {
    halvings: Vec<Layer>,
    look: Layer,
    times: Vec<Layer>,
    frame: Layer,
    air: Layer,
}

/// What it says of clips.
#[derive(Debug)]
pub struct Written {
    /// Logits of sounds: b t cues slots.
    pub sounds: Tensor,
    /// Pan and gain of the character: b t 2.
    pub places: Tensor,
    /// Logits of place and time of day: b 2 classes.
    pub air: Tensor,
}

impl SoundNetwork {
    /// Builds the network.
    pub fn new(mut weights: Weights) -> Result<Self, Failure> {
        let mut halvings = Vec::new();
        for (at, (channels, kernel)) in CHANNELS.windows(2).zip(KERNELS).enumerate() {
            let shape = [channels[1], channels[0], kernel, kernel];
            halvings.push(Layer::new(weights.at("halvings").at(at), &shape)?);
        }
        let mut times = Vec::new();
        for at in 0..DILATIONS.len() {
            times.push(Layer::new(
                weights.at("times").at(at),
                &[WIDTH, WIDTH, REACH],
            )?);
        }
        let seen = CHANNELS[4] * SMALLEST + 3;
        Ok(Self {
            halvings,
            look: Layer::new(weights.at("look"), &[WIDTH, seen])?,
            times,
            frame: Layer::new(weights.at("frame"), &[OF_FRAME, WIDTH])?,
            air: Layer::new(weights.at("air"), &[2 * CLASSES, WIDTH])?,
        })
    }

    /// Frames b t 3 h w in [-1, 1], of the size `SIZE`.
    pub fn forward(&self, frames: &Tensor) -> Written {
        let size = frames.size();
        let (clips, count) = (size[0], size[1]);
        let before = Tensor::cat(&[frames.narrow(1, 0, 1), frames.narrow(1, 0, count - 1)], 1);
        let both = Tensor::cat(&[frames.shallow_clone(), frames - before], 2);
        let mut x = both.flatten(0, 1); // bt 6 h w
        for (at, halving) in self.halvings.iter().enumerate() {
            x = halving.halve(&x);
            if at > 0 {
                // Not after the first: the brightness of the picture shows the time of day.
                x = normalised(&x);
            }
            x = x.gelu("none");
        }
        let all: &[i64] = &[3, 4];
        let colour = frames.mean_dim(all, false, Kind::Float); // b t 3
        let seen = Tensor::cat(&[x.flatten(1, -1), colour.flatten(0, 1)], 1);
        let looked = self.look.linear(&seen).view([clips, count, WIDTH]);
        let first: &[i64] = &[1];
        let air = self
            .air
            .linear(&looked.gelu("none").mean_dim(first, false, Kind::Float));
        let mut x = looked.transpose(1, 2); // b c t
        for (layer, dilation) in self.times.iter().zip(DILATIONS) {
            x = &x + layer.over_time(&normalised(&x).gelu("none"), dilation);
        }
        let output = self.frame.linear(&x.transpose(1, 2).gelu("none"));
        let cues = CUES.len() as i64;
        Written {
            sounds: output
                .narrow(2, 0, cues * SLOTS)
                .reshape([clips, count, cues, SLOTS]),
            places: output.narrow(2, cues * SLOTS, 2),
            air: air.view([clips, 2, CLASSES]),
        }
    }
}

/// With mean 0 and spread 1 in each of four groups of channels.
fn normalised(x: &Tensor) -> Tensor {
    x.group_norm(4, None::<Tensor>, None::<Tensor>, 1e-5, false)
}
