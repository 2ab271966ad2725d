//! Creating, opening, saving and closing projects. The disk is accessed on other threads only.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use egui::Context;
use kinora_studio::timeline::file::FileError;
use kinora_studio::{Project, Session};

use super::voice_over;
use crate::background::project_card::ProjectCards;
use crate::background::task::Task;
use crate::state::app::AppState;
use crate::state::dialog::Dialog;
use crate::state::dialog::new_project::NewProjectForm;
use crate::state::open_project::{LoadedProject, OpenProject};

pub fn new_dialog(state: &mut AppState) {
    let projects = state.preferences.values.projects_folder(&state.folders);
    let form = NewProjectForm::in_folder(projects, state.model_size);
    state.dialog = Some(Dialog::NewProject(form));
}

pub fn open(folder: PathBuf, state: &mut AppState, ctx: &Context) {
    let is_open = |open: &OpenProject| {
        std::path::absolute(&folder).is_ok_and(|folder| folder == open.document.session.folder())
    };
    if state.project.as_ref().is_some_and(is_open) {
        return; // opened a second time, it would be read-only
    }
    load(state, ctx, move || Session::open(&folder));
}

pub fn create(folder: PathBuf, project: Project, state: &mut AppState, ctx: &Context) {
    if state.guide.open_first() {
        let guide = state.guide.clone();
        state.config_writer.write("guide", move || guide.save());
    }
    load(state, ctx, move || Session::create(&folder, &project));
}

pub fn open_sample(state: &mut AppState, ctx: &Context) {
    let folders = state.folders.clone();
    load(state, ctx, move || Session::open_sample(&folders));
}

fn load(
    state: &mut AppState,
    ctx: &Context,
    open: impl FnOnce() -> Result<Session, FileError> + Send + 'static,
) {
    let (wake, config) = (ctx.clone(), state.folders.config.clone());
    let load = move || open().map(|session| LoadedProject::of(session, &config, &wake));
    state.tasks.opening = Some(Task::start(ctx, load));
}

pub fn save(state: &mut AppState) {
    write(state, false);
}

/// Writes the project file if it is due, but not during a gesture, which that would end.
pub fn autosave(state: &mut AppState) {
    let Some(open) = &state.project else {
        return;
    };
    let document = &open.document;
    let minutes = state.preferences.values.autosave_minutes;
    let can_save = document.session.can_be_edited() && !document.session.is_in_gesture();
    if can_save && document.autosave.is_due(document.revision, minutes) {
        write(state, true);
    }
}

fn write(state: &mut AppState, is_silent: bool) {
    let Some(open) = &mut state.project else {
        return;
    };
    let revision = open.document.revision;
    open.document.autosave.saved(revision, is_silent);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    if let Err(error) = open.document.session.save(now.as_secs()) {
        state.notifications.error(format!("Not saved: {error}"));
    }
}

/// Closes the open project. Its running order is stopped and stays in the queue.
pub fn leave(state: &mut AppState) {
    voice_over::leave(state);
    if let Some(mut open) = state.project.take() {
        open.generation.scheduler.stop(&mut state.engine);
        state.notifications.leave_project();
    }
    if let Some(job) = &state.tasks.relink {
        job.cancel();
    }
    state.project_cards = ProjectCards::default(); // that of the closed project is out of date
}

pub fn close(state: &mut AppState) {
    leave(state);
}

pub fn forget(folder: &Path, state: &mut AppState) {
    state.recent.forget(folder);
    save_recent(state);
}

/// Writes the list of recent projects, on another thread.
pub fn save_recent(state: &AppState) {
    let recent = state.recent.clone();
    state
        .config_writer
        .write("recent projects", move || recent.save());
}
