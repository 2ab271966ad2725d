//! The LTX-2 family: one transformer that makes picture and sound together, with an autoencoder for each, a vocoder,
//! and Gemma as the text encoder, whose layers connectors prepare for the two streams.

pub mod audio;
pub mod card;
mod decode;
mod denoiser;
mod given;
pub mod guidance;
pub mod identity;
mod inputs;
mod memory;
mod mismatch;
mod names;
mod open;
mod preview;
mod prompts;
pub mod schedule;
pub mod spec;
pub mod text;
pub mod transformer;
pub mod upsampler;
pub mod vae;
mod work;

use std::path::{Path, PathBuf};

use kinora_wire::{Failure, GenerationSettings, LatentGrid, Makes, ModelSpec};
use tch::{Device, Kind};

use super::contract::{ClipWork, Decoder, Inputs, MakesSteps, Making, OpenModel};
use super::part::Part;
use super::sending::samples_of;
use crate::conditioning::Conditioning;
use crate::embeddings::EmbeddingCache;
use crate::job::{Clock, Listener};
use crate::memory::{MemoryNeeds, PictureForm};
use crate::model_cache::{LoadedModels, Slot};
use crate::plan::Plan;
use crate::preview::LatentColours;
use crate::sampler::Schedule;
use crate::streams::Streams;
use crate::weights::Checkpoint;
use audio::vocoder::{Vocoder, VocoderConfig};
use audio::{AudioDecoder, AudioVaeConfig};
use guidance::ClipGuidance;
use identity::Version;
use text::{ConnectorsConfig, GemmaConfig};
use transformer::Config;
use vae::{Tiling, VaeConfig, VaeDecoder};

pub use names::{OTHER_PARTS, parts_of};
pub use open::companions_of;

/// Tokens by which the schedule of a sound alone is shifted: the reference's value without a picture.
const TOKENS_WITHOUT_PICTURE: i64 = 4096;

/// An opened model.
#[derive(Debug)]
pub struct Ltx2 {
    version: Version,
    /// Gemma's files.
    text: Part<GemmaConfig>,
    /// Those of projections and connectors.
    connectors: Part<ConnectorsConfig>,
    transformer: Part<Config>,
    /// Those of the autoencoder of the picture.
    vae: Part<VaeConfig>,
    audio_vae: Part<AudioVaeConfig>,
    vocoder: Part<VocoderConfig>,
    /// Path of the tokenizer, unless the text encoder's file contains one.
    tokenizer: Option<PathBuf>,
}

/// The recommended settings of a model whose files say nothing: those of the version between.
pub fn fallback_defaults() -> GenerationSettings {
    spec::fallback_defaults(Version::V2_3)
}

impl Ltx2 {
    /// The shapes of the noise of a clip, with the latent frames of keyframes after those of the picture.
    fn noise_shapes(&self, plan: &Plan) -> Streams<Vec<i64>> {
        let audio = &self.audio_vae.shape;
        let [frames, rows, columns] = plan.latent();
        let frames = frames + given::appended(plan).len() as i64;
        spec::noise_shapes(
            plan.request.inputs.makes,
            [frames, rows, columns],
            (plan.frames(), plan.settings().rate),
            (self.vae.shape.channels, [audio.channels, audio.bins]),
        )
    }

    /// The tokens of the streams that are made, or given.
    fn tokens(&self, plan: &Plan) -> transformer::Streams<i64> {
        let shapes = self.noise_shapes(plan);
        let tokens = |shape: Vec<i64>, axes: usize| shape.iter().skip(2).take(axes).product();
        let given = given::has_whole_clip(plan).then(|| plan.latent().iter().product());
        transformer::Streams {
            video: shapes.picture.map(|shape| tokens(shape, 3)).or(given),
            audio: shapes.sound.map(|shape| tokens(shape, 1)),
        }
    }

    /// The block whose self-attention is perturbed; of a smaller network the last.
    fn perturbed_block(&self) -> usize {
        let last = self.transformer.shape.layers.saturating_sub(1);
        spec::perturbed_block(self.version).min(last)
    }

    fn load_picture_decoder<'n>(
        &self,
        models: &'n mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<&'n VaeDecoder, Failure> {
        let Part { checkpoint, shape } = &self.vae;
        models.network(Slot::Decoder, checkpoint, listener, clock, |weights| {
            VaeDecoder::new(shape, weights)
        })
    }

