//! Clips moved, with the clips linked to them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::clip::Clip;
use crate::edit::clip_check::check_kind;
use crate::edit::remove;
use crate::refusal::Refusal;
use crate::splice::TransitionPolicy;
use crate::track::{Item, TrackKind};
use crate::{ClipId, FrameRange, Frames, Project, TrackId};

/// Clips moved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Arrange {
    /// Clips move, leave gaps, and overwrite what is in their new place.
    Move {
        /// The clips; those linked to them move too.
        clips: Vec<ClipId>,
        /// The distance to the right.
        by: Frames,
        /// The number of tracks up, among tracks of their kind. Linked clips that are not named stay on their tracks.
        up: i32,
    },
    /// A clip is extracted, what follows closes up, and the clip is inserted elsewhere.
    RippleMove {
        /// The clip; those linked to it move by the same distance.
        clip: ClipId,
        /// The cut it is inserted at, counted before it is extracted.
        to: Frames,
    },
    /// Two clips swap places.
    Swap {
        /// The first clip.
        one: ClipId,
        /// The second clip.
        other: ClipId,
    },
}

impl Arrange {
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Move { clips, .. } if clips.len() > 1 => format!("move {} clips", clips.len()),
            Self::Move { .. } => "move".into(),
            Self::RippleMove { .. } => "move with ripple".into(),
            Self::Swap { .. } => "swap".into(),
        }
    }

    pub(crate) fn apply(&self, project: &mut Project) -> Result<(), Refusal> {
        match self {
            Self::Move { clips, by, up } => move_clips(project, clips, *by, *up),
            Self::RippleMove { clip, to } => ripple_move(project, *clip, *to),
            Self::Swap { one, other } => swap(project, *one, *other),
        }
    }
}

/// A clip being moved.
struct Moving {
    clip: Arc<Clip>,
    track: TrackId,
    to_track: TrackId,
    range: FrameRange,
}

// | A | B |   | C |   ->   | A |   | B | C |
fn move_clips(project: &mut Project, clips: &[ClipId], by: Frames, up: i32) -> Result<(), Refusal> {
    if by == Frames::ZERO && up == 0 {
        return Err(Refusal::NoChange);
    }
    let mut moving = Vec::new();
    for id in project.with_linked(clips)? {
        let (clip, track, range) = project.clip(id).ok_or(Refusal::NoSuchClip(id))?;
        let to_track = if clips.contains(&id) {
            track_above(project, track.id, up)?
        } else {
            track.id
        };
        check_kind(project, to_track, clip.source)?;
        let start = range.start + by;
        if start < Frames::ZERO {
            return Err(Refusal::BeforeStart { by: -start });
        }
        moving.push(Moving {
            clip: Arc::clone(clip),
            track: track.id,
            to_track,
            range,
        });
    }
    if moving.is_empty() {
        return Err(Refusal::NothingThere);
    }
    // From left to right, so that a clip meets the one that its transition begins in.
    moving.sort_by_key(|one| one.range.start);
    for one in &moving {
        remove::lift(project, one.track, one.range)?;
    }
    for one in &moving {
        project.splice(
            one.to_track,
            one.range.moved(by),
            vec![Item::Clip(Arc::clone(&one.clip))],
            TransitionPolicy::Drop,
        )?;
    }
    Ok(())
}

/// The track `up` places above, where above means towards the top of the window.
fn track_above(project: &Project, from: TrackId, up: i32) -> Result<TrackId, Refusal> {
    let place = project
        .tracks
        .iter()
        .position(|track| track.id == from)
        .ok_or(Refusal::NoSuchTrack)?;
    let kind = project.tracks[place].kind;
    // Video tracks are kept from the bottom up, audio tracks from the top down.
    let step = if kind == TrackKind::Video {
        i64::from(up)
    } else {
        -i64::from(up)
    };
    let there = usize::try_from(place as i64 + step)
        .ok()
        .and_then(|place| project.tracks.get(place));
    there
        .filter(|track| track.kind == kind)
        .map(|track| track.id)
        .ok_or(Refusal::NoSuchTrack)
}

// | A | B | C |   ->   | B | C | A |
fn ripple_move(project: &mut Project, id: ClipId, to: Frames) -> Result<(), Refusal> {
    let (.., named) = project.clip(id).ok_or(Refusal::NoSuchClip(id))?;
    if to >= named.start && to <= named.end() {
        return Err(Refusal::NoChange);
    }
    let by = to - named.start;
    for id in project.with_linked(&[id])? {
        let (clip, track, range) = project.clip(id).ok_or(Refusal::NoSuchClip(id))?;
        let (clip, track, to) = (Arc::clone(clip), track.id, range.start + by);
        if to < Frames::ZERO {
            return Err(Refusal::BeforeStart { by: -to });
        }
        remove::extract(project, track, range)?;
        let at = if to > range.start {
            to - range.length
        } else {
            to
        };
        project.splice(
            track,
            FrameRange {
                start: at,
                length: Frames::ZERO,
            },
            vec![Item::Clip(clip)],
            TransitionPolicy::Drop,
        )?;
    }
    Ok(())
}

// | A | B |  C  |   ->   |  C  | B | A |
fn swap(project: &mut Project, one: ClipId, other: ClipId) -> Result<(), Refusal> {
    if one == other {
        return Err(Refusal::NoChange);
    }
    let (first, first_track, first_range) = project.clip(one).ok_or(Refusal::NoSuchClip(one))?;
    let (second, second_track, second_range) =
        project.clip(other).ok_or(Refusal::NoSuchClip(other))?;
    let (first_track, second_track) = (first_track.id, second_track.id);
    check_kind(project, second_track, first.source)?;
    check_kind(project, first_track, second.source)?;
    let (first, second) = (
        Item::Clip(Arc::clone(first)),
        Item::Clip(Arc::clone(second)),
    );
    // Sorted so that the first change does not move the second place.
    let mut places = [
        (first_track, first_range, second),
        (second_track, second_range, first),
    ];
    places.sort_by_key(|(_, range, _)| std::cmp::Reverse(range.start));
    for (track, range, _) in &places {
        project.splice(
            *track,
            *range,
            vec![Item::Gap(range.length)],
            TransitionPolicy::Drop,
        )?;
    }
    for (track, range, item) in places {
        project.splice(track, range, vec![item], TransitionPolicy::Drop)?;
    }
    Ok(())
}
