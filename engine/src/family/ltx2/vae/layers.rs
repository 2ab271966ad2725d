//! The layers of encoder and decoder: convolution, norm and residual block. Each takes the next frames of a clip and
//! returns the output frames that they complete, if any.

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use super::memory::{Memory, Places};
use crate::weights::Weights;

/// Frames that an output of a convolution sees.
const FRAMES_SEEN: i64 = 3;

/// How the convolutions of a half see what lies outside the clip. In time the first and the last frame go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Border {
    /// An output frame sees two earlier frames, instead of one earlier and one later.
    pub is_causal: bool,
    /// The picture goes on mirrored, instead of as zeros.
    pub is_mirrored: bool,
}

/// A 3x3x3 convolution.
#[derive(Debug)]
pub struct Conv {
    weight: Tensor, // out in t h w
    bias: Tensor,
    border: Border,
    place: usize,
}

impl Conv {
    /// `channels`: inputs and outputs.
    pub fn new(
        mut weights: Weights,
        [inputs, outputs]: [i64; 2],
        border: Border,
        places: &mut Places,
    ) -> Result<Self, Failure> {
        let mut conv = weights.at("conv");
        Ok(Self {
            weight: conv.kernel("weight", &[outputs, inputs, FRAMES_SEEN, 3, 3])?,
            bias: conv.tensor("bias", &[outputs])?,
            border,
            place: places.another(),
        })
    }

    /// The precision of its weights.
    pub fn kind(&self) -> Kind {
        self.weight.kind()
    }

    /// Convolves the next frames. With the last frames of the clip come the last outputs.
    pub fn push(&self, x: Tensor, is_last: bool, memory: &mut Memory) -> Option<Tensor> {
        let is_causal = self.border.is_causal;
        let before = memory.take(self.place).unwrap_or_else(|| {
            let first = x.narrow(2, 0, 1);
            match is_causal {
                true => Tensor::cat(&[&first, &first], 2),
                false => first,
            }
        });
        let mut parts = vec![before, x.shallow_clone()];
        if is_last && !is_causal {
            parts.push(x.narrow(2, x.size()[2] - 1, 1));
        }
        drop(x); // large, and no longer needed
        let padded = Tensor::cat(&parts, 2);
        drop(parts);
        let frames = padded.size()[2];
        if !is_last {
            memory.hold(self.place, &padded, frames.min(FRAMES_SEEN - 1));
        }
        (frames >= FRAMES_SEEN).then(|| self.convolve(&padded))
    }

    /// The last output, of a clip that ends after the frames that were pushed. `None`: it has come.
    pub fn end(&self, memory: &mut Memory) -> Option<Tensor> {
        let held = memory.take(self.place)?;
        let last = held.narrow(2, held.size()[2] - 1, 1);
        let is_causal = self.border.is_causal;
        (!is_causal).then(|| self.convolve(&Tensor::cat(&[&held, &last], 2)))
    }

    fn convolve(&self, x: &Tensor) -> Tensor {
        let convolve = |x: &Tensor, side: i64| {
            let sides = [0, side, side];
            x.conv3d(&self.weight, Some(&self.bias), [1], sides, [1], 1)
        };
        match self.border.is_mirrored {
            true => convolve(&x.reflection_pad3d([1, 1, 1, 1, 0, 0]), 0),
            false => convolve(x, 1),
        }
    }
}

/// The SiLU of x / sqrt(mean of squares over the channels of each position + 1e-8).
pub fn normed_silu(x: &Tensor) -> Tensor {
    let channels = x.size()[1] as f64;
    let length = x.to_kind(Kind::Float).norm_scalaropt_dim(2, [1], true);
    let scale = (length.square() / channels + 1e-8).rsqrt();
    let mut normed = x * scale.to_kind(x.kind());
    normed.silu_()
}

/// x + two convolutions, each after norm and SiLU.
#[derive(Debug)]
pub struct ResidualBlock {
    convs: [Conv; 2],
    place: usize,
}

impl ResidualBlock {
    pub fn new(
        mut weights: Weights,
        width: i64,
        border: Border,
        places: &mut Places,
    ) -> Result<Self, Failure> {
        let mut conv = |name| Conv::new(weights.at(name), [width; 2], border, places);
        Ok(Self {
            convs: [conv("conv1")?, conv("conv2")?],
            place: places.another(),
        })
    }

    pub fn push(&self, x: &Tensor, is_last: bool, memory: &mut Memory) -> Option<Tensor> {
        let [conv1, conv2] = &self.convs;
        let [inner, input] = memory.paired(self.place, x, |memory| {
            let inner = conv1.push(normed_silu(x), is_last, memory)?;
            conv2.push(normed_silu(&inner), is_last, memory)
        })?;
        Some(inner + input)
    }

    /// The last outputs, of a clip that ends after the frames that were pushed.
    pub fn end(&self, memory: &mut Memory) -> Option<Tensor> {
        let [conv1, conv2] = &self.convs;
        let [inner, input] = memory.rest(self.place, |memory| {
            let inner = conv1.end(memory)?;
            conv2.push(normed_silu(&inner), true, memory)
        })?;
        Some(inner + input)
    }
}
