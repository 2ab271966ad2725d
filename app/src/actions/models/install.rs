//! Installations, one after the other on another thread. A pause ends the download and keeps what was fetched, so that a
//! resume, in this session or a later one, goes on from there.

use std::time::Instant;

use egui::Context;
use kinora_studio::engine;
use kinora_studio::folders::Folders;
use kinora_studio::install::accepted::{accept, is_accepted};
use kinora_studio::install::catalogue::Catalogue;
use kinora_studio::install::fetch::{Control, Meter, Progress as FetchProgress, Stop};
use kinora_studio::install::fetching;
use kinora_studio::install::settings::{Choices, InstallSettings, mirror_variable};
use kinora_studio::wire::{Failure, FailureKind};

use super::{entry, models_changed, read_again, report, result_of, show};
use crate::background::task::Task;
use crate::state::app::AppState;
use crate::state::dialog::models::ModelsPage;
use crate::state::model_jobs::InstallJob;

/// Shows the licence first, unless it was accepted before.
pub fn ask_install(id: String, state: &mut AppState, ctx: &Context) {
    match entry(&id, state).map(|entry| entry.is_accepted) {
        Some(true) => install(id, None, state, ctx),
        Some(false) => show(ModelsPage::Licence(id), state),
        None => {}
    }
}

/// Installs a release after those that wait. `accepted` is the hash of the licence that was accepted just now.
pub fn install(id: String, accepted: Option<String>, state: &mut AppState, ctx: &Context) {
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
                    "the files are there, but the engine does not have their folder: {}",
                    failure.cause
                ),
                format!("run `kinora models add {folder}`"),
            )
        })?;
    }
    Ok(release.name.clone())
}

/// Pauses or cancels an installation, running or not. One that waits leaves the queue and keeps what it has.
pub fn stop(id: &str, how: Stop, state: &mut AppState, ctx: &Context) {
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

/// Polls the installation that runs, and starts the next one after its end.
pub fn poll(state: &mut AppState, ctx: &Context) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_words_than_those_that_were_shown_are_not_accepted() {
        let home = tempfile::tempdir().expect("a folder");
        let folders = Folders::under(home.path());
        let (control, progress) = (Control::default(), FetchProgress::default());
        for accepted in [None, Some("the hash of other words")] {
            let reported =
                run_install("wan2.1-t2v-1.3b", accepted, &folders, (&control, &progress));
            let reported = reported.expect_err("not accepted");
            assert!(reported.cause.contains("licence"), "{reported}");
        }
        assert!(!folders.data.exists() && progress.files().is_empty());
    }
}
