//! Resolves an order into its recipe when it starts: model, device, and the takes it depends on. Reads take files:
//! not for the window's thread.

use kinora_timeline::Project;
use kinora_wire::{Failure, Hello, Installed, ModelInfo};

use super::recipe::{Recipe, VERSION, with_guidance_change};
use super::recipe_builder::{
    RecipeInputs, made_with, model_used, not_reproducible, recipe_of_shot,
};
use super::take_store::TakeStore;
use crate::generate::queue::{Order, Vary, Work};

/// An order that starts, and everything its recipe depends on.
pub struct ResolveContext {
    pub order: Order,
    /// The project when the order starts.
    pub project: Project,
    pub models: Vec<ModelInfo>,
    pub engine: Hello,
    /// The id of the device that computes it.
    pub device: String,
}

/// The result.
pub enum Resolved {
    Recipe(Box<Recipe>),
    /// The files of this model must be hashed first.
    Unhashed(String),
}

impl ResolveContext {
    /// Resolves the recipe.
    ///
    /// # Errors
    /// The model is not installed; a take that the shot depends on does not exist.
    pub fn resolve(&self, takes: &TakeStore) -> Result<Resolved, Failure> {
        let Self {
            order,
            project,
            models,
            engine,
            device,
        } = self;
        let before = match order.work {
            Work::Shot => None,
            Work::Vary { take, .. } | Work::Reproduce { take } => {
                let gone = || {
                    let cause = "the take no longer exists";
                    Failure::refused(cause, "choose another take")
                };
                let recipe = takes.find(take).ok_or_else(gone)?.recipe;
                Some(recipe.map_err(not_reproducible)?)
            }
        };
        let id = before
            .as_ref()
            .map_or(&order.shot.model, |recipe| &recipe.model.id);
        let model = model_for(models, id)?;
        if !model.is_hashed() {
            return Ok(Resolved::Unhashed(model.id.clone()));
        }
        let inputs = RecipeInputs {
            project,
            takes,
            model,
            engine,
            device: device.as_str(),
        };
        let recipe = match before {
            None => recipe_of_shot(&order.shot, order.seed, inputs),
            Some(before) => recipe_of_take(before, order, inputs),
        };
        recipe.map(|recipe| Resolved::Recipe(Box::new(recipe)))
    }
}

/// The recipe of a take for this engine, with the change of an order.
fn recipe_of_take(before: Recipe, order: &Order, inputs: RecipeInputs) -> Result<Recipe, Failure> {
    let model = model_used(inputs.model)?;
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
        made_with: made_with(inputs)?,
        ..before
    };
    if let Work::Vary { change, .. } = order.work {
        match change {
            Vary::Seed => recipe.inputs.seed = order.seed,
            Vary::Steps(steps) => recipe.settings.steps = steps,
            Vary::Guidance(by) => {
                recipe.settings.guidance = with_guidance_change(recipe.settings.guidance, by);
            }
        }
    }
    Ok(recipe)
}

/// The model of this id; the first installed one if the id is empty.
pub fn model_for<'m>(models: &'m [ModelInfo], id: &str) -> Result<&'m ModelInfo, Failure> {
    let mut installed = models
        .iter()
        .filter(|model| matches!(model.installed, Installed::Yes { .. }));
    let found = installed.find(|model| id.is_empty() || model.id == id);
    found.ok_or_else(|| {
        let cause = match id {
            "" => "no model is installed".to_owned(),
            id => format!("the model {id} is not installed"),
        };
        Failure::refused(cause, "see `kinora models`, or choose another model")
    })
}
