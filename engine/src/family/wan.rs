//! The Wan family: a diffusion transformer with optional branches (VACE, camera, image to video), an autoencoder
//! with 8x8 pixels and 4 frames per latent position, and the UMT5 text encoder. Kinora's starter model belongs to it.

pub mod bench;
pub mod camera;
mod card;
mod decode;
mod denoiser;
mod encode;
mod memory;
mod names;
pub mod network_input;
pub mod preview;
mod spec;
pub mod text;
pub mod transformer;
pub mod vae;

use std::path::{Path, PathBuf};

use kinora_wire::{Failure, GenerationSettings, ModelSpec};
use tch::{Device, Kind};

use super::contract::{Decoder, Inputs, ModelFiles, OpenModel};
use crate::conditioning::Conditioning;
use crate::embeddings::EmbeddingCache;
use crate::job::{Clock, Listener};
use crate::memory::{MemoryNeeds, PictureForm};
use crate::model_cache::{LoadedModels, Slot};
use crate::plan::Plan;
use crate::preview::LatentColours;
use crate::weights::{Checkpoint, Survey};
use text::{TextConfig, TextEncoder, Tokenizer};
use transformer::{Config, Transformer};
use vae::{Vae, VaeConfig, VaeDecoder, VaeEncoder};

pub use card::{CARDS, Network};
pub use names::{Component, parts_of};
pub use spec::{defaults_with, fallback_defaults, model_kind_with, spec};

/// Memory for decoding, without weights, in bytes per pixel of a frame, in fp32. Measured with the released
/// autoencoder: 16 KiB (81 frames of 256x160); the rest is a reserve.
const DECODING_BYTES_PER_PIXEL: u64 = 24 << 10;

/// An opened model.
#[derive(Debug)]
pub struct Wan {
    /// The text encoder's files.
    text: Part<TextConfig>,
    /// The autoencoder's files.
    vae: Part<VaeConfig>,
    /// The transformer's files.
    transformer: Part<Config>,
    /// Path of the tokenizer, unless the text encoder's file contains one.
    tokenizer: Option<PathBuf>,
}

/// One component: its files and its shape.
#[derive(Debug)]
struct Part<Shape> {
    /// Its opened files.
    checkpoint: Checkpoint,
    /// Its shape, read from its weights.
    shape: Shape,
}

impl Wan {
    /// Opens a model's files and checks all their keys.
    pub fn open(files: &ModelFiles) -> Result<Self, Failure> {
        let text = Part::open(
            Checkpoint::open(&files.text, Component::Text)?,
            TextConfig::detect,
            |shape| Survey::of(|weights| TextEncoder::new(shape, weights)),
        )?;
        let vae = Part::open(
            Checkpoint::open(&files.vae, Component::Vae)?,
            VaeConfig::detect,
            |shape| Survey::of(|weights| Vae::new(shape, weights)),
        )?;
        let transformer = Part::open(
            Checkpoint::with_modules(&files.transformer, &files.modules, Component::Transformer)?,
            Config::detect,
            |shape| Survey::of(|weights| Transformer::new(shape, weights)),
        )?;
        refuse_mismatch(&text, &vae, &transformer)?;
        let no_tokenizer = || encode::no_tokenizer(&text.checkpoint);
        let tokenizer = match &files.tokenizer {
            Some(path) => Some(path),
            None if Tokenizer::is_inside(&text.checkpoint) => None,
            None => Some(files.other_tokenizer.as_ref().ok_or_else(no_tokenizer)?),
        };
        if let Some(path) = tokenizer {
            Tokenizer::check(path)?;
        }
        Ok(Self {
            text,
            vae,
            transformer,
            tokenizer: tokenizer.cloned(),
        })
    }

    fn load_encoder<'n>(
        &self,
        models: &'n mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<&'n VaeEncoder, Failure> {
        let Part { checkpoint, shape } = &self.vae;
        models.network(Slot::Encoder, checkpoint, listener, clock, |weights| {
            VaeEncoder::new(shape, weights)
        })
    }

