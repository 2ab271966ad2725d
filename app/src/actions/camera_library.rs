//! The user's library of camera paths: read and written on another thread.

use egui::Context;
use kinora_studio::camera_library;
use kinora_studio::timeline::Edit;
use kinora_studio::timeline::edit::camera::CameraEdit;

use crate::background::task::Task;
use crate::state::action::CameraLibraryAction;
use crate::state::app::AppState;
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
        Err(why) => state.notifications.error(why),
    }
}
