//! The preferences: a change applies at once and is saved on another thread. Also the caches of the open project.

use egui::Context;
use kinora_studio::project::cache;

use crate::background::task::{Progress, Task};
use crate::state::action::PreferencesAction;
use crate::state::app::AppState;
use crate::state::dialog::Dialog;
use crate::state::dialog::preferences::{CacheSize, Page, PreferencesForm};
use crate::state::preferences::Preferences;

pub fn dialog(state: &mut AppState, ctx: &Context) {
    state.dialog = Some(Dialog::Preferences(PreferencesForm {
        page: Page::default(),
        place: place(state),
        cache: count_cache(state, ctx, Clearing::Keep),
    }));
}

/// The folder for new projects, as text.
fn place(state: &AppState) -> String {
    let folder = state.preferences.values.projects_folder(&state.folders);
    folder.display().to_string()
}

pub fn apply(action: PreferencesAction, state: &mut AppState, ctx: &Context) {
    match action {
        PreferencesAction::Change(values) => change(*values, state, ctx),
        PreferencesAction::Reset => reset(state, ctx),
        PreferencesAction::ClearCache => clear_cache(state, ctx),
    }
}

pub fn change(values: Preferences, state: &mut AppState, ctx: &Context) {
    state.preferences.values = values;
    state.preferences.is_changed = true;
    put_into_effect(state, ctx);
}

/// Passes on the preferences that others keep. All others are read where they are needed.
pub fn put_into_effect(state: &mut AppState, ctx: &Context) {
    let values = &state.preferences.values;
    ctx.set_zoom_factor(values.ui_scale);
    state.engine.use_device(values.device.clone());
    state.engine.use_memory(values.memory_gb);
}

fn reset(state: &mut AppState, ctx: &Context) {
    change(Preferences::default(), state, ctx);
    let place = place(state);
    if let Some(Dialog::Preferences(form)) = &mut state.dialog {
        form.place = place;
    }
}

/// Whether the caches are deleted before they are counted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Clearing {
    Keep,
    Clear,
}

/// Starts to count the caches of the open project.
fn count_cache(state: &AppState, ctx: &Context, clearing: Clearing) -> CacheSize {
    let Some(open) = &state.project else {
        return CacheSize::NoProject;
    };
    let folder = open.document.session.folder().to_owned();
    CacheSize::Counting(Task::start(ctx, move || {
        let cleared = match clearing {
            Clearing::Keep => Ok(()),
            Clearing::Clear => cache::clear(&folder),
        };
        let size = cleared.and_then(|()| cache::size_bytes(&folder));
        size.map_err(|error| error.to_string())
    }))
}

fn clear_cache(state: &mut AppState, ctx: &Context) {
    let counted = count_cache(state, ctx, Clearing::Clear);
    if let Some(Dialog::Preferences(form)) = &mut state.dialog {
        form.cache = counted;
    }
}

/// Polls the size of the caches, and saves changed preferences.
pub fn poll(state: &mut AppState, ctx: &Context) {
    poll_cache(state, ctx);
    save_changes(state, ctx);
}

fn poll_cache(state: &mut AppState, ctx: &Context) {
    let Some(Dialog::Preferences(form)) = &mut state.dialog else {
        return;
    };
    let CacheSize::Counting(task) = &form.cache else {
        return;
    };
    form.cache = match task.poll() {
        Progress::Working => return,
        Progress::Done(Ok(bytes)) => CacheSize::Known(bytes),
        Progress::Done(Err(why)) => CacheSize::Unknown(why),
        Progress::Lost => CacheSize::Unknown("the caches could not be counted".into()),
    };
    if let Some(open) = &mut state.project {
        open.media.look_for_proxies(ctx); // they may have been deleted
    }
}

/// Saves changed preferences once no button is held, on another thread.
fn save_changes(state: &mut AppState, ctx: &Context) {
    if !state.preferences.is_changed || ctx.input(|input| input.pointer.any_down()) {
        return;
    }
    state.preferences.is_changed = false;
    let saved = state.preferences.clone();
    state
        .config_writer
        .write("preferences", move || saved.save());
}
