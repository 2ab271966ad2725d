//! `model_config.json`, the configuration of the tools that the models were made with, beside a file in their layout: what the
//! weights do not show.
//!
//! Source: diffusers `scripts/convert_stable_audio_3_to_diffusers.py` (which of its fields are which arguments).

use std::path::{Path, PathBuf};

use kinora_wire::Failure;
use serde_json::Value;

use super::sampling::SoundSampler;
use crate::files::read_small;
use crate::weights::LONGEST_JSON_BYTES;

/// Its name.
const FILE: &str = "model_config.json";
/// The objective of distilled models, which are sampled with new noise in each step.
const DISTILLED: &str = "rf_denoiser";
/// Where the objective may be written.
const OBJECTIVES: [&str; 3] = [
    "/model/diffusion/diffusion_objective",
    "/model/diffusion_objective",
    "/diffusion_objective",
];
/// The arguments of the autoencoder, and where they are written.
const OF_AUTOENCODER: [(&str, &str); 5] = [
    (
        "encoder_strides",
        "/model/pretransform/config/encoder/config/strides",
    ),
    (
        "sliding_window",
        "/model/pretransform/config/encoder/config/sliding_window",
    ),
    (
        "encoder_sinusoidal_blocks",
        "/model/pretransform/config/encoder/config/sinusoidal_blocks",
    ),
    (
        "decoder_sinusoidal_blocks",
        "/model/pretransform/config/decoder/config/sinusoidal_blocks",
    ),
    ("audio_channels", "/model/pretransform/config/io_channels"),
];

/// The configuration.
#[derive(Debug)]
pub struct MakersConfig {
    path: PathBuf,
    written: Value,
}

impl MakersConfig {
    /// The path of the configuration beside these weights.
    pub fn path_beside(weights: &Path) -> PathBuf {
        weights.with_file_name(FILE)
    }

    /// The configuration beside these weights.
    ///
    /// # Errors
    /// It is missing or cannot be read.
    pub fn beside(weights: &Path) -> Result<Self, Failure> {
        let path = Self::path_beside(weights);
        let refuse = |why: String| {
            Failure::bad_file(
                format!("{}: {why}", path.display()),
                "put the model_config.json of the release beside the weights",
            )
        };
        let text = read_small(&path, LONGEST_JSON_BYTES).map_err(refuse)?;
        let written = serde_json::from_slice(&text).map_err(|error| refuse(error.to_string()))?;
        Ok(Self { path, written })
    }

    /// The numbers of an argument of the autoencoder: one, or a list of them. `None`: it is not written.
    pub fn of_autoencoder(&self, name: &str) -> Option<Vec<f64>> {
        let mut places = OF_AUTOENCODER.iter();
        let (_, place) = places.find(|(argument, _)| *argument == name)?;
        match self.written.pointer(place)? {
            Value::Array(list) => list.iter().map(Value::as_f64).collect(),
            one => Some(vec![one.as_f64()?]),
        }
    }

    /// The solver that the model was made for.
    ///
    /// # Errors
    /// The objective is not written.
    pub fn sampler(&self) -> Result<SoundSampler, Failure> {
        let mut objectives = OBJECTIVES.iter();
        let objective = objectives.find_map(|place| self.written.pointer(place)?.as_str());
        match objective {
            Some(DISTILLED) => Ok(SoundSampler::PingPong),
            Some(_) => Ok(SoundSampler::Euler),
            None => Err(Failure::bad_file(
                format!("{}: `diffusion_objective` is missing", self.path.display()),
                "put the model_config.json of the release beside the weights",
            )),
        }
    }
}
