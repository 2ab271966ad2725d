//! OpenTimelineIO: handing a cut to other editors and taking one back. Written and read as its own JSON
//! (schemas as OpenTimelineIO 0.18 writes them), so that nothing is needed but this.
//!
//! What OTIO has no word for travels in `metadata.kinora` and comes back; what other programs wrote and Kinora does
//! not understand is kept and written again.

mod error;
mod json;
mod read;
mod write;

pub use error::ReadError;
pub use read::read;
pub use write::{TakeFile, write};

/// Something that the other side will not see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// Where: "clip 12 on V1".
    pub place: String,
    /// What, and what became of it.
    pub what: String,
}
