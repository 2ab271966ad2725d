//! The layers of encoder and decoder: norm, residual block, attention within a frame, downsampling and upsampling.
//! Shapes are written b c t h w.

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use super::causal::{CausalConv, Memory, last_frames};
use crate::weights::Weights;

/// x / |x| * sqrt(c) * gamma, with the norm over the channels of each position.
#[derive(Debug)]
pub struct ChannelNorm {
    gamma: Tensor, // c 1 1 1, or c 1 1
}

impl ChannelNorm {
    /// For clips: gamma is c x 1 x 1 x 1.
    pub fn new(mut weights: Weights, channels: i64) -> Result<Self, Failure> {
        let gamma = weights.tensor("gamma", &[channels, 1, 1, 1])?;
        Ok(Self { gamma })
    }

    /// For single frames: gamma is c x 1 x 1.
    pub fn of_frames(mut weights: Weights, channels: i64) -> Result<Self, Failure> {
        let gamma = weights.tensor("gamma", &[channels, 1, 1])?;
        Ok(Self { gamma })
    }

    pub fn forward(&self, x: &Tensor) -> Tensor {
        x * self.scale(x) * &self.gamma
    }

    /// Whether gradients are taken through the norm of `x`.
    fn learns(&self, x: &Tensor) -> bool {
        x.requires_grad() || self.gamma.requires_grad()
    }

    fn then_silu(&self, x: &Tensor) -> Tensor {
        (x * self.scale(x) * &self.gamma).silu()
    }

    /// Writes SiLU(norm(x)) to `out`, which is as large as `x`.
    fn write_silu(&self, x: &Tensor, out: &Tensor) {
        let _ = x.mul_out(out, &self.scale(x)).g_mul_(&self.gamma).silu_();
    }

    /// sqrt(c) / |x| of each position.
    fn scale(&self, x: &Tensor) -> Tensor {
        let channels = self.gamma.size()[0] as f64;
        let length = x
            .to_kind(Kind::Float)
            .norm_scalaropt_dim(2, [1], true)
            .clamp_min(1e-12);
        (length.reciprocal() * channels.sqrt()).to_kind(x.kind())
    }
}

/// A causal convolution after norm and SiLU.
#[derive(Debug)]
pub struct NormedConv {
    norm: ChannelNorm,
    conv: CausalConv,
}

impl NormedConv {
    /// `norm` and `conv` are the names of the modules in `weights`.
    pub fn new(
        weights: &mut Weights,
        (norm, conv): (usize, usize),
        inputs: i64,
        outputs: i64,
    ) -> Result<Self, Failure> {
        Ok(Self {
            norm: ChannelNorm::new(weights.at(norm), inputs)?,
            conv: CausalConv::new(weights.at(conv), inputs, outputs)?,
        })
    }

    /// `x` is freed before the convolution if nobody else holds it: it may be large.
    pub fn forward(&self, x: Tensor, memory: &mut Memory) -> Tensor {
        if self.norm.learns(&x) {
            return self.conv.forward(self.norm.then_silu(&x), memory);
        }
        let room = self.conv.room(&x);
        self.norm.write_silu(&x, &room.chunk());
        drop(x);
        self.conv.forward_written(room, memory)
    }
}

/// x + two convolutions, each after norm and SiLU.
#[derive(Debug)]
pub struct ResidualBlock {
    convs: [NormedConv; 2],
    /// A pointwise convolution, if the number of channels changes.
    shortcut: Option<CausalConv>,
}

impl ResidualBlock {
    pub fn new(mut weights: Weights, inputs: i64, outputs: i64) -> Result<Self, Failure> {
        let shortcut = match inputs == outputs {
            true => None,
            false => Some(CausalConv::pointwise(
                weights.at("shortcut"),
                inputs,
                outputs,
            )?),
        };
        let mut residual = weights.at("residual"); // 0 norm, 1 silu, 2 conv, 3 norm, 4 silu, 5 dropout, 6 conv
        Ok(Self {
            convs: [
                NormedConv::new(&mut residual, (0, 2), inputs, outputs)?,
                NormedConv::new(&mut residual, (3, 6), outputs, outputs)?,
            ],
            shortcut,
        })
    }

