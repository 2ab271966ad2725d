//! Free space, and folders flushed to the disk.

use std::fs::File;
use std::io;
use std::path::Path;

/// Bytes that are free for this user where a folder lies. `None` if the system does not report it.
pub fn free_bytes(folder: &Path) -> Option<u64> {
    let space = rustix::fs::statvfs(folder).ok()?;
    Some(space.f_bavail.saturating_mul(space.f_frsize))
}

/// Flushes the names in a folder, so that a rename survives a power cut.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
