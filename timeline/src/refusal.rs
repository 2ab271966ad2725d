//! Why an edit is refused: one sentence in an editor's words.

use std::sync::Arc;

use crate::clip::Edge;
use crate::{ClipId, Frames};

/// Why an edit is refused. The project is unchanged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The edit names a clip that does not exist.
    #[error("this clip is no longer on the timeline")]
    NoSuchClip(ClipId),
    /// The edit names a track that does not exist.
    #[error("this track is no longer there")]
    NoSuchTrack,
    /// The edit names a shot, character, medium, title or marker that does not exist.
    #[error("this {what} is no longer in the project")]
    NoSuch {
        /// "shot", "character".
        what: &'static str,
    },
    /// The track is locked.
    #[error("track {track} is locked")]
    Locked {
        /// Its name.
        track: Arc<str>,
    },
    /// The source has no more frames.
    #[error("no handle: {missing} missing on the {}", side(*edge))]
    NoHandle {
        /// How many more frames would be needed.
        missing: Frames,
        /// At which edge of the clip.
        edge: Edge,
    },
    /// The clip would have no frames.
    #[error("nothing would be left of the clip")]
    NothingLeft,
    /// Another clip is in the way.
    #[error("a clip is in the way: there is room for {room}")]
    InTheWay {
        /// How far the edge can go.
        room: Frames,
    },
    /// Another subtitle is in the way.
    #[error("a subtitle is in the way: there is room for {room}")]
    CueInTheWay {
        /// How far the cue or its edge can go.
        room: Frames,
    },
    /// A sync-locked track cannot move along.
    #[error(
        "track {track} is sync-locked and cannot move along: it has {room} of room for {needed}"
    )]
    CannotMoveAlong {
        /// Its name.
        track: Arc<str>,
        /// The room before its next clip.
        room: Frames,
        /// The distance it would move.
        needed: Frames,
    },
    /// There is no clip at the place of the edit.
    #[error("there is no clip here")]
    NothingThere,
    /// There is no gap at the place of the edit.
    #[error("there is no gap here")]
    NoGap,
    /// A transition needs two clips that touch.
    #[error("a transition needs a clip directly before this one")]
    NoClipBefore,
    /// A roll moves the cut between two clips.
    #[error("there is no clip directly before this one, so there is no cut to move")]
    NoCutBefore,
    /// A clip is shorter than the transitions at its two ends.
    #[error("the transition is longer than its clips have room for")]
    TransitionTooLong,
    /// The place lies before the timeline's start.
    #[error("the timeline starts at frame 0: this would begin {by} earlier")]
    BeforeStart {
        /// The distance.
        by: Frames,
    },
    /// A picture on a sound track, or the reverse.
    #[error("{what} cannot lie on track {track}")]
    WrongTrack {
        /// "sound", "a picture".
        what: &'static str,
        /// The track's name.
        track: Arc<str>,
    },
    /// The next clip is not the continuation of this one.
    #[error("the next clip does not go on where this one stops")]
    DoesNotContinue,
    /// It cannot be removed or shortened while it is used.
    #[error("{what} is still used: {by}")]
    StillUsed {
        /// "the shot", "the character".
        what: &'static str,
        /// "2 clips", "the shot Arrival".
        by: String,
    },
    /// A value is out of range; the text says which range.
    #[error("{0}")]
    InvalidValue(String),
    /// The last track of its kind.
    #[error("a timeline needs at least one track of each kind")]
    LastTrack,
    /// The edit would change nothing.
    #[error("that is how it is already")]
    NoChange,
}

fn side(edge: Edge) -> &'static str {
    match edge {
        Edge::Head => "left",
        Edge::Tail => "right",
    }
}
