//! Saving the picture of the viewer as a PNG file beside the project.

use std::path::{Path, PathBuf};

use egui::Context;
use kinora_studio::exchange::frame_grab::save_png;

use super::viewer;
use crate::background::task::{Task, take_all_finished};
use crate::state::action::{Action, ExportAction};
use crate::state::app::AppState;
use crate::state::notification::NotificationButton;

/// Saves the composed frame of what the viewer shows, on another thread. An earlier file is never replaced.
pub fn save_frame(state: &mut AppState, ctx: &Context) {
    let Some(open) = &state.project else {
        return;
    };
    let (player, project) = viewer::shown(open);
    let (project, frame) = (project.clone(), player.playhead());
    let folder = open.document.session.folder().to_owned();
    let save = move || save_png(&project, frame, &folder);
    state.tasks.snapshots.push(Task::start(ctx, save));
}

/// Shows the files that were saved.
pub fn poll(state: &mut AppState) {
    for result in take_all_finished(&mut state.tasks.snapshots) {
        match result {
            Ok(path) => {
                let text = format!("Frame saved: {}", path.display());
                state.notifications.result(text, buttons(&path));
            }
            Err(failure) => state.notifications.error(failure.to_string()),
        }
    }
}

fn buttons(path: &Path) -> Vec<NotificationButton> {
    let folder = path.parent().unwrap_or(path).to_owned();
    let open = |text, path: PathBuf| NotificationButton {
        text,
        action: Action::Export(ExportAction::OpenWithSystem(path)),
    };
    vec![
        open("Show in folder", folder),
        open("Open", path.to_owned()),
    ]
}
