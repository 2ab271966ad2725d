//! The nonlinearities of the vocoders. Snake makes overtones, so it works at twice the rate, between two low-pass filters
//! whose taps are in the weights.

use kinora_wire::Failure;
use tch::Tensor;

use super::config::Activation;
use crate::sound::SnakeBeta;
use crate::weights::Weights;

/// The rate of the snake, as a multiple.
const MULTIPLE: i64 = 2;

/// A nonlinearity, b c n to b c n.
#[derive(Debug)]
pub enum Nonlinearity {
    /// A leaky rectifier with this slope below zero.
    Leaky(f64),
    /// Snake between two filters.
    Snake(Snake),
}

/// A snake at twice the rate.
#[derive(Debug)]
pub struct Snake {
    bent: SnakeBeta,
    up: Tensor, // 1 1 taps
    down: Tensor,
}

impl Nonlinearity {
    /// Builds it for this number of channels. `slope` is that of a leaky one, which has no parameters.
    pub fn new(
        activation: Activation,
        slope: f64,
        mut weights: Weights,
        channels: i64,
    ) -> Result<Self, Failure> {
        let Activation::SnakeBeta { taps } = activation else {
            return Ok(Self::Leaky(slope));
        };
        let filter = [1, 1, taps];
        Ok(Self::Snake(Snake {
            bent: SnakeBeta::new(weights.at("act"), channels)?,
            up: weights.at("upsample").exact("filter", &filter)?,
            down: weights
                .at("downsample")
                .at("lowpass")
                .exact("filter", &filter)?,
        }))
    }

    /// b c n -> b c n.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        match self {
            Self::Leaky(slope) => x.maximum(&(x * *slope)),
            Self::Snake(snake) => snake.forward(x),
        }
    }
}

impl Snake {
    fn forward(&self, x: &Tensor) -> Tensor {
        let size = x.size();
        let single = x.reshape([size[0] * size[1], 1, size[2]]);
        let doubled = raised(&single, &self.up, MULTIPLE).view([size[0], size[1], -1]);
        let bent = self.bent.forward(&doubled).view([size[0] * size[1], 1, -1]);
        let taps = self.down.size()[2];
        let padding = [taps / 2 + taps % 2 - 1, taps / 2];
        bent.replication_pad1d(padding)
            .conv1d(&self.down, None::<&Tensor>, MULTIPLE, 0, 1, 1)
            .view([size[0], size[1], -1])
    }
}

/// A wave b 1 n at a multiple of its rate, b 1 multiple*n, through an even low-pass filter 1 1 k.
/// Source: diffusers `UpSample1d`.
fn raised(x: &Tensor, filter: &Tensor, multiple: i64) -> Tensor {
    let taps = filter.size()[2];
    let around = taps / multiple - 1;
    let samples = x.size()[2] * multiple;
    let before = around * multiple + (taps - multiple) / 2;
    let padded = x.replication_pad1d([around, around]);
    let wave = padded.conv_transpose1d(filter, None::<&Tensor>, multiple, 0, 0, 1, 1);
    wave.narrow(2, before, samples) * multiple as f64
}
