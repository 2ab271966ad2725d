//! The embedding of a sound's duration, which the transformer receives twice: as a token of the context, and in its
//! modulations. Source: diffusers `StableAudio3DurationEmbedder`.

use std::f64::consts::PI;

use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use crate::nn::Linear;
use crate::weights::{Checkpoint, Weights};

/// The shape of the embedding.
#[derive(Clone, Debug, PartialEq)]
pub struct DurationConfig {
    /// Width of the embedding.
    pub width: i64,
    /// Frequencies, each with a cosine and a sine.
    pub frequencies: i64,
    /// Whether the file has the frequencies. Those of the makers' tools leave them out.
    pub has_frequencies: bool,
    /// Shorter durations count as this one, in seconds.
    pub shortest_seconds: f64,
    /// Longer durations count as this one, in seconds.
    pub longest_seconds: f64,
}

impl DurationConfig {
    /// Reads the shape from the weights, the limits from `config.json` (0 and 384 s if it does not say).
    pub fn detect(checkpoint: &Checkpoint) -> Result<Self, Failure> {
        let shortest_seconds = checkpoint.setting(&["min_val"]).unwrap_or(0.0);
        let longest_seconds = checkpoint.setting(&["max_val"]).unwrap_or(384.0);
        let is_range = 0.0 <= shortest_seconds
            && shortest_seconds < longest_seconds
            && longest_seconds <= MOST_SECONDS;
        if !is_range {
            return Err(Failure::bad_file(
                format!(
                    "{}: durations from {shortest_seconds} s to {longest_seconds} s make no sense",
                    checkpoint.path().display()
                ),
                "fetch its config.json again; it came with the model",
            ));
        }
        let has_frequencies = checkpoint.shape("freqs").is_some();
        Ok(Self {
            width: checkpoint.length("linear.weight", 0)?,
            frequencies: match has_frequencies {
                true => checkpoint.length("freqs", 0)?,
                false => checkpoint.length("linear.weight", 1)? / 2,
            },
            has_frequencies,
            shortest_seconds,
            longest_seconds,
        })
    }
}

/// Longest duration that a model may be made for, in seconds: a damaged file may say any number.
const MOST_SECONDS: f64 = 3600.0;

/// The embedding.
#[derive(Debug)]
pub struct DurationEmbedder {
    freqs: Tensor, // frequencies
    linear: Linear,
    config: DurationConfig,
}

impl DurationEmbedder {
    /// Builds it from its parameters. It computes in fp32.
    pub fn new(config: &DurationConfig, mut weights: Weights) -> Result<Self, Failure> {
        let features = 2 * config.frequencies;
        let linear = Linear::exact(weights.at("linear"), features, config.width)?;
        let freqs = match config.has_frequencies {
            true => weights.exact("freqs", &[config.frequencies])?,
            false => even_frequencies(config.frequencies),
        };
        Ok(Self {
            freqs,
            linear,
            config: config.clone(),
        })
    }

    /// Its shape and limits.
    pub fn config(&self) -> &DurationConfig {
        &self.config
    }

    /// The embedding of a duration: 1 x width, in fp32.
    pub fn embed(&self, seconds: f64) -> Tensor {
        let _no_grad = tch::no_grad_guard();
        let (least, most) = (self.config.shortest_seconds, self.config.longest_seconds);
        let seconds = Tensor::from_slice(&[seconds as f32]).clamp(least, most);
        let freqs = self.freqs.to_device(self.linear.device());
        let place = ((seconds - least) / (most - least)).to_device(freqs.device());
        self.linear.forward(&fourier_features(&place, &freqs))
    }
}

/// The lowest and the highest frequency of the features of sigma, and of a duration.
const FREQUENCIES: [f64; 2] = [0.5, 10_000.0];

/// So many frequencies, evenly spaced in their logarithms, on the CPU. The operations are those of the reference, since the
/// last bits count.
pub fn even_frequencies(count: i64) -> Tensor {
    let [lowest, highest] = FREQUENCIES.map(f64::ln);
    let places = Tensor::linspace(0.0, 1.0, count, (Kind::Float, Device::Cpu));
    (places * (highest - lowest) + lowest).exp()
}

/// Cosines, then sines, of 2 pi x times each frequency: 1 x 2 frequencies, in fp32. The angles reach ten thousands of
/// radians, where fp32 is coarse, so the operations and their order are those of the reference.
pub fn fourier_features(x: &Tensor, frequencies: &Tensor) -> Tensor {
    let angles = x.to_kind(Kind::Float).unsqueeze(-1) * frequencies.unsqueeze(0) * 2.0 * PI;
    Tensor::cat(&[&angles.cos(), &angles.sin()], -1)
}
