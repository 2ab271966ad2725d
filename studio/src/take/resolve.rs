//! Resolves an order into its recipe when it starts: model, device, and the takes it depends on. Reads take files:
//! not for the window's thread.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

use kinora_timeline::{ContentHash, Project};
use kinora_wire::{
    Failure, Hello, Installed, LowNoiseGuidance, ModelInfo, ModelList, UpscalerInfo,
};

use super::lora_reference::model_with;
use super::loras::{LoraFiles, LoraSearch, LorasFound};
use super::recipe::{GuideUsed, ModelUsed, Recipe, Upscaled, VERSION, with_guidance_change};
use super::recipe_builder::{
    RecipeInputs, cast_colours, made_with, model_used, not_reproducible, recipe_of_shot,
};
use super::take_store::TakeStore;
use crate::generate::queue::{Order, Vary, Work};
use crate::generate::shot_sound::{SoundOrder, recipe_of_sound};
use crate::generate::stills::recipe_of_still;
use crate::stage::StageShown;

/// An order that starts, and everything its recipe depends on.
pub struct ResolveContext {
    pub order: Order,
    /// The project when the order starts.
    pub project: Project,
    pub known: ModelList,
    /// The SHA-256 of the LoRA files that were hashed for this order.
    pub lora_hashes: BTreeMap<PathBuf, String>,
    pub engine: Hello,
    /// The id of the device that computes it.
    pub device: String,
}

/// The result.
pub enum Resolved {
    /// The recipe, and the files of its LoRAs.
    Recipe(Box<Recipe>, LoraFiles),
    /// The files of this model must be hashed first.
    Unhashed(String),
    /// This LoRA file must be hashed first.
    UnhashedLora(PathBuf),
}

impl ResolveContext {
    /// Resolves the recipe.
    ///
    /// # Errors
    /// The model is not installed; a LoRA, or a take that the shot depends on, does not exist.
    pub fn resolve(&self, takes: &TakeStore) -> Result<Resolved, Failure> {
        let Self {
            order,
            project,
            known,
            lora_hashes,
            engine,
            device,
        } = self;
        let before = match order.work {
            // In-betweens have no recipe of a take.
            Work::Shot | Work::Still | Work::Sound { .. } | Work::Smooth(_) => None,
            Work::Vary { take, .. } | Work::Upscale { take, .. } | Work::Reproduce { take } => {
                let gone = || {
                    let cause = "the take no longer exists";
                    Failure::refused(cause, "choose another take")
                };
                let recipe = takes.find(take).ok_or_else(gone)?.recipe;
                Some(recipe.map_err(not_reproducible)?)
            }
        };
        if let Some(before) = &before
            && let Some(upscaled) = upscaled_by_order(order, before, (&known.upscalers, project))?
        {
            // Only the upscaler is needed, not the model that made the small pictures.
            let recipe = Recipe {
                version: VERSION,
                made_with: made_with(engine, device)?,
                upscaled: Some(upscaled),
                ..before.clone()
            };
            return Ok(Resolved::Recipe(Box::new(recipe), LoraFiles::new()));
        }
        let sound = SoundOrder::of(order, project);
        let model = match (&before, &sound) {
            (Some(recipe), _) => model_for(&known.models, &recipe.model.id)?,
            (None, Some(sound)) => sound.sound_use.model(&known.models, &sound.shot.model)?,
            (None, None) => model_for(&known.models, &order.shot.model)?,
        };
        if !model.is_hashed() {
            return Ok(Resolved::Unhashed(model.id.clone()));
        }
        let search = LoraSearch {
            listed: &known.loras,
            hashes: lora_hashes,
        };
        let shot_loras = sound.as_ref().map_or(&order.shot, |sound| &sound.shot);
        let shot_loras = &shot_loras.loras;
        let found = match &before {
            None => search.of_shot(shot_loras)?,
            Some(before) => search.of_recipe(&before.inputs.loras, shot_loras)?,
        };
        let (loras, files) = match found {
            LorasFound::All(loras, files) => (loras, files),
            LorasFound::Unhashed(file) => return Ok(Resolved::UnhashedLora(file)),
        };
        // The recipe of a take says already what it follows.
        let with_loras = match &before {
            None => model_with(model, shot_loras, &known.loras),
            Some(_) => Cow::Borrowed(model),
        };
        let inputs = RecipeInputs {
            project,
            takes,
            loras: &loras,
            model: &with_loras,
            engine,
            device: device.as_str(),
        };
        let recipe = match (before, &sound) {
            (None, Some(sound)) => recipe_of_sound(sound, order.seed, inputs),
            (None, None) if order.work == Work::Still => {
                recipe_of_still(&order.shot, order.seed, inputs)
            }
            (None, None) => recipe_of_shot(&order.shot, order.seed, inputs),
            (Some(before), _) => recipe_of_take(before, order, inputs),
        };
        recipe.map(|recipe| Resolved::Recipe(Box::new(recipe), files))
    }
}

