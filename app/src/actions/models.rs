//! The dialog of models: the list and its pages. Models are installed, verified and removed on other threads.

mod install;
mod verify;

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::Duration;

use egui::Context;
use kinora_studio::folders::Folders;
use kinora_studio::install::catalogue::Catalogue;
use kinora_studio::install::fetch::Stop;
use kinora_studio::install::listing::{Entry, Listing};
use kinora_studio::install::removal::{self, Removal};
use kinora_studio::install::settings::InstallSettings;
use kinora_studio::wire::Failure;

use super::{shot, system_program};
use crate::background::task::{Progress, Task, take_finished};
use crate::state::action::ModelsAction;
use crate::state::app::AppState;
use crate::state::dialog::Dialog;
use crate::state::dialog::models::{ModelsForm, ModelsPage};
use crate::state::model_jobs::News;

/// How often the progress of a download is drawn.
const REDRAW: Duration = Duration::from_millis(200);

pub fn dialog(state: &mut AppState, ctx: &Context) {
    state.dialog = Some(Dialog::Models(ModelsForm {
        page: ModelsPage::List,
        listing: None,
        reading: Some(read(state, ctx, None)),
    }));
}

pub fn apply(action: ModelsAction, state: &mut AppState, ctx: &Context) {
    match action {
        ModelsAction::ShowList => show(ModelsPage::List, state),
        ModelsAction::AskInstall(id) => install::ask_install(id, state, ctx),
        ModelsAction::Accept(id) => {
            let shown = entry(&id, state).map(|entry| entry.release.licence.hash());
            show(ModelsPage::List, state);
            install::install(id, shown, state, ctx);
        }
        ModelsAction::Pause(id) => install::stop(&id, Stop::Pause, state, ctx),
        ModelsAction::Cancel(id) => install::stop(&id, Stop::Cancel, state, ctx),
        ModelsAction::Verify(id) => verify::verify(id, state, ctx),
        ModelsAction::CancelVerify => {
            if let Some(job) = &state.tasks.models.verifying {
                job.is_cancelled.store(true, Ordering::Relaxed);
            }
        }
        ModelsAction::AskRemove(id) => show(ModelsPage::Remove(id), state),
        ModelsAction::Remove(id) => remove(id, state, ctx),
        ModelsAction::ShowFolder(folder) => system_program::open(folder, state, ctx),
    }
}

/// What the dialog shows of a release.
fn entry<'s>(id: &str, state: &'s AppState) -> Option<&'s Entry> {
    match &state.dialog {
        Some(Dialog::Models(form)) => form.listing.as_ref()?.find(id),
        _ => None,
    }
}

fn show(page: ModelsPage, state: &mut AppState) {
    if let Some(Dialog::Models(form)) = &mut state.dialog {
        form.page = page;
    }
}

/// Reads the list, after the model folder was changed if one is given.
fn read(
    state: &AppState,
    ctx: &Context,
    new_folder: Option<PathBuf>,
) -> Task<Result<Listing, String>> {
    let folders = state.folders.clone();
    Task::start(ctx, move || {
        if let Some(folder) = new_folder {
            use_model_folder(folder, &folders)?;
        }
        Ok(Listing::read(&folders))
    })
}

fn use_model_folder(folder: PathBuf, folders: &Folders) -> Result<(), String> {
    let failed = |why: String| format!("The model folder was not changed: {why}");
    let settings = InstallSettings::load(&folders.config);
    let settings = InstallSettings {
        folder: Some(folder),
        ..settings.map_err(|failure| failed(failure.to_string()))?
    };
    let saved = settings.save(&folders.config);
    saved.map_err(|error| failed(error.to_string()))
}

fn read_again(state: &mut AppState, ctx: &Context, new_folder: Option<PathBuf>) {
    let reading = read(state, ctx, new_folder);
    if let Some(Dialog::Models(form)) = &mut state.dialog {
        form.reading = Some(reading);
    }
}

/// Installs into another folder from now on.
pub fn use_folder(folder: PathBuf, state: &mut AppState, ctx: &Context) {
    read_again(state, ctx, Some(folder));
}

fn remove(id: String, state: &mut AppState, ctx: &Context) {
    let shown: Option<Removal> = entry(&id, state).map(|entry| entry.removal.clone());
    show(ModelsPage::List, state);
    let Some(shown) = shown else {
        return;
    };
    if state.tasks.models.is_installing(&id) || state.tasks.models.removing.is_some() {
        return;
    }
    state.tasks.models.news.remove(&id);
    let folders = state.folders.clone();
    state.tasks.models.removing = Some(Task::start(ctx, move || {
        let catalogue = Catalogue::load(&folders);
        let release = catalogue.get(&id)?;
        let folder = InstallSettings::load(&folders.config)?.model_folder(&folders);
        removal::remove(&shown, release, &catalogue, &folder)?;
        Ok(format!("{} was removed.", release.name))
    }));
}

/// Polls the list and the jobs.
pub fn poll(state: &mut AppState, ctx: &Context) {
    poll_listing(state);
    install::poll(state, ctx);
    verify::poll(state, ctx);
    match take_finished(&mut state.tasks.models.removing) {
        Some(Ok(text)) => {
            state.notifications.info(text);
            models_changed(state, ctx);
        }
        Some(Err(failure)) => {
            state.notifications.error(format!("Not removed: {failure}"));
            read_again(state, ctx, None);
        }
        None => {}
    }
}

fn poll_listing(state: &mut AppState) {
    let Some(Dialog::Models(form)) = &mut state.dialog else {
        return;
    };
    match take_finished(&mut form.reading) {
        Some(Ok(listing)) => form.listing = Some(listing),
        Some(Err(why)) => state.notifications.error(why),
        None => {}
    }
}

/// The result of a task that shows its progress. `None`: it still works, and the window is drawn again soon.
fn result_of<T: Send + 'static>(
    task: &Task<Result<T, Failure>>,
    what: &str,
    ctx: &Context,
) -> Option<Result<T, Failure>> {
    match task.poll() {
        Progress::Working => {
            ctx.request_repaint_after(REDRAW);
            None
        }
        Progress::Done(result) => Some(result),
        Progress::Lost => {
            let cause = format!("{what} crashed; the log has the message");
            Some(Err(Failure::bug(cause)))
        }
    }
}

fn report(id: &str, text: &str, is_good: bool, state: &mut AppState) {
    let news = News {
        text: text.to_owned(),
        is_good,
    };
    state.tasks.models.news.insert(id.to_owned(), news);
}

/// The panels and the dialog get new lists.
fn models_changed(state: &mut AppState, ctx: &Context) {
    shot::reload_models(state);
    read_again(state, ctx, None);
}
