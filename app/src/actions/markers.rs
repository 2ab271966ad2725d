//! Markers, and the in and out points.

use kinora_studio::timeline::clip::Label;
use kinora_studio::timeline::edit::marks::Mark;
use kinora_studio::timeline::marker::Marker;
use kinora_studio::timeline::{Edit, FrameRange, Frames, MarkerId};

use crate::state::app::AppState;

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

/// The playhead's frame is the first of the range that is played and exported.
pub fn mark_in(state: &mut AppState) {
    mark(state, false);
}

/// The playhead's frame is the last of the range that is played and exported.
pub fn mark_out(state: &mut AppState) {
    mark(state, true);
}

fn mark(state: &mut AppState, is_out: bool) {
    let Some(open) = &mut state.project else {
        return;
    };
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

pub fn clear_in_out(state: &mut AppState) {
    if let Some(open) = &mut state.project {
        open.edit(&Edit::Mark(Mark::InOut(None)), &mut state.notifications);
    }
}
