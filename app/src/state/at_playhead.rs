//! The clips, gaps and markers at the playhead.

use std::sync::Arc;

use kinora_studio::timeline::marker::Marker;
use kinora_studio::timeline::{Clip, FrameRange, TrackId, TrackKind};

use super::open_project::OpenProject;

/// The clip whose source *Match frame* shows: a selected clip under the playhead, else the topmost clip there. Pictures come
/// before sound.
pub fn clip_to_match(open: &OpenProject) -> Option<Arc<Clip>> {
    let playhead = open.media.player.playhead();
    let selected = &open.view.selection.clips;
    let tracks = open.project().tracks().iter().zip(0_i64..);
    let under = tracks.filter_map(|(track, number)| {
        let clip = track.at(playhead)?.clip()?;
        let height = match track.kind {
            TrackKind::Video => number,
            TrackKind::Audio => -1 - number,
        };
        Some(((selected.contains(&clip.id), height), clip))
    });
    let (_, clip) = under.max_by_key(|(rank, _)| *rank)?;
    Some(Arc::clone(clip))
}

/// The range between in and out of what the viewer plays: a source by itself, or the timeline.
pub fn marks_shown(open: &OpenProject) -> Option<FrameRange> {
    match open.view.viewer.mode.source() {
        Some(_) => open.view.viewer.marks,
        None => open.project().in_out(),
    }
}

/// The gap under the playhead, on the lowest video track that has one.
pub fn gap_at_playhead(open: &OpenProject) -> Option<(TrackId, FrameRange)> {
    open.project().video_gap_at(open.media.player.playhead())
}

/// The first unlocked track with a gap under the playhead. After the last clip of a track there is no gap.
pub fn any_gap_at_playhead(open: &OpenProject) -> Option<TrackId> {
    let playhead = open.media.player.playhead();
    let mut tracks = open.project().tracks().iter();
    tracks.find_map(|track| {
        let placed = track.at(playhead)?;
        (placed.clip().is_none() && !track.locked).then_some(track.id)
    })
}

/// The first marker that starts at the playhead, or whose range contains it.
pub fn marker_at_playhead(open: &OpenProject) -> Option<Arc<Marker>> {
    let playhead = open.media.player.playhead();
    let mut markers = open.project().markers();
    markers
        .find(|marker| marker.range.start == playhead || marker.range.contains(playhead))
        .cloned()
}
