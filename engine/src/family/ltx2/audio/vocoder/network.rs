//! One network of a vocoder: stages of transposed convolutions that raise the rate, each followed by parallel residual
//! blocks whose mean goes on.

use kinora_wire::Failure;
use tch::{Device, Tensor};

use super::activation::Nonlinearity;
use super::config::{Activation, End, NetworkConfig, Upsampling};
use crate::weights::Weights;

/// Length of the first and the last convolution.
const END_KERNEL: i64 = 7;
/// Slope of a leaky rectifier below zero.
const SLOPE: f64 = 0.1;
/// The same before the last convolution.
const LAST_SLOPE: f64 = 0.01;

/// b inputs t -> b outputs factor*t.
#[derive(Debug)]
pub struct Network {
    first: Conv,
    stages: Vec<Stage>,
    last_activation: Nonlinearity,
    last: Conv,
    end: End,
}

#[derive(Debug)]
struct Stage {
    before: Option<Nonlinearity>,
    up: Raise,
    blocks: Vec<Block>,
}

impl Network {
    /// Builds it from its parameters.
    pub fn new(config: &NetworkConfig, mut weights: Weights) -> Result<Self, Failure> {
        let mut width = config.width;
        let mut stages = Vec::new();
        for (at, &upsampling) in config.stages.iter().enumerate() {
            stages.push(Stage::new(config, upsampling, (at, width), weights.here())?);
            width /= 2;
        }
        let (outputs, has_bias) = (config.outputs, config.has_final_bias);
        Ok(Self {
            first: Conv::new(
                weights.at("conv_pre"),
                [config.inputs, config.width, END_KERNEL],
                1,
                true,
            )?,
            stages,
            last_activation: Nonlinearity::new(
                config.activation,
                LAST_SLOPE,
                weights.at("act_post"),
                width,
            )?,
            last: Conv::new(
                weights.at("conv_post"),
                [width, outputs, END_KERNEL],
                1,
                has_bias,
            )?,
            end: config.end,
        })
    }

    /// The device that it runs on.
    pub fn device(&self) -> Device {
        self.first.weight.device()
    }

    /// b inputs t -> b outputs factor*t.
    pub fn forward(&self, mel: &Tensor) -> Tensor {
        let mut x = self.first.forward(mel);
        for stage in &self.stages {
            x = stage.forward(x);
        }
        let wave = self.last.forward(&self.last_activation.forward(&x));
        match self.end {
            End::Tanh => wave.tanh(),
            End::Open => wave,
        }
    }
}

impl Stage {
    fn new(
        config: &NetworkConfig,
        upsampling: Upsampling,
        (at, inputs): (usize, i64),
        mut weights: Weights,
    ) -> Result<Self, Failure> {
        let width = inputs / 2;
        // Snakes are inside the blocks only; a leaky rectifier also precedes the stage.
        let before = match config.activation {
            Activation::Leaky => Some(Nonlinearity::Leaky(SLOPE)),
            Activation::SnakeBeta { .. } => None,
        };
        let up = Raise::new(weights.at("ups").at(at), [inputs, width], upsampling)?;
        let first = at * config.blocks.len();
        let mut list = weights.at("resblocks");
        let blocks = config.blocks.iter().enumerate();
        let blocks =
            blocks.map(|(block, shape)| Block::new(config, (width, shape), list.at(first + block)));
        Ok(Self {
            before,
            up,
            blocks: blocks.collect::<Result<_, _>>()?,
        })
    }

    fn forward(&self, x: Tensor) -> Tensor {
        let x = match &self.before {
            Some(before) => before.forward(&x),
            None => x,
        };
        let x = self.up.forward(&x);
        let mut blocks = self.blocks.iter();
        let Some(first) = blocks.next() else {
            return x;
        };
        let mut sum = first.forward(&x);
        for block in blocks {
            sum += block.forward(&x);
        }
        sum / self.blocks.len() as f64
    }
}

/// Pairs of convolutions round which the wave passes. The first of a pair is dilated.
#[derive(Debug)]
struct Block {
    pairs: Vec<[(Nonlinearity, Conv); 2]>,
}

impl Block {
    fn new(
        config: &NetworkConfig,
        (width, (kernel, dilations)): (i64, &(i64, Vec<i64>)),
        mut weights: Weights,
    ) -> Result<Self, Failure> {
        let mut pairs = Vec::new();
        for (at, &dilation) in dilations.iter().enumerate() {
            let mut layer = |activation: &str, conv: &str, dilation: i64| {
                let act = Nonlinearity::new(
                    config.activation,
                    SLOPE,
                    weights.at(activation).at(at),
                    width,
                )?;
                let conv = Conv::new(
                    weights.at(conv).at(at),
                    [width, width, *kernel],
                    dilation,
                    true,
                )?;
                Ok::<_, Failure>((act, conv))
            };
            pairs.push([
                layer("acts1", "convs1", dilation)?,
                layer("acts2", "convs2", 1)?,
            ]);
        }
        Ok(Self { pairs })
    }

    fn forward(&self, x: &Tensor) -> Tensor {
        let mut x = x.shallow_clone();
        for [(act1, conv1), (act2, conv2)] in &self.pairs {
            let inner = conv1.forward(&act1.forward(&x));
            let inner = conv2.forward(&act2.forward(&inner));
            x = inner + x;
        }
        x
    }
}

/// A convolution that keeps the length.
#[derive(Debug)]
struct Conv {
    weight: Tensor, // out in k
    bias: Option<Tensor>,
    dilation: i64,
}

impl Conv {
    fn new(
        mut weights: Weights,
        [inputs, outputs, kernel]: [i64; 3],
        dilation: i64,
        has_bias: bool,
    ) -> Result<Self, Failure> {
        let weight = weights.exact("weight", &[outputs, inputs, kernel])?;
        let bias = match has_bias {
            true => Some(weights.exact("bias", &[outputs])?),
            false => None,
        };
        Ok(Self {
            weight,
            bias,
            dilation,
        })
    }

    fn forward(&self, x: &Tensor) -> Tensor {
        let padding = self.dilation * (self.weight.size()[2] / 2);
        x.conv1d(
            &self.weight,
            self.bias.as_ref(),
            1,
            padding,
            self.dilation,
            1,
        )
    }
}

/// A transposed convolution that raises the rate by a whole factor.
#[derive(Debug)]
struct Raise {
    weight: Tensor, // in out k
    bias: Tensor,
    upsampling: Upsampling,
}

impl Raise {
    fn new(
        mut weights: Weights,
        [inputs, outputs]: [i64; 2],
        upsampling: Upsampling,
    ) -> Result<Self, Failure> {
        Ok(Self {
            weight: weights.exact("weight", &[inputs, outputs, upsampling.kernel])?,
            bias: weights.exact("bias", &[outputs])?,
            upsampling,
        })
    }

    fn forward(&self, x: &Tensor) -> Tensor {
        let Upsampling { kernel, factor } = self.upsampling;
        let padding = (kernel - factor) / 2;
        x.conv_transpose1d(&self.weight, Some(&self.bias), factor, padding, 0, 1, 1)
    }
}
