//! Both halves of the sound autoencoder, between spectrograms and the transformer's normalised tokens.
//! Long sounds pass in pieces, in bounded memory: both halves are causal and read about a second before a place.

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use super::config::{AudioVaeConfig, FRAMES_PER_LATENT};
use super::decoder::Decoder;
use super::encoder::Encoder;
use super::pieces::{PieceDone, Reach, pieces};
use crate::weights::Weights;

/// Latent frames of a piece: about five seconds.
const PIECE_LATENTS: i64 = 128;

/// The transformer works on tokens normalised to mean 0 and deviation 1. The numbers are in the weights.
#[derive(Debug)]
struct Statistics {
    mean: Tensor, // d
    deviation: Tensor,
}

impl Statistics {
    fn new(config: &AudioVaeConfig, mut weights: Weights) -> Result<Self, Failure> {
        let mut statistics = weights.at("per_channel_statistics");
        let width = [config.token_width()];
        Ok(Self {
            mean: statistics.exact("mean-of-means", &width)?,
            deviation: statistics.exact("std-of-means", &width)?,
        })
    }

    /// The same numbers, not copied.
    fn shared(&self) -> Self {
        Self {
            mean: self.mean.shallow_clone(),
            deviation: self.deviation.shallow_clone(),
        }
    }
}

/// Latents b z t m as tokens b t z*m: a latent frame is a token, channel by channel.
pub fn packed(latents: &Tensor) -> Tensor {
    latents.transpose(1, 2).flatten(2, 3)
}

/// Tokens b t z*m as latents b z t m, for this number of channels z.
pub fn unpacked(tokens: &Tensor, channels: i64) -> Tensor {
    let size = tokens.size();
    tokens
        .reshape([size[0], size[1], channels, size[2] / channels])
        .transpose(1, 2)
}

/// Both halves of the autoencoder. A job loads only the half that it needs.
#[derive(Debug)]
pub struct AudioVae {
    /// The encoder: spectrogram to tokens.
    pub encoder: AudioEncoder,
    /// The decoder: tokens to spectrogram.
    pub decoder: AudioDecoder,
}

impl AudioVae {
    /// Builds both halves from their parameters.
    pub fn new(config: &AudioVaeConfig, mut weights: Weights) -> Result<Self, Failure> {
        let statistics = Statistics::new(config, weights.here())?;
        Ok(Self {
            encoder: AudioEncoder {
                encoder: Encoder::new(config, weights.at("encoder"))?,
                statistics: statistics.shared(),
                config: config.clone(),
            },
            decoder: AudioDecoder {
                decoder: Decoder::new(config, weights.at("decoder"))?,
                statistics,
                config: config.clone(),
            },
        })
    }
}

/// The encoder half: spectrogram to tokens.
#[derive(Debug)]
pub struct AudioEncoder {
    encoder: Encoder,
    statistics: Statistics,
    config: AudioVaeConfig,
}

/// The decoder half: tokens to spectrogram.
#[derive(Debug)]
pub struct AudioDecoder {
    decoder: Decoder,
    statistics: Statistics,
    config: AudioVaeConfig,
}

impl AudioEncoder {
    /// Builds it from its parameters. `weights` is the root of the whole autoencoder.
    pub fn new(config: &AudioVaeConfig, mut weights: Weights) -> Result<Self, Failure> {
        Ok(Self {
            encoder: Encoder::new(config, weights.at("encoder"))?,
            statistics: Statistics::new(config, weights)?,
            config: config.clone(),
        })
    }

    /// Encodes a log-mel spectrogram b c t m to normalised tokens b ceil(t/4) d. Takes the mean of the distribution.
    pub fn encode(&self, mel: &Tensor, done: &mut PieceDone) -> Result<Tensor, Failure> {
        self.encode_in_pieces(mel, PIECE_LATENTS, done)
    }

