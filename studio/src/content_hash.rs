//! The hash of a file's content (BLAKE3): the name of imported media and the check of takes.

use std::fs::File;
use std::io;
use std::path::Path;

use kinora_timeline::ContentHash;

/// The hash of a file's content.
///
/// # Errors
/// The file cannot be read.
pub fn hash_of(path: &Path) -> io::Result<ContentHash> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    let name = hasher.finalize().to_hex().to_string();
    ContentHash::try_from(name).map_err(io::Error::other)
}
