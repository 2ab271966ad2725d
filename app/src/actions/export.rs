//! Exporting a video on another thread, while the project is edited.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Instant;

use egui::Context;
use kinora_studio::exchange::export::{ExportOutcome, ExportRequest, export_video};

use crate::background::task::{Progress, Task};
use crate::state::app::AppState;
use crate::state::dialog::Dialog;
use crate::state::dialog::export::ExportForm;
use crate::state::export_job::ExportJob;

pub fn dialog(state: &mut AppState) {
    if let Some(open) = &state.project {
        let form = ExportForm::of(open.document.session.folder());
        state.dialog = Some(Dialog::Export(form));
    }
}

pub fn start(request: ExportRequest, state: &mut AppState, ctx: &Context) {
    let Some(open) = &state.project else { return };
    state.dialog = None;
    if state.tasks.export.is_some() {
        state
            .notifications
            .error("An export is already running: wait for it to finish, or cancel it.");
        return;
    }
    let project = open.project().clone();
    let folder = open.document.session.folder().to_owned();
    let exported = request.clone();
    let (done, frames) = (Arc::new(AtomicI64::new(0)), Arc::new(AtomicI64::new(0)));
    let is_cancelled = Arc::new(AtomicBool::new(false));
    let (shared_done, shared_frames, cancel) = (
        Arc::clone(&done),
        Arc::clone(&frames),
        Arc::clone(&is_cancelled),
    );
    let wake = ctx.clone();
    let result = Task::start(ctx, move || {
        export_video(&project, &folder, &exported, &mut |done, of| {
            shared_frames.store(of.0, Ordering::Relaxed);
            shared_done.store(done.0, Ordering::Relaxed);
            wake.request_repaint();
            !cancel.load(Ordering::Relaxed)
        })
    });
    state.tasks.export = Some(ExportJob {
        request,
        frames,
        done,
        is_cancelled,
        began: Instant::now(),
        result,
    });
}

pub fn cancel(state: &mut AppState) {
    if let Some(job) = &state.tasks.export {
        job.is_cancelled.store(true, Ordering::Relaxed);
    }
}

/// Polls the running export, and shows its result once.
pub fn poll(state: &mut AppState) {
    let Some(job) = &state.tasks.export else {
        return;
    };
    let notifications = &mut state.notifications;
    match job.result.poll() {
        Progress::Working => return,
        Progress::Done(Ok(ExportOutcome::Done(path))) => {
            notifications.info(format!("Exported: {}", path.display()));
        }
        Progress::Done(Ok(ExportOutcome::Exists)) => {
            state.dialog = Some(Dialog::Replace(job.request.clone()));
        }
        Progress::Done(Ok(ExportOutcome::Cancelled)) => {
            notifications.info("Export cancelled. No file was written.");
        }
        Progress::Done(Err(failure)) => {
            notifications.error(format!("Not exported: {failure}"));
        }
        Progress::Lost => {
            notifications.error("Not exported: the export crashed. The log has the message.");
        }
    }
    state.tasks.export = None;
}
