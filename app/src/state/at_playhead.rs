//! The clips, gaps and markers at the playhead.

use std::sync::Arc;

use kinora_studio::timeline::marker::Marker;
use kinora_studio::timeline::{Clip, FrameRange, TrackId, TrackKind};

use super::open_project::OpenProject;

/// The clip whose source *Match frame* shows: a selected clip under the playhead, else the topmost clip there. Pictures come
/// before sound.
pub fn clip_to_match(open: &OpenProject) -> Option<Arc<Clip>> {
    let playhead = open.media.player.playhead();
    let tracks = open.project().tracks().iter();
    let under = tracks.filter_map(|track| Some((track.kind, track.at(playhead)?.clip()?)));
    let under: Vec<(TrackKind, &Arc<Clip>)> = under.collect();
    let topmost = |is_wanted: &dyn Fn(&Clip) -> bool| {
        let mut wanted = under.iter().filter(|(_, clip)| is_wanted(clip));
        let is_picture = |(kind, _): &&(TrackKind, &Arc<Clip>)| *kind == TrackKind::Video;
        let picture = wanted.clone().rfind(is_picture);
        picture.or(wanted.next()).map(|(_, clip)| Arc::clone(clip))
    };
    let selected = &open.view.selection.clips;
    topmost(&|clip| selected.contains(&clip.id)).or_else(|| topmost(&|_| true))
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