/// The recipe of a take for this engine, with the change of an order.
fn recipe_of_take(before: Recipe, order: &Order, inputs: RecipeInputs) -> Result<Recipe, Failure> {
    let model = model_used(
        inputs.model,
        before.inputs.makes,
        before.settings.two_stages,
    )?;
    if model != before.model {
        return Err(Failure::refused(
            format!(
                "the files of {} have changed since the take was made",
                inputs.model.name
            ),
            "restore the model files that the take was made with",
        ));
    }
    let mut recipe = Recipe {
        version: VERSION,
        made_with: made_with(inputs.engine, inputs.device)?,
        upscaled: None, // the variation of a large take is another clip, and it is small
        ..before
    };
    if let Work::Vary { change, .. } = order.work {
        match change {
            Vary::Seed => recipe.inputs.seed = order.seed,
            Vary::Steps(steps) => recipe.settings.steps = steps,
            Vary::Guidance(by) => {
                let settings = &mut recipe.settings;
                settings.guidance = with_guidance_change(settings.guidance, by);
                if let LowNoiseGuidance::Scale(scale) = &mut settings.guidance_low {
                    *scale = (*scale + by).max(1.0);
                }
            }
        }
    }
    Ok(recipe)
}

/// How an order makes the pictures of a take larger. `None`: it generates a clip.
fn upscaled_by_order(
    order: &Order,
    before: &Recipe,
    (upscalers, project): (&[UpscalerInfo], &Project),
) -> Result<Option<Upscaled>, Failure> {
    match (&order.work, &before.upscaled) {
        (Work::Upscale { take, upscaler }, _) => {
            upscaled_by((upscalers, project), upscaler, *take, before).map(Some)
        }
        (Work::Reproduce { .. }, Some(upscaled)) => {
            is_unchanged(upscalers, upscaled)?;
            Ok(Some(upscaled.clone()))
        }
        _ => Ok(None),
    }
}

/// How a take is made larger with an installed upscaler.
fn upscaled_by(
    (upscalers, project): (&[UpscalerInfo], &Project),
    id: &str,
    take: ContentHash,
    recipe: &Recipe,
) -> Result<Upscaled, Failure> {
    let found = upscalers.iter().find(|upscaler| upscaler.id == id);
    let upscaler = found.ok_or_else(|| {
        Failure::refused(
            format!("the upscaler {id} is not installed"),
            "choose another one in the menu of the take",
        )
    })?;
    let sha256 = upscaler.file.sha256.clone().ok_or_else(|| {
        Failure::bad_file(
            format!("{} cannot be read", upscaler.file.name),
            "check its permissions and the disk",
        )
    })?;
    let before = recipe.upscaled.as_ref().map_or(1, |before| before.scale);
    Ok(Upscaled {
        take,
        upscaler: ModelUsed {
            id: upscaler.id.clone(),
            files: BTreeMap::from([(upscaler.file.name.clone(), sha256)]),
        },
        scale: before.saturating_mul(upscaler.scale),
        guide: upscaler.is_guided.then(|| guide_of(recipe, project)),
    })
}

/// What guides the upscaling of a take: the colours that its model was shown, or else those the characters have now.
fn guide_of(recipe: &Recipe, project: &Project) -> GuideUsed {
    let colours = match (&recipe.stage_shown, &recipe.stage) {
        (StageShown::Picture(colours), _) => colours.clone(),
        (StageShown::Depth, Some(stage)) => cast_colours(project, stage),
        (StageShown::Depth, None) => Vec::new(),
    };
    GuideUsed { colours }
}

/// Fails if the upscaler of a take is missing or has other weights now.
fn is_unchanged(upscalers: &[UpscalerInfo], before: &Upscaled) -> Result<(), Failure> {
    let id = &before.upscaler.id;
    let is_it = |upscaler: &UpscalerInfo| {
        let sha256 = before.upscaler.files.get(&upscaler.file.name);
        upscaler.id == *id && sha256.is_some() && sha256 == upscaler.file.sha256.as_ref()
    };
    match upscalers.iter().any(is_it) {
        true => Ok(()),
        false => Err(Failure::refused(
            format!("the upscaler {id} is missing or has changed since the take was made"),
            "restore the file that the take was made with",
        )),
    }
}

/// The model of this id; the first installed one that makes pictures if the id is empty, or else the first one.
pub fn model_for<'m>(models: &'m [ModelInfo], id: &str) -> Result<&'m ModelInfo, Failure> {
    let installed = || {
        let models = models.iter();
        models.filter(|model| matches!(model.installed, Installed::Yes { .. }))
    };
    let found = match id {
        "" => {
            let first = installed().find(|model| model.spec.makes_pictures);
            first.or_else(|| installed().next())
        }
        id => installed().find(|model| model.id == id),
    };
    found.ok_or_else(|| {
        let cause = match id {
            "" => "no model is installed".to_owned(),
            id => format!("the model {id} is not installed"),
        };
        let remedy =
            "install one: File > Models…, or `kinora models install`; or choose another model";
        Failure::refused(cause, remedy)
    })
}
