//! Clips and ranges removed. Lifting leaves a gap, extracting closes it.

use serde::{Deserialize, Serialize};

use crate::edit::sync;
use crate::refusal::Refusal;
use crate::splice::TransitionPolicy;
use crate::track::Item;
use crate::{ClipId, FrameRange, Frames, Project, TrackId};

/// Clips and ranges removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Remove {
    /// Lifts clips, and those linked to them: they leave gaps.
    Lift {
        /// The clips.
        clips: Vec<ClipId>,
    },
    /// Extracts clips, and those linked to them: what follows on their tracks closes up.
    Extract {
        /// The clips.
        clips: Vec<ClipId>,
    },
    /// Lifts a range: it becomes a gap.
    LiftRange {
        /// The frames.
        range: FrameRange,
        /// The tracks.
        tracks: Vec<TrackId>,
    },
    /// Extracts a range: what follows closes up.
    ExtractRange {
        /// The frames.
        range: FrameRange,
        /// The tracks.
        tracks: Vec<TrackId>,
    },
    /// Closes the gap at a frame.
    CloseGap {
        /// The track.
        track: TrackId,
        /// A frame of the gap.
        at: Frames,
    },
}

impl Remove {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Lift { .. } | Self::LiftRange { .. } => "lift",
            Self::Extract { .. } | Self::ExtractRange { .. } => "extract",
            Self::CloseGap { .. } => "close gap",
        }
    }

    pub(crate) fn apply(&self, project: &mut Project) -> Result<(), Refusal> {
        match self {
            Self::Lift { clips } => lift_clips(project, clips),
            Self::Extract { clips } => extract_clips(project, clips),
            Self::LiftRange { range, tracks } => each_track(project, tracks, *range, lift),
            Self::ExtractRange { range, tracks } => {
                each_track(project, tracks, *range, extract)?;
                sync::move_along(project, tracks, range.end(), -range.length)
            }
            Self::CloseGap { track, at } => close_gap(project, *track, *at),
        }
    }
}

// | A | B | C |   ->   | A |   | C |
pub(crate) fn lift(
    project: &mut Project,
    track: TrackId,
    range: FrameRange,
) -> Result<(), Refusal> {
    project.splice(
        track,
        range,
        vec![Item::Gap(range.length)],
        TransitionPolicy::Drop,
    )
}

// | A | B | C |   ->   | A | C |
pub(crate) fn extract(
    project: &mut Project,
    track: TrackId,
    range: FrameRange,
) -> Result<(), Refusal> {
    project.splice(track, range, Vec::new(), TransitionPolicy::Drop)
}

// | A |   | C |   ->   | A | C |
fn close_gap(project: &mut Project, track: TrackId, at: Frames) -> Result<(), Refusal> {
    let known = project.track(track).ok_or(Refusal::NoSuchTrack)?;
    let gap = known
        .at(at)
        .filter(|placed| placed.clip().is_none())
        .ok_or(Refusal::NoGap)?
        .range;
    extract(project, track, gap)?;
    sync::move_along(project, &[track], gap.end(), -gap.length)
}

type Removal = fn(&mut Project, TrackId, FrameRange) -> Result<(), Refusal>;

/// The places of clips and of those linked to them.
fn places_of(project: &Project, clips: &[ClipId]) -> Result<Vec<(TrackId, FrameRange)>, Refusal> {
    if clips.is_empty() {
        return Err(Refusal::NothingThere);
    }
    let all = project.with_linked(clips)?.into_iter();
    let place = |clip| {
        let (_, track, range) = project.clip(clip).ok_or(Refusal::NoSuchClip(clip))?;
        Ok((track.id, range))
    };
    all.map(place).collect()
}

fn lift_clips(project: &mut Project, clips: &[ClipId]) -> Result<(), Refusal> {
    for (track, range) in places_of(project, clips)? {
        lift(project, track, range)?;
    }
    Ok(())
}

/// Extracts clips from right to left, so that a removed clip does not move those that are still to be removed. The other
/// tracks move along by the shortest of the clips that overlap.
fn extract_clips(project: &mut Project, clips: &[ClipId]) -> Result<(), Refusal> {
    let mut places = places_of(project, clips)?;
    places.sort_by_key(|(_, range)| std::cmp::Reverse(range.start));
    let mut places = places.into_iter().peekable();
    while let Some((track, range)) = places.next() {
        let (mut start, mut shortest, mut tracks) = (range.start, range, vec![track]);
        extract(project, track, range)?;
        while let Some((track, range)) = places.next_if(|(_, next)| next.end() > start) {
            extract(project, track, range)?;
            start = start.min(range.start);
            if range.length < shortest.length {
                shortest = range;
            }
            tracks.push(track);
        }
        sync::move_along(project, &tracks, shortest.end(), -shortest.length)?;
    }
    Ok(())
}

fn each_track(
    project: &mut Project,
    tracks: &[TrackId],
    range: FrameRange,
    remove: Removal,
) -> Result<(), Refusal> {
    if range.start < Frames::ZERO {
        return Err(Refusal::BeforeStart { by: -range.start });
    }
    let touches = |project: &Project, track: &TrackId| {
        project
            .track(*track)
            .is_some_and(|track| track.end() > range.start)
    };
    if range.length <= Frames::ZERO || !tracks.iter().any(|track| touches(project, track)) {
        return Err(Refusal::NothingThere);
    }
    for track in tracks {
        if touches(project, track) {
            remove(project, *track, range)?;
        }
    }
    Ok(())
}
