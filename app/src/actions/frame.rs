//! Saving a frame of the timeline, a picture file or a pasted picture for a use: a shot's keyframe image, or a character's
//! reference.

use std::path::PathBuf;
use std::sync::Arc;

use egui::{ColorImage, Context};
use kinora_studio::exchange::frame_grab::{save_frame, save_picture};
use kinora_studio::exchange::import::import_picture;
use kinora_studio::render::Picture;
use kinora_studio::timeline::cast::Character;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::edit::shot_change::ShotChange;
use kinora_studio::timeline::{CharacterId, ContentHash, Edit};
use kinora_studio::wire::Failure;

use super::{shot, viewer};
use crate::background::task::Task;
use crate::state::action::FrameUse;
use crate::state::app::AppState;
use crate::state::tasks::{ImportedImage, KeptFrame};

/// Saves the frame at the playhead as a picture, on another thread.
pub fn keep(wanted: FrameUse, state: &mut AppState, ctx: &Context) {
    let Some(open) = state.project.as_ref().filter(|_| state.can_edit()) else {
        return;
    };
    let (player, project) = viewer::shown(open);
    let (project, frame) = (project.clone(), player.playhead());
    let folder = open.document.session.folder().to_owned();
    state.tasks.keeping_frames.push(Task::start(ctx, move || {
        let content = save_frame(&project, frame, &folder)?;
        Ok(KeptFrame {
            wanted,
            picture: ImportedImage {
                colours: None, // more than one character may be in it
                folder,
                name: format!("Frame {}", frame.0),
                content,
            },
        })
    }));
}

/// Copies a picture file into the project's folder, on another thread, for this use.
pub fn import(wanted: FrameUse, file: PathBuf, state: &mut AppState, ctx: &Context) {
    let Some(open) = state.project.as_ref().filter(|_| state.can_edit()) else {
        return;
    };
    let folder = open.document.session.folder().to_owned();
    state.tasks.keeping_frames.push(Task::start(ctx, move || {
        let content = import_picture(&file, &folder)?;
        Ok(KeptFrame {
            wanted,
            picture: ImportedImage {
                colours: None, // more than one character may be in it
                folder,
                name: file.display().to_string(),
                content,
            },
        })
    }));
}

/// Saves a picture of the clipboard in the project's folder, on another thread, for this use.
pub fn paste(wanted: FrameUse, image: Arc<ColorImage>, state: &mut AppState, ctx: &Context) {
    let Some(open) = state.project.as_ref().filter(|_| state.can_edit()) else {
        return;
    };
    let folder = open.document.session.folder().to_owned();
    state.tasks.keeping_frames.push(Task::start(ctx, move || {
        let content = save_picture(&picture_of(&image), &folder)?;
        Ok(KeptFrame {
            wanted,
            picture: ImportedImage {
                colours: None, // more than one character may be in it
                folder,
                name: "Pasted picture".into(),
                content,
            },
        })
    }));
}

fn picture_of(image: &ColorImage) -> Picture {
    let [width, height] = image
        .size
        .map(|side| u32::try_from(side).unwrap_or(u32::MAX));
    let pixels = image.pixels.iter();
    Picture {
        width,
        height,
        rgba: pixels
            .flat_map(egui::Color32::to_srgba_unmultiplied)
            .collect(),
    }
}

/// Uses the saved picture as a keyframe image, as a reference, or for a new character.
pub fn kept(result: Result<KeptFrame, Failure>, state: &mut AppState) {
    let KeptFrame { wanted, picture } = match result {
        Ok(kept) => kept,
        Err(failure) => return state.notifications.error(failure.to_string()),
    };
    match wanted {
        FrameUse::NewCharacter => shot::portrait_imported(picture, state),
        FrameUse::Key(to, frame) => {
            let change = ShotChange::SetKeyframe(frame, picture.content);
            if is_open(&picture, state) {
                shot::change(to, change, state);
            }
        }
        FrameUse::Reference(to) => change_references(to, &picture, state, |references, new| {
            references.push(new);
        }),
        FrameUse::Portrait(to) => change_references(to, &picture, state, |references, new| {
            references.retain(|known| *known != new);
            references.insert(0, new);
        }),
    }
}

/// Changes the references of a character with a picture.
fn change_references(
    of: CharacterId,
    picture: &ImportedImage,
    state: &mut AppState,
    change: impl FnOnce(&mut Vec<ContentHash>, ContentHash),
) {
    if !is_open(picture, state) {
        return;
    }
    let Some(open) = &mut state.project else {
        return;
    };
    let Some(known) = open.project().character(of) else {
        return;
    };
    let mut character = Character::clone(known);
    change(&mut character.references, picture.content);
    let change = Library::ChangeCharacter(Box::new(character));
    open.edit(&Edit::Library(change), &mut state.notifications);
}

/// Whether the project for which the picture was saved is still open.
fn is_open(picture: &ImportedImage, state: &AppState) -> bool {
    let open = state.project.as_ref();
    open.is_some_and(|open| open.document.session.folder() == picture.folder)
}
