//! A film that shows itself: what is missing is generated, and then it plays.

use egui::Context;

use crate::command::Command;
use crate::run::{Ask, run};
use crate::state::State;

/// How far the show is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// Nobody asked for it.
    Off,
    /// The film is being opened.
    Opens,
    /// What is missing is being made.
    Makes,
}

impl Show {
    /// Each frame.
    pub fn frame(&mut self, state: &mut State, ctx: &Context) {
        let Some(film) = &state.film else {
            if state.work.opening.is_none() {
                *self = Self::Off; // it did not open: the next film is none of ours
            }
            return;
        };
        match self {
            Self::Opens => {
                run(Ask::Run(Command::GenerateMissing), state, ctx);
                *self = Self::Makes;
            }
            Self::Makes if film.production.is_idle() => {
                run(Ask::Run(Command::ToStart), state, ctx);
                run(Ask::Run(Command::Play), state, ctx);
                *self = Self::Off;
            }
            Self::Makes | Self::Off => {}
        }
    }
}
