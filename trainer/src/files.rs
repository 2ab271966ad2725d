//! Atomic file writes: beside the file's place first, then renamed into it.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use kinora_timeline::file::{Disk as _, RealDisk};
use kinora_wire::Failure;
use sha2::{Digest as _, Sha256};

/// Writes bytes atomically.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    placed(path, |beside| {
        fs::write(beside, bytes).map_err(|error| error.to_string())
    })
}

/// Moves into place whatever `write` writes to the path it receives.
pub fn placed(path: &Path, write: impl FnOnce(&Path) -> Result<(), String>) -> Result<(), Failure> {
    let beside = path.with_extension("part");
    let settled = || RealDisk.settle(&beside, path);
    write(&beside)
        .and_then(|()| settled().map_err(|error| error.to_string()))
        .map_err(|why| unwritable(path, &why))
}

/// Writes a safetensors file with one metadata entry. With more, equal tensors would give different files, because
/// the library writes entries in random order.
pub fn write_tensors<V: safetensors::tensor::View>(
    path: &Path,
    tensors: impl IntoIterator<Item = (String, V)>,
    (key, text): (&str, String),
) -> Result<(), Failure> {
    let metadata = HashMap::from([(key.to_owned(), text)]);
    let bytes = safetensors::serialize(tensors, Some(metadata))
        .map_err(|error| unwritable(path, &error.to_string()))?;
    write_whole(path, &bytes)
}

/// Reads a file that an earlier command wrote.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| {
        Failure::bad_file(
            format!("{} cannot be read: {error}", path.display()),
            "make it first: see kinora-trainer --help for the order of the lessons",
        )
    })
}

/// The hash of a file's content.
pub fn hash(path: &Path) -> Result<String, Failure> {
    Ok(hash_of(&read(path)?))
}

/// The hash of bytes.
pub fn hash_of(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// The failure of a file that cannot be written.
pub fn unwritable(path: &Path, why: &str) -> Failure {
    Failure::bad_file(
        format!("{} cannot be written: {why}", path.display()),
        "check the folder, its permissions and the room on the disk",
    )
}
