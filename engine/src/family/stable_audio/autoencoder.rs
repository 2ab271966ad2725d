//! The autoencoder SAME: sound to latents and back, in pieces of bounded memory.
//! Source: diffusers `AutoencoderSAME` (arXiv 2605.17991, 2.1). The small form has 6 layers, the large one 12.
//!
//! Attention reaches a few segments to either side, and positions are relative. So a long sound is cut into pieces with
//! as much around them as the layers reach, and the result is that of the whole but for rounding.

mod config;
mod layers;
mod resampling;

use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use crate::nn::Linear;
use crate::weights::{Check, Weights};

pub use config::{AutoencoderConfig, Level};
use resampling::{Direction, Resampling, padded};

/// Latents per piece: 12 seconds of the released models. Memory for the attention of a piece grows with its square.
pub const PIECE_LATENTS: i64 = 128;

/// Called before each layer, with the fraction of the work that is done. An error stops the work.
pub type PieceCheck<'c> = dyn FnMut(f64) -> Result<(), Failure> + 'c;

/// Runs a piece: first and end of what it needs around it, then of the piece itself, in latents.
type PieceWork<'w> = dyn FnMut((i64, i64), (i64, i64), &mut Check) -> Result<Tensor, Failure> + 'w;

/// The autoencoder.
#[derive(Debug)]
pub struct Autoencoder {
    encoder: Vec<Resampling>,
    encoder_proj: Linear,
    decoder: Vec<Resampling>,
    decoder_proj: Linear,
    scale: Tensor,       // 1 c 1
    bias: Tensor,        // 1 c 1
    running_std: Tensor, // 1
    config: AutoencoderConfig,
}

impl Autoencoder {
    /// Builds the network from its parameters.
    pub fn new(config: &AutoencoderConfig, mut weights: Weights) -> Result<Self, Failure> {
        let (channels, count) = (config.latent_channels, config.levels.len());
        let coarsest = config.levels.last().map_or(channels, |level| level.width);
        let mut encoder = Vec::new();
        let mut decoder = Vec::new();
        for at in 0..count {
            let weights = weights.at(format!("encoder.blocks.{at}"));
            encoder.push(Resampling::new(config, at, Direction::Encode, weights)?);
        }
        for at in 0..count {
            // The decoder's list begins with the coarsest level.
            let weights = weights.at(format!("decoder.blocks.{at}"));
            let level = count - 1 - at;
            decoder.push(Resampling::new(config, level, Direction::Decode, weights)?);
        }
        let encoder_proj = Linear::new(weights.at("encoder").at("proj"), coarsest, channels)?;
        let decoder_proj = Linear::new(weights.at("decoder").at("proj"), channels, coarsest)?;
        let mut bottleneck = weights.at("bottleneck");
        Ok(Self {
            encoder,
            encoder_proj,
            decoder,
            decoder_proj,
            scale: bottleneck.tensor("scale", &[1, channels, 1])?,
            bias: bottleneck.tensor("bias", &[1, channels, 1])?,
            running_std: bottleneck.tensor("running_std", &[1])?,
            config: config.clone(),
        })
    }

    /// Its shape.
    pub fn config(&self) -> &AutoencoderConfig {
        &self.config
    }

    /// Its precision.
    fn kind(&self) -> Kind {
        self.scale.kind()
    }

    fn device(&self) -> Device {
        self.scale.device()
    }

    /// Encodes sound, 1 x channels x n: 1 x c x t, in fp32. The last latent is completed with silence.
    pub fn encode(&self, wave: &Tensor, check: &mut PieceCheck) -> Result<Tensor, Failure> {
        self.encode_in_pieces(wave, PIECE_LATENTS, check)
    }

