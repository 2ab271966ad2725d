//! Exchanges timelines with other editors, as OpenTimelineIO files. A cut is written with the addresses of the project's
//! files, and imported into a new project together with its files.

mod bring_in;
mod cut_file;
mod import_cut;
mod package;
mod write_cut;

use std::fs;
use std::path::{Path, PathBuf};

pub use import_cut::import;
pub use write_cut::{AddressForm, WrittenTimeline, export, export_to_free_path};

/// The folder of a file.
fn parent(file: &Path) -> &Path {
    let parent = file.parent();
    let parent = parent.filter(|folder| !folder.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

/// A folder as an absolute path without links and "..", if it is there.
fn real(folder: &Path) -> PathBuf {
    let real = fs::canonicalize(folder).or_else(|_| std::path::absolute(folder));
    real.unwrap_or_else(|_| folder.into())
}

#[cfg(test)]
mod tests;
