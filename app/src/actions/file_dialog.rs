//! Choosing files and folders: with the system's dialog, or with the file picker where the system has none.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use egui::Context;
use kinora_studio::timeline::ShotId;

use super::{
    camera_library, export_timeline, frame, import, import_timeline, loras, models, project,
    relink, shot, subtitles,
};
use crate::background::task::{Progress, Task};
use crate::cli::FileDialogs;
use crate::state::action::{FilePurpose, FrameUse};
use crate::state::app::AppState;
use crate::state::dialog::Dialog;
use crate::state::dialog::file_picker::FilePicker;
use crate::state::tasks::{DialogAnswer, ImportUse, PendingDialog};

/// A dialog that is cancelled faster than this was never shown: the system has no file dialog.
const FASTEST_ANSWER: Duration = Duration::from_millis(300);

/// Opens a dialog, unless one is open.
pub fn open(purpose: FilePurpose, start: PathBuf, state: &mut AppState, ctx: &Context) {
    if state.tasks.file_dialog.is_some() {
        return;
    }
    if state.file_dialogs == FileDialogs::Own {
        return open_picker(purpose, &start, state, ctx);
    }
    let (folder, name) = (start.clone(), name_of_output(purpose, state));
    state.tasks.file_dialog = Some(PendingDialog {
        purpose,
        start,
        answer: Task::start(ctx, move || ask_system(purpose, &folder, &name)),
    });
}

/// The name that is offered for a file to be written: that of its shot, or of the project. Empty for other purposes.
fn name_of_output(purpose: FilePurpose, state: &AppState) -> String {
    let open = state.project.as_ref();
    match purpose {
        FilePurpose::ExportCameraPath(shot) => {
            let shot = open.and_then(|open| open.project().shot(shot));
            let name = shot.map_or("", |shot| shot.name.trim());
            let name = match name.is_empty() {
                true => "camera",
                false => name,
            };
            format!("{}.gltf", name.replace(['/', '\\', ':'], "-"))
        }
        FilePurpose::ExportTimeline => {
            let name = open.map(|open| open.document.session.name());
            format!("{}.otio", name.unwrap_or_default())
        }
        FilePurpose::ExportSubtitles(track) => {
            let track = open.and_then(|open| open.project().subtitle_track(track));
            let language = track.map_or("", |track| &*track.language);
            let name = open.map(|open| open.document.session.name());
            let name = name.unwrap_or_default();
            match language.is_empty() {
                true => format!("{name}.srt"),
                false => format!("{name}.{language}.srt"),
            }
        }
        _ => String::new(),
    }
}

/// Opens a dialog in the user's own folder.
pub fn open_for_file(purpose: FilePurpose, state: &mut AppState, ctx: &Context) {
    let projects = &state.folders.projects;
    let start = projects.parent().unwrap_or(projects).to_owned();
    open(purpose, start, state, ctx);
}

/// Opens a dialog for the camera path of the selected shot, beside the project's folder.
pub fn open_for_camera(
    purpose: impl FnOnce(ShotId) -> FilePurpose,
    state: &mut AppState,
    ctx: &Context,
) {
    let film = state.project.as_ref();
    if let Some(shot) = film.and_then(|film| film.view.selection.shot) {
        open_beside_project(purpose(shot), state, ctx);
    }
}

/// Opens a dialog beside the project's folder.
pub fn open_beside_project(purpose: FilePurpose, state: &mut AppState, ctx: &Context) {
    let Some(film) = &state.project else { return };
    let folder = film.document.session.folder();
    let start = folder.parent().unwrap_or(folder).to_owned();
    open(purpose, start, state, ctx);
}

/// Opens a dialog for a project to open, beside the project that was opened last.
pub fn open_for_project(state: &mut AppState, ctx: &Context) {
    let last = state.recent.projects().first();
    let folder = last.and_then(|project| project.parent());
    let start = folder.unwrap_or(&state.folders.projects).to_owned();
    open(FilePurpose::Project, start, state, ctx);
}

fn ask_system(purpose: FilePurpose, start: &Path, name: &str) -> DialogAnswer {
    let opened = Instant::now();
    let dialog = rfd::FileDialog::new().set_directory(start);
    let chosen = match purpose {
        FilePurpose::Folder | FilePurpose::MediaFolder | FilePurpose::Project => {
            dialog.pick_folder()
        }
        FilePurpose::Timeline => dialog
            .add_filter("OpenTimelineIO", purpose.extensions())
            .pick_file(),
        FilePurpose::Portrait
        | FilePurpose::Reference(_)
        | FilePurpose::Keyframe(..)
        | FilePurpose::Still => dialog
            .add_filter("Pictures", purpose.extensions())
            .pick_file(),
        FilePurpose::Control(_) => dialog
            .add_filter("Videos", purpose.extensions())
            .pick_file(),
        FilePurpose::Lora(_) => dialog.add_filter("LoRAs", purpose.extensions()).pick_file(),
        FilePurpose::Medium => dialog
            .add_filter("Video, pictures, sound, subtitles", purpose.extensions())
            .add_filter("OpenTimelineIO", FilePurpose::Timeline.extensions())
            .pick_file(),
        FilePurpose::Relink(_) => dialog
            .add_filter("Video, pictures, sound", purpose.extensions())
            .pick_file(),
        FilePurpose::ImportCameraPath(_) => dialog
            .add_filter("Camera paths", purpose.extensions())
            .pick_file(),
        FilePurpose::ExportCameraPath(_)
        | FilePurpose::ExportTimeline
        | FilePurpose::ExportSubtitles(_) => dialog.set_file_name(name).save_file(),
    };
    match chosen {
        Some(path) => DialogAnswer::Chosen(path),
        None if opened.elapsed() < FASTEST_ANSWER => DialogAnswer::Unavailable,
        None => DialogAnswer::Cancelled,
    }
}

