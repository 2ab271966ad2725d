//! Cut, copy, paste and duplicate clips.

use std::collections::BTreeMap;

use egui::Context;
use kinora_studio::timeline::clip::Look;
use kinora_studio::timeline::edit::batch::EditBatch;
use kinora_studio::timeline::edit::clips::ClipEdit;
use kinora_studio::timeline::edit::copies::Copies;
use kinora_studio::timeline::edit::place::{Piece, Place};
use kinora_studio::timeline::{ClipId, Edit, Frames, Project, Refusal, TrackId, TrackKind};

use super::{edit, viewer};
use crate::state::app::AppState;
use crate::state::clipboard::{Clipboard, CopiedClip};
use crate::state::notification::Notifications;
use crate::state::open_project::OpenProject;

/// Copies the selected clips. The system's clipboard gets their names, because a paste key arrives only if it has a text.
pub fn copy(state: &mut AppState, ctx: &Context) {
    let Some(open) = &mut state.project else {
        return;
    };
    let clipboard = Clipboard::of(open.project(), &open.view.selection.clips);
    if !clipboard.clips.is_empty() {
        ctx.copy_text(clipboard.text(open.project()));
        open.view.clipboard = clipboard;
    }
}

pub fn cut(state: &mut AppState, ctx: &Context) {
    copy(state, ctx);
    edit::lift(state);
}

/// The tracks that were chosen as targets.
type Targets = BTreeMap<TrackKind, TrackId>;

/// Where pasted clips go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Paste {
    /// Over what is there.
    Overwrite,
    /// Between what is there, which moves to the right.
    Insert,
}

/// Pastes the copied clips at the playhead, and selects them. They go to the chosen targets, or to the tracks that they were
/// copied from if none was chosen. The playhead moves to their end.
pub fn paste(how: Paste, state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let clipboard = open.view.clipboard.clone();
    let targets = open.view.panels.timeline.targets.clone();
    let at = open.media.player.playhead();
    if put(
        open,
        (&clipboard, &targets),
        at,
        ("paste", how),
        &mut state.notifications,
    ) {
        open.media.player.go_to(at + clipboard.length());
    }
}

/// Inserts copies of the selected clips after them, and selects the copies.
pub fn duplicate(state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let project = open.project();
    let selected = &open.view.selection.clips;
    let copies = Clipboard::of(project, selected);
    let ends = selected.iter().filter_map(|clip| project.clip(*clip));
    if let Some(at) = ends.map(|(.., range)| range.end()).max() {
        let what = ("duplicate", Paste::Insert);
        let own = Targets::new();
        put(open, (&copies, &own), at, what, &mut state.notifications);
    }
}

/// Gives the selected clips the look of the first copied clip on a track of the same kind: effects, fades, keyframes.
pub fn paste_attributes(state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let project = open.project();
    let copied = &open.view.clipboard.clips;
    let edits = open.view.selection.clips.iter().filter_map(|id| {
        let (clip, track, _) = project.clip(*id)?;
        let model = copied.iter().find(|one| one.kind == track.kind)?;
        let look = fitted(model.clip.look.clone(), clip.length);
        Some(Edit::Clip(ClipEdit::Look { clip: *id, look }))
    });
    let edits: Vec<Edit> = edits.collect();
    match edits.is_empty() {
        true => state
            .notifications
            .info("No copied clip is on a track of the same kind."),
        false => {
            open.edit_all("paste attributes", &edits, &mut state.notifications);
        }
    }
}

/// The look with fades that fit into a clip of this length.
fn fitted(look: Look, length: Frames) -> Look {
    let fade_in = look.fade_in.min(length);
    Look {
        fade_in,
        fade_out: look.fade_out.min(length - fade_in),
        ..look
    }
}

/// Places copied clips and selects them. False if that was refused.
fn put(
    open: &mut OpenProject,
    (clipboard, targets): (&Clipboard, &Targets),
    at: Frames,
    (name, how): (&str, Paste),
    notifications: &mut Notifications,
) -> bool {
    let planned = planned(open.project(), (clipboard, targets), at, how);
    let Some(clips) = open.edit_planned(name, planned, notifications) else {
        return false;
    };
    viewer::show_timeline(open);
    open.view.selection.set_clips(clips);
    true
}

fn planned(
    project: &Project,
    (clipboard, targets): (&Clipboard, &Targets),
    at: Frames,
    how: Paste,
) -> Result<(EditBatch, Vec<ClipId>), Refusal> {
    let mut batch = EditBatch::of(project);
    let mut placed = Vec::new();
    for one in &clipboard.clips {
        placed.push((track_for(project, clipboard, targets, one)?, one));
    }
    if placed.is_empty() {
        return Err(Refusal::NothingThere);
    }
    if how == Paste::Insert {
        make_room(&mut batch, &placed, at, clipboard.length())?;
    }
    let mut clips = Vec::new();
    let mut copies = Copies::default();
    for (track, one) in placed {
        let at = at + one.offset;
        let clip = one.clip.clone();
        let pieces = vec![Piece { track, clip }];
        batch.then(Edit::Place(Place::Overwrite { at, pieces }))?;
        let there = batch.project.track(track).and_then(|track| track.at(at));
        let new = there.and_then(|placed| Some(placed.clip()?.id));
        clips.extend(new);
        if let Some(new) = new {
            copies.add(&one.clip, new);
        }
    }
    for edit in copies.edits() {
        batch.then(edit)?;
    }
    Ok((batch, clips))
}

/// Moves what follows `at` to the right. After the last clip there is room already.
fn make_room(
    batch: &mut EditBatch,
    placed: &[(TrackId, &CopiedClip)],
    at: Frames,
    length: Frames,
) -> Result<(), Refusal> {
    let mut tracks: Vec<TrackId> = placed.iter().map(|(track, _)| *track).collect();
    tracks.sort_unstable();
    tracks.dedup();
    match batch.insert_gap(at, length, tracks) {
        Err(Refusal::NothingThere) => Ok(()),
        other => other,
    }
}

/// The track from which the clip was copied, or the first one of its kind if that one is gone. With a target, the first
/// track of the copied clips becomes the target, and the others keep their distance from it.
fn track_for(
    project: &Project,
    clipboard: &Clipboard,
    targets: &Targets,
    copied: &CopiedClip,
) -> Result<TrackId, Refusal> {
    let of_kind = project.tracks().iter();
    let of_kind = of_kind.filter(|track| track.kind == copied.kind);
    let of_kind: Vec<TrackId> = of_kind.map(|track| track.id).collect();
    let place = |track: TrackId| of_kind.iter().position(|known| *known == track);
    let own = place(copied.track).unwrap_or(0);
    let alike = clipboard.clips.iter();
    let alike = alike.filter(|other| other.kind == copied.kind);
    let places = alike.map(|other| place(other.track).unwrap_or(0));
    let first = places.min().unwrap_or(own);
    let target = targets.get(&copied.kind);
    let target = target.and_then(|target| place(*target)).unwrap_or(first);
    let there = of_kind.get(target + own - first);
    there.copied().ok_or(Refusal::NoSuchTrack)
}
