//! Edits of the selected clips and of the range between in and out.

use kinora_studio::timeline::clip::Clip;
use kinora_studio::timeline::edit::arrange::Arrange;
use kinora_studio::timeline::edit::batch::EditBatch;
use kinora_studio::timeline::edit::clips::ClipEdit;
use kinora_studio::timeline::edit::place::{Piece, Place};
use kinora_studio::timeline::edit::remove::Remove;
use kinora_studio::timeline::edit::trim::Trim;
use kinora_studio::timeline::{ClipId, Edge, Edit, FrameRange, Frames, Source, TrackId, TrackKind};

use crate::state::app::AppState;
use crate::state::at_playhead::any_gap_at_playhead;
use crate::state::open_project::OpenProject;

/// Inserts the selected shot at the playhead, on the first video track.
pub fn insert_shot(state: &mut AppState) {
    edit(state, |open| {
        let source = Source::Shot(open.view.selection.shot?);
        let project = open.project();
        let mut tracks = project.tracks().iter();
        let track = tracks.find(|track| track.kind == TrackKind::Video)?.id;
        let clip = Clip::new(source, Frames::ZERO, project.available(source)?);
        let pieces = vec![Piece { track, clip }];
        let at = open.media.player.playhead();
        Some(Edit::Place(Place::Insert { at, pieces }))
    });
}

/// Ripple-trims one edge of each selected clip under the playhead to the playhead.
pub fn trim_to_playhead(state: &mut AppState, edge: Edge) {
    let Some(open) = &mut state.project else {
        return;
    };
    let at = open.media.player.playhead();
    let project = open.project();
    let is_under = |clip: &&ClipId| {
        let found = project.clip(**clip);
        found.is_some_and(|(.., range)| range.contains(at))
    };
    let mut clips: Vec<ClipId> = open
        .view
        .selection
        .clips
        .iter()
        .filter(is_under)
        .copied()
        .collect();
    if clips.is_empty() {
        state
            .notifications
            .error("Can't do that: the playhead is not on a selected clip.");
        return;
    }
    let mut batch = EditBatch::of(project);
    let mut refused = None;
    while let Some(clip) = clips.pop() {
        let ripple = true;
        let trim = Trim::ToPlayhead {
            clip,
            edge,
            at,
            ripple,
        };
        let linked = project.linked(clip); // the edit trims them too
        clips.retain(|other| !linked.contains(other));
        refused = refused.or(batch.then(Edit::Trim(trim)).err());
    }
    match refused {
        None => {
            open.edit_all("trim to playhead", &batch.edits, &mut state.notifications);
        }
        Some(refusal) => state
            .notifications
            .error(format!("Can't do that: {refusal}")),
    }
}

/// Removes the range between in and out from all tracks that are not locked, and leaves a gap.
pub fn lift_range(state: &mut AppState) {
    edit(state, |open| {
        let (range, tracks) = marked(open)?;
        Some(Edit::Remove(Remove::LiftRange { range, tracks }))
    });
}

/// Removes the range between in and out from all tracks that are not locked, and closes the gap.
pub fn extract_range(state: &mut AppState) {
    edit(state, |open| {
        let (range, tracks) = marked(open)?;
        Some(Edit::Remove(Remove::ExtractRange { range, tracks }))
    });
}

fn marked(open: &OpenProject) -> Option<(FrameRange, Vec<TrackId>)> {
    let range = open.project().in_out()?;
    let tracks = open.project().tracks().iter();
    let unlocked = tracks.filter(|track| !track.locked && !track.is_empty());
    Some((range, unlocked.map(|track| track.id).collect()))
}

/// Closes the gap under the playhead.
pub fn close_gap(state: &mut AppState) {
    edit(state, |open| {
        let track = any_gap_at_playhead(open)?;
        let at = open.media.player.playhead();
        Some(Edit::Remove(Remove::CloseGap { track, at }))
    });
}

/// Links the selected clips.
pub fn link(state: &mut AppState) {
    edit(state, |open| {
        let clips = selected(open);
        Some(Edit::Clip(ClipEdit::Link { clips }))
    });
}

/// Unlinks the selected clips.
pub fn unlink(state: &mut AppState) {
    edit(state, |open| {
        let clips = selected(open);
        Some(Edit::Clip(ClipEdit::Unlink { clips }))
    });
}

/// Swaps the two selected clips.
pub fn swap(state: &mut AppState) {
    edit(state, |open| {
        let (one, other) = open.view.selection.pair_to_swap(open.project())?;
        Some(Edit::Arrange(Arrange::Swap { one, other }))
    });
}

fn selected(open: &OpenProject) -> Vec<ClipId> {
    open.view.selection.clips.iter().copied().collect()
}

/// Applies the edit that `make` returns for the open project, if it returns one.
fn edit(state: &mut AppState, make: impl FnOnce(&OpenProject) -> Option<Edit>) {
    if let Some(open) = &mut state.project
        && let Some(edit) = make(open)
    {
        open.edit(&edit, &mut state.notifications);
    }
}
