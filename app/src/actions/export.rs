//! Exporting videos on another thread, one after the other, while the project is edited.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use egui::Context;
use kinora_studio::exchange::export::{Existing, ExportOutcome, ExportRequest, export_prepared};
use kinora_studio::exchange::export_preparation::{Preparation, Step};
use kinora_studio::exchange::export_presets::ExportPreset;
use kinora_studio::render::Format;

use crate::background::task::{Progress, Task};
use crate::state::action::{Action, ExportAction};
use crate::state::app::AppState;
use crate::state::dialog::Dialog;
use crate::state::dialog::export::ExportForm;
use crate::state::export_job::{ExportJob, ExportQueue, QueuedExport};
use crate::state::generation::TakeLibrary;
use crate::state::notification::{NotificationButton, Notifications};
use crate::state::open_project::OpenProject;

pub fn dialog(state: &mut AppState) {
    if let Some(open) = &state.project {
        let form = ExportForm::of(open.document.session.folder(), open.project());
        state.dialog = Some(Dialog::Export(form));
    }
}

/// Puts an export of the project as it is now at the end of the line.
pub fn start(
    request: ExportRequest,
    preparation: Preparation,
    state: &mut AppState,
    ctx: &Context,
) {
    let Some(open) = &state.project else { return };
    let export = QueuedExport {
        request,
        preparation,
        project: open.project().clone(),
        folder: open.document.session.folder().to_owned(),
    };
    state.dialog = None;
    state.tasks.export.waiting.push_back(export);
    start_next(&mut state.tasks.export, ctx);
}

/// Answers the question about the file at an export's path. The export is the next one.
pub fn resolve(existing: Existing, state: &mut AppState, ctx: &Context) {
    let Some(Dialog::Replace(mut export)) = state.dialog.take() else {
        return;
    };
    export.request.existing = existing;
    state.tasks.export.waiting.push_front(*export);
    start_next(&mut state.tasks.export, ctx);
}

/// Starts the export that has waited longest, unless one runs.
fn start_next(queue: &mut ExportQueue, ctx: &Context) {
    if queue.running.is_none()
        && let Some(next) = queue.waiting.pop_front()
    {
        queue.running = Some(run(next, ctx));
    }
}

fn run(export: QueuedExport, ctx: &Context) -> ExportJob {
    let (done, frames) = (Arc::new(AtomicI64::new(0)), Arc::new(AtomicI64::new(0)));
    let is_cancelled = Arc::new(AtomicBool::new(false));
    let (shared_done, shared_frames, cancel) = (
        Arc::clone(&done),
        Arc::clone(&frames),
        Arc::clone(&is_cancelled),
    );
    let step = Arc::new(Mutex::new(None));
    let shared_step = Arc::clone(&step);
    let wake = ctx.clone();
    let exported = export.clone();
    let result = Task::start(ctx, move || {
        let QueuedExport {
            request,
            preparation,
            project,
            folder,
        } = exported;
        let show = |step: Option<Step>| {
            if let Ok(mut shown) = shared_step.lock() {
                *shown = step;
            }
            wake.request_repaint();
        };
        export_prepared(
            &project,
            &folder,
            (&request, &preparation),
            &|| cancel.load(Ordering::Relaxed),
            &mut |step| show(Some(step)),
            &mut |done, of| {
                shared_frames.store(of.0, Ordering::Relaxed);
                shared_done.store(done.0, Ordering::Relaxed);
                show(None);
                !cancel.load(Ordering::Relaxed)
            },
        )
    });
    ExportJob {
        export,
        frames,
        done,
        step,
        is_cancelled,
        began: Instant::now(),
        result,
    }
}

/// Cancels the running export. The next one in line starts.
pub fn cancel(state: &mut AppState) {
    if let Some(job) = &state.tasks.export.running {
        job.is_cancelled.store(true, Ordering::Relaxed);
    }
}

