//! How a download fails: a kind for programs, a cause and a remedy for people.

use std::fmt::Display;
use std::path::Path;

/// How a download is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// What was fetched is kept, and a new download goes on from there.
    Pause,
    /// What was fetched of unfinished files is deleted.
    Cancel,
}

/// Why a download ended without its file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{cause}; {remedy}")]
pub struct FetchError {
    /// The kind, for programs to decide on.
    pub kind: FetchErrorKind,
    /// What went wrong. Names the file or the server.
    pub cause: String,
    /// What to do about it.
    pub remedy: String,
}

/// Kinds of failure that programs handle differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchErrorKind {
    /// Somebody stopped it.
    Stopped(Stop),
    /// Refused before anything was fetched: an address, a name, a full disk, another download.
    Refused,
    /// The server was not reached, or lost, or did not behave, several times.
    Network,
    /// The server has the file only for those who have accepted its licence there.
    NoAccess,
    /// The bytes are not those of the file.
    WrongBytes,
    /// The disk failed or is full.
    Disk,
}

impl FetchError {
    pub(crate) fn new(
        kind: FetchErrorKind,
        cause: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            cause: cause.into(),
            remedy: remedy.into(),
        }
    }

    pub(crate) fn refused(cause: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(FetchErrorKind::Refused, cause, remedy)
    }

    pub(crate) fn stopped(how: Stop) -> Self {
        let (cause, remedy) = match how {
            Stop::Pause => ("paused", "start it again to go on where it stopped"),
            Stop::Cancel => ("cancelled", "nothing of the unfinished files was kept"),
        };
        Self::new(FetchErrorKind::Stopped(how), cause, remedy)
    }

    pub(crate) fn disk(file: &Path, error: impl Display) -> Self {
        Self::new(
            FetchErrorKind::Disk,
            format!("{} cannot be written: {error}", file.display()),
            "free some disk space, or choose another folder, and start it again",
        )
    }
}
