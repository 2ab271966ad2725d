//! The user's library of camera paths, and camera files: read and written on another thread.

use std::path::PathBuf;

use egui::Context;
use kinora_studio::camera_file::{self, CameraClip, WrittenPath};
use kinora_studio::camera_library;
use kinora_studio::timeline::edit::camera::CameraEdit;
use kinora_studio::timeline::{Edit, ShotId};

use crate::background::task::Task;
use crate::state::action::{Action, CameraLibraryAction, ExportAction};
use crate::state::app::AppState;
use crate::state::notification::{NotificationButton, Notifications};
use crate::state::open_project::OpenProject;
use crate::state::tasks::{CameraLibraryResult, LoadedPath};

pub fn apply(action: CameraLibraryAction, state: &mut AppState, ctx: &Context) {
    let Some(open) = &mut state.project else {
        return;
    };
    let data = state.folders.data.clone();
    let task =
        match action {
            CameraLibraryAction::List => {
                open.view.panels.stage.library.get_or_insert_default(); // requested once
                Task::start(ctx, move || match camera_library::names(&data) {
                    Ok(names) => Ok(CameraLibraryResult::Names(names)),
                    Err(error) => Err(format!("The camera paths were not read: {error}")),
                })
            }
            CameraLibraryAction::Save(name, path) => Task::start(ctx, move || {
                match camera_library::save(&data, &name, &path) {
                    Ok(()) => Ok(CameraLibraryResult::Saved(name)),
                    Err(error) => Err(format!("The camera path was not saved: {error}")),
                }
            }),
            CameraLibraryAction::Load(shot, name) => {
                let folder = open.document.session.folder().to_owned();
                Task::start(ctx, move || match camera_library::load(&data, &name) {
                    Ok(path) => Ok(CameraLibraryResult::Loaded(LoadedPath {
                        folder,
                        shot,
                        path,
                    })),
                    Err(error) => Err(format!("The camera path {name} was not read: {error}")),
                })
            }
        };
    state.tasks.camera_library.push(task);
}

/// Reads a camera file; the shot then gets its path, as one step.
pub fn import_file(shot: ShotId, file: PathBuf, state: &mut AppState, ctx: &Context) {
    let Some(open) = state.project.as_ref().filter(|_| state.can_edit()) else {
        return;
    };
    let Some(clip) = clip_of(open, shot) else {
        return;
    };
    let folder = open.document.session.folder().to_owned();
    let task = Task::start(ctx, move || {
        match camera_file::read_path(&file, clip, None) {
            Ok(read) => {
                let path = read.path;
                let loaded = LoadedPath { folder, shot, path };
                Ok(CameraLibraryResult::Imported(loaded, read.notes))
            }
            Err(failure) => Err(format!("The camera path was not imported: {failure}")),
        }
    });
    state.tasks.camera_library.push(task);
}

/// Writes the camera path of a shot to a file. An earlier file is kept, unless it may be replaced.
pub fn export_file(
    shot: ShotId,
    file: PathBuf,
    replaces: bool,
    state: &mut AppState,
    ctx: &Context,
) {
    let Some(open) = &state.project else {
        return;
    };
    let Some(clip) = clip_of(open, shot) else {
        return;
    };
    let path = open
        .project()
        .shot(shot)
        .and_then(|shot| shot.camera.clone());
    let Some(path) = path else {
        return;
    };
    let folder = open.document.session.folder().to_owned();
    let task = Task::start(ctx, move || {
        match camera_file::write_path(&file, &path, clip, &folder, replaces) {
            Ok(written) => Ok(CameraLibraryResult::Exported(written)),
            Err(failure) => Err(format!("The camera path was not exported: {failure}")),
        }
    });
    state.tasks.camera_library.push(task);
}

/// Length, rate and size of a shot's picture.
fn clip_of(open: &OpenProject, shot: ShotId) -> Option<CameraClip> {
    let length = open.project().shot(shot)?.length;
    Some(CameraClip {
        frames: length.frames,
        rate: length.rate,
        size: open.project().size(),
    })
}

/// Shows the file that was written, and what it does not have.
fn exported(written: &WrittenPath, notifications: &mut Notifications) {
    let folder = written.file.parent().unwrap_or(&written.file).to_owned();
    let show = NotificationButton {
        text: "Show in folder",
        action: Action::Export(ExportAction::OpenWithSystem(folder)),
    };
    let text = format!("Camera path exported: {}", written.file.display());
    notifications.result(text, vec![show]);
    for note in &written.notes {
        notifications.info(format!("Camera path: {note}"));
    }
}

/// Uses what was read or written.
pub fn finished(result: Result<CameraLibraryResult, String>, state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    match result {
        Ok(CameraLibraryResult::Names(names)) => open.view.panels.stage.library = Some(names),
        Ok(CameraLibraryResult::Saved(name)) => {
            open.view.panels.stage.library = None; // read again when it is next shown
            state
                .notifications
                .info(format!("Camera path saved: {name}"));
        }
        Ok(CameraLibraryResult::Loaded(loaded)) => {
            if open.document.session.folder() == loaded.folder {
                let edit = CameraEdit::SetPath(loaded.shot, Some(loaded.path));
                open.edit(&Edit::Camera(edit), &mut state.notifications);
            }
        }
        Ok(CameraLibraryResult::Imported(loaded, notes)) => {
            if open.document.session.folder() == loaded.folder {
                let edit = CameraEdit::SetPath(loaded.shot, Some(loaded.path));
                if open.edit(&Edit::Camera(edit), &mut state.notifications) {
                    state.notifications.info("Camera path imported");
                    for note in notes {
                        state.notifications.info(format!("Camera path: {note}"));
                    }
                }
            }
        }
        Ok(CameraLibraryResult::Exported(written)) => exported(&written, &mut state.notifications),
        Err(why) => state.notifications.error(why),
    }
}
