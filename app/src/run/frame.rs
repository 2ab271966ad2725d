//! A frame of the film put to use: as a shot's first, last or key frame, or to know somebody of the cast by.

use egui::Context;
use kinora_studio::frame::keep_frame;
use kinora_studio::timeline::cast::Character;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::{CharacterId, Edit, ShotId};
use kinora_studio::wire::Failure;

use super::{ShotChange, shot};
use crate::later::Later;
use crate::state::{FrameKept, Portrait, State};

/// What a frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameUse {
    /// The shot passes through it, at this frame of the model's.
    Key(ShotId, u32),
    /// One more picture of somebody.
    Reference(CharacterId),
    /// Somebody new.
    NewCharacter,
}

/// Keeps the frame at the playhead as a picture, on another thread.
pub fn put_to_use(wanted: FrameUse, state: &mut State, ctx: &Context) {
    let Some(film) = &state.film else { return };
    if !film.session.can_be_edited() {
        return;
    }
    let (project, frame) = (film.project().clone(), film.player.playhead());
    let folder = film.session.folder().to_owned();
    state.work.keeping_frame = Some(Later::start(ctx, move || {
        let content = keep_frame(&project, frame, &folder)?;
        Ok(FrameKept {
            wanted,
            picture: Portrait {
                colours: None, // in a frame of a film more is to be seen than one character
                folder,
                name: format!("Frame {}", frame.0),
                content,
            },
        })
    }));
}

/// The picture lies in the film's folder: it is put where it was wanted.
pub fn is_kept(kept: Result<FrameKept, Failure>, state: &mut State) {
    let FrameKept { wanted, picture } = match kept {
        Ok(kept) => kept,
        Err(failure) => return state.notices.trouble(failure.to_string()),
    };
    match wanted {
        FrameUse::NewCharacter => shot::portrait_is_in(Ok(picture), state),
        FrameUse::Key(to, frame) => {
            let key = ShotChange::Key(frame, picture.content);
            if is_open(&picture, state) {
                shot::change(to, key, state);
            }
        }
        FrameUse::Reference(to) if is_open(&picture, state) => {
            let Some(film) = &mut state.film else { return };
            let Some(known) = film.project().character(to) else {
                return;
            };
            let mut character = Character::clone(known);
            character.references.push(picture.content);
            let change = Library::ChangeCharacter(Box::new(character));
            film.edit(&Edit::Library(change), &mut state.notices);
        }
        FrameUse::Reference(_) => {}
    }
}

/// Whether the film that the picture was kept for is still the open one.
fn is_open(picture: &Portrait, state: &State) -> bool {
    let film = state.film.as_ref();
    film.is_some_and(|film| film.session.folder() == picture.folder)
}
