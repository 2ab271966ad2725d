//! The vocoders: log-mel spectrogram to wave. LTX-2.0 has one network, at 24 kHz. LTX-2.3 and 2.5 have one at 16 kHz
//! and a second that extends its bandwidth to 48 kHz.
//!
//! Sources: diffusers `LTX2Vocoder` and `LTX2VocoderWithBWE`; LTX-2 `ltx_core/model/audio_vae/vocoder.py`; `HiFi-GAN`
//! (arXiv 2010.05646), `BigVGAN` (arXiv 2206.04658).

mod activation;
mod config;
mod detect;
mod extension;
mod network;

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use super::pieces::{PieceDone, Reach, pieces};
use crate::weights::Weights;
pub use config::{Activation, End, ExtensionConfig, NetworkConfig, Upsampling, VocoderConfig};
use extension::Extension;
use network::Network;

/// Frames of the spectrogram in a piece: about five seconds.
const PIECE_FRAMES: i64 = 512;

/// A vocoder, with bandwidth extension or without.
#[derive(Debug)]
pub struct Vocoder {
    /// Its shape.
    pub config: VocoderConfig,
    network: Network,
    extension: Option<Extension>,
}

impl Vocoder {
    /// Builds it from its parameters.
    pub fn new(config: &VocoderConfig, mut weights: Weights) -> Result<Self, Failure> {
        let (network, extension) = match &config.extension {
            None => (Network::new(&config.network, weights)?, None),
            Some(extension) => (
                Network::new(&config.network, weights.at("vocoder"))?,
                Some(Extension::new(extension, weights)?),
            ),
        };
        Ok(Self {
            config: config.clone(),
            network,
            extension,
        })
    }

    /// The wave b c n in [-1, 1] of a log-mel spectrogram b c t m, with [`VocoderConfig::samples_per_frame`] samples
    /// for each frame.
    pub fn wave(&self, mel: &Tensor, done: &mut PieceDone) -> Result<Tensor, Failure> {
        self.wave_in_pieces(mel, PIECE_FRAMES, done)
    }

    /// The same in pieces of this many frames.
    pub fn wave_in_pieces(
        &self,
        mel: &Tensor,
        frames: i64,
        done: &mut PieceDone,
    ) -> Result<Tensor, Failure> {
        let _no_grad = tch::no_grad_guard();
        let inputs = self.config.network.inputs;
        let total = match mel.size()[..] {
            [_, sounds, total, bins] if sounds.saturating_mul(bins) == inputs && total > 0 => total,
            _ => {
                return Err(Failure::bug(format!(
                    "a spectrogram is {:?} where the vocoder reads {inputs} channels",
                    mel.size()
                )));
            }
        };
        let mel = mel.to_device(self.network.device()).to_kind(Kind::Float);
        let mel = mel.transpose(2, 3).flatten(1, 2); // b c*m t
        let around = self.config.reach_frames();
        let reach = Reach {
            before: around,
            after: around,
            multiple: self.config.frame_multiple(),
        };
        let per_frame = self.config.samples_per_frame();
        let pieces = pieces(total, frames, reach);
        let mut waves = Vec::new();
        for (at, piece) in pieces.iter().enumerate() {
            let read = mel.narrow(2, piece.read_from, piece.read_to - piece.read_from);
            let wave = self.forward(&read);
            let from = (piece.start - piece.read_from) * per_frame;
            let count = (piece.end - piece.start) * per_frame;
            waves.push(wave.narrow(2, from, count));
            done(at + 1, pieces.len())?;
        }
        Ok(Tensor::cat(&waves, 2))
    }

    /// b c*m t -> b c n, in one piece.
    fn forward(&self, mel: &Tensor) -> Tensor {
        let wave = self.network.forward(mel);
        match &self.extension {
            None => wave,
            Some(extension) => extension.forward(&wave),
        }
    }
}
