//! The interface between the engine and a model family: a model's files, and the pipeline steps that a family
//! implements. Family modules import this file; it imports none of them.

use std::fmt::Debug;
use std::path::{Path, PathBuf};

use kinora_wire::{Ability, Failure, GenerationSettings, Guidance, Lora, ModelSpec};
use serde::{Deserialize, Serialize};
use tch::{Device, Kind, Tensor};

use crate::conditioning::Conditioning;
use crate::embeddings::EmbeddingCache;
use crate::experts::Expert;
use crate::guidance::{Branches, is_zero_step};
use crate::job::{Clock, Listener};
use crate::memory::MemoryNeeds;
use crate::model_cache::LoadedModels;
use crate::plan::Plan;
use crate::preview::LatentColours;
use crate::sampler::Schedule;
use crate::streams::{Latents, Streams};
use crate::weights::Checkpoint;

/// Model families, by the names used in cards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// `WanModel` with the Wan 2.1 autoencoder and the UMT5 text encoder. The default for folders that name no family.
    #[default]
    #[serde(rename = "wan_2_1")]
    Wan,
    /// `LTX2VideoTransformer3DModel` with an autoencoder each for picture and sound, a vocoder, and Gemma.
    #[serde(rename = "ltx_2")]
    Ltx2,
    /// `StableAudio3DiTModel` with the autoencoder SAME and the encoder of `T5Gemma`: sound alone.
    #[serde(rename = "stable_audio_3")]
    StableAudio,
    /// `Qwen3TTSForConditionalGeneration` with the codec of 12 Hz: speech.
    #[serde(rename = "qwen3_tts")]
    QwenTts,
}

/// The components of a model, by the names used in cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartName {
    /// The diffusion transformer, or the high-noise expert of two.
    Transformer,
    /// The low-noise expert of two.
    LowNoise,
    /// A branch of the transformer that was released apart from it.
    Module,
    /// The autoencoder.
    Vae,
    /// The text encoder.
    Text,
    /// The tokenizer, if the text encoder's file does not contain one.
    Tokenizer,
    /// The image encoder, for transformers that attend to pictures.
    ImageEncoder,
    /// The autoencoder of the sound.
    AudioVae,
    /// What makes a wave of the spectrogram that the autoencoder of the sound decodes.
    Vocoder,
    /// What prepares the text for each stream, between text encoder and transformer.
    Connectors,
    /// What projects the layers of the text encoder to the width of the connectors.
    Projection,
    /// The network that makes the sound of a clip of its frames.
    Sound,
    /// What enlarges the latents of a first stage for a second one.
    LatentUpscaler,
    /// What embeds the duration of a sound.
    Duration,
}

/// Paths of a model's components.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelFiles {
    /// The family.
    pub family: Family,
    /// File, index or folder of the transformer.
    pub transformer: PathBuf,
    /// File, index or folder of the low-noise expert, of a model with two; `transformer` is then the high-noise expert.
    pub low_noise: Option<PathBuf>,
    /// Files or indices of branches that are added to the transformer.
    pub modules: Vec<PathBuf>,
    /// File or folder of the autoencoder.
    pub vae: PathBuf,
    /// File, index or folder of the text encoder.
    pub text: PathBuf,
    /// Path of the tokenizer. It counts more than one in the text encoder's file.
    pub tokenizer: Option<PathBuf>,
    /// Path of a tokenizer that counts only if there is no other, not even in the text encoder's file.
    pub other_tokenizer: Option<PathBuf>,
    /// File, index or folder of the image encoder. It is opened only for a transformer that needs it.
    pub image_encoder: Option<PathBuf>,
    /// Files or folders of the components that only this family has, see `Family::other_parts`, and of those without which
    /// its models do less, if they are there. Several may lie in one file.
    pub others: Vec<(PartName, PathBuf)>,
}

impl ModelFiles {
    /// The file or folder of a component that only this family has.
    ///
    /// # Errors
    /// There is none.
    pub fn other(&self, part: PartName) -> Result<&Path, Failure> {
        self.optional(part).ok_or_else(|| {
            Failure::bug(format!(
                "the {} of the model was not looked for",
                part.words()
            ))
        })
    }

    /// The file or folder of a component without which a model does less. `None`: there is none.
    pub fn optional(&self, part: PartName) -> Option<&Path> {
        let mut others = self.others.iter();
        let found = others.find(|(of, _)| *of == part);
        found.map(|(_, path)| path.as_path())
    }
}

