//! Why a copy ends early: the user cancelled it, or a file cannot be read or written. Each failure has the path and
//! a remedy.

use std::io;
use std::path::Path;

use kinora_wire::Failure;

/// The remedy of a file that did not fit.
pub(super) const FREE_SPACE: &str = "free some disk space, or choose another location";

/// Why a copy is not finished.
pub(super) enum Stop {
    Cancelled,
    Failed(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

pub(super) fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::bad_file(
        format!("{} cannot be read: {error}", path.display()),
        "check that the disk is connected and that the file may be read",
    )
}

pub(super) fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::bad_file(
        format!("{} cannot be written: {error}", path.display()),
        FREE_SPACE,
    )
}
