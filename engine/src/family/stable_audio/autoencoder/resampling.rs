//! A level of the autoencoder: a transformer that turns the frames of a segment into one, or one into several.
//! Source: diffusers `SAMETransformerResamplingBlock`.
//!
//! Each segment is its frames and one learned token, or one frame and copies of a learned token. All segments are one
//! sequence; a token attends to those within `window` segments. What becomes of the learned tokens is the result.

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use super::config::{AutoencoderConfig, Level};
use super::layers::Layer;
use crate::family::stable_audio::attention::Rope;
use crate::weights::{Check, Weights};

/// Base of the rotary frequencies.
const ROPE_THETA: f64 = 10_000.0;

/// Which way a level runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From sound to latents.
    Encode,
    /// From latents to sound.
    Decode,
}

/// A level in one direction.
#[derive(Debug)]
pub struct Resampling {
    mapping: Option<Mapping>,
    transformers: Vec<Layer>,
    new_tokens: Tensor, // 1 1 d
    level: Level,
    window: i64,
}

impl Resampling {
    /// Level number `at` of the configuration.
    pub fn new(
        config: &AutoencoderConfig,
        at: usize,
        direction: Direction,
        mut weights: Weights,
    ) -> Result<Self, Failure> {
        let level = config.levels.get(at);
        let level =
            level.ok_or_else(|| Failure::bug(format!("the autoencoder has no level {at}")))?;
        let finer = at.checked_sub(1).and_then(|at| config.levels.get(at));
        let outer = finer.map_or(config.patched_channels(), |level| level.width);
        let (from, to, sinusoidal) = match direction {
            Direction::Encode => (outer, level.width, level.sinusoidal_encoder),
            Direction::Decode => (level.width, outer, level.sinusoidal_decoder),
        };
        let mapping = match from == to {
            true => None,
            false => Some(Mapping::new(weights.at("mapping"), from, to)?),
        };
        let layers = (0..level.layers).map(|layer| {
            let is_sinusoidal = level.layers - layer < sinusoidal;
            let mut weights = weights.at("transformers");
            Layer::new(config, level, is_sinusoidal, weights.at(layer))
        });
        let transformers = layers.collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            mapping,
            transformers,
            new_tokens: weights.tensor("new_tokens", &[1, 1, level.width])?,
            level: level.clone(),
            window: config.window,
        })
    }

    /// 1 x c x n -> 1 x d x n/stride, rounded up. `check` is called before each layer.
    pub fn encode(&self, x: &Tensor, check: &mut Check) -> Result<Tensor, Failure> {
        let (stride, width) = (self.level.stride, self.level.width);
        let x = padded(x, stride);
        let x = self.mapped(&x).transpose(1, 2); // 1 n d
        let segments = x.size()[1] / stride;
        let x = x.reshape([segments, stride, width]);
        let new = self.new_tokens.expand([segments, 1, width], false);
        let x = self.transformed(&Tensor::cat(&[&x, &new], 1), check)?;
        Ok(x.select(1, stride).transpose(0, 1).unsqueeze(0))
    }

    /// 1 x d x n -> 1 x c x n * stride. `check` is called before each layer.
    pub fn decode(&self, x: &Tensor, check: &mut Check) -> Result<Tensor, Failure> {
        let (stride, width) = (self.level.stride, self.level.width);
        let segments = x.size()[2];
        let x = x.transpose(1, 2).reshape([segments, 1, width]);
        let new = self.new_tokens.expand([segments, stride, width], false);
        let x = self.transformed(&Tensor::cat(&[&x, &new], 1), check)?;
        let x = x
            .narrow(1, 1, stride)
            .reshape([1, segments * stride, width]);
        Ok(self.mapped(&x.transpose(1, 2)))
    }

    /// Segments x (stride + 1) x d -> the same.
    fn transformed(&self, segments: &Tensor, check: &mut Check) -> Result<Tensor, Failure> {
        let size = segments.size();
        let (length, device) = (size[0] * size[1], segments.device());
        let rope = Rope::of_base(ROPE_THETA, self.level.head_width / 2, length, device);
        let places = Tensor::arange(length, (Kind::Int64, device));
        let distance = (places.unsqueeze(0) - places.unsqueeze(1)).abs();
        let mask = distance.le(self.window * size[1]);
        let mut x = segments.reshape([1, length, self.level.width]);
        for layer in &self.transformers {
            check()?;
            x = layer.forward(&x, &rope, &mask);
        }
        Ok(x.reshape(size.as_slice()))
    }

    fn mapped(&self, x: &Tensor) -> Tensor {
        match &self.mapping {
            Some(mapping) => mapping.forward(x),
            None => x.shallow_clone(),
        }
    }
}

/// Zeros after the last of n frames, up to a multiple.
pub fn padded(x: &Tensor, multiple: i64) -> Tensor {
    let length = x.size().last().copied().unwrap_or_default();
    x.constant_pad_nd([0, (multiple - length % multiple) % multiple])
}

/// A weight-normed linear map of the channels: the rows of `weight_v`, each with the length `weight_g`. It is small, so the
/// product is made when it runs.
#[derive(Debug)]
struct Mapping {
    weight_g: Tensor, // out 1 1
    weight_v: Tensor, // out in 1
    bias: Tensor,
}

impl Mapping {
    fn new(mut weights: Weights, from: i64, to: i64) -> Result<Self, Failure> {
        Ok(Self {
            weight_g: weights.exact("weight_g", &[to, 1, 1])?,
            weight_v: weights.exact("weight_v", &[to, from, 1])?,
            bias: weights.tensor("bias", &[to])?,
        })
    }

    /// 1 x in x n -> 1 x out x n.
    fn forward(&self, x: &Tensor) -> Tensor {
        let lengths = self.weight_v.norm_scalaropt_dim(2.0, [1, 2], true);
        let weight = &self.weight_v * (&self.weight_g / lengths);
        x.conv1d(&weight.to_kind(x.kind()), Some(&self.bias), 1, 0, 1, 1)
    }
}
