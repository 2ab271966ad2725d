//! The normalisation of latents: mean and standard deviation of each latent channel over the training data, which the
//! files of this family hold.

use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use crate::weights::Weights;

/// The module of the numbers in the original names.
pub const MODULE: &str = "per_channel_statistics";
/// The name of the means in it.
pub const MEAN: &str = "mean-of-means";
/// The name of the standard deviations in it.
pub const DEVIATION: &str = "std-of-means";

/// The diffusion model works on latents normalised to mean 0 and deviation 1.
#[derive(Debug)]
pub struct Statistics {
    mean: Tensor, // 1 c 1 1 1
    deviation: Tensor,
}

impl Statistics {
    /// `weights` is the root of the whole autoencoder.
    pub fn new(mut weights: Weights, channels: i64) -> Result<Self, Failure> {
        let mut numbers = weights.at(MODULE);
        let mut placed = |name| {
            let numbers = numbers.exact(name, &[channels])?;
            Ok::<Tensor, Failure>(numbers.reshape([1, -1, 1, 1, 1]))
        };
        Ok(Self {
            mean: placed(MEAN)?,
            deviation: placed(DEVIATION)?,
        })
    }

    /// The same numbers again; no copy.
    pub fn shallow_clone(&self) -> Self {
        Self {
            mean: self.mean.shallow_clone(),
            deviation: self.deviation.shallow_clone(),
        }
    }

    /// Where the autoencoder is.
    pub fn device(&self) -> Device {
        self.mean.device()
    }

    /// Latent channels.
    pub fn channels(&self) -> i64 {
        self.mean.size()[1]
    }

    /// From the autoencoder's numbers to the diffusion model's, in fp32.
    pub fn normalised(&self, latents: &Tensor) -> Tensor {
        (latents.to_kind(Kind::Float) - &self.mean) / &self.deviation
    }

    /// The way back, in fp32, on the autoencoder's device.
    pub fn raw(&self, latents: &Tensor) -> Tensor {
        let latents = latents.to_device(self.mean.device()).to_kind(Kind::Float);
        latents * &self.deviation + &self.mean
    }
}
