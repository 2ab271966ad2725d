//! OpenTimelineIO: exchanging a cut with other editors. The JSON is written and read directly (schemas of
//! OpenTimelineIO 0.18), without the library.
//!
//! Kinora data without an OTIO equivalent is stored in `metadata.kinora`; metadata of other programs is kept and
//! written back.

pub mod address;
mod error;
mod generator;
mod json;
mod kept;
mod names;
mod read;
mod seen;
mod settle;
mod text;
mod write;

use std::fmt;

pub use error::ReadError;
pub use read::{Cut, CutFiles, read};
pub use settle::with_files;
pub use text::decoded;
pub use write::{ProjectAddresses, TakeFile, write};

/// Something that one of both programs will not show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The place: `clip "door" on V1`.
    pub place: String,
    /// What is lost, and what stands in for it.
    pub what: String,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}
