//! LoRAs: one added to a shot, and another look at the folders they are in.

use std::path::Path;

use egui::Context;
use kinora_studio::take::loras::chosen;
use kinora_studio::timeline::ShotId;
use kinora_studio::timeline::edit::shot_change::ShotChange;

use super::shot;
use crate::state::app::AppState;

/// Adds a LoRA to a shot: by its name in the LoRA folders, or by the path of its file.
pub fn add(id: ShotId, file: &str, state: &mut AppState) {
    let Some(open) = &state.project else {
        return;
    };
    let Some(shot) = open.project().shot(id) else {
        return;
    };
    let scheduler = &open.generation.scheduler;
    let mut loras = shot.loras.clone();
    let model = scheduler.model_in(open.project(), shot);
    loras.push(chosen(file, scheduler.loras(), model));
    shot::change(id, ShotChange::Loras(loras), state);
}

/// Adds the LoRA in a file to a shot.
pub fn add_file(id: ShotId, file: &Path, state: &mut AppState) {
    match file.to_str() {
        Some(file) => add(id, file, state),
        None => state.notifications.error(format!(
            "{} cannot be added: a project can only keep names in Unicode. Rename the file or its folder.",
            file.display()
        )),
    }
}

/// Requests the LoRAs of the engine's folders again, and looks again for files elsewhere.
pub fn list_again(state: &mut AppState, ctx: &Context) {
    if let Some(open) = &mut state.project {
        open.generation.scheduler.reload_models(&mut state.engine);
        open.media.look_for_loras(ctx);
    }
}
