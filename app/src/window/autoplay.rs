//! Autoplay (`--show`): opens the project, generates missing takes, then plays it.

use egui::Context;

use crate::actions::apply;
use crate::state::action::Action;
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
        match self {
            Self::Opening => {
                apply(Action::Command(Command::GenerateMissing), state, ctx);
                *self = Self::Generating;
            }
            Self::Generating if open.generation.scheduler.is_idle() => {
                apply(Action::Command(Command::ToStart), state, ctx);
                apply(Action::Command(Command::Play), state, ctx);
                *self = Self::Off;
            }
            Self::Generating | Self::Off => {}
        }
    }
}
