//! The speaker encoder: from a sample of a voice to the row that stands for it (ECAPA-TDNN). It runs only with consent.
//! Source: `qwen_tts` `Qwen3TTSSpeakerEncoder`; paper: arXiv 2005.07143.

mod config;
mod layers;
mod mel;

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use super::consent::Consent;
use crate::weights::Weights;
pub use config::SpeakerConfig;
use layers::{Pooling, ReflectedConv, SqueezedBlock};
pub use mel::VOICE_RATE_HZ;
use mel::{HOP_SAMPLES, MEL_BINS, log_mel};

/// Shortest sample of a voice, in seconds.
const SHORTEST_SECONDS: f64 = 0.1;
/// Longest sample of a voice, in seconds. The released models were made for about 3 s.
pub const LONGEST_SECONDS: f64 = 60.0;

/// Frames of the spectrogram of the longest sample.
pub fn most_mel_frames() -> u64 {
    (LONGEST_SECONDS * VOICE_RATE_HZ as f64) as u64 / HOP_SAMPLES as u64 + 1
}

/// A voice that was cloned. It can only be made with consent, and keeps the words of it.
#[derive(Debug)]
pub struct ClonedVoice {
    row: Tensor, // 1 x 1 x d
    consent: Consent,
}

impl ClonedVoice {
    /// The row that stands for the voice: 1 x 1 x d.
    pub fn row(&self) -> &Tensor {
        &self.row
    }

    /// By what right it was made.
    pub fn consent(&self) -> &Consent {
        &self.consent
    }
}

/// The encoder.
#[derive(Debug)]
pub struct SpeakerEncoder {
    first: ReflectedConv,
    blocks: Vec<SqueezedBlock>,
    together: ReflectedConv,
    pooling: Pooling,
    last: ReflectedConv,
    config: SpeakerConfig,
}

impl SpeakerEncoder {
    /// Builds it from its parameters.
    pub fn new(config: &SpeakerConfig, mut weights: Weights) -> Result<Self, Failure> {
        let mut encoder = weights.at("speaker_encoder");
        let stages = &config.stages;
        let (first, middle, last) = (stages.first(), stages.middle(), stages.last());
        let mut list = encoder.at("blocks");
        let head = ReflectedConv::new(
            list.at(0).at("conv"),
            MEL_BINS,
            first.channels,
            (first.kernel, first.dilation),
        )?;
        let mut inputs = first.channels;
        let mut blocks = Vec::new();
        for (at, stage) in middle.iter().enumerate() {
            blocks.push(SqueezedBlock::new(config, list.at(at + 1), inputs, *stage)?);
            inputs = stage.channels;
        }
        let all = last.channels;
        Ok(Self {
            first: head,
            blocks,
            together: ReflectedConv::new(
                encoder.at("mfa").at("conv"),
                all,
                all,
                (last.kernel, last.dilation),
            )?,
            pooling: Pooling::new(encoder.at("asp"), all, config.attention_channels)?,
            last: ReflectedConv::pointwise(encoder.at("fc"), 2 * all, config.width)?,
            config: config.clone(),
        })
    }

    /// Clones a voice from a sample of it: n samples, mono, at 24 kHz. Refused if the sample is too short or too long.
    pub fn clone_voice(&self, sample: &Tensor, consent: Consent) -> Result<ClonedVoice, Failure> {
        let samples = sample.numel();
        let seconds = samples as f64 / VOICE_RATE_HZ as f64;
        let (least, most) = (SHORTEST_SECONDS, LONGEST_SECONDS);
        if sample.dim() != 1 || !(least..=most).contains(&seconds) {
            return Err(Failure::refused(
                format!(
                    "a sample of {seconds:.2} s of shape {:?} cannot be used",
                    sample.size()
                ),
                format!("use one voice alone, mono, of {least} s to {most} s"),
            ));
        }
        let _no_grad = tch::no_grad_guard();
        let sample = sample.to_device(self.first.device());
        let mel = log_mel(&sample.to_kind(Kind::Float)); // 1 bins t
        let (has, needs) = (mel.size()[2], self.config.least_frames());
        if has < needs {
            return Err(Failure::refused(
                format!("the sample has {has} frames where the model needs {needs}"),
                "use a longer sample of the voice",
            ));
        }
        let mut x = self.first.forward(&mel).relu();
        let mut all = Vec::new();
        for block in &self.blocks {
            x = block.forward(&x);
            all.push(x.shallow_clone());
        }
        let x = self.together.forward(&Tensor::cat(&all, 1)).relu();
        let row = self.last.forward(&self.pooling.forward(&x)); // 1 d 1
        Ok(ClonedVoice {
            row: row.transpose(1, 2),
            consent,
        })
    }
}