impl PartName {
    /// Its name in messages.
    pub fn words(self) -> &'static str {
        match self {
            Self::Transformer => "transformer",
            Self::LowNoise => "low-noise transformer",
            Self::Module => "branch of a transformer",
            Self::Vae => "autoencoder",
            Self::Text => "text encoder",
            Self::Tokenizer => "tokenizer",
            Self::ImageEncoder => "image encoder",
            Self::AudioVae => "autoencoder of the sound",
            Self::Vocoder => "vocoder",
            Self::Connectors => "part that connects text encoder and transformer",
            Self::Projection => "projection of the text encoder's layers",
            Self::Sound => "network of sound",
            Self::LatentUpscaler => "latent upscaler",
            Self::Duration => "embedding of the duration",
        }
    }
}

/// The work of a clip, from which its seconds are estimated.
#[derive(Clone, Debug, PartialEq)]
pub struct ClipWork {
    /// The shape of the transformer in a word: networks of the same word are equally fast.
    pub transformer: String,
    /// Floating-point operations of one forward pass for one prompt.
    pub operations_per_pass: f64,
    /// Forward passes of all steps, each for one prompt, if no step is skipped.
    pub passes: usize,
    /// The shape of the decoder in a word.
    pub decoder: String,
}

/// A model with opened and checked files.
pub trait OpenModel: Debug {
    /// What it can generate, read from its weights.
    fn spec(&self, defaults: &GenerationSettings) -> ModelSpec;

    /// Default settings without a card, for a model of its shape.
    fn fallback_defaults(&self) -> GenerationSettings;

    /// The checkpoints of its components.
    fn checkpoints(&self) -> Vec<&Checkpoint>;

    /// The file of its tokenizer, unless the text encoder's file contains it.
    fn tokenizer_file(&self) -> Option<&Path>;

    /// The file that only the sound of its clips depends on, if there is one.
    fn sound_file(&self) -> Option<&Path> {
        None
    }

    /// The file that only clips in two stages depend on, if there is one.
    fn upscaler_file(&self) -> Option<&Path> {
        None
    }

    /// What the model can be given with these LoRAs, and cannot without them.
    fn abilities_with(&self, loras: &[Lora]) -> Vec<Ability> {
        let _ = loras;
        Vec::new()
    }

    /// Further files that its results depend on, beside weights and tokenizer.
    fn further_files(&self) -> &[PathBuf] {
        &[]
    }

    /// Refuses a plan that it cannot carry out, for reasons that its spec does not say. Nothing is loaded.
    ///
    /// # Errors
    /// The reason, with a remedy.
    fn refuse(&self, _plan: &Plan) -> Result<(), Failure> {
        Ok(())
    }

    /// What the clip of a plan needs of the device's memory, from the shapes of the networks. Nothing is loaded.
    fn memory_needs(&self, plan: &Plan, device: Device, kind: Kind)
    -> Result<MemoryNeeds, Failure>;

    /// The work of the clip of a plan, by formula. Nothing is loaded.
    fn work(&self, plan: &Plan) -> ClipWork;

    /// How it makes its clips.
    fn making(&self) -> Making<'_>;
}

/// How a model makes its clips.
#[derive(Clone, Copy, Debug)]
pub enum Making<'m> {
    /// Its latents are denoised step by step. The pipeline leads through the steps.
    Steps(&'m dyn MakesSteps),
    /// Sound alone, in whatever way its family makes it.
    SoundAlone(&'m dyn MakesSound),
}

/// A model of sound alone.
pub trait MakesSound: Debug {
    /// Makes the sound of a plan. `sink` receives it in blocks, at the rate of the wire. Everything that can be refused is
    /// refused before a network is loaded. `listener` receives each step, and is asked before each block of a network
    /// whether to go on. Counts its time on `clock`. After memory ran out it is called once more, with a smaller plan of the
    /// memory, and begins again: what was sent before is not sent twice.
    ///
    fn make(
        &self,
        plan: &Plan,
        kept: Kept<'_>,
        listener: &mut dyn Listener,
        clock: &mut Clock,
        sink: &mut dyn ClipSink,
    ) -> Result<SoundMade, Failure>;
}

/// What a model of sound alone has made.
#[derive(Debug)]
pub struct SoundMade {
    /// The final latents, for requests that name a file for them. `None`: the model has none.
    pub latents: Option<Tensor>,
    /// The share of the plan's work that was done, above 0 and at most 1. A voice ends when it ends.
    pub share: f64,
}

/// What is kept between jobs, for a model of sound alone.
#[derive(Debug)]
pub struct Kept<'j> {
    /// The networks, with the plan of the memory.
    pub models: &'j mut LoadedModels,
    /// Encoded prompts on disk; `None` without a cache folder.
    pub embeddings: Option<&'j EmbeddingCache>,
}

/// A model whose latents are denoised step by step.
pub trait MakesSteps: OpenModel {
    /// The noise levels of the clip of a plan; of its first stage, if it has several.
    fn schedule(&self, plan: &Plan) -> Schedule {
        let settings = plan.settings();
        Schedule::new(settings.sampler, settings.steps as usize, settings.shift)
    }

