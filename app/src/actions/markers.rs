//! Markers, and the in and out points.

use std::sync::Arc;

use kinora_studio::timeline::clip::Label;
use kinora_studio::timeline::edit::marks::Mark;
use kinora_studio::timeline::marker::Marker;
use kinora_studio::timeline::{Clip, Edit, FrameRange, Frames, MarkerId};

use super::viewer;
use crate::state::app::AppState;
use crate::state::at_playhead::{clip_to_match, marker_at_playhead};
use crate::state::dialog::Dialog;
use crate::state::dialog::marker::MarkerForm;

pub fn add(state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let range = FrameRange {
        start: open.media.player.playhead(),
        length: Frames::ZERO,
    };
    let marker = Marker {
        id: MarkerId::from(0), // the edit gives one
        range,
        label: Label::default(),
        name: String::new(),
        note: String::new(),
    };
    open.edit(&Edit::Mark(Mark::Add(marker)), &mut state.notifications);
}

/// Moves the playhead to the marker before it.
pub fn go_to_previous(state: &mut AppState) {
    go_to(state, |starts, playhead| {
        starts.filter(|start| *start < playhead).max()
    });
}

/// Moves the playhead to the marker after it.
pub fn go_to_next(state: &mut AppState) {
    go_to(state, |starts, playhead| {
        starts.filter(|start| *start > playhead).min()
    });
}

fn go_to(
    state: &mut AppState,
    choose: impl FnOnce(&mut dyn Iterator<Item = Frames>, Frames) -> Option<Frames>,
) {
    let Some(open) = &mut state.project else {
        return;
    };
    let playhead = open.media.player.playhead();
    let mut starts = open.project().markers().map(|marker| marker.range.start);
    if let Some(start) = choose(&mut starts, playhead) {
        drop(starts);
        viewer::show_timeline(open);
        open.media.player.go_to(start);
    }
}

/// Opens the dialog for the marker at the playhead.
pub fn dialog(state: &mut AppState) {
    let marker = state.project.as_ref().and_then(marker_at_playhead);
    if let Some(marker) = marker {
        state.dialog = Some(Dialog::Marker(MarkerForm::of(&marker)));
    }
}

/// Removes the marker at the playhead.
pub fn remove(state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    if let Some(marker) = marker_at_playhead(open) {
        let edit = Edit::Mark(Mark::Remove(marker.id));
        open.edit(&edit, &mut state.notifications);
    }
}

/// Sets the in point: the range that is played and exported starts with the playhead's frame.
pub fn mark_in(state: &mut AppState) {
    mark(state, false);
}

/// Sets the out point: the range that is played and exported ends with the playhead's frame.
pub fn mark_out(state: &mut AppState) {
    mark(state, true);
}

fn mark(state: &mut AppState, is_out: bool) {
    let Some(open) = &mut state.project else {
        return;
    };
    if viewer::mark_source(open, is_out) {
        return;
    }
    let at = open.media.player.playhead();
    let whole = FrameRange::between(Frames::ZERO, open.project().end().max(Frames::ONE));
    let before = open.project().in_out().unwrap_or(whole);
    let range = match is_out {
        true => FrameRange::between(before.start.min(at), at + Frames::ONE),
        false => FrameRange::between(at, before.end().max(at + Frames::ONE)),
    };
    open.edit(
        &Edit::Mark(Mark::InOut(Some(range))),
        &mut state.notifications,
    );
}

/// Sets in and out around the selected clips; without one, around the clip at the playhead.
pub fn mark_selection(state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let project = open.project();
    let range_of = |clip: Arc<Clip>| project.clip(clip.id).map(|(.., range)| range);
    let selected = open.view.selection.range_in(project);
    let range = selected.or_else(|| clip_to_match(open).and_then(range_of));
    if range.is_some() {
        viewer::show_timeline(open);
        open.edit(&Edit::Mark(Mark::InOut(range)), &mut state.notifications);
    }
}

pub fn clear_in_out(state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    match open.view.viewer.mode.source() {
        Some(_) => open.view.viewer.marks = None,
        None => {
            open.edit(&Edit::Mark(Mark::InOut(None)), &mut state.notifications);
        }
    }
}
