//! The layers of the codec's decoder, all causal in time. Source: `qwen_tts` `Qwen3TTSTokenizerV2CausalConvNet`,
//! `...CausalTransConvNet`, `...ConvNeXtBlock`, `...DecoderDecoderResidualUnit`. Shapes are written b c t.

use kinora_wire::Failure;
use tch::{Device, Tensor};

use crate::nn::{LayerNorm, Linear};
use crate::sound::SnakeBeta;
use crate::weights::Weights;

/// Of the norm of a `ConvNeXt` block.
const NORM_EPSILON: f64 = 1e-6;
/// Length of the kernel of a `ConvNeXt` block.
const DEPTH_KERNEL: i64 = 7;
/// Inner width of a `ConvNeXt` block, in widths.
const WIDENING: i64 = 4;

/// A convolution that keeps the length. It reads the present and earlier times; before the beginning there are zeros.
#[derive(Debug)]
pub struct CausalConv {
    weight: Tensor, // out in/groups t
    bias: Tensor,
    dilation: i64,
    groups: i64,
}

impl CausalConv {
    /// With a kernel of this length.
    pub fn new(weights: Weights, inputs: i64, outputs: i64, kernel: i64) -> Result<Self, Failure> {
        Self::build(weights, [outputs, inputs, kernel], 1, 1)
    }

    /// With `dilation` times between the numbers that it reads.
    pub fn dilated(
        weights: Weights,
        channels: i64,
        kernel: i64,
        dilation: i64,
    ) -> Result<Self, Failure> {
        Self::build(weights, [channels, channels, kernel], dilation, 1)
    }

    /// Each channel by itself.
    pub fn depthwise(weights: Weights, channels: i64, kernel: i64) -> Result<Self, Failure> {
        Self::build(weights, [channels, 1, kernel], 1, channels)
    }

    fn build(
        mut weights: Weights,
        shape: [i64; 3],
        dilation: i64,
        groups: i64,
    ) -> Result<Self, Failure> {
        let mut conv = weights.at("conv");
        Ok(Self {
            weight: conv.tensor("weight", &shape)?,
            bias: conv.tensor("bias", &shape[..1])?,
            dilation,
            groups,
        })
    }

    /// The device that it runs on.
    pub fn device(&self) -> Device {
        self.weight.device()
    }

    /// b in t -> b out t.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let border = self.dilation * (self.weight.size()[2] - 1);
        let padded = x.constant_pad_nd([border, 0]);
        padded.conv1d(
            &self.weight,
            Some(&self.bias),
            1,
            0,
            self.dilation,
            self.groups,
        )
    }
}

/// A transposed convolution that multiplies the length. What it would write after the end is cut off.
#[derive(Debug)]
pub struct Lengthening {
    weight: Tensor, // in out t
    bias: Tensor,
    factor: i64,
}

impl Lengthening {
    /// With a kernel of this length, which is at least the factor.
    pub fn new(
        mut weights: Weights,
        inputs: i64,
        outputs: i64,
        (kernel, factor): (i64, i64),
    ) -> Result<Self, Failure> {
        let mut conv = weights.at("conv");
        Ok(Self {
            weight: conv.tensor("weight", &[inputs, outputs, kernel])?,
            bias: conv.tensor("bias", &[outputs])?,
            factor,
        })
    }

    /// b in t -> b out t*factor.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let longer = x.conv_transpose1d(&self.weight, Some(&self.bias), self.factor, 0, 0, 1, 1);
        longer.narrow(2, 0, x.size()[2] * self.factor)
    }
}

/// x + two convolutions, each after a snake.
#[derive(Debug)]
pub struct ResidualUnit {
    act1: SnakeBeta,
    conv1: CausalConv,
    act2: SnakeBeta,
    conv2: CausalConv,
}

impl ResidualUnit {
    /// The first convolution has this kernel and dilation.
    pub fn new(
        mut weights: Weights,
        channels: i64,
        kernel: i64,
        dilation: i64,
    ) -> Result<Self, Failure> {
        Ok(Self {
            act1: SnakeBeta::new(weights.at("act1"), channels)?,
            conv1: CausalConv::dilated(weights.at("conv1"), channels, kernel, dilation)?,
            act2: SnakeBeta::new(weights.at("act2"), channels)?,
            conv2: CausalConv::dilated(weights.at("conv2"), channels, 1, 1)?,
        })
    }

    /// b c t -> b c t.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let inner = self.conv1.forward(&self.act1.forward(x));
        let inner = self.conv2.forward(&self.act2.forward(&inner));
        inner + x
    }
}

/// A `ConvNeXt` block: x + a convolution of each channel, a norm and a feed-forward layer, with learned factors.
#[derive(Debug)]
pub struct ConvNext {
    dwconv: CausalConv,
    norm: LayerNorm,
    pwconv1: Linear,
    pwconv2: Linear,
    gamma: Tensor,
}

impl ConvNext {
    /// For this number of channels.
    pub fn new(mut weights: Weights, channels: i64) -> Result<Self, Failure> {
        let inner = WIDENING * channels;
        Ok(Self {
            dwconv: CausalConv::depthwise(weights.at("dwconv"), channels, DEPTH_KERNEL)?,
            norm: LayerNorm::new(weights.at("norm"), channels, NORM_EPSILON)?,
            pwconv1: Linear::new(weights.at("pwconv1"), channels, inner)?,
            pwconv2: Linear::new(weights.at("pwconv2"), inner, channels)?,
            gamma: weights.tensor("gamma", &[channels])?,
        })
    }

    /// b c t -> b c t.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let tokens = self.norm.forward(&self.dwconv.forward(x).transpose(1, 2));
        let hidden = self.pwconv1.forward(&tokens).gelu("none");
        let branch = self.pwconv2.forward(&hidden) * &self.gamma;
        x + branch.transpose(1, 2)
    }
}
