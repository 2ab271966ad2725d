//! What the engine does with the user's files besides weights: list, read the small ones, write whole
//! ones; and where its own lie.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

/// The user's folders for Kinora; None where there is no home.
pub fn of_user() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", "Kinora")
}

/// What lies in a folder, by name. A folder that cannot be read holds nothing.
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// Reads a file that describes something, unless it is longer than any such file is.
pub fn read_small(path: &Path, most_bytes: u64) -> Result<Vec<u8>, String> {
    let length = fs::metadata(path).map_err(|error| error.to_string())?.len();
    if length > most_bytes {
        return Err(format!("{length} bytes are too many for it"));
    }
    fs::read(path).map_err(|error| error.to_string())
}

/// Writes beside its place and renames, so that a reader sees the old or the new, whole.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    let beside = path.with_extension("part");
    fs::write(&beside, bytes)?;
    fs::rename(&beside, path)
}
