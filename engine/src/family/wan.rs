//! The Wan family: a diffusion transformer with optional branches (VACE, camera, image to video), an autoencoder
//! with 8x8 or 16x16 pixels and 4 frames per latent position, the UMT5 text encoder, and for some models CLIP as the
//! image encoder. Kinora's starter model belongs to it.

mod adapters;
pub mod bench;
pub mod camera;
mod card;
mod clip_sound;
mod companions;
mod decode;
pub mod denoiser;
pub mod embedder;
mod encode;
pub mod image_encoder;
mod memory;
mod names;
pub mod network_input;
pub mod picture_input;
pub mod preview;
mod spec;
pub mod text;
pub mod transformer;
pub mod vae;
mod work;

use std::path::{Path, PathBuf};

use kinora_wire::{Failure, GenerationSettings, ModelSpec};
use tch::{Device, Kind};

use super::contract::{ClipWork, Decoder, Inputs, MakesSteps, Making, ModelFiles, OpenModel};
use super::part::Part;
use super::tokenizer_place::tokenizer_file;
use crate::conditioning::Conditioning;
use crate::embeddings::EmbeddingCache;
use crate::experts::Expert;
use crate::job::{Clock, Listener};
use crate::memory::{MemoryNeeds, PictureForm};
use crate::model_cache::{LoadedModels, Slot};
use crate::plan::Plan;
use crate::preview::LatentColours;
use crate::weights::{Checkpoint, Survey};
use image_encoder::ImageConfig;
use text::{TextConfig, TextEncoder, Tokenizer};
use transformer::{Config, Transformer};
use vae::{Tiling, Vae, VaeConfig, VaeDecoder, VaeEncoder, pixels_per_latent};

pub use card::{CARDS, Network};
pub use companions::{companions_of, modules_of};
pub use names::{Component, parts_of};
pub use picture_input::image_encoder_of;
pub use spec::{defaults_of, defaults_with, fallback_defaults, model_kind_with, spec};

/// An opened model.
#[derive(Debug)]
pub struct Wan {
    /// The text encoder's files.
    text: Part<TextConfig>,
    /// The autoencoder's files.
    vae: Part<VaeConfig>,
    /// The transformer's files. Of two experts, those of the one for high noise.
    transformer: Part<Config>,
    /// The files of the low-noise expert, of a model with two.
    low_noise: Option<Part<Config>>,
    /// The image encoder's files, if the transformer attends to pictures.
    image: Option<Part<ImageConfig>>,
    /// Path of the tokenizer, unless the text encoder's file contains one.
    tokenizer: Option<PathBuf>,
    /// The network that makes the sound of its clips, if one lies beside the transformer.
    sound: Option<Checkpoint>,
}

impl Wan {
    /// Opens a model's files and checks all their keys.
    pub fn open(files: &ModelFiles) -> Result<Self, Failure> {
        let text = open_text(&files.text)?;
        let vae = open_vae(&files.vae)?;
        // A module belongs to both experts: it was made for the widths of either.
        let open_expert = |path: &Path| open_transformer(path, &files.modules);
        let transformer = open_expert(&files.transformer)?;
        refuse_mismatch(&text, &vae, &transformer)?;
        let low_noise = files.low_noise.as_deref().map(open_expert).transpose()?;
        if let Some(low_noise) = &low_noise {
            refuse_unequal(&transformer, low_noise)?;
        }
        let image = picture_input::open_encoder(files.image_encoder.as_deref(), &transformer)?;
        let is_inside = Tokenizer::is_inside(&text.checkpoint);
        let missing = || encode::no_tokenizer(&text.checkpoint);
        let tokenizer = tokenizer_file(files, is_inside, missing)?;
        if let Some(path) = &tokenizer {
            Tokenizer::check(path)?;
        }
        Ok(Self {
            text,
            vae,
            transformer,
            low_noise,
            image,
            tokenizer,
            sound: clip_sound::open_beside(&files.transformer)?,
        })
    }

    /// The slot and the files of an expert.
    fn expert(&self, expert: Expert) -> Result<(Slot, &Part<Config>), Failure> {
        match (expert, &self.low_noise) {
            (Expert::HighNoise, _) => Ok((Slot::Transformer, &self.transformer)),
            (Expert::LowNoise, Some(part)) => Ok((Slot::LowNoise, part)),
            (Expert::LowNoise, None) => Err(Failure::bug("a model with one expert switched")),
        }
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

    /// The tiles that frames are cut into for the autoencoder, in a form of the memory plan. `None`: frames are whole.
    fn tiling(&self, form: PictureForm) -> Option<Tiling> {
        let tiling = || Tiling::of_pixels_per_latent(self.vae.shape.pixels_per_latent());
        (form == PictureForm::Tiled).then(tiling)
    }
}

impl OpenModel for Wan {
    fn spec(&self, defaults: &GenerationSettings) -> ModelSpec {
        ModelSpec {
            has_experts: self.low_noise.is_some(),
            makes_sound: self.sound.is_some(),
            ..spec(Some(&self.transformer.shape), defaults)
        }
    }