    /// As [`Self::encode`], with this many latents per piece.
    pub fn encode_in_pieces(
        &self,
        wave: &Tensor,
        piece: i64,
        check: &mut PieceCheck,
    ) -> Result<Tensor, Failure> {
        let _no_grad = tch::no_grad_guard();
        let (samples, per_latent) = (wave.size()[2], self.config.samples_per_latent());
        let length = (samples + per_latent - 1) / per_latent;
        self.in_pieces(length, piece, check, &mut |around, inner, check| {
            let (first, end) = (around.0 * per_latent, samples.min(around.1 * per_latent));
            let latents = self.encode_whole(&wave.narrow(2, first, end - first), check)?;
            Ok(latents.narrow(2, inner.0 - around.0, inner.1 - inner.0))
        })
    }

    /// Decodes latents, 1 x c x t, to sound: 1 x channels x samples, in fp32, not limited to [-1, 1].
    pub fn decode(&self, latents: &Tensor, check: &mut PieceCheck) -> Result<Tensor, Failure> {
        self.decode_in_pieces(latents, PIECE_LATENTS, check)
    }

    /// As [`Self::decode`], with this many latents per piece.
    pub fn decode_in_pieces(
        &self,
        latents: &Tensor,
        piece: i64,
        check: &mut PieceCheck,
    ) -> Result<Tensor, Failure> {
        let _no_grad = tch::no_grad_guard();
        let per_latent = self.config.samples_per_latent();
        let length = latents.size()[2];
        self.in_pieces(length, piece, check, &mut |around, inner, check| {
            let part = latents.narrow(2, around.0, around.1 - around.0);
            let wave = self.decode_whole(&part, check)?;
            let (first, count) = (inner.0 - around.0, inner.1 - inner.0);
            Ok(wave.narrow(2, first * per_latent, count * per_latent))
        })
    }

    /// Runs `work` on pieces of `length` latents, and joins the results. `work` receives first and end of what it needs
    /// around the piece, and of the piece.
    fn in_pieces(
        &self,
        length: i64,
        piece: i64,
        check: &mut PieceCheck,
        work: &mut PieceWork,
    ) -> Result<Tensor, Failure> {
        let (piece, reach) = (piece.max(1), self.config.reach());
        let mut parts = Vec::new();
        let mut first = 0;
        while first < length {
            // A short rest belongs to the last piece, which is needed around it anyway.
            let rest = length - first;
            let end = first + if rest <= piece + reach { rest } else { piece };
            let around = ((first - reach).max(0), (end + reach).min(length));
            let done = first as f64 / length as f64;
            let part = work(around, (first, end), &mut || check(done))?;
            parts.push(part.to_kind(Kind::Float));
            first = end;
        }
        Ok(Tensor::cat(&parts, 2))
    }

    fn encode_whole(&self, wave: &Tensor, check: &mut Check) -> Result<Tensor, Failure> {
        let wave = wave.to_device(self.device()).to_kind(self.kind());
        let mut x = self.patched(&wave);
        for level in &self.encoder {
            x = level.encode(&x, check)?;
        }
        let latents = self.encoder_proj.forward(&x.transpose(1, 2));
        Ok((latents.transpose(1, 2) * &self.scale + &self.bias) / &self.running_std)
    }

    fn decode_whole(&self, latents: &Tensor, check: &mut Check) -> Result<Tensor, Failure> {
        let latents = latents.to_device(self.device()).to_kind(self.kind());
        let latents = (latents * &self.running_std).transpose(1, 2);
        let mut x = self.decoder_proj.forward(&latents).transpose(1, 2);
        for level in &self.decoder {
            x = level.decode(&x, check)?;
        }
        Ok(self.unpatched(&x))
    }

    /// 1 x channels x n -> 1 x (channels patch) x frames: the samples of a patch become channels.
    fn patched(&self, wave: &Tensor) -> Tensor {
        let (channels, patch) = (self.config.audio_channels, self.config.patch);
        let frames = padded(wave, patch).reshape([1, channels, -1, patch]);
        frames.transpose(2, 3).flatten(1, 2)
    }

    /// The reverse.
    fn unpatched(&self, x: &Tensor) -> Tensor {
        let (channels, patch) = (self.config.audio_channels, self.config.patch);
        let frames = x.reshape([1, channels, patch, -1]);
        frames.transpose(2, 3).flatten(2, 3)
    }
}
