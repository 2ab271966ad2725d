//! What the rest of the engine knows of a model of any family: where its files lie, and the steps of a clip that are
//! the family's own. The rooms import this page, and it imports none of them.

use std::fmt::Debug;
use std::path::PathBuf;

use kinora_wire::{Failure, ModelDefaults, ModelSpec};
use serde::{Deserialize, Serialize};
use tch::Tensor;

use crate::conditioning::Conditioning;
use crate::embeddings::EmbeddingCache;
use crate::job::{Clock, Listener};
use crate::model_cache::LoadedModels;
use crate::plan::Plan;
use crate::preview::LatentColours;
use crate::weights::Checkpoint;

/// The families, as cards name them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// `WanModel` with the Wan 2.1 autoencoder and the UMT5 text encoder. Folders that name no family are taken for this one.
    #[default]
    #[serde(rename = "wan_2_1")]
    Wan21,
}

/// The parts of a model, as a card names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartName {
    /// The transformer.
    Transformer,
    /// The autoencoder.
    Vae,
    /// The text encoder.
    Text,
    /// Its tokenizer, where the text encoder does not carry one.
    Tokenizer,
}

/// Where a model's parts lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelFiles {
    /// Which family they are of.
    pub family: Family,
    /// File, index or folder of the transformer.
    pub transformer: PathBuf,
    /// File or folder of the autoencoder.
    pub vae: PathBuf,
    /// File, index or folder of the text encoder.
    pub text: PathBuf,
    /// The `tokenizer.json`, unless the text encoder carries its own.
    pub tokenizer: Option<PathBuf>,
}

/// A model whose files are opened and checked.
pub trait OpenModel: Debug {
    /// Which clips it makes, by what its weights show.
    fn spec(&self, defaults: &ModelDefaults) -> ModelSpec;

    /// Its weights.
    fn checkpoints(&self) -> Vec<&Checkpoint>;

    /// Turns all that guides a clip into numbers: the text, and what is given beside it.
    fn encode_inputs<'m>(
        &'m self,
        plan: &'m Plan,
        pictures: &Conditioning,
        embeddings: Option<&EmbeddingCache>,
        models: &mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Box<dyn Inputs + 'm>, Failure>;

    /// How to show latents before they are frames.
    fn preview(
        &self,
        models: &mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<LatentColours, Failure>;

    /// What turns latents into frames, loaded.
    fn decoder<'n>(
        &self,
        plan: &Plan,
        models: &'n mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Box<dyn Decoder + 'n>, Failure>;
}

/// All that guides a clip, encoded.
pub trait Inputs {
    /// The network that follows it, loaded.
    fn denoiser<'n>(
        &self,
        models: &'n mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Box<dyn Denoiser + 'n>, Failure>;
}

/// A network with everything that stays the same over a clip.
pub trait Denoiser {
    /// The size of the noise to begin from: 1 x c x f x h x w.
    fn noise_size(&self) -> [i64; 5];

    /// The velocity to follow at `x` in this step. Cancelling takes effect before each pass of the network.
    fn velocity(
        &mut self,
        x: &Tensor,
        timestep: f64,
        step: usize,
        listener: &mut dyn Listener,
    ) -> Result<Tensor, Failure>;

    /// The part of `x` that is the clip, without references.
    fn clip_of(&self, x: &Tensor) -> Tensor;
}

/// What makes frames.
pub trait Decoder {
    /// Latents, 1 x c x f x h x w, to frames in [-1, 1], 1 x 3 x t x h x w, given to `frames` as they are made.
    fn decode(
        &self,
        latents: &Tensor,
        listener: &mut dyn Listener,
        frames: &mut FrameSink,
    ) -> Result<(), Failure>;
}

/// Takes some frames of a clip, in their order. An error stops the work.
pub type FrameSink<'f> = dyn FnMut(&Tensor, &mut dyn Listener) -> Result<(), Failure> + 'f;
