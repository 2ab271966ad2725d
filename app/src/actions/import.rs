//! Importing video, pictures and sound, and placing them on the timeline.

use std::path::PathBuf;

use egui::Context;
use kinora_studio::exchange::import::import_medium;
use kinora_studio::timeline::edit::batch::EditBatch;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::media::Medium;
use kinora_studio::timeline::{Edit, Frames, Refusal, Source};
use kinora_studio::wire::Failure;

use super::clips::kinds_of;
use super::viewer;
use crate::background::task::Task;
use crate::state::app::AppState;
use crate::state::open_project::OpenProject;
use crate::state::tasks::ImportedMedium;

/// The length of the clip of a still picture.
const STILL_SECONDS: u32 = 3;

/// Reads a file and copies it into the project's folder, on another thread.
pub fn import(file: PathBuf, state: &mut AppState, ctx: &Context) {
    let Some(open) = state.project.as_ref().filter(|_| state.can_edit()) else {
        return;
    };
    let folder = open.document.session.folder().to_owned();
    state
        .notifications
        .info(format!("Importing {}", file.display()));
    state.tasks.importing.push(Task::start(ctx, move || {
        let medium = import_medium(&file, &folder)?;
        Ok(ImportedMedium { folder, medium })
    }));
}

/// Places an imported file on the timeline at the playhead.
pub fn imported(result: Result<ImportedMedium, Failure>, state: &mut AppState) {
    let ImportedMedium { folder, medium } = match result {
        Ok(imported) => imported,
        Err(failure) => return state.notifications.error(failure.to_string()),
    };
    let open = state.project.as_mut();
    let Some(open) = open.filter(|open| open.document.session.folder() == folder) else {
        return; // that project was closed meanwhile
    };
    let name = medium.name.clone();
    match planned(open, medium) {
        Ok(batch) => {
            if open.edit_all("import", &batch.edits, &mut state.notifications) {
                viewer::show_timeline(open);
                state
                    .notifications
                    .info(format!("{name} is on the timeline."));
            }
        }
        Err(refusal) => state.notifications.error(format!("{name}: {refusal}")),
    }
}

fn planned(open: &OpenProject, medium: Medium) -> Result<EditBatch, Refusal> {
    let mut batch = EditBatch::of(open.project());
    let content = medium.content;
    let known = |batch: &EditBatch| {
        let mut media = batch.project.media();
        media.find(|one| one.content == content).cloned()
    };
    if known(&batch).is_none() {
        batch.then(Edit::Library(Library::AddMedium(Box::new(medium))))?;
    }
    let medium = known(&batch).ok_or(Refusal::NoSuch { what: "medium" })?;
    let kinds = kinds_of(&medium);
    let still = batch.seconds(STILL_SECONDS);
    let source = Source::Medium(medium.id);
    let available = batch.project.available(source);
    let length = available.unwrap_or(still).max(Frames::ONE);
    batch.place(source, kinds, open.media.player.playhead(), length)?;
    Ok(batch)
}
