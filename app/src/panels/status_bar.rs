//! The status bar: the running task or the project's folder, the viewer exposure, and the version.

use crate::state::action::{Action, ExportAction, MediaAction, ProjectAction};
use std::sync::atomic::Ordering;

use egui::{Align, Layout, Panel, RichText, Ui};
use kinora_studio::exchange::export_preparation::Step;

use crate::panels::context::WindowContext;
use crate::state::app::AppState;
use crate::state::copy_job::{CopyJob, size_text};
use crate::state::export_job::{ExportJob, ExportQueue};
use crate::state::relink_job::RelinkJob;

const HEIGHT: f32 = 28.0;

pub fn status_bar_ui(ui: &mut Ui, cx: &WindowContext) {
    Panel::bottom("status bar")
        .exact_size(HEIGHT)
        .show(ui, |ui| {
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.label(
                    RichText::new(status_text(cx.state))
                        .small()
                        .color(*cx.theme.colours.text_soft),
                );
                cancel_ui(ui, cx);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let version = concat!("Kinora ", env!("CARGO_PKG_VERSION"));
                    ui.label(
                        RichText::new(version)
                            .small()
                            .color(*cx.theme.colours.text_faint),
                    );
                    saved_ui(ui, cx);
                    if cx.state.viewer.exposure_stops != 0.0 {
                        let stops = format!(
                            "viewer exposure {:+.1} stops",
                            cx.state.viewer.exposure_stops
                        );
                        ui.label(
                            RichText::new(stops)
                                .small()
                                .color(*cx.theme.colours.warning),
                        );
                    }
                });
            });
        });
}

/// Whether all changes of the project are on the disk.
fn saved_ui(ui: &mut Ui, cx: &WindowContext) {
    let Some(open) = &cx.state.project else {
        return;
    };
    let session = &open.document.session;
    let words = match (session.can_be_edited(), session.is_settled()) {
        (false, _) => "Read-only",
        (true, true) => "Saved",
        (true, false) => "Saving…",
    };
    let words = RichText::new(words).small();
    ui.label(words.color(*cx.theme.colours.text_faint))
        .on_hover_text("Every change is written to the disk at once");
}

/// The buttons that cancel a running export, copy or search, the import of image sequences, and the making of proxies.
fn cancel_ui(ui: &mut Ui, cx: &WindowContext) {
    if cx.state.tasks.export.running.is_some() && ui.small_button("Cancel export").clicked() {
        cx.send(Action::Export(ExportAction::Cancel));
    }
    if cx.state.tasks.copy.is_some() && ui.small_button("Cancel copy").clicked() {
        cx.send(Action::Project(ProjectAction::CancelCopy));
    }
    if cx.state.tasks.relink.is_some() && ui.small_button("Cancel search").clicked() {
        cx.send(Action::Media(MediaAction::CancelRelink));
    }
    if cx.state.tasks.sequences.is_writing() && ui.small_button("Cancel import").clicked() {
        cx.send(Action::Media(MediaAction::CancelSequences));
    }
    if cx.state.tasks.proxies.running.is_some() && ui.small_button("Cancel proxies").clicked() {
        cx.send(Action::Media(MediaAction::CancelProxies));
    }
}

/// The progress of the running export, the estimated time left, and the number of exports that wait.
fn export_text(job: &ExportJob, queue: &ExportQueue) -> String {
    let done = job.done.load(Ordering::Relaxed);
    let seconds = job.began.elapsed().as_secs_f64();
    let frames = job.frames.load(Ordering::Relaxed);
    let left = seconds / done.max(1) as f64 * (frames - done).max(0) as f64;
    let waiting = match queue.waiting.len() {
        0 => String::new(),
        waiting => format!(" ({waiting} waiting)"),
    };
    let step = job.step.lock().ok().and_then(|step| *step);
    if let Some(Step {
        what,
        number,
        of,
        done,
    }) = step
    {
        let percent = done * 100.0;
        return format!("Exporting, first {what}: {number} of {of}, {percent:.0} %{waiting}");
    }
    match done {
        0 => format!("Exporting…{waiting}"),
        _ => format!("Exporting {done} of {frames}, {left:.0} s left{waiting}"),
    }
}

/// The progress of a copy.
fn copy_text(job: &CopyJob) -> String {
    let done = size_text(job.done_bytes.load(Ordering::Relaxed));
    let all = size_text(job.all_bytes.load(Ordering::Relaxed));
    format!("Copying: {done} of {all}")
}

/// The progress of a search for missing files.
fn search_text(job: &RelinkJob) -> String {
    let done = job.done.load(Ordering::Relaxed);
    let all = job.all.load(Ordering::Relaxed);
    format!("Searching {}: {done} of {all} files", job.name())
}

fn status_text(state: &AppState) -> String {
    if state.tasks.opening.is_some() {
        return "Opening…".into();
    }
    if state.tasks.file_dialog.is_some() {
        return "Waiting for the system's file dialog".into();
    }
    if let Some(job) = &state.tasks.export.running {
        return export_text(job, &state.tasks.export);
    }
    if let Some(job) = &state.tasks.copy {
        return copy_text(job);
    }
    if let Some(job) = &state.tasks.relink {
        return search_text(job);
    }
    if let Some(text) = state.tasks.sequences.text() {
        return text;
    }
    if let Some(text) = state.tasks.proxies.text() {
        return text;
    }
    if let Some(job) = &state.tasks.models.installing {
        let (done, all) = job.progress.bytes();
        let (done, all) = (size_text(done), size_text(all));
        return format!("Installing {}: {done} of {all}", job.id);
    }
    let Some(open) = &state.project else {
        return "Ready".into();
    };
    if open.view.viewer.picks_for.is_some() {
        return "Click in the viewer to pick the colour there. Esc cancels".into();
    }
    match &open.generation.progress {
        Some(progress) => format!("Generating: {}", progress.text),
        None => open.document.session.folder().display().to_string(),
    }
}
