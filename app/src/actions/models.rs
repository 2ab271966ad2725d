//! Models: installed, verified and removed on other threads, one installation after the other. A pause ends the download
//! and keeps what was fetched, so that a resume, in this session or a later one, goes on from there.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use egui::Context;
use kinora_studio::engine;
use kinora_studio::folders::Folders;
use kinora_studio::install::accepted::{accept, is_accepted};
use kinora_studio::install::catalogue::Catalogue;
use kinora_studio::install::fetch::{Control, Meter, Progress as FetchProgress, Stop};
use kinora_studio::install::fetching;
use kinora_studio::install::listing::{Entry, Listing};
use kinora_studio::install::removal::{self, Removal};
use kinora_studio::install::settings::{Choices, InstallSettings, mirror_variable};
use kinora_studio::install::verification::verify as verify_files;
use kinora_studio::wire::{Failure, FailureKind, FileVerdict};

use super::{shot, system_program};
use crate::background::task::{Progress, Task, take_finished};
use crate::state::action::ModelsAction;
use crate::state::app::AppState;
use crate::state::dialog::Dialog;
use crate::state::dialog::models::{ModelsForm, ModelsPage};
use crate::state::model_jobs::{InstallJob, News, VerifyJob};

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
        ModelsAction::AskInstall(id) => ask_install(id, state, ctx),
        ModelsAction::Accept(id) => {
            let shown = entry(&id, state).map(|entry| entry.release.licence.hash());
            show(ModelsPage::List, state);
            install(id, shown, state, ctx);
        }
        ModelsAction::Pause(id) => stop(&id, Stop::Pause, state, ctx),
        ModelsAction::Cancel(id) => stop(&id, Stop::Cancel, state, ctx),
        ModelsAction::Verify(id) => verify(id, state, ctx),
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

/// Shows the licence first, unless it was accepted before.
fn ask_install(id: String, state: &mut AppState, ctx: &Context) {
    match entry(&id, state).map(|entry| entry.is_accepted) {
        Some(true) => install(id, None, state, ctx),
        Some(false) => show(ModelsPage::Licence(id), state),
        None => {}
    }
}

fn install(id: String, accepted: Option<String>, state: &mut AppState, ctx: &Context) {
    let jobs = &mut state.tasks.models;
    if jobs.is_installing(&id) {
        return;
    }
    jobs.news.remove(&id);
    jobs.waiting.push_back((id, accepted));
    start_next(state, ctx);
}

/// Starts the next installation, if none runs.
fn start_next(state: &mut AppState, ctx: &Context) {
    if state.tasks.models.installing.is_some() {
        return;
    }
    let Some((id, accepted)) = state.tasks.models.waiting.pop_front() else {
        return;
    };
    let (control, progress) = (Control::default(), FetchProgress::default());
    let (folders, wanted) = (state.folders.clone(), id.clone());
    let (controlled, shown) = (control.clone(), progress.clone());
    let result = Task::start(ctx, move || {
        run_install(
            &wanted,
            accepted.as_deref(),
            &folders,
            (&controlled, &shown),
        )
    });
    state.tasks.models.installing = Some(InstallJob {
        id,
        control,
        progress,
        meter: Meter::default(),
        result,
    });
}

/// Runs on another thread. `accepted` is the hash of the licence that the user has just accepted: the card may have
/// changed since.
fn run_install(
    id: &str,
    accepted: Option<&str>,
    folders: &Folders,
    (control, progress): (&Control, &FetchProgress),
) -> Result<String, Failure> {
    let catalogue = Catalogue::load(folders);
    let release = catalogue.get(id)?;
    if accepted.is_some_and(|hash| hash == release.licence.hash()) {
        accept(&folders.config, &release.licence).map_err(|error| {
            Failure::bad_file(
                format!("that the licence was accepted could not be written: {error}"),
                format!("look at the rights of {}", folders.config.display()),
            )
        })?;
    }
    if !is_accepted(&folders.config, &release.licence) {
        return Err(Failure::refused(
            format!("the licence of {} is another one now", release.name),
            "click Install again to read it",
        ));
    }
    let settings = InstallSettings::load(&folders.config)?;
    let route = settings.route(folders, &Choices::default(), mirror_variable())?;
    fetching::install(release, &route, control, progress)?;
    if route.folder != folders.data.join("models") {
        let folder = route.folder.display();
        engine::add_models(&route.folder).map_err(|failure| {
            Failure::bad_file(
                format!(
                    "the files are there, but the engine was not told: {}",
                    failure.cause
                ),
                format!("run `kinora models add {folder}`"),
            )
        })?;
    }
    Ok(release.name.clone())
}

/// Pauses or cancels an installation, running or not. One that waits leaves the queue and keeps what it has.
fn stop(id: &str, how: Stop, state: &mut AppState, ctx: &Context) {
    let jobs = &mut state.tasks.models;
    let count = jobs.waiting.len();
    jobs.waiting.retain(|(waiting, _)| waiting != id);
    if jobs.waiting.len() < count {
        report(id, "It no longer waits.", true, state);
    } else if let Some(job) = jobs.installing.as_ref().filter(|job| job.id == id) {
        job.control.stop(how);
    } else if how == Stop::Cancel {
        discard(id.to_owned(), state, ctx);
    }
}

