//! Clips and ranges taken away. Lifting leaves a gap, extracting closes it.

use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;
use crate::splice::Misfits;
use crate::track::Item;
use crate::{ClipId, FrameRange, Frames, Project, TrackId};

/// Clips and ranges taken away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Remove {
    /// Clips, and those linked to them, leave gaps.
    Lift {
        /// Which.
        clips: Vec<ClipId>,
    },
    /// Clips, and those linked to them, go, and what follows on their tracks closes up.
    Extract {
        /// Which.
        clips: Vec<ClipId>,
    },
    /// A range becomes a gap.
    LiftRange {
        /// Which frames.
        range: FrameRange,
        /// On which tracks.
        tracks: Vec<TrackId>,
    },
    /// A range goes, and what follows closes up.
    ExtractRange {
        /// Which frames.
        range: FrameRange,
        /// On which tracks.
        tracks: Vec<TrackId>,
    },
    /// The gap at a frame goes, and what follows closes up.
    CloseGap {
        /// On which track.
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

    pub(crate) fn apply(&self, film: &mut Project) -> Result<(), Refusal> {
        match self {
            Self::Lift { clips } => each_clip(film, clips, lift),
            Self::Extract { clips } => each_clip(film, clips, extract),
            Self::LiftRange { range, tracks } => each_track(film, tracks, *range, lift),
            Self::ExtractRange { range, tracks } => each_track(film, tracks, *range, extract),
            Self::CloseGap { track, at } => close_gap(film, *track, *at),
        }
    }
}

// | A | B | C |   ->   | A |   | C |
pub(crate) fn lift(film: &mut Project, track: TrackId, range: FrameRange) -> Result<(), Refusal> {
    film.splice(track, range, vec![Item::Gap(range.length)], Misfits::Drop)
}

// | A | B | C |   ->   | A | C |
pub(crate) fn extract(
    film: &mut Project,
    track: TrackId,
    range: FrameRange,
) -> Result<(), Refusal> {
    film.splice(track, range, Vec::new(), Misfits::Drop)
}

// | A |   | C |   ->   | A | C |
fn close_gap(film: &mut Project, track: TrackId, at: Frames) -> Result<(), Refusal> {
    let known = film.track(track).ok_or(Refusal::NoSuchTrack)?;
    let gap = known
        .at(at)
        .filter(|placed| placed.clip().is_none())
        .ok_or(Refusal::NoGap)?
        .range;
    extract(film, track, gap)
}

type Removal = fn(&mut Project, TrackId, FrameRange) -> Result<(), Refusal>;

fn each_clip(film: &mut Project, clips: &[ClipId], remove: Removal) -> Result<(), Refusal> {
    if clips.is_empty() {
        return Err(Refusal::NothingThere);
    }
    for clip in film.with_linked(clips)? {
        let (_, track, range) = film.clip(clip).ok_or(Refusal::NoSuchClip(clip))?;
        let track = track.id;
        remove(film, track, range)?;
    }
    Ok(())
}

fn each_track(
    film: &mut Project,
    tracks: &[TrackId],
    range: FrameRange,
    remove: Removal,
) -> Result<(), Refusal> {
    if range.start < Frames::ZERO {
        return Err(Refusal::BeforeStart { by: -range.start });
    }
    let touches = |film: &Project, track: &TrackId| {
        film.track(*track)
            .is_some_and(|track| track.end() > range.start)
    };
    if range.length <= Frames::ZERO || !tracks.iter().any(|track| touches(film, track)) {
        return Err(Refusal::NothingThere);
    }
    for track in tracks {
        if touches(film, track) {
            remove(film, *track, range)?;
        }
    }
    Ok(())
}
