//! The failure of a take whose files cannot be written.

use std::io;
use std::path::Path;

use kinora_wire::Failure;

/// Names the file, and what to do.
pub fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::bad_file(
        format!("{} cannot be written: {error}", path.display()),
        "free some disk space; existing takes are safe",
    )
}