    fn load_decoder<'n>(
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
}

/// The tiling of pictures that the memory plan says.
fn tiling(form: PictureForm) -> Option<vae::Tiling> {
    (form == PictureForm::Tiled).then(vae::Tiling::default)
}

impl OpenModel for Wan {
    fn spec(&self, defaults: &GenerationSettings) -> ModelSpec {
        spec(Some(&self.transformer.shape), defaults)
    }

    fn checkpoints(&self) -> Vec<&Checkpoint> {
        vec![
            &self.transformer.checkpoint,
            &self.vae.checkpoint,
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

    fn encode_inputs<'m>(
        &'m self,
        plan: &'m Plan,
        pictures: &Conditioning,
        embeddings: Option<&EmbeddingCache>,
        models: &mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Box<dyn Inputs + 'm>, Failure> {
        let prompts = self.encode_prompts(plan, embeddings, models, listener, clock)?;
        let input = self.encode_network_input(plan, pictures, models, listener, clock)?;
        Ok(Box::new(encode::Encoded {
            model: self,
            plan,
            prompts,
            input,
        }))
    }

    fn preview(
        &self,
        models: &mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<LatentColours, Failure> {
        if let Some(known) = preview::known(&self.vae.checkpoint) {
            return Ok(known);
        }
        let device = models.device;
        let vae = self.load_decoder(models, listener, clock)?;
        clock.encoding(|| Ok(preview::fit(vae, device)))
    }

    fn decoder<'n>(
        &self,
        _plan: &Plan,
        models: &'n mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Box<dyn Decoder + 'n>, Failure> {
        let tiling = tiling(models.plan().decoding);
        let vae = self.load_decoder(models, listener, clock)?;
        Ok(Box::new(decode::ClipDecoder { vae, tiling }))
    }
}

impl<Shape> Part<Shape> {
    fn open(
        checkpoint: Checkpoint,
        detect: impl Fn(&Checkpoint) -> Result<Shape, Failure>,
        survey: impl Fn(&Shape) -> Result<Survey, Failure>,
    ) -> Result<Self, Failure> {
        let shape = detect(&checkpoint)?;
        checkpoint.check(&survey(&shape)?)?;
        Ok(Self { checkpoint, shape })
    }
}

/// Refuses components of different models that are complete, but do not fit together.
fn refuse_mismatch(
    text: &Part<TextConfig>,
    vae: &Part<VaeConfig>,
    transformer: &Part<Config>,
) -> Result<(), Failure> {
    let path = transformer.checkpoint.path().display();
    let shape = &transformer.shape;
    if shape.text_width != text.shape.width {
        return Err(Failure::bad_file(
            format!(
                "{path} reads prompts of {} numbers a token, {} writes {}",
                shape.text_width,
                text.checkpoint.path().display(),
                text.shape.width
            ),
            "use the text encoder that belongs to the model",
        ));
    }
    if shape.out_channels != vae.shape.channels {
        return Err(Failure::bad_file(
            format!(
                "{path} makes latents of {} channels, {} reads {}",
                shape.out_channels,
                vae.checkpoint.path().display(),
                vae.shape.channels
            ),
            "use the autoencoder that belongs to the model",
        ));
    }
    if shape.vace.is_some() && shape.in_channels != shape.out_channels {
        return Err(Failure::bad_file(
            format!(
                "{path} takes {} channels, and has a VACE module",
                shape.in_channels
            ),
            "a VACE module belongs to a text-to-video model: use it with that",
        ));
    }
    if shape.in_channels != shape.out_channels && !shape.takes_given_frames() {
        return Err(Failure::bad_file(
            format!(
                "{path} takes {} channels, which this engine cannot fill",
                shape.in_channels
            ),
            "use a text-to-video, Wan 2.2 image-to-video, VACE or Wan 2.2 camera model",
        ));
    }
    Ok(())
}
