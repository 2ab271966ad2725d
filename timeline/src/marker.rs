//! Notes on the film's time.

use serde::{Deserialize, Serialize};

use crate::clip::Label;
use crate::{FrameRange, MarkerId};

/// A note at a frame or over a range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Marker {
    /// Its name for life.
    pub id: MarkerId,
    /// Where; a range of no length is a point.
    pub range: FrameRange,
    /// Its colour.
    pub label: Label,
    /// A word or two.
    pub name: String,
    /// As many as one likes.
    pub note: String,
}
