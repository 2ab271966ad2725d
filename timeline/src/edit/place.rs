//! New clips on tracks.

use serde::{Deserialize, Serialize};

use crate::clip::Clip;
use crate::edit::clip_check::{check_clip, check_kind};
use crate::edit::sync;
use crate::refusal::Refusal;
use crate::splice::TransitionPolicy;
use crate::track::Item;
use crate::{ClipId, FrameRange, Frames, GroupId, Project, TrackId};

/// A clip and its track. Id and link are assigned when it is placed; pieces placed together are linked, and in no group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    /// Its track.
    pub track: TrackId,
    /// The clip.
    pub clip: Clip,
}

/// New clips on tracks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Place {
    /// Inserts: what is there moves to the right.
    Insert {
        /// The frame to insert at.
        at: Frames,
        /// The clips, picture and sound for example.
        pieces: Vec<Piece>,
    },
    /// Overwrites what is there.
    Overwrite {
        /// The first frame.
        at: Frames,
        /// The clips, picture and sound for example.
        pieces: Vec<Piece>,
    },
    /// Appends after the last clip of these tracks.
    Append {
        /// The clips, picture and sound for example.
        pieces: Vec<Piece>,
    },
    /// Inserts a gap: what is there moves to the right.
    Gap {
        /// The frame to insert at.
        at: Frames,
        /// Its length.
        length: Frames,
        /// The tracks.
        tracks: Vec<TrackId>,
    },
}

impl Place {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Insert { .. } => "insert",
            Self::Overwrite { .. } => "overwrite",
            Self::Append { .. } => "append",
            Self::Gap { .. } => "insert gap",
        }
    }

    pub(crate) fn apply(&self, project: &mut Project) -> Result<(), Refusal> {
        match self {
            Self::Insert { at, pieces } => insert(project, *at, pieces),
            Self::Overwrite { at, pieces } => overwrite(project, *at, pieces),
            Self::Append { pieces } => append(project, pieces),
            Self::Gap { at, length, tracks } => insert_gap(project, *at, *length, tracks),
        }
    }
}

// |   A   | B |   ->   | A | X |  A| B |
fn insert(project: &mut Project, at: Frames, pieces: &[Piece]) -> Result<(), Refusal> {
    let ready = ready(project, at, pieces)?;
    let tracks: Vec<TrackId> = ready.iter().map(|piece| piece.track).collect();
    let longest = ready.iter().map(|piece| piece.clip.length).max();
    for piece in ready {
        let between = FrameRange {
            start: at,
            length: Frames::ZERO,
        };
        project.splice(
            piece.track,
            between,
            vec![Item::Clip(piece.clip.into())],
            TransitionPolicy::Drop,
        )?;
    }
    sync::move_along(project, &tracks, at, longest.unwrap_or_default())
}

// |   A   | B |   ->   | A | X | |
fn overwrite(project: &mut Project, at: Frames, pieces: &[Piece]) -> Result<(), Refusal> {
    for piece in ready(project, at, pieces)? {
        let below = FrameRange {
            start: at,
            length: piece.clip.length,
        };
        project.splice(
            piece.track,
            below,
            vec![Item::Clip(piece.clip.into())],
            TransitionPolicy::Drop,
        )?;
    }
    Ok(())
}

// | A | B |   ->   | A | B | X |
fn append(project: &mut Project, pieces: &[Piece]) -> Result<(), Refusal> {
    let ends = pieces
        .iter()
        .filter_map(|piece| project.track(piece.track))
        .map(|track| track.end());
    let at = ends.max().unwrap_or(Frames::ZERO);
    overwrite(project, at, pieces)
}

// |   A   | B |   ->   | A |...|  A| B |
fn insert_gap(
    project: &mut Project,
    at: Frames,
    length: Frames,
    tracks: &[TrackId],
) -> Result<(), Refusal> {
    if at < Frames::ZERO {
        return Err(Refusal::BeforeStart { by: -at });
    }
    let reaches = |track: &&TrackId| {
        let track = project.track(**track);
        track.is_some_and(|track| track.end() > at)
    };
    let reaching: Vec<TrackId> = tracks.iter().filter(reaches).copied().collect();
    if length < Frames::ONE || reaching.is_empty() {
        return Err(Refusal::NothingThere);
    }
    for track in reaching {
        let between = FrameRange::between(at, at);
        let gap = vec![Item::Gap(length)];
        project.splice(track, between, gap, TransitionPolicy::Drop)?;
    }
    sync::move_along(project, tracks, at, length)
}

/// The pieces with their ids, or the reason why one of them cannot be placed.
fn ready(project: &mut Project, at: Frames, pieces: &[Piece]) -> Result<Vec<Piece>, Refusal> {
    if at < Frames::ZERO {
        return Err(Refusal::BeforeStart { by: -at });
    }
    if pieces.is_empty() {
        return Err(Refusal::NothingThere);
    }
    let group = (pieces.len() > 1).then(|| GroupId(project.fresh_id()));
    let mut ready = Vec::new();
    for piece in pieces {
        check_clip(project, &piece.clip)?;
        check_kind(project, piece.track, piece.clip.source)?;
        let clip = Clip {
            id: ClipId(project.fresh_id()),
            group,
            selection_group: None,
            transition: None,
            ..piece.clip.clone()
        };
        ready.push(Piece {
            track: piece.track,
            clip,
        });
    }
    Ok(ready)
}
