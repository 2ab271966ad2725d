//! An order with everything around it at the moment it is begun, and the recipe it comes to. Reads takes: not for the
//! window's thread.

use kinora_timeline::Project;
use kinora_wire::{DeviceKind, Failure, Hello, Installed, ModelInfo};

use crate::freeze::{Around, freeze, made_with, model_used};
use crate::queue::{Order, Vary, Work};
use crate::recipe::{Recipe, more_guided};
use crate::takes::Takes;

/// An order that is begun.
pub struct Wanted {
    pub order: Order,
    /// As it is now.
    pub film: Project,
    pub models: Vec<ModelInfo>,
    pub engine: Hello,
}

/// What it comes to.
pub enum Frozen {
    Recipe(Box<Recipe>),
    /// The files of this model have to be hashed first.
    Unhashed(String),
}

impl Wanted {
    /// Its recipe.
    ///
    /// # Errors
    /// A model that is not installed; a take that it grows out of and that is gone.
    pub fn freeze(&self, takes: &Takes) -> Result<Frozen, Failure> {
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
                    let cause = "the take is gone, or its take.ron is damaged";
                    Failure::refused(cause, "choose another take")
                };
                Some(takes.find(take).ok_or_else(gone)?.recipe)
            }
        };
        let id = before
            .as_ref()
            .map_or(&order.shot.model, |recipe| &recipe.model.id);
        let model = model_for(models, id)?;
        if !model.is_hashed() {
            return Ok(Frozen::Unhashed(model.id.clone()));
        }
        let around = Around {
            film,
            takes,
            model,
            engine,
            device: &best_device(engine),
        };
        let recipe = match before {
            None => freeze(&order.shot, order.seed, around),
            Some(before) => again(before, order, around),
        };
        recipe.map(|recipe| Frozen::Recipe(Box::new(recipe)))
    }
}

/// The recipe of a take for this engine, with what an order changes in it.
fn again(before: Recipe, order: &Order, around: Around) -> Result<Recipe, Failure> {
    let model = model_used(around.model)?;
    if model != before.model {
        return Err(Failure::refused(
            format!(
                "the files of {} are not those the take was made with",
                around.model.name
            ),
            "put the same model files back; `kinora check` names the take's",
        ));
    }
    let mut recipe = Recipe {
        made_with: made_with(around)?,
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