/// Polls the running export, shows its result once, and starts the next one.
pub fn poll(state: &mut AppState, ctx: &Context) {
    let queue = &mut state.tasks.export;
    if let Some(job) = &queue.running {
        let notifications = &mut state.notifications;
        let is_over = match job.result.poll() {
            Progress::Working => false,
            Progress::Done(Ok(ExportOutcome::Exists)) => {
                queue.conflicts.push_back(job.export.clone());
                true
            }
            Progress::Done(Ok(ExportOutcome::Done {
                path,
                replaced,
                not_beside,
            })) => {
                queue.finished += 1;
                report(job.export.request.format, &path, notifications);
                if let Some(failure) = not_beside {
                    let what = "The video is complete; its subtitle files were not written";
                    notifications.error(format!("{what}: {failure}"));
                }
                for note in replaced {
                    notifications.result(note, Vec::new());
                }
                true
            }
            Progress::Done(Ok(ExportOutcome::Cancelled)) => {
                notifications.info(match job.export.request.format.is_folder() {
                    true => "Export cancelled. The pictures made so far are in the folder.",
                    false => "Export cancelled. No file was written.",
                });
                true
            }
            Progress::Done(Err(failure)) => {
                notifications.error(format!("Not exported: {failure}"));
                true
            }
            Progress::Lost => {
                notifications.error("Not exported: the export crashed. The log has the message.");
                true
            }
        };
        if is_over {
            let folder = job.export.folder.clone();
            let preparation = &job.export.preparation;
            let has_made = preparation.upscaler.is_some() || preparation.makes_in_betweens;
            queue.running = None;
            start_next(queue, ctx);
            if has_made {
                show_made(state.project.as_mut(), &folder, ctx);
            }
        }
    }
    if state.dialog.is_none()
        && let Some(export) = state.tasks.export.conflicts.pop_front()
    {
        state.dialog = Some(Dialog::Replace(Box::new(export)));
    }
}

/// Shows the takes and in-betweens that the preparation of an export has made.
fn show_made(open: Option<&mut OpenProject>, folder: &Path, ctx: &Context) {
    let Some(open) = open.filter(|open| open.document.session.folder() == folder) else {
        return;
    };
    open.generation.loading_takes = Some(TakeLibrary::load(folder, ctx));
    open.media.look_for_in_betweens(ctx);
    open.changed();
}

/// Shows that a file is complete, until the user closes the message.
fn report(format: &Format, path: &Path, notifications: &mut Notifications) {
    let button = |text, action| NotificationButton {
        text,
        action: Action::Export(action),
    };
    let folder = match format.is_folder() {
        true => Some(path),
        false => path.parent(),
    };
    let mut buttons = Vec::new();
    if let Some(folder) = folder {
        let show = ExportAction::OpenWithSystem(folder.to_owned());
        buttons.push(button("Show in folder", show));
    }
    if !format.is_folder() {
        let play = ExportAction::OpenWithSystem(path.to_owned());
        buttons.push(button("Play", play));
    }
    notifications.result(format!("Exported: {}", path.display()), buttons);
}

pub fn save_preset(preset: ExportPreset, state: &mut AppState) {
    state.export_presets.add(preset);
    save_presets(state);
}

pub fn delete_preset(name: &str, state: &mut AppState) {
    state.export_presets.remove(name);
    save_presets(state);
}

/// Writes the presets, on another thread.
fn save_presets(state: &AppState) {
    let presets = state.export_presets.clone();
    state
        .config_writer
        .write("export presets", move || presets.save());
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use kinora_studio::Project;
    use kinora_studio::render::ExportSettings;

    use super::*;

    fn export_to(path: &Path) -> QueuedExport {
        QueuedExport {
            request: ExportRequest {
                path: path.into(),
                format: Format::MP4,
                range: None,
                existing: Existing::Report,
                settings: ExportSettings::default(),
            },
            preparation: Preparation::default(),
            project: Project::default(),
            folder: PathBuf::from("/no/such/project"),
        }
    }

    fn running(queue: &ExportQueue) -> Option<&Path> {
        let job = queue.running.as_ref()?;
        Some(&job.export.request.path)
    }

    #[test]
    fn exports_run_one_at_a_time_in_the_order_of_their_start() {
        let ctx = Context::default();
        let folder = tempfile::tempdir().expect("a folder");
        let paths = ["1.mp4", "2.mp4", "3.mp4"].map(|name| folder.path().join(name));
        let mut queue = ExportQueue::default();
        queue
            .waiting
            .extend(paths.iter().map(|path| export_to(path)));
        for (number, path) in paths.iter().enumerate() {
            start_next(&mut queue, &ctx);
            start_next(&mut queue, &ctx); // one runs: nothing more is started
            assert_eq!(running(&queue), Some(path.as_path()));
            assert_eq!(queue.waiting.len(), 2 - number);
            queue.running = None;
        }
        start_next(&mut queue, &ctx);
        assert_eq!(running(&queue), None);
    }
}