    pub fn forward(&self, x: &Tensor, memory: &mut Memory) -> Tensor {
        let [first, second] = &self.convs;
        let inner = first.forward(x.shallow_clone(), memory);
        let mut inner = second.forward(inner, memory);
        match &self.shortcut {
            Some(shortcut) => inner.g_add_(&shortcut.convolve(x, 1)),
            None => inner.g_add_(x),
        }
    }
}

/// Single-head self-attention between the positions of each frame.
#[derive(Debug)]
pub struct FrameAttention {
    norm: ChannelNorm,
    to_qkv: Pointwise2d,
    proj: Pointwise2d,
}

impl FrameAttention {
    pub fn new(mut weights: Weights, channels: i64) -> Result<Self, Failure> {
        Ok(Self {
            norm: ChannelNorm::of_frames(weights.at("norm"), channels)?,
            to_qkv: Pointwise2d::new(weights.at("to_qkv"), channels, 3 * channels)?,
            proj: Pointwise2d::new(weights.at("proj"), channels, channels)?,
        })
    }

    pub fn forward(&self, x: &Tensor) -> Tensor {
        let size = x.size();
        let (batch, channels, frames, height, width) =
            (size[0], size[1], size[2], size[3], size[4]);
        let images = x
            .transpose(1, 2)
            .reshape([batch * frames, channels, height, width]);
        let qkv = self
            .to_qkv
            .forward(&self.norm.forward(&images))
            .view([batch * frames, 1, 3 * channels, height * width])
            .transpose(2, 3) // bt 1 hw 3c
            .chunk(3, -1);
        let no_mask = None::<&Tensor>;
        let attended = Tensor::scaled_dot_product_attention(
            &qkv[0], &qkv[1], &qkv[2], no_mask, 0.0, false, None, false,
        );
        let attended = attended.squeeze_dim(1).transpose(1, 2).reshape([
            batch * frames,
            channels,
            height,
            width,
        ]);
        let attended = self
            .proj
            .forward(&attended)
            .view([batch, frames, channels, height, width]);
        x + attended.transpose(1, 2)
    }
}

#[derive(Debug)]
struct Pointwise2d {
    weight: Tensor,
    bias: Tensor,
}

impl Pointwise2d {
    fn new(mut weights: Weights, inputs: i64, outputs: i64) -> Result<Self, Failure> {
        Ok(Self {
            weight: weights.tensor("weight", &[outputs, inputs, 1, 1])?,
            bias: weights.tensor("bias", &[outputs])?,
        })
    }

    fn forward(&self, x: &Tensor) -> Tensor {
        x.conv2d(&self.weight, Some(&self.bias), [1], [0], [1], 1)
    }
}

/// Halves height and width; with a temporal convolution also the frames after the first.
#[derive(Debug)]
pub struct Downsample {
    resample: Conv2d,
    time_conv: Option<CausalConv>,
}

impl Downsample {
    pub fn new(mut weights: Weights, channels: i64, is_temporal: bool) -> Result<Self, Failure> {
        let resample = Conv2d::new(weights.at("resample").at(1), channels, channels)?;
        let time_conv = is_temporal
            .then(|| CausalConv::temporal(weights.at("time_conv"), channels, channels))
            .transpose()?;
        Ok(Self {
            resample,
            time_conv,
        })
    }

    pub fn forward(&self, x: &Tensor, memory: &mut Memory) -> Tensor {
        let padded = x.constant_pad_nd([0, 1, 0, 1]); // a column right, a row below
        let x = self.resample.forward(&padded, 2, 0);
        let Some(time_conv) = &self.time_conv else {
            return x;
        };
        // The first frame of a clip passes unchanged. Then each two frames become one, convolved with the frame before.
        let slot = memory.slot();
        let frames = x.size()[2];
        let last = last_frames(&x, 1);
        match slot.replace(last) {
            Some(before) => time_conv.convolve(&Tensor::cat(&[&before, &x], 2), 2),
            None if frames == 1 => x,
            None => Tensor::cat(&[&x.narrow(2, 0, 1), &time_conv.convolve(&x, 2)], 2),
        }
    }
}

