//! Markers: notes on the timeline.

use serde::{Deserialize, Serialize};

use crate::clip::Label;
use crate::{FrameRange, MarkerId};

/// A note at a frame or over a range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Marker {
    /// Unique within the project, and permanent.
    pub id: MarkerId,
    /// Its frames; a range of length 0 is a point.
    pub range: FrameRange,
    /// Its colour label.
    pub label: Label,
    /// A short name.
    pub name: String,
    /// A longer note.
    pub note: String,
}