/// Deletes what a paused installation has fetched.
fn discard(id: String, state: &mut AppState, ctx: &Context) {
    if state.tasks.models.removing.is_some() {
        return;
    }
    let folders = state.folders.clone();
    state.tasks.models.news.remove(&id);
    state.tasks.models.removing = Some(Task::start(ctx, move || {
        let catalogue = Catalogue::load(&folders);
        let release = catalogue.get(&id)?;
        let folder = InstallSettings::load(&folders.config)?.model_folder(&folders);
        fetching::discard(release, &folder)?;
        Ok(format!("{}: what was fetched is deleted.", release.name))
    }));
}

fn verify(id: String, state: &mut AppState, ctx: &Context) {
    if state.tasks.models.verifying.is_some() {
        return;
    }
    state.tasks.models.news.remove(&id);
    let (done_bytes, all_bytes) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let is_cancelled = Arc::new(AtomicBool::new(false));
    let (done, all, cancel) = (
        Arc::clone(&done_bytes),
        Arc::clone(&all_bytes),
        Arc::clone(&is_cancelled),
    );
    let (folders, wanted) = (state.folders.clone(), id.clone());
    let result = Task::start(ctx, move || {
        let catalogue = Catalogue::load(&folders);
        let release = catalogue.get(&wanted)?;
        let folder = InstallSettings::load(&folders.config)?.model_folder(&folders);
        verify_files(release, &folder, &mut |now, of| {
            done.store(now, Ordering::Relaxed);
            all.store(of, Ordering::Relaxed);
            !cancel.load(Ordering::Relaxed)
        })
    });
    state.tasks.models.verifying = Some(VerifyJob {
        id,
        done_bytes,
        all_bytes,
        is_cancelled,
        result,
    });
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
    poll_installing(state, ctx);
    poll_verifying(state, ctx);
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

fn poll_installing(state: &mut AppState, ctx: &Context) {
    let Some(job) = &mut state.tasks.models.installing else {
        return;
    };
    let received = job.progress.received_bytes();
    job.meter.add(Instant::now(), received);
    let Some(result) = result_of(&job.result, "the download", ctx) else {
        return;
    };
    let how = job.control.stopped();
    let id = job.id.clone();
    state.tasks.models.installing = None;
    match result {
        Ok(name) => {
            report(&id, "Installed.", true, state);
            state.notifications.info(format!("{name} is installed."));
            models_changed(state, ctx);
        }
        Err(failure) if failure.kind == FailureKind::Cancelled => {
            let text = match how {
                Some(Stop::Cancel) => "Cancelled. Nothing of it was kept.",
                _ => "Paused. Resume goes on where it stopped.",
            };
            report(&id, text, true, state);
            read_again(state, ctx, None);
        }
        Err(failure) => {
            report(&id, &failure.to_string(), false, state);
            state
                .notifications
                .error(format!("Not installed: {failure}"));
            read_again(state, ctx, None);
        }
    }
    start_next(state, ctx);
}

fn poll_verifying(state: &mut AppState, ctx: &Context) {
    let Some(job) = &state.tasks.models.verifying else {
        return;
    };
    let Some(result) = result_of(&job.result, "the verification", ctx) else {
        return;
    };
    let id = job.id.clone();
    state.tasks.models.verifying = None;
    match result {
        Ok(verdicts) => {
            let (text, is_good) = verdict_text(&verdicts);
            report(&id, &text, is_good, state);
        }
        Err(failure) if failure.kind == FailureKind::Cancelled => {}
        Err(failure) => report(&id, &failure.to_string(), false, state),
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

/// The verdicts on all files of a release, in a sentence.
fn verdict_text(verdicts: &[FileVerdict]) -> (String, bool) {
    if let Some(wrong) = verdicts.iter().find_map(|verdict| verdict.wrong.as_ref()) {
        return (
            format!("{}. Remove it and install it again.", wrong.cause),
            false,
        );
    }
    let unknown = verdicts.iter().filter(|verdict| !verdict.is_known).count();
    match unknown {
        0 => ("Verified: every file is as it was published.".into(), true),
        1 => (
            "One file has no known hash; the others are as they were published.".into(),
            true,
        ),
        more => (
            format!("{more} files have no known hash; the others are as they were published."),
            true,
        ),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_words_than_those_that_were_shown_are_not_accepted() {
        let home = tempfile::tempdir().expect("a folder");
        let folders = Folders::under(home.path());
        let (control, progress) = (Control::default(), FetchProgress::default());
        for accepted in [None, Some("the hash of other words")] {
            let told = run_install("wan2.1-t2v-1.3b", accepted, &folders, (&control, &progress));
            let told = told.expect_err("not accepted");
            assert!(told.cause.contains("licence"), "{told}");
        }
        assert!(!folders.data.exists() && progress.files().is_empty());
    }

    #[test]
    fn the_first_wrong_file_is_named() {
        let verdict = |wrong, is_known| FileVerdict {
            path: "a".into(),
            sha256: "0".into(),
            wrong,
            is_known,
        };
        let broken = Failure::bad_file("a is not the file that was published", "remove it");
        let (text, is_good) = verdict_text(&[verdict(None, true), verdict(Some(broken), true)]);
        assert!(text.contains("a is not") && !is_good);
        assert!(
            verdict_text(&[verdict(None, false)])
                .0
                .contains("no known hash")
        );
        assert!(verdict_text(&[verdict(None, true)]).1);
    }
}
