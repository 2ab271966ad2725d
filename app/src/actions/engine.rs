//! The engine process, and the system check.

use egui::Context;
use kinora_studio::{doctor, engine};

use crate::background::task::Task;
use crate::state::app::AppState;
use crate::state::dialog::{Dialog, SystemCheck};

/// Restarts the engine. The running order begins again.
pub fn restart(state: &mut AppState) {
    match &mut state.project {
        Some(open) => open.generation.scheduler.restart_engine(&mut state.engine),
        None => state.engine.restart(),
    }
}

pub fn system_check(state: &mut AppState, ctx: &Context) {
    let check = Task::start(ctx, move || doctor::examine(&engine::program()));
    state.dialog = Some(Dialog::SystemCheck(SystemCheck::Running(check)));
}
