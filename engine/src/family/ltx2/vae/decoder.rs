//! The decoder half of an autoencoder: the plain one, or the diffusion decoder of LTX-2.5. The file decides.

use kinora_wire::Failure;
use tch::Tensor;

use super::config::{DecoderConfig, VaeConfig};
use super::diffusion::DiffusionHalf;
use super::plain::PlainDecoder;
use super::statistics::Statistics;
use crate::weights::Weights;

/// The decoder half: latents to frames.
#[derive(Debug)]
pub enum VaeDecoder {
    /// Convolutions.
    Plain(PlainDecoder),
    /// One step of diffusion.
    Diffusion(Box<DiffusionHalf>),
}

impl VaeDecoder {
    /// Builds it from its parameters. `weights` is the root of the whole autoencoder.
    pub fn new(config: &VaeConfig, mut weights: Weights) -> Result<Self, Failure> {
        let statistics = Statistics::new(weights.here(), config.channels)?;
        Self::with(config, statistics, weights)
    }

    pub(super) fn with(
        config: &VaeConfig,
        statistics: Statistics,
        mut weights: Weights,
    ) -> Result<Self, Failure> {
        Ok(match &config.decoder {
            DecoderConfig::Plain(form, layers) => Self::Plain(PlainDecoder::new(
                config,
                (*form, layers),
                statistics,
                weights,
            )?),
            DecoderConfig::Diffusion(diffusion) => {
                let weights = weights.at("decoder");
                Self::Diffusion(Box::new(DiffusionHalf::new(
                    diffusion, statistics, weights,
                )?))
            }
        })
    }

    /// Latent channels.
    pub fn channels(&self) -> i64 {
        match self {
            Self::Plain(plain) => plain.channels(),
            Self::Diffusion(diffusion) => diffusion.channels(),
        }
    }

    /// Pixels per latent position, along each side.
    pub fn pixels_per_latent(&self) -> i64 {
        match self {
            Self::Plain(plain) => plain.pixels_per_latent(),
            Self::Diffusion(diffusion) => diffusion.pixels_per_latent(),
        }
    }

    /// The frames of a short clip in one piece, not clamped: of normalised latents, b x c x 1+n x h x w.
    pub fn decode_whole(&self, latents: &Tensor) -> Result<Tensor, Failure> {
        match self {
            Self::Plain(plain) => plain.decode_whole(latents),
            Self::Diffusion(diffusion) => diffusion.decode_whole(latents),
        }
    }
}