    /// Encodes the prompts and the conditioning pictures.
    fn encode_inputs<'m>(
        &'m self,
        plan: &'m Plan,
        pictures: &Conditioning,
        embeddings: Option<&EmbeddingCache>,
        models: &mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Box<dyn Inputs + 'm>, Failure>;

    /// The map from latents to preview colours, for the clip of a plan.
    fn preview(
        &self,
        plan: &Plan,
        models: &mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<LatentColours, Failure>;

    /// Loads the decoder.
    fn decoder<'n>(
        &self,
        plan: &Plan,
        models: &'n mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Box<dyn Decoder + 'n>, Failure>;
}

/// The encoded prompts and pictures of a request.
pub trait Inputs {
    /// Shapes of the initial noise of the streams that are made; that of the picture is 1 x c x f x h x w, where all
    /// positions may lie along f.
    fn noise_size(&self) -> Streams<Vec<i64>>;

    /// Loads an expert for these inputs. Each call may free the expert of an earlier one.
    fn denoiser<'n>(
        &self,
        expert: Expert,
        models: &'n mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Box<dyn Denoiser + 'n>, Failure>;

    /// The stage that goes on from what these inputs make. `None`: they make the clip.
    fn next_stage(&self) -> Option<&dyn Stage> {
        None
    }
}

/// A later stage of the denoising of a clip: it begins with what the stage before made.
pub trait Stage: Debug {
    /// Its noise levels.
    fn schedule(&self) -> &Schedule;

    /// Its inputs.
    fn inputs(&self) -> &dyn Inputs;

    /// Shapes of the noise that [`Self::begin`] is given. It is drawn after that of the stage before.
    fn noise_size(&self) -> Streams<Vec<i64>>;

    /// Its first latents, of those that the stage before made and of noise.
    fn begin(
        &self,
        made: &Latents,
        noise: Latents,
        models: &mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Latents, Failure>;
}

/// A denoising network, with everything that stays the same over its steps of a clip.
pub trait Denoiser {
    /// The guidance of its steps.
    fn guidance(&self) -> Guidance;

    /// Runs the network at `x`, without guidance; `timestep` is sigma * 1000. The unconditional branch is run only if the
    /// guidance needs it. Checks for cancelling before each forward pass, and before each block that is read when it
    /// runs.
    fn branches(
        &mut self,
        x: &Latents,
        timestep: f64,
        listener: &mut dyn Listener,
    ) -> Result<Branches, Failure>;

    /// The guided velocity of the branches at `x`. A family with a guidance of its own combines them here.
    fn guided(&self, branches: &Branches, x: &Latents, timestep: f64, step: usize) -> Latents {
        let _ = (x, timestep);
        branches.guided(self.guidance(), step)
    }

    /// The guided velocity at `x` in this step.
    fn velocity(
        &mut self,
        x: &Latents,
        timestep: f64,
        step: usize,
        listener: &mut dyn Listener,
    ) -> Result<Latents, Failure> {
        if is_zero_step(self.guidance(), step) {
            listener.check()?;
            return Ok(x.zeros_like());
        }
        let branches = self.branches(x, timestep, listener)?;
        Ok(self.guided(&branches, x, timestep, step))
    }

    /// `x` without the latent frames of references, and with the latent frames that are given: that of the picture is
    /// 1 x c x f x h x w.
    fn clip_of(&self, x: &Latents) -> Latents;
}

/// Decodes latents to frames and sound.
pub trait Decoder {
    /// Decodes latents. `sink` receives the frames in pieces, then the sound in blocks.
    fn decode(
        &self,
        latents: &Latents,
        listener: &mut dyn Listener,
        sink: &mut dyn ClipSink,
    ) -> Result<(), Failure>;
}

/// Receives a clip as it is decoded. An error stops the decoding.
pub trait ClipSink {
    /// The next frames in [-1, 1], 1 x 3 x t x h x w.
    fn frames(&mut self, frames: &Tensor, listener: &mut dyn Listener) -> Result<(), Failure>;

    /// The next block of sound.
    fn sound(&mut self, block: SoundBlock, listener: &mut dyn Listener) -> Result<(), Failure>;
}

/// A block of sound.
#[derive(Clone, Debug, PartialEq)]
pub struct SoundBlock {
    /// Samples in [-1, 1], interleaved: one of each channel, then the next of each.
    pub samples: Vec<f32>,
    /// Samples of each channel per second; a family converts to the rate of the wire.
    pub rate_hz: u32,
    /// Channels: 1, or 2: left, then right.
    pub channels: u16,
}
