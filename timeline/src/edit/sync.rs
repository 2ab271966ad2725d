//! Sync locks: when an edit moves everything that follows on one track, the sync-locked tracks move along.

use crate::refusal::Refusal;
use crate::splice::TransitionPolicy;
use crate::track::Item;
use crate::{ClipId, FrameRange, Frames, Project, Track, TrackId};

/// Moves what begins at or after `at` by `by`, on all sync-locked tracks that the edit has not `edited` itself. A clip
/// that begins earlier stays where it is, and whole. Locked tracks stay as they are.
///
/// # Errors
/// A clip is in the way on one of these tracks.
pub(crate) fn move_along(
    project: &mut Project,
    edited: &[TrackId],
    at: Frames,
    by: Frames,
) -> Result<(), Refusal> {
    if by == Frames::ZERO {
        return Ok(());
    }
    let follows = |track: &&std::sync::Arc<Track>| {
        track.sync_locked && !track.locked && !edited.contains(&track.id)
    };
    let tracks = project.tracks.iter().filter(follows);
    let tracks: Vec<TrackId> = tracks.map(|track| track.id).collect();
    for track in tracks {
        move_rest(project, track, at, by)?;
    }
    move_subtitles(project, at, by);
    Ok(())
}

/// Subtitles belong to the time of the film. Those that begin at or after `at` move along, on sync-locked tracks. Where
/// time is taken out (`by` below zero), what was said in it goes with it: a cue within it is removed, a cue that reaches
/// into it is shortened. So no subtitle is in the way of a cut.
fn move_subtitles(project: &mut Project, at: Frames, by: Frames) {
    let first_changed = at + by.min(Frames::ZERO);
    for track in &mut project.subtitles {
        let follows = track.sync_locked && !track.locked;
        if follows && track.end() > first_changed {
            *track = std::sync::Arc::new(track.rippled(at, by));
        }
    }
}

/// The tracks of these clips.
pub(crate) fn tracks_of(project: &Project, clips: &[ClipId]) -> Vec<TrackId> {
    let tracks = clips.iter().filter_map(|clip| project.clip(*clip));
    tracks.map(|(_, track, _)| track.id).collect()
}

// |  A  |..| B |   ->   |  A  |....| B |
fn move_rest(project: &mut Project, track: TrackId, at: Frames, by: Frames) -> Result<(), Refusal> {
    let known = project.track(track).ok_or(Refusal::NoSuchTrack)?;
    let Some((start, room)) = first_clip_from(known, at) else {
        return Ok(());
    };
    if room < -by {
        return Err(Refusal::CannotMoveAlong {
            track: known.name.clone(),
            room,
            needed: -by,
        });
    }
    let (range, items) = match by > Frames::ZERO {
        true => (FrameRange::between(start, start), vec![Item::Gap(by)]),
        false => (FrameRange::between(start + by, start), Vec::new()),
    };
    project.splice(track, range, items, TransitionPolicy::Drop)
}

/// The start of the first clip that begins at or after `at`, and the length of the gap before it.
fn first_clip_from(track: &Track, at: Frames) -> Option<(Frames, Frames)> {
    let rest = FrameRange::between(at, track.end().max(at));
    let mut placed = track.within(rest);
    let first = placed.find(|placed| placed.clip().is_some() && placed.range.start >= at)?;
    let before = track.before(first.order);
    let gap = before.filter(|placed| placed.clip().is_none());
    let room = gap.map_or(Frames::ZERO, |gap| gap.range.length);
    Some((first.range.start, room))
}