    /// The same in pieces of this many latent frames.
    pub fn encode_in_pieces(
        &self,
        mel: &Tensor,
        latents: i64,
        done: &mut PieceDone,
    ) -> Result<Tensor, Failure> {
        let _no_grad = tch::no_grad_guard();
        let expected = [self.config.sounds, self.config.mel_bins()];
        let frames = match mel.size()[..] {
            [_, sounds, frames, bins] if [sounds, bins] == expected && frames > 0 => frames,
            _ => return Err(of_wrong_shape("spectrogram", mel)),
        };
        let Statistics { mean, deviation } = &self.statistics;
        let mel = mel.to_device(mean.device()).to_kind(Kind::Float);
        let total = (frames + FRAMES_PER_LATENT - 1) / FRAMES_PER_LATENT;
        let reach = Reach {
            before: self.config.encoder_reach(),
            after: 0,
            multiple: 1,
        };
        let pieces = pieces(total, latents, reach);
        let mut encoded = Vec::new();
        for (at, piece) in pieces.iter().enumerate() {
            let from = FRAMES_PER_LATENT * piece.read_from;
            // The last latent frame of a piece reads no frame after its first.
            let to = (FRAMES_PER_LATENT * (piece.read_to - 1) + 1).min(frames);
            let means = self.encoder.forward(&mel.narrow(2, from, to - from));
            encoded.push(means.narrow(2, piece.start - piece.read_from, piece.end - piece.start));
            done(at + 1, pieces.len())?;
        }
        Ok((packed(&Tensor::cat(&encoded, 2)) - mean) / deviation)
    }
}

impl AudioDecoder {
    /// Builds it from its parameters. `weights` is the root of the whole autoencoder.
    pub fn new(config: &AudioVaeConfig, mut weights: Weights) -> Result<Self, Failure> {
        Ok(Self {
            decoder: Decoder::new(config, weights.at("decoder"))?,
            statistics: Statistics::new(config, weights)?,
            config: config.clone(),
        })
    }

    /// Decodes normalised tokens b t d to a log-mel spectrogram b c 4t-3 m.
    pub fn decode(&self, tokens: &Tensor, done: &mut PieceDone) -> Result<Tensor, Failure> {
        self.decode_in_pieces(tokens, PIECE_LATENTS, done)
    }

    /// The same in pieces of this many latent frames.
    pub fn decode_in_pieces(
        &self,
        tokens: &Tensor,
        latents: i64,
        done: &mut PieceDone,
    ) -> Result<Tensor, Failure> {
        let _no_grad = tch::no_grad_guard();
        let width = self.config.token_width();
        let total = match tokens.size()[..] {
            [_, total, own] if own == width && total > 0 => total,
            _ => return Err(of_wrong_shape("list of sound tokens", tokens)),
        };
        let Statistics { mean, deviation } = &self.statistics;
        let tokens = tokens.to_device(mean.device()).to_kind(Kind::Float);
        let raw = tokens * deviation + mean;
        let raw = unpacked(&raw, self.config.channels);
        let reach = Reach {
            before: self.config.decoder_reach(),
            after: 0,
            multiple: 1,
        };
        let pieces = pieces(total, latents, reach);
        let mut decoded = Vec::new();
        for (at, piece) in pieces.iter().enumerate() {
            let (from, to) = (piece.read_from, piece.read_to);
            let frames = self.decoder.forward(&raw.narrow(2, from, to - from));
            let first = frame_of(piece.start) - FRAMES_PER_LATENT * from;
            let count = frame_of(piece.end) - frame_of(piece.start);
            decoded.push(frames.narrow(2, first, count));
            done(at + 1, pieces.len())?;
        }
        Ok(Tensor::cat(&decoded, 2))
    }
}

/// The first frame of the spectrogram that a latent frame makes.
fn frame_of(latent: i64) -> i64 {
    (FRAMES_PER_LATENT * latent - (FRAMES_PER_LATENT - 1)).max(0)
}

fn of_wrong_shape(what: &str, tensor: &Tensor) -> Failure {
    Failure::bug(format!("a {what} is {:?}", tensor.size()))
}
