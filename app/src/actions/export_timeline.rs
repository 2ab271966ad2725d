//! Exporting the timeline for other editors, on another thread.

use std::path::PathBuf;

use egui::Context;
use kinora_studio::exchange::interchange::export_to_free_path;
use kinora_studio::name_of;

use crate::background::task::{Task, take_all_finished};
use crate::state::action::{Action, ExportAction};
use crate::state::app::AppState;
use crate::state::dialog::Dialog;
use crate::state::dialog::import_timeline::{Direction, TimelineNotes};
use crate::state::notification::NotificationButton;

/// Writes the timeline to a file. An earlier file is kept, unless it may be replaced.
pub fn start(file: PathBuf, replaces: bool, state: &mut AppState, ctx: &Context) {
    let Some(open) = &state.project else {
        return;
    };
    let project = open.project().clone();
    let folder = open.document.session.folder().to_owned();
    let task = Task::start(ctx, move || {
        export_to_free_path(&project, &folder, &file, replaces)
    });
    state.tasks.exporting_timelines.push(task);
}

/// Shows the files that were written, and what other editors will not show of them.
pub fn poll(state: &mut AppState) {
    for result in take_all_finished(&mut state.tasks.exporting_timelines) {
        let written = match result {
            Ok(written) => written,
            Err(failure) => {
                let text = format!("The timeline was not exported: {failure}");
                state.notifications.error(text);
                continue;
            }
        };
        let folder = written.file.parent().unwrap_or(&written.file).to_owned();
        let show = NotificationButton {
            text: "Show in folder",
            action: Action::Export(ExportAction::OpenWithSystem(folder)),
        };
        let text = format!("Timeline exported: {}", written.file.display());
        state.notifications.result(text, vec![show]);
        let notes: Vec<String> = written.losses.iter().map(ToString::to_string).collect();
        if notes.is_empty() {
            continue;
        }
        if state.dialog.is_some() {
            for note in notes {
                state.notifications.info(note); // the messages of the menu Help keep them
            }
            continue;
        }
        state.dialog = Some(Dialog::TimelineNotes(TimelineNotes {
            direction: Direction::Export,
            name: name_of(&written.file),
            notes,
        }));
    }
}
