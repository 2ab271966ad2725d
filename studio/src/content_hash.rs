//! The hash of a file's content (BLAKE3): the name of imported media and the check of takes.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use kinora_timeline::ContentHash;

/// The hash of a file's content.
///
/// # Errors
/// The file cannot be read.
pub fn hash_of(path: &Path) -> io::Result<ContentHash> {
    hash_unless(path, &|| false)
}

/// The hash of a file's content. The work ends early when it is cancelled.
///
/// # Errors
/// The file cannot be read, or the work was cancelled.
pub fn hash_unless(path: &Path, is_cancelled: &dyn Fn() -> bool) -> io::Result<ContentHash> {
    let file = Cancellable {
        file: File::open(path)?,
        is_cancelled,
    };
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(file)?;
    let name = hasher.finalize().to_hex().to_string();
    ContentHash::try_from(name).map_err(io::Error::other)
}

/// A file that cannot be read any further once the work is cancelled.
struct Cancellable<'c> {
    file: File,
    is_cancelled: &'c dyn Fn() -> bool,
}

impl Read for Cancellable<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match (self.is_cancelled)() {
            true => Err(io::Error::other("cancelled")), // an interrupted read would be repeated
            false => self.file.read(buffer),
        }
    }
}
