//! Why an edit cannot be: in one sentence an editor would use.

use std::sync::Arc;

use crate::clip::Edge;
use crate::{ClipId, Frames};

/// Why an edit cannot be. The film is as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A clip is named that is not there.
    #[error("this clip is no longer on the timeline")]
    NoSuchClip(ClipId),
    /// A track is named that is not there.
    #[error("this track is no longer there")]
    NoSuchTrack,
    /// A shot, character, medium, title or marker is named that is not there.
    #[error("this {what} is no longer in the film")]
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
        /// How many more would be needed.
        missing: Frames,
        /// At which edge.
        edge: Edge,
    },
    /// A clip would have no frames.
    #[error("nothing would be left of the clip")]
    NothingLeft,
    /// Another clip is in the way.
    #[error("a clip is in the way: there is room for {room}")]
    InTheWay {
        /// How far the edge could go.
        room: Frames,
    },
    /// There is no clip to do it with.
    #[error("there is no clip here")]
    NothingThere,
    /// There is no gap.
    #[error("there is no gap here")]
    NoGap,
    /// A transition needs two clips that touch.
    #[error("a transition needs a clip directly before this one")]
    NoClipBefore,
    /// It would reach past the middle of something.
    #[error("the transition is longer than its clips have room for")]
    TransitionTooLong,
    /// A place before the film's start.
    #[error("the film starts at frame 0: this would begin {by} earlier")]
    BeforeStart {
        /// By how much.
        by: Frames,
    },
    /// Picture on a sound track or the reverse.
    #[error("{what} cannot lie on track {track}")]
    WrongTrack {
        /// "sound", "a picture".
        what: &'static str,
        /// Its name.
        track: Arc<str>,
    },
    /// The two clips do not go on in one another.
    #[error("the next clip does not go on where this one stops")]
    DoesNotContinue,
    /// Something still uses what was to go or to shrink.
    #[error("{what} is still used: {by}")]
    StillUsed {
        /// "the shot", "the character".
        what: &'static str,
        /// "2 clips", "the shot Arrival".
        by: String,
    },
    /// A value is outside what makes sense.
    #[error("{0}")]
    Senseless(String),
    /// The last track of its kind.
    #[error("a film needs at least one track of each kind")]
    LastTrack,
    /// Nothing would change.
    #[error("that is how it is already")]
    NoChange,
}

fn side(edge: Edge) -> &'static str {
    match edge {
        Edge::Head => "left",
        Edge::Tail => "right",
    }
}
