//! An order with all its inputs at the moment it is begun, and the recipe that results. Reads takes: not for the
//! window's thread.

use kinora_timeline::Project;
use kinora_wire::{DeviceKind, Failure, Hello, Installed, ModelInfo};

use super::recipe::{Recipe, VERSION, more_guided};
use super::recipe_builder::{
    RecipeInputs, made_with, model_used, not_reproducible, recipe_of_shot,
};
use super::take_store::TakeStore;
use crate::generate::queue::{Order, Vary, Work};

/// An order that is begun.
pub struct ResolveContext {
    pub order: Order,
    /// As it is now.
    pub film: Project,
    pub models: Vec<ModelInfo>,
    pub engine: Hello,
}

/// What it comes to.
pub enum Resolved {
    Recipe(Box<Recipe>),
    /// The files of this model have to be hashed first.
    Unhashed(String),
}

impl ResolveContext {
    /// Its recipe.
    ///
    /// # Errors
    /// A model that is not installed; a take that it grows out of and that is gone.
    pub fn resolve(&self, takes: &TakeStore) -> Result<Resolved, Failure> {
        let Self {
            order,
            film,
            models,
            engine,
        } = self;
        let before = match order.work {
            Work::Shot => None,
            Work::Vary { take, .. } | Work::Reproduce { take } => {
                let gone = || {
                    let cause = "the take is gone";
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
            film,
            takes,
            model,
            engine,
            device: &best_device(engine),
        };
        let recipe = match before {
            None => recipe_of_shot(&order.shot, order.seed, inputs),
            Some(before) => again(before, order, inputs),
        };
        recipe.map(|recipe| Resolved::Recipe(Box::new(recipe)))
    }
}

/// The recipe of a take for this engine, with what an order changes in it.
fn again(before: Recipe, order: &Order, inputs: RecipeInputs) -> Result<Recipe, Failure> {
    let model = model_used(inputs.model)?;
    if model != before.model {
        return Err(Failure::refused(
            format!(
                "the files of {} are not those the take was made with",
                inputs.model.name
            ),
            "put the same model files back; `kinora check` names the take's",
        ));
    }
    let mut recipe = Recipe {
        version: VERSION,
        made_with: made_with(inputs)?,
        ..before
    };
    if let Work::Vary { change, .. } = order.work {
        match change {
            Vary::Seed => recipe.seed = order.seed,
            Vary::Steps(steps) => recipe.steps = steps,
            Vary::Guidance(by) => recipe.guidance = more_guided(recipe.guidance, by),
        }
    }
    Ok(recipe)
}

/// The model of this id, or the first that is installed.
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
        Failure::refused(cause, "see `kinora models`, or choose another for the shot")
    })
}

/// A graphics card before the processor.
fn best_device(hello: &Hello) -> String {
    let card = hello
        .devices
        .iter()
        .find(|device| device.kind == DeviceKind::Cuda);
    let best = card.or(hello.devices.first());
    best.map_or_else(|| "cpu".into(), |device| device.id.clone())
}
