//! Copying the open project on another thread: *Save as*, *Duplicate project* and *Collect project*.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use egui::Context;
use kinora_studio::name_of;
use kinora_studio::project::copy::{CopyOutcome, copy_project, summarize};
use kinora_studio::wire::{Failure, FailureKind};

use super::project;
use crate::background::task::{Progress, Task};
use crate::state::action::{CopyPurpose, CopyRequest};
use crate::state::app::AppState;
use crate::state::copy_job::CopyJob;
use crate::state::dialog::Dialog;
use crate::state::dialog::copy_project::{CopyForm, Summary, content_of};
use crate::state::open_project::OpenProject;

/// The most missing files that a notification names.
const MOST_NAMED: usize = 3;

pub fn dialog(purpose: CopyPurpose, state: &mut AppState, ctx: &Context) {
    if let Some(open) = &state.project {
        let summary = count(purpose, open, ctx);
        let form = CopyForm::beside(open.document.session.folder(), purpose, summary);
        state.dialog = Some(Dialog::CopyProject(form));
    }
}

/// Starts to count what a copy will contain.
fn count(purpose: CopyPurpose, open: &OpenProject, ctx: &Context) -> Summary {
    let project = open.project().clone();
    let folder = open.document.session.folder().to_owned();
    Summary::Counting(Task::start(ctx, move || {
        summarize(&folder, &project, content_of(purpose))
    }))
}

pub fn start(request: CopyRequest, state: &mut AppState, ctx: &Context) {
    let Some(open) = &state.project else { return };
    state.dialog = None;
    if state.tasks.copy.is_some() {
        state
            .notifications
            .error("A copy is already running: wait for it to finish, or cancel it.");
        return;
    }
    let project = open.project().clone();
    let from = open.document.session.folder().to_owned();
    let (done_bytes, all_bytes) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let is_cancelled = Arc::new(AtomicBool::new(false));
    let (shared_done, shared_all, cancel) = (
        Arc::clone(&done_bytes),
        Arc::clone(&all_bytes),
        Arc::clone(&is_cancelled),
    );
    let wake = ctx.clone();
    let (copied, folder, copy) = (project.clone(), from.clone(), request.clone());
    let result = Task::start(ctx, move || {
        let content = content_of(copy.purpose);
        copy_project(&folder, &copied, &copy.to, content, &mut |done, all| {
            shared_all.store(all, Ordering::Relaxed);
            shared_done.store(done, Ordering::Relaxed);
            wake.request_repaint();
            !cancel.load(Ordering::Relaxed)
        })
    });
    state.tasks.copy = Some(CopyJob {
        request,
        from,
        project,
        all_bytes,
        done_bytes,
        is_cancelled,
        result,
    });
}

pub fn cancel(state: &mut AppState) {
    if let Some(job) = &state.tasks.copy {
        job.is_cancelled.store(true, Ordering::Relaxed);
    }
}

/// Polls the running copy and the counts of the dialog.
pub fn poll(state: &mut AppState, ctx: &Context) {
    poll_summary(state);
    let Some(job) = &state.tasks.copy else {
        return;
    };
    let result = match job.result.poll() {
        Progress::Working => return,
        Progress::Done(result) => Some(result),
        Progress::Lost => None,
    };
    let Some(job) = state.tasks.copy.take() else {
        return;
    };
    match result {
        Some(Ok(CopyOutcome::Done { missing, .. })) => done(&job, &missing, state, ctx),
        Some(Ok(CopyOutcome::Cancelled)) => {
            let text = "Copy cancelled. No file was left behind.";
            state.notifications.info(text);
        }
        Some(Err(failure)) => refused_or_failed(&job, &failure, state, ctx),
        None => {
            let text = "Not copied: the copy crashed. The log has the message.";
            state.notifications.error(text);
        }
    }
}

fn poll_summary(state: &mut AppState) {
    let Some(Dialog::CopyProject(form)) = &mut state.dialog else {
        return;
    };
    let Summary::Counting(task) = &form.summary else {
        return;
    };
    form.summary = match task.poll() {
        Progress::Working => return,
        Progress::Done(Ok(summary)) => Summary::Counted(summary),
        Progress::Done(Err(failure)) => Summary::Unknown(failure.to_string()),
        Progress::Lost => Summary::Unknown("the files could not be counted".into()),
    };
}

/// Shows the result of a complete copy. *Save as* opens it, if the project is still the one that was copied.
fn done(job: &CopyJob, missing: &[String], state: &mut AppState, ctx: &Context) {
    let place = job.request.to.display();
    match job.request.purpose {
        CopyPurpose::SaveAs => save_as_done(job, state, ctx),
        CopyPurpose::Duplicate => state.notifications.info(format!("Duplicated: {place}")),
        CopyPurpose::Collect => state.notifications.info(format!("Collected: {place}")),
    }
    if !missing.is_empty() {
        let text = missing_text(missing);
        state.notifications.error(format!("The copy lacks {text}."));
    }
}

fn save_as_done(job: &CopyJob, state: &mut AppState, ctx: &Context) {
    let name = name_of(&job.request.to);
    let open = state.project.as_ref();
    let open = open.filter(|open| open.document.session.folder() == job.from);
    match open.map(|open| *open.project() == job.project) {
        Some(true) => {
            state.notifications.info(format!("Saved as {name}."));
            project::open(job.request.to.clone(), state, ctx);
        }
        // Opened now, the copy would hide these edits from the artist.
        Some(false) => state.notifications.error(format!(
            "Saved as {name}, but not opened: the project changed while it was copied, and the copy does not have \
             the changes. Save as another name to have them."
        )),
        None => state.notifications.info(format!("Saved as {name}.")),
    }
}

/// "a.mp4, a take of Shot 2 and 3 more files".
fn missing_text(missing: &[String]) -> String {
    let named = missing.iter().take(MOST_NAMED).cloned();
    let text = named.collect::<Vec<String>>().join(", ");
    match missing.len().saturating_sub(MOST_NAMED) {
        0 => text,
        1 => format!("{text} and 1 more file"),
        more => format!("{text} and {more} more files"),
    }
}

/// A refusal comes before any work: the dialog is shown again with the reason, unless another one is open.
fn refused_or_failed(job: &CopyJob, failure: &Failure, state: &mut AppState, ctx: &Context) {
    let open = state.project.as_ref();
    let open = open.filter(|open| open.document.session.folder() == job.from);
    match open {
        Some(open) if failure.kind == FailureKind::Refused && state.dialog.is_none() => {
            let summary = count(job.request.purpose, open, ctx);
            let form = CopyForm::refused(&job.request, failure.to_string(), summary);
            state.dialog = Some(Dialog::CopyProject(form));
        }
        _ => state.notifications.error(format!("Not copied: {failure}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_missing_files_are_named_and_the_others_counted() {
        let names = |count: usize| -> Vec<String> {
            let all = ["a.mp4", "b.wav", "c.png", "d.mp4", "e.mp4"];
            all[..count].iter().map(|name| (*name).to_owned()).collect()
        };
        assert_eq!(missing_text(&names(2)), "a.mp4, b.wav");
        assert_eq!(
            missing_text(&names(4)),
            "a.mp4, b.wav, c.png and 1 more file"
        );
        assert_eq!(
            missing_text(&names(5)),
            "a.mp4, b.wav, c.png and 2 more files"
        );
    }
}
