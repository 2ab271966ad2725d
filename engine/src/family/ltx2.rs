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
mod layout;
mod memory;
mod mismatch;
mod names;
mod open;
mod preview;
mod prompts;
mod references;
pub mod schedule;
pub mod spec;
mod stages;
pub mod text;
pub mod transformer;
pub mod upsampler;
pub mod vae;
mod work;

use std::path::{Path, PathBuf};
use std::rc::Rc;

use kinora_wire::{Ability, Failure, GenerationSettings, LatentGrid, Lora, Makes, ModelSpec};
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
use crate::weights::{Checkpoint, MappedFile};
use audio::vocoder::{Vocoder, VocoderConfig};
use audio::{AudioDecoder, AudioVaeConfig};
use guidance::ClipGuidance;
use identity::Version;
use stages::SecondStage;
use text::{ConnectorsConfig, GemmaConfig};
use transformer::Config;
use upsampler::UpsamplerConfig;
use vae::{DecoderConfig, VaeConfig, VaeDecoder};

pub use names::{OPTIONAL_PARTS, OTHER_PARTS, parts_of};
pub use open::companions_of;
pub use references::stage_control_of;
pub use stages::upscaler_of;

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
    /// The latent upscaler, if there is one.
    upscaler: Option<Part<UpsamplerConfig>>,
    /// Path of the tokenizer, unless the text encoder's file contains one.
    tokenizer: Option<PathBuf>,
}

/// The recommended settings of a model whose files say nothing: those of the version between.
pub fn fallback_defaults() -> GenerationSettings {
    spec::fallback_defaults(Version::V2_3)
}

impl Ltx2 {
    /// The shapes of the noise of a clip, with the tokens of keyframes and of a reference video after those of the picture.
    fn noise_shapes(&self, plan: &Plan) -> Streams<Vec<i64>> {
        let audio = &self.audio_vae.shape;
        spec::noise_shapes(
            plan.request.inputs.makes,
            given::layout_of(plan).tokens(),
            (plan.frames(), plan.settings().rate),
            (self.vae.shape.channels, [audio.channels, audio.bins]),
        )
    }

    /// The tokens of the streams that are made, or given.
    fn tokens(&self, plan: &Plan) -> transformer::Streams<i64> {
        let shapes = self.noise_shapes(plan);
        let tokens = |shape: Vec<i64>| shape.get(2).copied().unwrap_or(0);
        let picture = || given::layout_of(plan).tokens();
        let sound = || spec::sound_positions(plan.frames(), plan.settings().rate);
        let given_picture = plan.has_given_picture().then(picture);
        let given_sound = plan.has_given_sound().then(sound);
        transformer::Streams {
            video: shapes.picture.map(tokens).or(given_picture),
            audio: shapes.sound.map(tokens).or(given_sound),
        }
    }

    /// The block whose self-attention is perturbed; of a smaller network the last.
    fn perturbed_block(&self) -> usize {
        let last = self.transformer.shape.layers.saturating_sub(1);
        spec::perturbed_block(self.version).min(last)
    }

    /// Encodes what a request gives of each stream.
    fn encode_given(
        &self,
        plan: &Plan,
        pictures: &Conditioning,
        models: &mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<given::GivenStreams, Failure> {
        Ok(Streams {
            picture: self.encode_pictures(plan, pictures, models, listener, clock)?,
            sound: self.encode_sound(plan, models, listener, clock)?,
        })
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
            has_two_stages: self.upscaler.is_some(),
            ..spec
        }
    }

    fn fallback_defaults(&self) -> GenerationSettings {
        spec::fallback_defaults(self.version)
    }

    fn checkpoints(&self) -> Vec<&Checkpoint> {
        let mut all = vec![
            &self.transformer.checkpoint,
            &self.connectors.checkpoint,
            &self.vae.checkpoint,
            &self.audio_vae.checkpoint,
            &self.vocoder.checkpoint,
            &self.text.checkpoint,
        ];
        all.extend(self.upscaler.iter().map(|part| &part.checkpoint));
        all
    }

    fn upscaler_file(&self) -> Option<&Path> {
        let files = self.upscaler.iter();
        let mut files = files.flat_map(|part| part.checkpoint.files());
        files.next().map(MappedFile::path)
    }

    fn abilities_with(&self, loras: &[Lora]) -> Vec<Ability> {
        let control = references::follow_one(loras).then_some(Ability::Control);
        control.into_iter().collect()
    }

    fn tokenizer_file(&self) -> Option<&Path> {
        self.tokenizer.as_deref()
    }

    fn refuse(&self, plan: &Plan) -> Result<(), Failure> {
        let DecoderConfig::Diffusion(decoder) = &self.vae.shape.decoder else {
            return Ok(());
        };
        let [_, side] = decoder.frames_and_pixels();
        let least = decoder.least_side() * side;
        let (width, height) = (plan.width(), plan.height());
        if !plan.request.inputs.makes.has_picture() || width.min(height) >= least {
            return Ok(());
        }
        Err(Failure::refused(
            format!(
                "the diffusion decoder of LTX-2.5 cannot make frames of {width}x{height} pixels"
            ),
            format!(
                "use at least {least} pixels along each side, or the file with the plain decoder"
            ),
        ))
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
        let makes = plan.request.inputs.makes;
        let guidance = guidance.for_streams(makes, given::is_other_given(plan));
        given::refuse_unusable(plan)?;
        let adapters = self.adapters(&plan.request.inputs.loras)?;
        let negative = plan.settings().negative.as_str();
        let texts = [
            Some(plan.request.inputs.prompt.as_str()),
            guidance.needs_negative().then_some(negative),
        ];
        let prompts = Rc::new(self.encode_prompts(texts, embeddings, models, listener, clock)?);
        let encoded = |plan: &Plan, given, adapters| inputs::Encoded {
            model: self,
            plan: plan.clone(),
            prompts: Rc::clone(&prompts),
            given,
            guidance,
            adapters,
            next: None,
        };
        let Some(first) = plan.first_stage() else {
            let given = self.encode_given(plan, pictures, models, listener, clock)?;
            return Ok(Box::new(encoded(plan, given, adapters)));
        };
        given::refuse_unusable(&first)?;
        let upscaler = self.needed_upscaler()?;
        // The reference video has been followed when the second stage begins.
        let mut second = plan.clone();
        second.request.control = None;
        let given = self.encode_given(&second, pictures, models, listener, clock)?;
        let others = self.adapters(&references::others(&plan.request.inputs.loras))?;
        let next = SecondStage {
            inputs: encoded(&second, given, others),
            schedule: schedule::second_stage(),
            upscaler,
        };
        let small = Conditioning::read(&first)?;
        let given = self.encode_given(&first, &small, models, listener, clock)?;
        Ok(Box::new(inputs::Encoded {
            next: Some(Box::new(next)),
            ..encoded(&first, given, adapters)
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
        let in_tiles = models.plan().decoding == PictureForm::Tiled;
        let seed = plan.request.inputs.seed;
        let picture = match makes.has_picture() {
            true => {
                let vae = self.load_picture_decoder(models, listener, clock)?;
                Some(vae::ClipDecoder {
                    vae,
                    in_tiles,
                    seed,
                })
            }
            false => None,
        };
        Ok(Box::new(decode::ClipDecoder { picture, sound }))
    }
}
