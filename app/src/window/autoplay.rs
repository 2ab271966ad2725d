//! Autoplay (`--show`): opens the project, generates missing takes, makes those of a model with an upscaler of its own
//! larger, then plays it.

use egui::Context;
use kinora_studio::timeline::Edit;
use kinora_studio::timeline::edit::library::Library;

use crate::actions::apply;
use crate::actions::larger_takes::{larger_takes, small_takes};
use crate::state::action::{Action, EditAction, TakeAction};
use crate::state::app::AppState;
use crate::state::command::Command;

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
