//! A model ready to be used: its files found, opened and held against what its networks need, and what
//! it can do told from its weights. Nothing is in memory yet but the files' headers.

mod folder;
mod scheduler;

use std::path::Path;

pub use kinora_wire::{Ability, ModelDefaults};
use kinora_wire::{Failure, Generation, ModelSpec};

pub use crate::family::{Family, ModelFiles};
pub use scheduler::of_diffusers;

use crate::family::OpenModel;
use crate::plan::{Plan, PlanContext};
use crate::weights::{Checkpoint, MappedFile};

/// A model, opened.
#[derive(Debug)]
pub struct Model {
    /// What it was asked for as.
    pub id: String,
    /// How it likes to be used.
    pub defaults: ModelDefaults,
    family: Family,
    files: ModelFiles,
    network: Box<dyn OpenModel>,
}

impl Model {
    /// Opens a model's files and checks every key of them.
    pub fn open(id: &str, files: &ModelFiles, defaults: ModelDefaults) -> Result<Self, Failure> {
        Ok(Self {
            id: id.to_owned(),
            defaults,
            family: files.family,
            files: files.clone(),
            network: files.family.open(files)?,
        })
    }

    /// The steps of a clip that are its own.
    pub fn network(&self) -> &dyn OpenModel {
        self.network.as_ref()
    }

    /// Which clips it makes.
    pub fn spec(&self) -> ModelSpec {
        self.network.spec(&self.defaults)
    }

    /// A request filled in and checked against it, or refused. `models_with` lists the installed models with an ability.
    pub fn plan(
        &self,
        request: &Generation,
        models_with: &dyn Fn(Ability) -> Vec<String>,
    ) -> Result<Plan, Failure> {
        let sampler = request.sampler.unwrap_or(self.defaults.sampler);
        let context = PlanContext {
            model: &self.id,
            spec: self.spec(),
            defaults: self.family.defaults_with(&self.defaults, sampler),
            models_with,
            model_kind_with: &|ability| self.family.model_kind_with(ability),
        };
        Plan::of(request, context)
    }

    /// All its files: they alone decide what it makes.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let checkpoints = self.network.checkpoints().into_iter();
        let weights = checkpoints.flat_map(Checkpoint::files);
        weights
            .map(MappedFile::path)
            .chain(self.files.tokenizer.as_deref())
    }

    /// Bytes of its weights on disk.
    pub fn size_bytes(&self) -> u64 {
        let parts = self.network.checkpoints().into_iter();
        parts.map(Checkpoint::size_bytes).sum()
    }
}
