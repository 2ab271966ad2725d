//! A model that is ready to use: its files are found, opened and checked against its networks.
//! Only file headers are in memory; its abilities are read from them.

mod folder;
mod hub;
mod pair;
mod scheduler;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub use kinora_wire::{Ability, GenerationSettings};
use kinora_wire::{ExpertSwitch, Failure, Generation, ModelSpec};

pub use crate::family::{Family, ModelFiles};
pub use folder::Remains;
pub use hub::{is_repository, model_root, repository_name};
pub use scheduler::of_diffusers;

use crate::family::OpenModel;
use crate::plan::{Plan, PlanContext};
use crate::weights::{Checkpoint, MappedFile};

/// A model, opened.
#[derive(Debug)]
pub struct Model {
    /// The id it was opened with.
    pub id: String,
    /// Default settings.
    pub defaults: GenerationSettings,
    /// Ids of the models that are this one with a module that lies beside it.
    pub with_modules: Vec<String>,
    family: Family,
    network: Box<dyn OpenModel>,
}

impl Model {
    /// Opens a model's files and checks all their keys.
    pub fn open(
        id: &str,
        files: &ModelFiles,
        defaults: GenerationSettings,
    ) -> Result<Self, Failure> {
        Self::open_with(id, files, |_| Ok(defaults))
    }

    /// As [`Self::open`]. `defaults` gets the settings that its family recommends for a model of its shape.
    pub fn open_with(
        id: &str,
        files: &ModelFiles,
        defaults: impl FnOnce(GenerationSettings) -> Result<GenerationSettings, Failure>,
    ) -> Result<Self, Failure> {
        let network = files.family.open(files)?;
        let recommended = network.fallback_defaults();
        let mut defaults = defaults(recommended.clone())?;
        let is_new_to_experts = defaults.expert_switch == ExpertSwitch::Never;
        let spec = network.spec(&defaults);
        if is_new_to_experts && spec.has_experts {
            defaults.expert_switch = recommended.expert_switch;
        }
        defaults.two_stages = spec.has_two_stages_with(defaults.sampler);
        Ok(Self {
            id: id.to_owned(),
            defaults,
            with_modules: Vec::new(),
            family: files.family,
            network,
        })
    }

    /// The pipeline steps of its family.
    pub fn network(&self) -> &dyn OpenModel {
        self.network.as_ref()
    }

    /// A prompt as the model sees it.
    pub fn seen_prompt(&self, prompt: &str) -> String {
        self.family.seen_prompt(prompt)
    }

    /// A note on the modules that lie beside it and are not used. `None` if there are none.
    pub fn hint_of_modules(&self) -> Option<String> {
        let ids = self.with_modules.join(", ");
        (!ids.is_empty()).then(|| {
            format!(
                "{} is used without the modules that lie beside it. With one it is another model, which `kinora models` lists once its folder is added: {ids}",
                self.id
            )
        })
    }

    /// The names of its files by path. Two experts may have files of the same name, and so may the networks of a model of
    /// sound alone: these get their folder's name too. In other models they keep it, since recipes of existing takes name
    /// them so.
    pub fn named_files(&self) -> Vec<(&Path, String)> {
        let name = |path: &Path| {
            let name = path.file_name().unwrap_or_default();
            name.to_string_lossy().into_owned()
        };
        let files: Vec<(&Path, String)> = self.files().map(|path| (path, name(path))).collect();
        let spec = self.spec();
        let tells_apart = spec.has_experts || spec.sound.is_some();
        let is_shared = |wanted: &String| {
            let same = files.iter().filter(|(_, name)| name == wanted);
            tells_apart && same.count() > 1
        };
        let named = files.iter().map(|(path, own)| match is_shared(own) {
            true => {
                let folder = path.parent().map(name).unwrap_or_default();
                (*path, format!("{folder}/{own}"))
            }
            false => (*path, own.clone()),
        });
        named.collect()
    }

    /// What it can generate.
    pub fn spec(&self) -> ModelSpec {
        self.network.spec(&self.defaults)
    }

    /// Fills in a request and checks it against the model. `models_with` lists the installed models with an ability.
    pub fn plan(
        &self,
        request: &Generation,
        models_with: &dyn Fn(Ability) -> Vec<String>,
    ) -> Result<Plan, Failure> {
        let sampler = request.settings.sampler.unwrap_or(self.defaults.sampler);
        let mut spec = self.spec();
        let loras = &request.inputs.loras;
        spec.abilities.extend(self.network.abilities_with(loras));
        let mut defaults = self.family.defaults_with(&self.defaults, sampler);
        defaults.two_stages = spec.has_two_stages_with(sampler);
        let context = PlanContext {
            model: &self.id,
            spec,
            defaults,
            models_with,
            model_kind_with: &|ability| self.family.model_kind_with(ability),
        };
        let plan = Plan::of(request, context)?;
        self.network.refuse(&plan)?;
        Ok(plan)
    }

    /// All files that its results depend on: weights, and the tokenizer. One file may hold several components.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let mut listed = BTreeSet::new();
        let checkpoints = self.network.checkpoints().into_iter();
        let weights = checkpoints.flat_map(Checkpoint::files);
        weights
            .map(MappedFile::path)
            .chain(self.network.tokenizer_file())
            .chain(self.network.further_files().iter().map(PathBuf::as_path))
            .filter(move |path| listed.insert(*path))
    }

    /// Size of its weights on disk, in bytes.
    pub fn size_bytes(&self) -> u64 {
        let parts = self.network.checkpoints().into_iter();
        parts.map(Checkpoint::size_bytes).sum()
    }
}
