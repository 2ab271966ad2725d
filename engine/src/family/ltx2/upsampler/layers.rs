//! The layers of the latent upscaler: convolutions of clips or single frames, group norm, residual block, blur.
//! Shapes are written b c t h w.

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use crate::weights::Weights;

/// Groups of channels of a norm.
pub const GROUPS: i64 = 32;
/// Added to the variance (the default of PyTorch's `GroupNorm`).
const EPSILON: f64 = 1e-5;
/// The blur before every so many rows and columns are kept.
const BLUR: [f64; 5] = [1.0, 4.0, 6.0, 4.0, 1.0];

/// A convolution of 3x3x3, or of 3x3 in each frame.
#[derive(Debug)]
pub struct Conv {
    weight: Tensor, // out in 3 3 3, or out in 3 3
    bias: Tensor,
}

impl Conv {
    /// `channels`: inputs and outputs.
    pub fn new(
        mut weights: Weights,
        [inputs, outputs]: [i64; 2],
        is_per_frame: bool,
    ) -> Result<Self, Failure> {
        let weight = match is_per_frame {
            true => weights.kernel("weight", &[outputs, inputs, 3, 3])?,
            false => weights.kernel("weight", &[outputs, inputs, 3, 3, 3])?,
        };
        Ok(Self {
            weight,
            bias: weights.tensor("bias", &[outputs])?,
        })
    }

    /// The precision of its weights.
    pub fn kind(&self) -> Kind {
        self.weight.kind()
    }

    /// Zeros lie outside the clip.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let bias = Some(&self.bias);
        match self.weight.dim() {
            4 => x.conv3d(&self.weight.unsqueeze(2), bias, [1], [0, 1, 1], [1], 1),
            _ => x.conv3d(&self.weight, bias, [1], [1], [1], 1),
        }
    }
}

/// A norm over groups of channels, of whole clips or of single frames.
#[derive(Debug)]
pub struct GroupNorm {
    weight: Tensor,
    bias: Tensor,
    is_per_frame: bool,
}

impl GroupNorm {
    /// `channels` must be a multiple of 32.
    pub fn new(mut weights: Weights, channels: i64, is_per_frame: bool) -> Result<Self, Failure> {
        Ok(Self {
            weight: weights.tensor("weight", &[channels])?,
            bias: weights.tensor("bias", &[channels])?,
            is_per_frame,
        })
    }

    pub fn forward(&self, x: &Tensor) -> Tensor {
        let norm = |x: &Tensor| {
            let (weight, bias) = (Some(&self.weight), Some(&self.bias));
            x.group_norm(GROUPS, weight, bias, EPSILON, false)
        };
        match self.is_per_frame {
            true => each_frame(x, norm),
            false => norm(x),
        }
    }
}

/// Two convolutions with norms, then SiLU of the sum with the input.
#[derive(Debug)]
pub struct ResidualBlock {
    convs: [Conv; 2],
    norms: [GroupNorm; 2],
}

impl ResidualBlock {
    pub fn new(mut weights: Weights, width: i64, is_per_frame: bool) -> Result<Self, Failure> {
        let mut conv = |name: &str| Conv::new(weights.at(name), [width; 2], is_per_frame);
        let convs = [conv("conv1")?, conv("conv2")?];
        let mut norm = |name: &str| GroupNorm::new(weights.at(name), width, is_per_frame);
        Ok(Self {
            convs,
            norms: [norm("norm1")?, norm("norm2")?],
        })
    }

    pub fn forward(&self, x: &Tensor) -> Tensor {
        let [conv1, conv2] = &self.convs;
        let [norm1, norm2] = &self.norms;
        let inner = norm1.forward(&conv1.forward(x)).silu();
        (norm2.forward(&conv2.forward(&inner)) + x).silu()
    }
}

/// Blurs each frame and keeps every `divisor`-th row and column.
pub fn blurred(x: &Tensor, divisor: i64) -> Tensor {
    if divisor == 1 {
        return x.shallow_clone();
    }
    let line = Tensor::from_slice(&BLUR) / BLUR.iter().sum::<f64>();
    let square = line.unsqueeze(1) * line.unsqueeze(0);
    let square = square.to_kind(x.kind()).to_device(x.device());
    let channels = x.size()[1];
    let side = BLUR.len() as i64;
    let kernel = square.expand([channels, 1, side, side], false);
    each_frame(x, |frames| {
        let bias = None::<&Tensor>;
        let padding = side / 2;
        frames.conv2d(&kernel, bias, [divisor], [padding], [1], channels)
    })
}

/// Applies an operation on pictures, n c h w, to the frames of clips, b c t h w.
fn each_frame(x: &Tensor, operation: impl FnOnce(&Tensor) -> Tensor) -> Tensor {
    let size = x.size();
    let [batch, channels, frames] = [size[0], size[1], size[2]];
    let pictures = x
        .transpose(1, 2)
        .reshape([batch * frames, channels, size[3], size[4]]);
    let made = operation(&pictures);
    let size = made.size();
    made.reshape([batch, frames, size[1], size[2], size[3]])
        .transpose(1, 2)
}
