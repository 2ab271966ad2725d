//! Autoplay (`--show`): opens the project, generates missing takes, makes those of a model with an upscaler of its own
//! larger, then plays it.

use egui::Context;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::{ContentHash, Edit, ShotId};

use crate::actions::apply;
use crate::state::action::{Action, EditAction, TakeAction};
use crate::state::app::AppState;
use crate::state::command::Command;
use crate::state::open_project::OpenProject;

/// The state of autoplay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Autoplay {
    Off,
    /// The project is being opened.
    Opening,
    /// Missing takes are being generated.
    Generating,
    /// They are being made larger.
    Upscaling,
}

impl Autoplay {
    /// Called once per frame of the window.
    pub fn frame(&mut self, state: &mut AppState, ctx: &Context) {
        let Some(open) = &state.project else {
            if state.tasks.opening.is_none() {
                *self = Self::Off; // the project could not be opened
            }
            return;
        };
        let generation = &open.generation;
        let is_done = generation.scheduler.is_idle() && generation.loading_takes.is_none();
        match self {
            Self::Opening => {
                apply(Action::Command(Command::GenerateMissing), state, ctx);
                *self = Self::Generating;
            }
            Self::Generating if is_done => {
                let small = small_takes(open);
                *self = Self::Upscaling;
                for (shot, take, upscaler) in small {
                    let upscale = TakeAction::Upscale(shot, take, upscaler);
                    apply(Action::Take(upscale), state, ctx);
                }
            }
            Self::Upscaling if is_done => {
                for (shot, take) in larger_takes(open) {
                    let choose = Library::ChooseTake(shot, Some(take));
                    let choose = EditAction::Apply(Edit::Library(choose));
                    apply(Action::Edit(choose), state, ctx);
                }
                apply(Action::Command(Command::ToStart), state, ctx);
                apply(Action::Command(Command::Play), state, ctx);
                *self = Self::Off;
            }
            Self::Generating | Self::Upscaling | Self::Off => {}
        }
    }
}

/// The chosen takes whose model has an upscaler of its own, with that upscaler, unless they have been made larger.
fn small_takes(open: &OpenProject) -> Vec<(ShotId, ContentHash, String)> {
    let larger = larger_takes(open);
    let upscalers = open.generation.scheduler.upscalers();
    let shots = open.project().shots();
    let small = shots.filter_map(|shot| {
        let chosen = shot.chosen?;
        let mut takes = open.generation.takes.takes.iter();
        let (_, take) = takes.find(|(name, _)| *name == chosen)?;
        let recipe = take.readable().filter(|recipe| recipe.upscaled.is_none())?;
        let mut own = upscalers.iter();
        let own = own.find(|one| one.is_guided && one.id.starts_with(&recipe.model.id))?;
        let is_made = larger.iter().any(|(made, _)| *made == shot.id);
        (!is_made).then(|| (shot.id, chosen, own.id.clone()))
    });
    small.collect()
}

/// The takes that are larger than the chosen ones of their shots, made of them.
fn larger_takes(open: &OpenProject) -> Vec<(ShotId, ContentHash)> {
    let shots = open.project().shots();
    let larger = shots.filter_map(|shot| {
        let chosen = shot.chosen?;
        let mut takes = open.generation.takes.takes.iter();
        let (large, _) = takes.find(|(_, take)| {
            let recipe = take.readable();
            let upscaled = recipe.and_then(|recipe| recipe.upscaled.as_ref());
            upscaled.is_some_and(|upscaled| upscaled.take == chosen)
        })?;
        Some((shot.id, *large))
    });
    larger.collect()
}
