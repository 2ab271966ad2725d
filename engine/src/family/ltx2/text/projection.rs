//! The first step after Gemma: the hidden states of all layers are normalised and projected to the widths of the connectors.
//! LTX-2.0 normalises each layer over the text and has one projection, later versions normalise each token and have two.
//!
//! Source: diffusers `pipelines/ltx2/connectors.py` (`per_layer_masked_mean_norm`, `per_token_rms_norm`,
//! `LTX2TextConnectors`).

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use super::connector_config::ProjectionConfig;
use crate::nn::Linear;
use crate::weights::Weights;

/// The module of the projections.
const MODULE: &str = "text_embedding_projection";
const EPSILON: f64 = 1e-6;
/// Multiplies the states that LTX-2.0 has normalised by their range.
const RANGE_SCALE: f64 = 8.0;

/// A text at the widths of the connectors: 1 x padding + tokens x width each.
#[derive(Debug)]
pub struct Projected {
    /// For the connector of the picture.
    pub video: Tensor,
    /// For the connector of the sound.
    pub audio: Tensor,
}

/// The projections.
#[derive(Debug)]
pub struct Projection {
    /// For the connector of the picture, or for both.
    video: Linear,
    /// For the connector of the sound, with the widths of both. `None`: LTX-2.0, which has one projection.
    audio: Option<(Linear, [i64; 2])>,
}

impl Projection {
    /// Builds it from its parameters. `weights` is the root of the network.
    pub fn new(config: &ProjectionConfig, mut weights: Weights) -> Result<Self, Failure> {
        let mut module = weights.at(MODULE);
        let (states, video, audio, has_bias) = match *config {
            ProjectionConfig::Shared { states, width } => {
                let video = Linear::plain(module.at("aggregate_embed"), states, width)?;
                return Ok(Self { video, audio: None });
            }
            ProjectionConfig::Apart {
                states,
                video,
                audio,
                has_bias,
            } => (states, video, audio, has_bias),
        };
        let mut linear = |name: &str, width: i64| match has_bias {
            true => Linear::new(module.at(name), states, width),
            false => Linear::plain(module.at(name), states, width),
        };
        Ok(Self {
            video: linear("video_aggregate_embed", video)?,
            audio: Some((linear("audio_aggregate_embed", audio)?, [video, audio])),
        })
    }

    /// `states`: 1 x tokens x width x layers, all hidden states of a text without padding. Norms are computed in fp32. As
    /// many rows of padding as wanted, which are zero before the projection, are put before the text.
    pub fn forward(&self, states: &Tensor, padding: i64) -> Projected {
        let kind = states.kind();
        let precise = states.to_kind(Kind::Float);
        let Some((audio, widths)) = &self.audio else {
            let normed = padded(by_range(&precise), padding).to_kind(kind);
            let both = self.video.forward(&normed);
            return Projected {
                video: both.shallow_clone(),
                audio: both,
            };
        };
        let width = precise.size().get(2).copied().unwrap_or(1) as f64;
        let normed = padded(by_token(&precise), padding);
        let scaled = widths.map(|wanted| (&normed * (wanted as f64 / width).sqrt()).to_kind(kind));
        let [for_video, for_audio] = &scaled;
        Projected {
            video: self.video.forward(for_video),
            audio: audio.forward(for_audio),
        }
    }
}

/// 1 x tokens x width x layers -> 1 x padding + tokens x width * layers.
fn padded(normed: Tensor, padding: i64) -> Tensor {
    normed.flatten(2, 3).constant_pad_nd([0, 0, padding, 0])
}

/// Each layer less its mean over tokens and channels, by its range, times eight.
fn by_range(states: &Tensor) -> Tensor {
    let axes: &[i64] = &[1, 2];
    let numbers: i64 = states.size().iter().skip(1).take(2).product();
    let sum = states.sum_dim_intlist(axes, true, Kind::Float);
    let mean = sum / (numbers as f64 + EPSILON);
    let range = states.amax(axes, true) - states.amin(axes, true);
    (states - mean) / (range + EPSILON) * RANGE_SCALE
}

/// Each token of each layer by its root mean square over the channels.
fn by_token(states: &Tensor) -> Tensor {
    let mean_square = states.square().mean_dim(2, true, Kind::Float);
    states * (mean_square + EPSILON).rsqrt()
}
