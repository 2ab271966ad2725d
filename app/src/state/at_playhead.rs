//! The gaps and markers at the playhead.

use std::sync::Arc;

use kinora_studio::timeline::marker::Marker;
use kinora_studio::timeline::{FrameRange, TrackId};

use super::open_project::OpenProject;

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
