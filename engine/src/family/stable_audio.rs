//! The Stable Audio 3 family: sound of seconds to minutes from text, in stereo at 44.1 kHz, and new sound for ranges of a
//! given one. It makes no pictures.
//!
//! Sources: diffusers `models/transformers/transformer_stable_audio3.py`, `models/autoencoders/autoencoder_same.py`,
//! `pipelines/stable_audio_3/*`; transformers `models/t5gemma`; paper: arXiv 2605.17991.
//!
//! The release is a folder in the Diffusers layout, so its keys are the original names here: those of
//! `StableAudio3DiTModel`, `AutoencoderSAME`, `StableAudio3DurationEmbedder` and `T5GemmaEncoderModel`, unchanged. The
//! components may also lie in any folders below one, each with its `config.json`; all but the text encoder also in the one
//! file of the makers' tools, with its `model_config.json`.
//!
//! Shapes are written b (batch), l (tokens), d (width), h (heads), c (latent channels), t (latents in time).
//!
//! The tokenizer is Gemma's, with `<bos>` before the text and nothing after it.

mod attention;
mod autoencoder;
mod card;
mod duration;
mod feed_forward;
mod given;
mod job;
mod make;
mod makers_config;
mod memory;
mod names;
mod norm;
mod open;
mod sampling;
pub mod spec;
mod text;
mod transformer;
mod work;

use std::path::{Path, PathBuf};

use kinora_wire::{Failure, GenerationSettings, ModelSpec};
use tch::{Device, Kind};

use super::contract::{ClipSink, ClipWork, Kept, MakesSound, Making, OpenModel, SoundMade};
use super::part::Part;
use super::sending::{samples_of, send_wave};
use crate::job::{Clock, Listener};
use crate::memory::MemoryNeeds;
use crate::plan::Plan;
use crate::weights::Checkpoint;
use given::Placed;

pub use autoencoder::{Autoencoder, AutoencoderConfig, Level};
pub use card::{LICENCE, Network};
pub use duration::{DurationConfig, DurationEmbedder};
pub use given::{Given, continuation};
pub use job::Job;
pub use make::{Made, Wanted, make};
pub use names::{Component, OTHER_PARTS, parts_of, unread};
pub use open::companions_of;
pub use sampling::{LogSnr, SoundSampler, sigmas};
pub use text::{TEXT_LENGTH, TextConfig, TextEncoder};
pub use transformer::{Conditioning, Transformer, TransformerConfig};

/// An opened model.
#[derive(Debug)]
pub struct StableAudio {
    transformer: Part<TransformerConfig>,
    autoencoder: Part<AutoencoderConfig>,
    text: Part<TextConfig>,
    duration: Part<DurationConfig>,
    /// Path of the tokenizer, unless the text encoder's file contains one.
    tokenizer: Option<PathBuf>,
    sampler: SoundSampler,
}

/// The recommended settings of a model whose files say nothing: those of distilled models.
pub fn fallback_defaults() -> GenerationSettings {
    spec::defaults(SoundSampler::PingPong, spec::released())
}

impl OpenModel for StableAudio {
    fn spec(&self, _defaults: &GenerationSettings) -> ModelSpec {
        spec::spec(self.sound(), self.takes_given())
    }

    fn fallback_defaults(&self) -> GenerationSettings {
        spec::defaults(self.sampler, self.sound())
    }

    fn checkpoints(&self) -> Vec<&Checkpoint> {
        vec![
            &self.transformer.checkpoint,
            &self.autoencoder.checkpoint,
            &self.text.checkpoint,
            &self.duration.checkpoint,
        ]
    }

    fn tokenizer_file(&self) -> Option<&Path> {
        self.tokenizer.as_deref()
    }

    fn memory_needs(
        &self,
        plan: &Plan,
        device: Device,
        kind: Kind,
    ) -> Result<MemoryNeeds, Failure> {
        memory::needs(self, plan, device, kind)
    }

    fn work(&self, plan: &Plan) -> ClipWork {
        work::work_of(self, plan)
    }

    fn making(&self) -> Making<'_> {
        Making::SoundAlone(self)
    }
}

impl MakesSound for StableAudio {
    fn make(
        &self,
        plan: &Plan,
        kept: Kept<'_>,
        listener: &mut dyn Listener,
        clock: &mut Clock,
        sink: &mut dyn ClipSink,
    ) -> Result<SoundMade, Failure> {
        let (settings, inputs) = (plan.settings(), &plan.request.inputs);
        let shape = self.autoencoder();
        let form = (shape.audio_channels, shape.rate_hz);
        let placed = plan.given_sound();
        let placed = placed.map(|given| Placed::of(given, plan.seconds(), form));
        let placed = placed.transpose()?;
        let tokenizer = clock.loading(|| self.tokenizer(kept.models))?;
        let tokens = |text: &str| tokenizer.tokens(text, TEXT_LENGTH);
        let (prompt, negative) = (tokens(&inputs.prompt)?, tokens(&settings.negative)?);
        let wanted = Wanted {
            prompt: &prompt.ids,
            negative: &negative.ids,
            seconds: plan.seconds(),
            seed: inputs.seed,
            steps: settings.steps as usize,
            sampler: self.sampler,
            guidance: settings.guidance,
            levels: LogSnr::default(),
            given: placed.as_ref().map(Placed::given),
        };
        let mut job = Job {
            model: self,
            kept,
            listener: &mut *listener,
            clock,
        };
        let Made { latents, wave } = make(&mut job, &wanted)?;
        let samples = match &placed {
            Some(placed) => placed.kept_in(&wave.samples, wave.rate_hz),
            None => wave.samples,
        };
        let length = samples_of(plan.frames(), settings.rate);
        let samples = samples.unsqueeze(0);
        send_wave(&samples, wave.rate_hz, length, listener, sink)?;
        Ok(SoundMade {
            latents: Some(latents),
            share: 1.0,
        })
    }
}
