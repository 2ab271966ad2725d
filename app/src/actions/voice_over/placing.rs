//! Finished recordings: the clip that one becomes, those that are only listed in the media panel, and the end of their
//! files.

use std::path::Path;

use egui::Context;
use kinora_studio::exchange::import::Imported;
use kinora_studio::exchange::voice_over::{LeftRecordings, discard, next_name};
use kinora_studio::timeline::Edit;
use kinora_studio::timeline::edit::library::Library;

use crate::actions::place;
use crate::background::task::Task;
use crate::state::app::AppState;
use crate::state::open_project::OpenProject;
use crate::state::voice_over::ImportedRecording;

/// Places a recording where its film began, in one step. If another sequence is open now, it is listed in the media panel.
pub fn place_recording(recording: ImportedRecording, state: &mut AppState) {
    let ImportedRecording {
        folder,
        sequence,
        at,
        file,
        imported,
    } = recording;
    let open = state.project.as_mut();
    let Some(open) = open.filter(|open| open.document.session.folder() == folder) else {
        return; // that project was closed meanwhile, and imports the file when it is opened again
    };
    let imported = match imported {
        Ok(imported) => imported,
        Err(failure) => {
            let place = file.display();
            let text = format!("The recording was not imported: {failure}. It is kept as {place}.");
            return state.notifications.error(text);
        }
    };
    if open.project().open_sequence() != sequence {
        let left = LeftRecordings {
            imported: vec![(imported, file)],
            ..LeftRecordings::default()
        };
        return list_left(&folder, left, state);
    }
    let Imported { mut medium, notes } = imported;
    let name = next_name(open.project());
    medium.name.clone_from(&name);
    let view = &open.view.panels.timeline;
    let planned = place::planned_sound(open.project(), view, medium, at);
    let notifications = &mut state.notifications;
    if open
        .edit_planned("record voice-over", planned, notifications)
        .is_none()
    {
        return;
    }
    notifications.info(format!("{name} is on the timeline."));
    for note in notes {
        notifications.result(note, Vec::new());
    }
    state.voice_over.imported_files.push(file);
}

/// Lists recordings without a place in the open sequence in the media panel, as those of sessions that did not end cleanly.
pub fn list_left(folder: &Path, left: LeftRecordings, state: &mut AppState) {
    let open = state.project.as_mut();
    let Some(open) = open.filter(|open| open.document.session.folder() == folder) else {
        return; // that project was closed meanwhile
    };
    for refused in left.refused {
        let text = format!("A recording could not be recovered: {refused}");
        state.notifications.error(text);
    }
    for (imported, file) in left.imported {
        let mut medium = imported.medium;
        let name = next_name(open.project());
        medium.name.clone_from(&name);
        let add = Edit::Library(Library::AddMedium(Box::new(medium)));
        if open.edit(&add, &mut state.notifications) {
            let text = format!("A recording was recovered: {name} is in the media panel.");
            state.notifications.result(text, Vec::new());
            state.voice_over.imported_files.push(file);
        }
    }
}

/// Removes the files of imported recordings, once the project that has them is on the disk.
pub fn discard_imported(state: &mut AppState, ctx: &Context) {
    let is_settled = |open: &OpenProject| open.document.session.is_settled();
    let files = &mut state.voice_over.imported_files;
    if files.is_empty() || !state.project.as_ref().is_some_and(is_settled) {
        return;
    }
    let files = std::mem::take(files);
    // Nobody waits for it: what is not removed now is found when the project is opened again.
    drop(Task::start(ctx, move || {
        for file in files {
            discard(&file);
        }
    }));
}
