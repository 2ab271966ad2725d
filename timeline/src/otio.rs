//! OpenTimelineIO: exchanging a cut with other editors. The JSON is written and read directly (schemas of
//! OpenTimelineIO 0.18), without the library.
//!
//! Kinora data without an OTIO equivalent is stored in `metadata.kinora`; metadata of other programs is kept and
//! written back.

mod error;
mod json;
mod read;
mod write;

pub use error::ReadError;
pub use read::read;
pub use write::{TakeFile, write};

/// Something that the other program will not show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The place: "clip 12 on V1".
    pub place: String,
    /// What is lost, and what stands in for it.
    pub what: String,
}