    fn fallback_defaults(&self) -> GenerationSettings {
        defaults_of(&self.transformer.shape, self.low_noise.is_some())
    }

    fn checkpoints(&self) -> Vec<&Checkpoint> {
        let low_noise = self.low_noise.as_ref().map(|part| &part.checkpoint);
        let image = self.image.as_ref().map(|part| &part.checkpoint);
        let others = [&self.vae.checkpoint, &self.text.checkpoint];
        let experts = [&self.transformer.checkpoint].into_iter().chain(low_noise);
        experts
            .chain(others)
            .chain(image)
            .chain(&self.sound)
            .collect()
    }

    fn tokenizer_file(&self) -> Option<&Path> {
        self.tokenizer.as_deref()
    }

    fn sound_file(&self) -> Option<&Path> {
        self.sound.as_ref().map(Checkpoint::path)
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

impl MakesSteps for Wan {
    fn encode_inputs<'m>(
        &'m self,
        plan: &'m Plan,
        pictures: &Conditioning,
        embeddings: Option<&EmbeddingCache>,
        models: &mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Box<dyn Inputs + 'm>, Failure> {
        picture_input::refuse_unusable(&self.transformer.shape, pictures, plan)?;
        let adapters = self.adapters(plan)?; // refused before any work
        let prompts = self.encode_prompts(plan, embeddings, models, listener, clock)?;
        let attended = self.encode_picture_input(plan, pictures, models, listener, clock)?;
        let input = self.encode_network_input(plan, pictures, models, listener, clock)?;
        Ok(Box::new(encode::Encoded {
            model: self,
            plan,
            prompts,
            input,
            pictures: attended,
            adapters,
        }))
    }

    fn preview(
        &self,
        _plan: &Plan,
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
        plan: &Plan,
        models: &'n mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Box<dyn Decoder + 'n>, Failure> {
        let tiling = self.tiling(models.plan().decoding);
        let sound = clock.loading(|| clip_sound::ClipSound::load(self.sound.as_ref(), plan))?;
        let vae = self.load_decoder(models, listener, clock)?;
        Ok(Box::new(decode::ClipDecoder { vae, tiling, sound }))
    }
}

fn open_text(path: &Path) -> Result<Part<TextConfig>, Failure> {
    Part::read(path, Component::Text, TextConfig::detect, TextEncoder::new)
}

fn open_transformer(path: &Path, modules: &[PathBuf]) -> Result<Part<Config>, Failure> {
    Part::open(
        Checkpoint::with_modules(path, modules, Component::Transformer)?,
        Config::detect,
        |shape| Survey::of(|weights| Transformer::new(shape, weights)),
    )
}

fn open_vae(path: &Path) -> Result<Part<VaeConfig>, Failure> {
    Part::read(path, Component::Vae, VaeConfig::detect, Vae::new)
}

/// Refuses two experts of different shapes: they denoise one clip with the same inputs.
fn refuse_unequal(high_noise: &Part<Config>, low_noise: &Part<Config>) -> Result<(), Failure> {
    if high_noise.shape == low_noise.shape {
        return Ok(());
    }
    Err(Failure::bad_file(
        format!(
            "{} and {} are no pair: their networks differ in shape",
            high_noise.checkpoint.path().display(),
            low_noise.checkpoint.path().display()
        ),
        "use the expert for high noise and the one for low noise of the same model",
    ))
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
    let made = [shape.out_channels, pixels_per_latent(shape.out_channels)];
    let read = [vae.shape.channels, vae.shape.pixels_per_latent()];
    if made != read {
        return Err(Failure::bad_file(
            format!(
                "{path} makes latents of {} channels for {}x{} pixels, {} reads {} channels for {}x{}",
                made[0],
                made[1],
                made[1],
                vae.checkpoint.path().display(),
                read[0],
                read[1],
                read[1]
            ),
            autoencoder_for(shape.out_channels),
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
    if shape.concatenated().is_none() {
        return Err(Failure::bad_file(
            format!(
                "{path} takes {} channels, which this engine cannot fill",
                shape.in_channels
            ),
            "use a text-to-video, image-to-video, VACE, Fun-Control or camera model as released",
        ));
    }
    Ok(())
}

/// The autoencoder that belongs to a transformer with this many output channels, in words, for a remedy.
fn autoencoder_for(channels: i64) -> &'static str {
    match channels {
        16 => {
            "use the autoencoder of Wan 2.1 (wan_2.1_vae.safetensors), as all models but Wan 2.2 5B do"
        }
        48 => "use the autoencoder of Wan 2.2 5B (wan2.2_vae.safetensors)",
        _ => "use the autoencoder that belongs to the model",
    }
}