    fn load_sound_decoder(
        &self,
        plan: &Plan,
        models: &mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<decode::SoundDecoder, Failure> {
        let Part { checkpoint, shape } = &self.audio_vae;
        let decoder =
            models.shared_network(Slot::SoundDecoder, checkpoint, listener, clock, |weights| {
                AudioDecoder::new(shape, weights)
            })?;
        let Part { checkpoint, shape } = &self.vocoder;
        let vocoder =
            models.shared_network(Slot::Vocoder, checkpoint, listener, clock, |weights| {
                Vocoder::new(shape, weights)
            })?;
        Ok(decode::SoundDecoder {
            decoder,
            vocoder,
            samples: samples_of(plan.frames(), plan.settings().rate),
        })
    }
}

impl OpenModel for Ltx2 {
    fn spec(&self, _defaults: &GenerationSettings) -> ModelSpec {
        let spec = spec::spec();
        ModelSpec {
            latent_grid: LatentGrid {
                channels: self.vae.shape.channels as u32,
                ..spec.latent_grid
            },
            ..spec
        }
    }

    fn fallback_defaults(&self) -> GenerationSettings {
        spec::fallback_defaults(self.version)
    }

    fn checkpoints(&self) -> Vec<&Checkpoint> {
        vec![
            &self.transformer.checkpoint,
            &self.connectors.checkpoint,
            &self.vae.checkpoint,
            &self.audio_vae.checkpoint,
            &self.vocoder.checkpoint,
            &self.text.checkpoint,
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
        Making::Steps(self)
    }
}

impl MakesSteps for Ltx2 {
    fn schedule(&self, plan: &Plan) -> Schedule {
        let settings = plan.settings();
        let tokens = self.tokens(plan).video.unwrap_or(TOKENS_WITHOUT_PICTURE);
        let steps = settings.steps as usize;
        schedule::schedule(settings.sampler, steps, tokens, settings.shift)
    }

    fn encode_inputs<'m>(
        &'m self,
        plan: &'m Plan,
        pictures: &Conditioning,
        embeddings: Option<&EmbeddingCache>,
        models: &mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Box<dyn Inputs + 'm>, Failure> {
        let guidance = ClipGuidance::of(plan.settings())?; // refused before any work
        let guidance = guidance.for_streams(plan.request.inputs.makes, given::has_whole_clip(plan));
        given::refuse_unusable(plan)?;
        let adapters = self.adapters(plan)?;
        let negative = plan.settings().negative.as_str();
        let texts = [
            Some(plan.request.inputs.prompt.as_str()),
            guidance.needs_negative().then_some(negative),
        ];
        let prompts = self.encode_prompts(texts, embeddings, models, listener, clock)?;
        let given = self.encode_given(plan, pictures, models, listener, clock)?;
        Ok(Box::new(inputs::Encoded {
            model: self,
            plan,
            prompts,
            given,
            guidance,
            adapters,
        }))
    }

    fn preview(
        &self,
        plan: &Plan,
        models: &mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<LatentColours, Failure> {
        if !plan.request.inputs.makes.has_picture() {
            return Ok(preview::none());
        }
        let device = models.device;
        let vae = self.load_picture_decoder(models, listener, clock)?;
        clock.encoding(|| preview::fit(vae, device))
    }

    fn decoder<'n>(
        &self,
        plan: &Plan,
        models: &'n mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Box<dyn Decoder + 'n>, Failure> {
        let makes: Makes = plan.request.inputs.makes;
        let sound = makes.has_sound();
        let sound = sound.then(|| self.load_sound_decoder(plan, models, listener, clock));
        let sound = sound.transpose()?;
        let tiling = || Tiling::of_pixels_per_latent(self.vae.shape.pixels_per_latent());
        let tiling = (models.plan().decoding == PictureForm::Tiled).then(tiling);
        let picture = match makes.has_picture() {
            true => {
                let vae = self.load_picture_decoder(models, listener, clock)?;
                Some(vae::ClipDecoder { vae, tiling })
            }
            false => None,
        };
        Ok(Box::new(decode::ClipDecoder { picture, sound }))
    }
}