/// Polls the system's dialog, and uses its result.
pub fn poll(state: &mut AppState, ctx: &Context) {
    let Some(pending) = &state.tasks.file_dialog else {
        return;
    };
    let answer = match pending.answer.poll() {
        Progress::Working => return,
        Progress::Done(answer) => answer,
        Progress::Lost => DialogAnswer::Unavailable,
    };
    let (purpose, start) = (pending.purpose, pending.start.clone());
    state.tasks.file_dialog = None;
    match answer {
        DialogAnswer::Chosen(path) => match purpose {
            // The system's dialog has asked whether a file may be replaced.
            FilePurpose::ExportCameraPath(shot) => {
                camera_library::export_file(shot, path, true, state, ctx);
            }
            FilePurpose::ExportTimeline => export_timeline::start(path, true, state, ctx),
            FilePurpose::ExportSubtitles(track) => {
                subtitles::export(track, path, true, state, ctx);
            }
            _ => use_file(purpose, path, state, ctx),
        },
        DialogAnswer::Cancelled => {}
        DialogAnswer::Unavailable => {
            state.file_dialogs = FileDialogs::Own; // the system will have none the next time either
            open_picker(purpose, &start, state, ctx);
        }
    }
}

/// Opens the file picker over the dialog that is open.
fn open_picker(purpose: FilePurpose, start: &Path, state: &mut AppState, ctx: &Context) {
    let behind = state.dialog.take();
    let folders = state.folders.clone();
    let mut picker = FilePicker::in_folder(purpose, start, behind);
    picker.typed.push_str(&name_of_output(purpose, state));
    let picker = picker.with_places(ctx, move || folders.places());
    state.dialog = Some(Dialog::FilePicker(picker));
}

/// Closes the open dialog; the one that a file picker was opened from is shown again.
pub fn close(state: &mut AppState) {
    state.dialog = match state.dialog.take() {
        Some(Dialog::FilePicker(picker)) => picker.into_behind(),
        // Its own button ends the import.
        Some(Dialog::ImportTimeline(form)) if form.running.is_some() => {
            Some(Dialog::ImportTimeline(form))
        }
        _ => None,
    };
}

/// Uses the file or folder that was chosen.
pub fn use_file(purpose: FilePurpose, path: PathBuf, state: &mut AppState, ctx: &Context) {
    match purpose {
        FilePurpose::Folder if matches!(state.dialog, Some(Dialog::Models(_))) => {
            models::use_folder(path, state, ctx);
        }
        FilePurpose::Folder => {
            let folder = path.display().to_string();
            match &mut state.dialog {
                Some(Dialog::NewProject(form)) => form.place = folder,
                Some(Dialog::CopyProject(form)) => form.place = folder,
                Some(Dialog::ImportTimeline(form)) => form.place = folder,
                Some(Dialog::Preferences(form)) => form.place = folder,
                Some(Dialog::Export(form)) => form.move_to(&path),
                _ => {} // the dialog was closed meanwhile
            }
        }
        FilePurpose::Project => project::open(path, state, ctx),
        FilePurpose::Timeline => import_timeline::dialog(path, state),
        FilePurpose::Portrait => shot::add_character_from(path, state, ctx),
        FilePurpose::Reference(to) => {
            frame::import(FrameUse::Reference(to), path, state, ctx);
        }
        FilePurpose::Keyframe(shot, at) => {
            frame::import(FrameUse::Key(shot, at), path, state, ctx);
        }
        FilePurpose::Control(shot) => {
            import::import(path, ImportUse::Control(shot), state, ctx);
        }
        FilePurpose::Lora(shot) => loras::add_file(shot, &path, state),
        // A timeline is no medium: it becomes a project of its own.
        FilePurpose::Medium if FilePurpose::Timeline.has_extension_of(&path) => {
            import_timeline::dialog(path, state);
        }
        FilePurpose::Medium => import::import(path, ImportUse::Place, state, ctx),
        FilePurpose::Still => import::import(path, ImportUse::PlaceStill, state, ctx),
        FilePurpose::Relink(medium) => import::relink(medium, path, state, ctx),
        FilePurpose::MediaFolder => relink::start(path, state, ctx),
        FilePurpose::ImportCameraPath(shot) => camera_library::import_file(shot, path, state, ctx),
        FilePurpose::ExportCameraPath(shot) => {
            camera_library::export_file(shot, path, false, state, ctx);
        }
        FilePurpose::ExportTimeline => export_timeline::start(path, false, state, ctx),
        FilePurpose::ExportSubtitles(track) => subtitles::export(track, path, false, state, ctx),
    }
}
