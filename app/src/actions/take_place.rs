//! Placing a take on the timeline: its shot is placed and shows it from then on.

use kinora_studio::exchange::placement::{add_sound, add_sound_elsewhere};
use kinora_studio::take::take_store::Take;
use kinora_studio::timeline::clip::Clip;
use kinora_studio::timeline::edit::batch::EditBatch;
use kinora_studio::timeline::edit::clips::ClipEdit;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::edit::place::{Piece, Place};
use kinora_studio::timeline::{
    ClipId, ContentHash, Edit, Frames, Project, Refusal, ShotId, Source, TrackId, TrackKind,
};

use super::viewer;
use crate::state::action::TakePlace;
use crate::state::app::AppState;
use crate::state::notification::Notifications;
use crate::state::open_project::OpenProject;
use crate::state::sources::{kinds_of, length_of};

/// Places a take and makes it the chosen one of its shot, as one step.
pub fn place(shot: ShotId, take: ContentHash, to: TakePlace, state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let before = open.project().clone();
    let planned = planned(open, (shot, take), to).map(|batch| (batch, ()));
    let is_done = open.edit_planned("place take", planned, &mut state.notifications);
    if is_done.is_some() {
        add_first_sound_elsewhere(open, &before, shot, &mut state.notifications);
        viewer::show_timeline(open);
    }
}

/// Applies an edit that chooses the take of a shot, or its sound. A shot that was silent gets its sound on the timeline, in
/// the same step, and in the other sequences.
pub fn choose(
    open: &mut OpenProject,
    edit: &Edit,
    shot: ShotId,
    notifications: &mut Notifications,
) -> bool {
    let before = open.project().clone();
    let planned = chosen(open, edit, shot).map(|batch| (batch, ()));
    let is_done = open.edit_planned(&edit.name(), planned, notifications);
    if is_done.is_some() {
        add_first_sound_elsewhere(open, &before, shot, notifications);
    }
    is_done.is_some()
}

fn chosen(open: &OpenProject, edit: &Edit, shot: ShotId) -> Result<EditBatch, Refusal> {
    let mut batch = EditBatch::of(open.project());
    batch.then(edit.clone())?;
    let folder = open.document.session.folder();
    add_sound(&mut batch, open.project(), folder, shot)?;
    Ok(batch)
}

/// Adds the sound of a shot to its clips in all sequences, if it was silent in the project `before`.
pub fn add_first_sound(
    open: &mut OpenProject,
    before: &Project,
    shot: ShotId,
    notifications: &mut Notifications,
) {
    // The open sequence comes last: what is undone first is seen.
    add_first_sound_elsewhere(open, before, shot, notifications);
    let mut batch = EditBatch::of(open.project());
    let folder = open.document.session.folder();
    let added = add_sound(&mut batch, before, folder, shot);
    if !batch.edits.is_empty() {
        open.edit_planned("add sound", added.map(|()| (batch, ())), notifications);
    }
}

/// The same in the sequences that are not open.
fn add_first_sound_elsewhere(
    open: &mut OpenProject,
    before: &Project,
    shot: ShotId,
    notifications: &mut Notifications,
) {
    let session = &mut open.document.session;
    let folder = session.folder().to_owned();
    match add_sound_elsewhere(session, before, &folder, shot) {
        Ok(false) => {}
        Ok(true) => open.changed(),
        Err(error) => {
            open.changed();
            notifications.refused(&error);
        }
    }
}

fn planned(
    open: &OpenProject,
    (shot, take): (ShotId, ContentHash),
    to: TakePlace,
) -> Result<EditBatch, Refusal> {
    let mut batch = EditBatch::of(open.project());
    let found = open.generation.takes.find(take);
    let is_sound_alone = found.is_some_and(Take::is_sound_alone);
    let known = open.project().shot(shot);
    let (chosen, choose) = match is_sound_alone {
        true => (
            known.and_then(|shot| shot.chosen_sound),
            Library::ChooseSound(shot, Some(take)),
        ),
        false => (
            known.and_then(|shot| shot.chosen),
            Library::ChooseTake(shot, Some(take)),
        ),
    };
    if chosen != Some(take) {
        batch.then(Edit::Library(choose))?;
    }
    let source = Source::Shot(shot);
    let kinds = kinds_of(&batch.project, source);
    let kind = kinds.first().copied().unwrap_or(TrackKind::Video);
    match to {
        TakePlace::Playhead => {
            let view = &open.view.panels.timeline;
            let target = view.target(&batch.project, kind);
            let track = target.ok_or(Refusal::NoSuchTrack)?;
            let at = open.media.player.playhead();
            put(&mut batch, source, (track, at), true)?;
        }
        TakePlace::Track { track, at, inserts } => put(&mut batch, source, (track, at), inserts)?,
        TakePlace::Clip(clip) => show_in(&mut batch, source, clip)?,
    }
    let folder = open.document.session.folder();
    add_sound(&mut batch, open.project(), folder, shot)?;
    Ok(batch)
}

fn put(
    batch: &mut EditBatch,
    source: Source,
    (track, at): (TrackId, Frames),
    inserts: bool,
) -> Result<(), Refusal> {
    let length = length_of(&batch.project, source, 0);
    let clip = Clip::new(source, Frames::ZERO, length);
    let pieces = vec![Piece { track, clip }];
    match inserts {
        true => batch.insert(at, pieces),
        false => batch.then(Edit::Place(Place::Overwrite { at, pieces })),
    }
}

/// Shows a source in a clip, unless it is the clip's already.
fn show_in(batch: &mut EditBatch, source: Source, clip: ClipId) -> Result<(), Refusal> {
    let shown = batch.project.clip(clip).map(|(clip, ..)| clip.source);
    if shown == Some(source) {
        return Ok(());
    }
    batch.then(Edit::Clip(ClipEdit::Replace {
        clip,
        source,
        source_start: Frames::ZERO,
    }))
}
