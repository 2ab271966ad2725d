//! What of a release lies in the model folder. Reads the disk, but no file's content.

use std::fs;
use std::path::Path;

use kinora_fetch::{fetched_bytes, remembered};
use serde::Serialize;

use super::release::{Release, ReleaseFile};

/// What of a file is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum FileState {
    /// Nothing.
    Missing,
    /// A part of it; an installation goes on from there.
    Begun {
        /// Bytes that are safe on the disk.
        bytes: u64,
    },
    /// All of it, by its size.
    Present {
        /// Its size.
        bytes: u64,
    },
    /// Another file of its name.
    Other {
        /// Its size.
        bytes: u64,
    },
}

/// What of a release is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReleaseState {
    /// Its files, in their order.
    pub files: Vec<FileState>,
}

impl ReleaseState {
    /// Looks for the files of a release in a model folder.
    pub fn of(release: &Release, folder: &Path) -> Self {
        let files = release.files.iter().map(|file| file_state(file, folder));
        Self {
            files: files.collect(),
        }
    }

    /// Whether all files are there.
    pub fn is_installed(&self) -> bool {
        let is_present = |state: &FileState| matches!(state, FileState::Present { .. });
        !self.files.is_empty() && self.files.iter().all(is_present)
    }

    /// Whether an installation was begun and not finished.
    pub fn is_begun(&self) -> bool {
        let is_begun = |state: &FileState| matches!(state, FileState::Begun { .. });
        self.files.iter().any(is_begun)
    }

    /// Bytes that are there.
    pub fn bytes(&self) -> u64 {
        let bytes = self.files.iter().map(|state| match state {
            FileState::Missing | FileState::Other { .. } => 0,
            FileState::Begun { bytes } | FileState::Present { bytes } => *bytes,
        });
        bytes.sum()
    }
}

fn file_state(file: &ReleaseFile, folder: &Path) -> FileState {
    let path = folder.join(&file.place);
    let Ok(metadata) = fs::metadata(&path) else {
        return match fetched_bytes(&path) {
            0 => FileState::Missing,
            bytes => FileState::Begun { bytes },
        };
    };
    let bytes = metadata.len();
    if !metadata.is_file() {
        return FileState::Other { bytes };
    }
    let reported = || remembered(&path).map(|origin| origin.size_bytes);
    match file.size.or_else(reported) {
        Some(size) if size != bytes => FileState::Other { bytes },
        _ => FileState::Present { bytes },
    }
}
