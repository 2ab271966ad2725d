//! Importing a timeline of another editor into a new project, on another thread.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use egui::Context;
use kinora_studio::exchange::interchange;
use kinora_studio::name_of;
use kinora_studio::wire::Failure;

use crate::background::task::{Progress, Task};
use crate::state::app::AppState;
use crate::state::dialog::Dialog;
use crate::state::dialog::import_timeline::{
    Direction, ImportedTimeline, RunningImport, TimelineForm, TimelineNotes,
};
use crate::state::open_project::LoadedProject;

/// Opens the dialog for the place of the new project. A dialog in which an import runs stays as it is.
pub fn dialog(cut: PathBuf, state: &mut AppState) {
    if is_running(state) {
        let text = "A timeline is being imported: wait for it to finish, or cancel it.";
        return state.notifications.error(text);
    }
    state.dialog = Some(Dialog::ImportTimeline(TimelineForm::beside(cut)));
}

/// Whether the open dialog imports a timeline now.
pub(super) fn is_running(state: &AppState) -> bool {
    matches!(&state.dialog, Some(Dialog::ImportTimeline(form)) if form.running.is_some())
}

/// Imports the timeline of the open dialog into a new project in this folder.
pub fn start(folder: PathBuf, state: &mut AppState, ctx: &Context) {
    let Some(Dialog::ImportTimeline(form)) = &mut state.dialog else {
        return;
    };
    if form.running.is_some() {
        return;
    }
    let (done, all) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let is_cancelled = Arc::new(AtomicBool::new(false));
    let (shared_done, shared_all) = (Arc::clone(&done), Arc::clone(&all));
    let cancel = Arc::clone(&is_cancelled);
    let (cut, wake) = (form.cut.clone(), ctx.clone());
    let config = state.folders.config.clone();
    let result = Task::start(ctx, move || -> Result<Option<ImportedTimeline>, Failure> {
        let mut on_file = |done: usize, all: usize| {
            shared_done.store(done, Ordering::Relaxed);
            shared_all.store(all, Ordering::Relaxed);
            wake.request_repaint();
            !cancel.load(Ordering::Relaxed)
        };
        let imported = interchange::import(&cut, &folder, &mut on_file)?;
        Ok(imported.map(|(session, losses)| ImportedTimeline {
            project: LoadedProject::of(session, &config, &wake),
            notes: losses.iter().map(ToString::to_string).collect(),
        }))
    });
    form.running = Some(RunningImport {
        done,
        all,
        is_cancelled,
        result,
    });
}

pub fn cancel(state: &mut AppState) {
    if let Some(Dialog::ImportTimeline(form)) = &state.dialog
        && let Some(running) = &form.running
    {
        running.is_cancelled.store(true, Ordering::Relaxed);
    }
}

/// Polls the running import. Returns what was imported, to be opened; the dialog shows a failure.
pub fn poll(state: &mut AppState) -> Option<ImportedTimeline> {
    let Some(Dialog::ImportTimeline(form)) = &mut state.dialog else {
        return None;
    };
    let result = match form.running.as_ref()?.result.poll() {
        Progress::Working => return None,
        Progress::Done(result) => result,
        Progress::Lost => Err(Failure::bug(format!(
            "the import of {} crashed",
            form.cut.display()
        ))),
    };
    form.running = None;
    match result {
        Ok(Some(imported)) => return Some(imported),
        Ok(None) => {
            state.dialog = None;
            let text = "Import cancelled. No file was left behind.";
            state.notifications.info(text);
        }
        Err(failure) => form.refuse(failure.to_string()),
    }
    None
}

/// Shows the notes on the import of the project that is open now.
pub fn show_notes(notes: Vec<String>, state: &mut AppState) {
    let Some(open) = &state.project else { return };
    let project = name_of(open.document.session.folder());
    if notes.is_empty() {
        let text = format!("{project} was imported as it is in the timeline.");
        return state.notifications.info(text);
    }
    state.dialog = Some(Dialog::TimelineNotes(TimelineNotes {
        direction: Direction::Import,
        name: project,
        notes,
    }));
}
