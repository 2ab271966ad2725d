//! A model ready to be used: its files found, opened and held against what its networks need, and what
//! it can do told from its weights. Nothing is in memory yet but the files' headers.

mod folder;
mod recipe;

use std::path::{Path, PathBuf};

use kinora_wire::Failure;
pub use kinora_wire::{Ability, Recipe};

pub use folder::ModelFiles;
pub use recipe::{of_diffusers, usual};

use crate::text::{TextConfig, TextEncoder, Tokenizer};
use crate::transformer::{Config, Transformer};
use crate::vae::{Vae, VaeConfig};
use crate::weights::{Checkpoint, Component, MappedFile, Survey};

/// A model, opened.
#[derive(Debug)]
pub struct Model {
    /// What it was asked for as.
    pub id: String,
    /// The text encoder.
    pub text: Part<TextConfig>,
    /// The autoencoder.
    pub vae: Part<VaeConfig>,
    /// The transformer.
    pub transformer: Part<Config>,
    /// How it likes to be used.
    pub recipe: Recipe,
    tokenizer: Option<PathBuf>,
}

/// One component: its files and its shape.
#[derive(Debug)]
pub struct Part<Shape> {
    /// The files, opened.
    pub checkpoint: Checkpoint,
    /// What its weights say it is.
    pub shape: Shape,
}

impl Config {
    /// Whether a network of this shape can be given this.
    pub fn can(&self, ability: Ability) -> bool {
        match ability {
            Ability::Camera => self.camera.is_some(),
            Ability::FirstAndLastFrame => self.vace.is_some() || self.takes_given_frames(),
            _ => self.vace.is_some(),
        }
    }

    /// Beside the noise, 4 channels of mask and the latents of given frames.
    pub fn takes_given_frames(&self) -> bool {
        self.in_channels == self.out_channels + 4 + self.out_channels
    }
}

impl Model {
    /// Opens a model's files and checks every key of them.
    pub fn open(id: &str, files: &ModelFiles, recipe: Recipe) -> Result<Self, Failure> {
        let text = Part::open(&files.text, Component::Text, TextConfig::detect, |shape| {
            Survey::of(|weights| TextEncoder::new(shape, weights))
        })?;
        let vae = Part::open(&files.vae, Component::Vae, VaeConfig::detect, |shape| {
            Survey::of(|weights| Vae::new(shape, weights))
        })?;
        let transformer = Part::open(
            &files.transformer,
            Component::Transformer,
            Config::detect,
            |shape| Survey::of(|weights| Transformer::new(shape, weights)),
        )?;
        refuse_mismatch(&text, &vae, &transformer)?;
        Ok(Self {
            id: id.to_owned(),
            text,
            vae,
            transformer,
            recipe,
            tokenizer: files.tokenizer.clone(),
        })
    }

    /// The tokenizer: the one beside the text encoder, or the one inside it.
    pub fn tokenizer(&self) -> Result<Tokenizer, Failure> {
        if let Some(path) = &self.tokenizer {
            return Tokenizer::from_json(path);
        }
        let text = &self.text.checkpoint;
        Tokenizer::inside(text).unwrap_or_else(|| {
            Err(Failure::bad_file(
                format!("{} carries no tokenizer", text.path().display()),
                "put the model's tokenizer.json beside it, or use the ComfyUI release, which carries one",
            ))
        })
    }

    /// All its files: they alone decide what it makes.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let checkpoints = [
            &self.transformer.checkpoint,
            &self.vae.checkpoint,
            &self.text.checkpoint,
        ];
        let weights = checkpoints.into_iter().flat_map(Checkpoint::files);
        weights
            .map(MappedFile::path)
            .chain(self.tokenizer.as_deref())
    }

    /// Bytes of its weights on disk.
    pub fn size_bytes(&self) -> u64 {
        let parts = [
            &self.text.checkpoint,
            &self.vae.checkpoint,
            &self.transformer.checkpoint,
        ];
        parts.into_iter().map(Checkpoint::size_bytes).sum()
    }

    /// What it can be given.
    pub fn abilities(&self) -> Vec<Ability> {
        let all = Ability::ALL.into_iter();
        all.filter(|&ability| self.transformer.shape.can(ability))
            .collect()
    }
}

impl<Shape> Part<Shape> {
    fn open(
        path: &Path,
        component: Component,
        detect: impl Fn(&Checkpoint) -> Result<Shape, Failure>,
        survey: impl Fn(&Shape) -> Result<Survey, Failure>,
    ) -> Result<Self, Failure> {
        let checkpoint = Checkpoint::open(path, component)?;
        let shape = detect(&checkpoint)?;
        checkpoint.check(&survey(&shape)?)?;
        Ok(Self { checkpoint, shape })
    }
}

/// Parts of different models can each be whole and still not go together.
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
                "{path} reads texts of {} numbers a token, {} writes {}",
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
