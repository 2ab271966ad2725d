//! What a search for lost media has found, in words: the file that is taken, or why none is.
//! Files that fit equally well are listed.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::exchange::relink::Lost;

/// A lost medium, and what a search has found for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// The medium.
    pub lost: Lost,
    /// The file.
    pub found: Found,
}

/// The file that a search has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It has the content of the file that was imported.
    ByContent(PathBuf),
    /// It has the name and the length of the file that was imported, but other bytes.
    ByNameAndLength(PathBuf),
    /// It has the name that the cut of another editor gives. Nothing more is known of a file that was never there.
    ByName(PathBuf),
    /// These files fit equally well. None is taken.
    Several(Vec<PathBuf>),
    /// No file fits.
    Nothing,
}

impl Found {
    /// The file that is taken.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::ByContent(file) | Self::ByNameAndLength(file) | Self::ByName(file) => Some(file),
            Self::Several(_) | Self::Nothing => None,
        }
    }
}

impl fmt::Display for Match {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.lost.medium.name)?;
        match &self.found {
            Found::ByContent(file) => write!(f, "found by its content: {}", file.display()),
            Found::ByNameAndLength(file) => {
                write!(f, "found by its name and length: {}", file.display())
            }
            Found::ByName(file) => write!(f, "found by its name: {}", file.display()),
            Found::Several(files) => {
                let files = files.iter().map(|file| file.display().to_string());
                let files: Vec<String> = files.collect();
                write!(f, "several files fit: {}", files.join(", "))
            }
            Found::Nothing => f.write_str("not found"),
        }
    }
}
