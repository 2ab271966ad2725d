//! New clips on tracks.

use serde::{Deserialize, Serialize};

use crate::clip::Edge;
use crate::clip::{Clip, Handles, Source};
use crate::refusal::Refusal;
use crate::splice::TransitionPolicy;
use crate::track::{Item, TrackKind};
use crate::{ClipId, FrameRange, Frames, GroupId, Project, TrackId};

/// A clip and its track. Id and group are assigned when it is placed; pieces placed together are linked.
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
}

impl Place {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Insert { .. } => "insert",
            Self::Overwrite { .. } => "overwrite",
            Self::Append { .. } => "append",
        }
    }

    pub(crate) fn apply(&self, film: &mut Project) -> Result<(), Refusal> {
        match self {
            Self::Insert { at, pieces } => insert(film, *at, pieces),
            Self::Overwrite { at, pieces } => overwrite(film, *at, pieces),
            Self::Append { pieces } => append(film, pieces),
        }
    }
}

// |   A   | B |   ->   | A | X |  A| B |
fn insert(film: &mut Project, at: Frames, pieces: &[Piece]) -> Result<(), Refusal> {
    for piece in ready(film, at, pieces)? {
        let between = FrameRange {
            start: at,
            length: Frames::ZERO,
        };
        film.splice(
            piece.track,
            between,
            vec![Item::Clip(piece.clip.into())],
            TransitionPolicy::Drop,
        )?;
    }
    Ok(())
}

// |   A   | B |   ->   | A | X | |
fn overwrite(film: &mut Project, at: Frames, pieces: &[Piece]) -> Result<(), Refusal> {
    for piece in ready(film, at, pieces)? {
        let below = FrameRange {
            start: at,
            length: piece.clip.length,
        };
        film.splice(
            piece.track,
            below,
            vec![Item::Clip(piece.clip.into())],
            TransitionPolicy::Drop,
        )?;
    }
    Ok(())
}

// | A | B |   ->   | A | B | X |
fn append(film: &mut Project, pieces: &[Piece]) -> Result<(), Refusal> {
    let ends = pieces
        .iter()
        .filter_map(|piece| film.track(piece.track))
        .map(|track| track.end());
    let at = ends.max().unwrap_or(Frames::ZERO);
    overwrite(film, at, pieces)
}

/// The pieces with their ids, or the reason why one of them cannot be placed.
fn ready(film: &mut Project, at: Frames, pieces: &[Piece]) -> Result<Vec<Piece>, Refusal> {
    if at < Frames::ZERO {
        return Err(Refusal::BeforeStart { by: -at });
    }
    if pieces.is_empty() {
        return Err(Refusal::NothingThere);
    }
    let group = (pieces.len() > 1).then(|| GroupId(film.fresh_id()));
    let mut ready = Vec::new();
    for piece in pieces {
        check_clip(film, &piece.clip)?;
        check_kind(film, piece.track, piece.clip.source)?;
        let clip = Clip {
            id: ClipId(film.fresh_id()),
            group,
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

/// Fails if a clip shows frames that its source does not have.
pub(crate) fn check_clip(film: &Project, clip: &Clip) -> Result<(), Refusal> {
    if !film.has_source(clip.source) {
        let what = match clip.source {
            Source::Shot(_) => "shot",
            Source::Medium(_) => "medium",
            Source::Title(_) => "title",
        };
        return Err(Refusal::NoSuch { what });
    }
    if clip.length < Frames::ONE {
        return Err(Refusal::NothingLeft);
    }
    if clip.phase >= clip.speed.record_frames() {
        return Err(Refusal::InvalidValue(
            "the clip's phase is not within one frame".into(),
        ));
    }
    check_handles(film, clip)?;
    crate::edit::clips::check_look(&clip.look, clip.length)
}

/// Fails if a clip's source lacks the frames it shows. A source without end has no start either: a title can run
/// backwards for any length.
pub(crate) fn check_handles(film: &Project, clip: &Clip) -> Result<(), Refusal> {
    let available = film.available(clip.source);
    let Handles { left, right } = clip.handles(available);
    let Some(available) = available else {
        return Ok(());
    };
    if left < Frames::ZERO || clip.source_start < Frames::ZERO {
        return Err(Refusal::NoHandle {
            missing: (-left).max(Frames::ONE),
            edge: Edge::Head,
        });
    }
    if right < Frames::ZERO || clip.source_start >= available {
        return Err(Refusal::NoHandle {
            missing: (-right).max(Frames::ONE),
            edge: Edge::Tail,
        });
    }
    Ok(())
}

/// Fails if a source cannot lie on a track of this kind.
pub(crate) fn check_kind(film: &Project, track: TrackId, source: Source) -> Result<(), Refusal> {
    let track = film.track(track).ok_or(Refusal::NoSuchTrack)?;
    let (picture, sound) = match source {
        Source::Shot(_) => (true, true),
        Source::Title(_) => (true, false),
        Source::Medium(id) => film.medium(id).map_or((false, false), |medium| {
            (medium.has_picture, medium.has_sound)
        }),
    };
    let (fits, what) = match track.kind {
        TrackKind::Video => (picture, "sound"),
        TrackKind::Audio => (sound, "a picture"),
    };
    if fits {
        Ok(())
    } else {
        Err(Refusal::WrongTrack {
            what,
            track: track.name.clone(),
        })
    }
}
