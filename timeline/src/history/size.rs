//! The memory of a version of a project: the bytes that no other version shares. Shared parts are counted in the version
//! that goes last.

use super::Kept;
use crate::subtitle::SubtitleTrack;
use crate::{Item, Project};

/// The bytes of a project that no other version shares.
pub(super) fn own_bytes(project: &Project) -> usize {
    let items = |item: &Item| {
        item.clip().map_or(0, |clip| {
            if std::sync::Arc::strong_count(clip) == 1 {
                size_of_val(&**clip) + 16
            } else {
                0
            }
        })
    };
    let tracks = project
        .tracks
        .iter()
        .filter(|track| std::sync::Arc::strong_count(track) == 1);
    let of_tracks: usize = tracks
        .map(|track| size_of_val(&**track) + 16 + track.items.own_bytes(items))
        .sum();
    let index = &project.index;
    let of_index = index.home.own_bytes(|_| 0)
        + index.users.own_bytes(|()| 0)
        + index.groups.own_bytes(|()| 0);
    let of_library = project.shots.own_bytes(|shot| size_of_val(&**shot))
        + project.cast.own_bytes(|one| size_of_val(&**one));
    let of_order = match std::sync::Arc::strong_count(&project.shot_order) {
        1 => size_of_val(&**project.shot_order),
        _ => 0,
    };
    let of_subtitles: usize = project.subtitles.iter().map(subtitle_bytes).sum();
    let of_project = size_of::<Kept>() + 8 * project.tracks.len();
    of_project + of_tracks + of_index + of_library + of_order + of_subtitles
}

/// The bytes of a subtitle track that no other version shares.
fn subtitle_bytes(track: &std::sync::Arc<SubtitleTrack>) -> usize {
    if std::sync::Arc::strong_count(track) > 1 {
        return 0;
    }
    let own = track.cues().iter();
    let own = own.filter(|cue| std::sync::Arc::strong_count(cue) == 1);
    let own: usize = own
        .map(|cue| size_of_val(&**cue) + cue.text.len() + 16)
        .sum();
    size_of_val(&**track) + 8 * track.cues().len() + own
}
