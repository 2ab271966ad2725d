//! A failure of a download or of the disk as a failure of the studio.

use std::io;
use std::path::Path;

use kinora_fetch::{FetchError, FetchErrorKind};
use kinora_wire::Failure;

/// A download that was stopped is cancelled; what was refused before any work is refused; the rest concerns a file.
pub(super) fn failure_of(error: FetchError) -> Failure {
    match error.kind {
        FetchErrorKind::Stopped(_) => Failure::cancelled(),
        FetchErrorKind::Refused => Failure::refused(error.cause, error.remedy),
        FetchErrorKind::Network
        | FetchErrorKind::NoAccess
        | FetchErrorKind::WrongBytes
        | FetchErrorKind::Disk => Failure::bad_file(error.cause, error.remedy),
    }
}

/// The failure of a file that cannot be read, moved or deleted.
pub(super) fn disk_failure(what: &str, file: &Path, error: &io::Error) -> Failure {
    Failure::bad_file(
        format!("{} cannot be {what}: {error}", file.display()),
        "look at the rights and the space of the folder, and try again",
    )
}
