//! A model that was found in the model folders: its files, its card if it has one, and what is listed of it.
//! Opening it reads its headers.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use kinora_wire::{Failure, GenerationSettings, Installed, ModelInfo, StageControl, WeightFile};

use super::{Card, HashCache};
use crate::catch_panic::catch_job_panic;
use crate::family::Family;
use crate::files::entries;
use crate::model::{Model, ModelFiles, Remains, model_root, of_diffusers, repository_name};
use crate::weights::{is_index, is_weights};

/// Licence text for weights without a card.
const UNKNOWN_LICENCE: &str = "not known: see where the weights came from";

/// A model in the model folders.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) id: String,
    pub(super) card: Option<Card>,
    pub(super) files: Result<ModelFiles, Failure>,
    pub(super) folder: PathBuf,
    /// Ids of the models that are this one with a module.
    pub(super) with_modules: Vec<String>,
}

fn weight_files(model: &Model, hashes: &HashCache) -> Vec<WeightFile> {
    let named = model.named_files().into_iter();
    let files = named.map(|(path, name)| WeightFile {
        name,
        sha256: hashes.remembered(path),
        is_for_sound: model.network().sound_file() == Some(path),
        is_for_two_stages: model.network().upscaler_file() == Some(path),
    });
    files.collect()
}

impl Found {
    /// The model in a folder of a model folder. `None` for folders that hold only some components (`vae`,
    /// `text_encoders`).
    pub(super) fn of_own(folder: &Path) -> Option<Self> {
        let root = model_root(folder);
        if !holds_weights(root.as_deref().unwrap_or(folder), 2) {
            return None;
        }
        let (model, remains) = Self::search(folder);
        (model.files.is_ok() || remains == Remains::Model).then_some(model)
    }

    /// The model in a model folder. `None` without weights.
    pub(super) fn of_added(folder: &Path) -> Option<Self> {
        let (model, remains) = Self::search(folder);
        (model.files.is_ok() || remains != Remains::Nothing).then_some(model)
    }

    pub(super) fn in_folder(folder: &Path) -> Self {
        Self::search(folder).0
    }

    /// The same with a text encoder from these model folders, if it lacks nothing else.
    pub(super) fn with_text_from(mut self, folders: &[PathBuf]) -> Self {
        if self.files.is_err() {
            let mut around = folders.iter();
            let completed =
                around.find_map(|around| ModelFiles::with_text_from(&self.folder, around));
            if let Some(files) = completed {
                self.files = Ok(files);
            }
        }
        self
    }

    fn search(folder: &Path) -> (Self, Remains) {
        let (files, remains) = ModelFiles::search(folder);
        let id = repository_name(folder).or_else(|| {
            let name = folder.file_name();
            name.map(|name| name.to_string_lossy().into_owned())
        });
        let model = Self {
            id: id.unwrap_or_else(|| folder.display().to_string()),
            card: None,
            files,
            folder: model_root(folder).unwrap_or_else(|_| folder.to_path_buf()),
            with_modules: Vec::new(),
        };
        (model, remains)
    }

    /// The model without the modules that lie beside it, and one model with each of them. `known` are the ids of all
    /// models. The modules of a card belong to its model.
    pub(super) fn variants(mut self, known: &mut BTreeSet<String>) -> (Self, Vec<Self>) {
        let modules = match &mut self.files {
            Ok(files) if self.card.is_none() => std::mem::take(&mut files.modules),
            _ => Vec::new(),
        };
        let mut variants = Vec::new();
        for module in modules {
            let mut id = format!("{} + {}", self.id, name_of_weights(&module));
            if !known.insert(id.clone()) {
                id = format!("{} + {}", self.id, module.display());
            }
            let mut variant = self.clone();
            variant.id = id;
            variant.files = variant.files.map(|files| ModelFiles {
                modules: vec![module],
                ..files
            });
            variants.push(variant);
        }
        let ids = variants.iter().map(|variant| variant.id.clone());
        self.with_modules = ids.collect();
        (self, variants)
    }

    /// Whether one of its components lies in a folder.
    pub(super) fn has_part_in(&self, folder: &Path) -> bool {
        let has_part = |files: &ModelFiles| {
            let parts = [&files.transformer, &files.vae, &files.text].into_iter();
            let mut parts = parts.chain(&files.low_noise);
            parts.any(|part| part.starts_with(folder))
        };
        self.files.as_ref().is_ok_and(has_part)
    }

    pub(super) fn open(self) -> Result<Model, Failure> {
        let files = self.files.clone()?;
        let mut model = Model::open_with(&self.id, &files, |family| self.defaults(family))?;
        model.with_modules = self.with_modules;
        Ok(model)
    }

    /// Its default settings, from its card or its folder; the rest from the defaults of its family.
    fn defaults(&self, family: GenerationSettings) -> Result<GenerationSettings, Failure> {
        match &self.card {
            Some(card) => Ok(card.defaults.clone()),
            None => of_diffusers(&self.folder, family),
        }
    }

    fn family(&self) -> Family {
        let files = self.files.as_ref();
        files.map(|files| files.family).unwrap_or_default()
    }

    pub(super) fn info(&self, hashes: &HashCache) -> ModelInfo {
        let folder = self.folder.display().to_string();
        let card = self.card.as_ref();
        let opened = catch_job_panic(|| self.clone().open());
        let of_family = self.family().fallback_defaults();
        let defaults = match &opened {
            Ok(model) => model.defaults.clone(),
            Err(_) => self.defaults(of_family.clone()).unwrap_or(of_family),
        };
        let (installed, spec, size_bytes, files) = match opened {
            Ok(model) => (
                Installed::Yes { folder },
                model.spec(),
                model.size_bytes(),
                weight_files(&model, hashes),
            ),
            Err(failure) => (
                Installed::Broken {
                    why: failure.to_string(),
                },
                self.family().spec(None, &defaults),
                0,
                Vec::new(),
            ),
        };
        ModelInfo {
            id: self.id.clone(),
            name: card.map_or_else(|| self.id.clone(), |card| card.name.clone()),
            installed,
            licence: match card {
                Some(card) => card.licence.summary(),
                None => self.family().licence().unwrap_or(UNKNOWN_LICENCE).into(),
            },
            abilities: spec.abilities.clone(),
            about: card.map_or_else(String::new, |card| card.about.clone()),
            vocabulary: card.map_or_else(Vec::new, |card| card.vocabulary.clone()),
            camera: card.and_then(|card| card.camera),
            stage_control: card.map_or_else(StageControl::default, |card| card.stage_control),
            spec,
            defaults,
            size_bytes,
            files,
        }
    }
}

/// The name of a file of weights or an index without its endings.
pub(super) fn name_of_weights(path: &Path) -> String {
    let file = match is_index(path) {
        true => path.with_extension("").with_extension(""), // .index.json
        false => path.to_path_buf(),
    };
    let stem = file.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

pub(super) fn holds_weights(folder: &Path, depth: usize) -> bool {
    entries(folder).iter().any(|path| {
        is_weights(path) || (depth > 0 && path.is_dir() && holds_weights(path, depth - 1))
    })
}
