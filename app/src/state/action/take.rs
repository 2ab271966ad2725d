//! Actions on takes and on the queue that generates them: variations, comparison and rating; the order of the queue and
//! its series.

use kinora_studio::generate::queue::series::SeriesId;
use kinora_studio::generate::queue::{OrderId, Vary};
use kinora_studio::take::take_store::Rating;
use kinora_studio::timeline::shot::{End, RetakeStreams};
use kinora_studio::timeline::{ClipId, ContentHash, FrameRange, Frames, ShotId, TrackId};

use super::FrameUse;
use crate::state::comparison::Comparison;

/// Variations, reproduction, comparison and rating of takes.
#[derive(Clone, Debug, PartialEq)]
pub enum TakeAction {
    /// A take with the recipe of another one and one difference.
    Vary(ShotId, ContentHash, Vary),
    /// A take with the pictures of another one, made larger by the upscaler with this id.
    Upscale(ShotId, ContentHash, String),
    /// Repeat a take's recipe and compare the frames.
    Reproduce(ShotId, ContentHash),
    /// Save the picture of a still for this use.
    UseStill(ContentHash, FrameUse),
    /// A new shot that generates a range of a take again, in its picture, its sound or both.
    Retake(ShotId, ContentHash, (FrameRange, RetakeStreams)),
    /// A new shot that continues a take after its end, or leads to its start.
    Extend(ShotId, ContentHash, End),
    /// Compare a take with the chosen one; None ends it.
    Compare(Option<Comparison>),
    Rate(ContentHash, Rating),
    /// Change the note on a take.
    Note(ContentHash, String),
    /// Place the shot of a take on the timeline, and make the take its chosen one.
    Place(ShotId, ContentHash, TakePlace),
}

/// A place for a take on the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakePlace {
    /// Inserted at the playhead.
    Playhead,
    /// At a frame of a track, over what is there or inserted.
    Track {
        track: TrackId,
        at: Frames,
        inserts: bool,
    },
    /// In place of the source of this clip.
    Clip(ClipId),
}

/// The queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueAction {
    Cancel(OrderId),
    Retry(OrderId),
    /// Generate it before the others.
    MoveToFront(OrderId),
    MoveUp(OrderId),
    MoveDown(OrderId),
    RetryFailed,
    RemoveFailed,
    /// Make the in-betweens of a clip.
    MakeInBetweens(ClipId),
    /// End a series of takes. Its finished takes are kept.
    CancelSeries(SeriesId),
    /// Remove a series that has ended from the list.
    RemoveSeries(SeriesId),
    /// Choose the best take of a series.
    UseBest(SeriesId),
    /// Empty the list of finished jobs.
    ClearHistory,
}