/// Doubles height and width, and may halve the channels; with a temporal convolution also doubles the frames after the
/// first.
#[derive(Debug)]
pub struct Upsample {
    resample: Conv2d,
    time_conv: Option<CausalConv>,
}

impl Upsample {
    pub fn new(
        mut weights: Weights,
        channels: i64,
        outputs: i64,
        is_temporal: bool,
    ) -> Result<Self, Failure> {
        let resample = Conv2d::new(weights.at("resample").at(1), channels, outputs)?;
        let time_conv = is_temporal
            .then(|| CausalConv::temporal(weights.at("time_conv"), channels, 2 * channels))
            .transpose()?;
        Ok(Self {
            resample,
            time_conv,
        })
    }

    pub fn forward(&self, x: &Tensor, memory: &mut Memory) -> Tensor {
        let x = match &self.time_conv {
            Some(time_conv) => Self::double_time(time_conv, x, memory),
            None => x.shallow_clone(),
        };
        // Frame by frame: the enlarged input is four times as large as `x`.
        let frames = x.split(1, 2);
        let made: Vec<_> = frames.iter().map(|frame| self.enlarged(frame)).collect();
        match made.as_slice() {
            [single] => single.shallow_clone(),
            several => Tensor::cat(several, 2),
        }
    }

    /// One frame, b c 1 h w, with twice the height and width.
    fn enlarged(&self, frame: &Tensor) -> Tensor {
        let size = frame.size();
        let doubled = frame
            .squeeze_dim(2)
            .upsample_nearest2d([2 * size[3], 2 * size[4]], None, None)
            .unsqueeze(2);
        self.resample.forward(&doubled, 1, 1)
    }

    pub fn is_temporal(&self) -> bool {
        self.time_conv.is_some()
    }

    /// The first frame of a clip passes unchanged and is not cached. Every later one becomes two.
    fn double_time(time_conv: &CausalConv, x: &Tensor, memory: &mut Memory) -> Tensor {
        let slot = memory.slot();
        let is_start = slot.is_none();
        if is_start {
            *slot = Some(Tensor::zeros([0], (Kind::Float, x.device()))); // marks that the clip has started
        }
        let frames = x.size()[2] - i64::from(is_start);
        let first = x.narrow(2, 0, 1);
        // The convolution has a cache of its own, which never gets the first frame.
        if frames == 0 {
            memory.slot();
            return first;
        }
        let later = time_conv.forward(x.narrow(2, i64::from(is_start), frames), memory);
        let size = later.size(); // b 2c t h w
        let pairs = later
            .view([size[0], 2, size[1] / 2, size[2], size[3], size[4]])
            .permute([0, 2, 3, 1, 4, 5]) // b c t 2 h w
            .reshape([size[0], size[1] / 2, 2 * size[2], size[3], size[4]]);
        match is_start {
            true => Tensor::cat(&[first, pairs], 2),
            false => pairs,
        }
    }
}

/// A 3x3 convolution of every frame.
#[derive(Debug)]
struct Conv2d {
    weight: Tensor, // out in h w
    bias: Tensor,
}

impl Conv2d {
    fn new(mut weights: Weights, inputs: i64, outputs: i64) -> Result<Self, Failure> {
        Ok(Self {
            weight: weights.kernel("weight", &[outputs, inputs, 3, 3])?,
            bias: weights.tensor("bias", &[outputs])?,
        })
    }

    /// `x`: b c t h w.
    fn forward(&self, x: &Tensor, stride: i64, padding: i64) -> Tensor {
        let weight = self.weight.unsqueeze(2);
        let (strides, paddings) = ([1, stride, stride], [0, padding, padding]);
        x.conv3d(&weight, Some(&self.bias), strides, paddings, [1], 1)
    }
}
