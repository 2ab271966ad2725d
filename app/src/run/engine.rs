//! The doctor, from inside the window.

use egui::Context;
use kinora_studio::{doctor, engine};

use crate::later::Later;
use crate::state::{Dialogue, State, SystemCheck};

/// What the open film is making is begun once more.
pub fn restart(state: &mut State) {
    match &mut state.film {
        Some(film) => film.production.restart_engine(&mut state.engine),
        None => state.engine.restart(),
    }
}

pub fn check_system(state: &mut State, ctx: &Context) {
    let examining = Later::start(ctx, move || doctor::examine(&engine::program()));
    state.dialogue = Some(Dialogue::System(SystemCheck::Examining(examining)));
}
