//! Importing video, pictures and sound, and placing them on the timeline.

use std::path::PathBuf;

use egui::Context;
use kinora_studio::exchange::import::import_medium;
use kinora_studio::timeline::edit::batch::EditBatch;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::media::Medium;
use kinora_studio::timeline::{Edit, Frames, Refusal, Source, TrackKind};
use kinora_studio::wire::Failure;

use crate::background::task::Task;
use crate::state::app::AppState;
use crate::state::open_project::OpenProject;
use crate::state::tasks::ImportedMedium;

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
    match planned(open, medium, state.preferences.values.still_seconds) {
        Ok(batch) => {
            if open.edit_all("import", &batch.edits, &mut state.notifications) {
                state
                    .notifications
                    .info(format!("{name} is on the timeline."));
            }
        }
        Err(refusal) => state.notifications.error(format!("{name}: {refusal}")),
    }
}

/// Its clip: whole, or a still picture of so many seconds.
fn planned(open: &OpenProject, medium: Medium, still_seconds: u32) -> Result<EditBatch, Refusal> {
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
    let kinds: &[TrackKind] = match (medium.has_picture, medium.has_sound) {
        (true, true) => &[TrackKind::Video, TrackKind::Audio],
        (true, false) => &[TrackKind::Video],
        _ => &[TrackKind::Audio],
    };
    let still = batch.seconds(still_seconds);
    let source = Source::Medium(medium.id);
    let available = batch.project.available(source);
    let length = available.unwrap_or(still).max(Frames::ONE);
    batch.place(source, kinds, open.media.player.playhead(), length)?;
    Ok(batch)
}
