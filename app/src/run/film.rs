//! Making, opening and closing films. All that touches the disk happens on another thread.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use egui::{Context, ViewportCommand};
use kinora_studio::timeline::file::FileError;
use kinora_studio::{Project, Session};

use crate::film::{Film, Opened};
use crate::later::Later;
use crate::panel::new_film::NewFilm;
use crate::panel::open_film::OpenFilm;
use crate::state::{Dialogue, State};

pub fn ask_for_new(state: &mut State) {
    state.dialogue = Some(Dialogue::NewFilm(NewFilm::in_folder(&state.folders.films)));
}

pub fn ask_for_folder(state: &mut State) {
    state.dialogue = Some(Dialogue::OpenFilm(OpenFilm::default()));
}

pub fn open(folder: PathBuf, state: &mut State, ctx: &Context) {
    let is_open = |film: &Film| {
        std::path::absolute(&folder).is_ok_and(|folder| folder == film.session.folder())
    };
    if state.film.as_ref().is_some_and(is_open) {
        return; // opened once more, it could only be looked at
    }
    begin(state, ctx, move || Session::open(&folder));
}

pub fn create(folder: PathBuf, project: Project, state: &mut State, ctx: &Context) {
    begin(state, ctx, move || Session::create(&folder, &project));
}

pub fn open_sample(state: &mut State, ctx: &Context) {
    let folders = state.folders.clone();
    begin(state, ctx, move || Session::open_sample(&folders));
}

fn begin(
    state: &mut State,
    ctx: &Context,
    open: impl FnOnce() -> Result<Session, FileError> + Send + 'static,
) {
    let wake = ctx.clone();
    let opened = move || open().map(|session| Opened::of(session, &wake));
    state.work.opening = Some(Later::start(ctx, opened));
}

pub fn save(state: &mut State) {
    let Some(film) = &mut state.film else { return };
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    if let Err(error) = film.session.save(now.as_secs()) {
        state.notices.trouble(format!("Not saved: {error}"));
    }
}

/// Before another film is opened, or none: what is being made stays wanted.
pub fn leave(state: &mut State) {
    if let Some(mut film) = state.film.take() {
        film.production.stop(&mut state.engine);
    }
}

pub fn close(state: &mut State, ctx: &Context) {
    leave(state);
    ctx.send_viewport_cmd(ViewportCommand::Title("Kinora".into()));
}

pub fn forget(folder: &Path, state: &mut State) {
    state.recent.forget(folder);
    state.save_recent();
}
