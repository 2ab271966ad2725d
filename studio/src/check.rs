//! Whether a film on disk is what it was: the edit makes sense, and every file it points to is there with the very
//! bytes that were brought in.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use kinora_render::film::FilmFiles;
use kinora_timeline::ContentHash;
use kinora_timeline::file::FileError;

use crate::Session;

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which file.
    pub path: PathBuf,
    /// What is the matter with it.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

/// How many files were looked at, and what is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Files that were hashed.
    pub files: usize,
    /// What is wrong.
    pub wrong: Vec<Finding>,
}

/// Looks at everything. `told` hears of each file before it is hashed.
///
/// # Errors
/// A film that cannot be opened at all.
pub fn check(folder: &Path, told: &mut dyn FnMut(&Path)) -> Result<Findings, FileError> {
    let session = Session::open(folder)?; // an edit that makes no sense is told here
    let film = session.project();
    let files = FilmFiles::of(session.folder());
    let mut found = Findings::default();
    for medium in film.media() {
        let path = files.medium(medium);
        told(&path);
        found.files += 1;
        let remedy = format!("bring in {} once more", medium.name);
        match hash_of(&path) {
            Ok(content) if content == medium.content => {}
            Ok(_) => found.tell(&path, "its bytes have changed", remedy),
            Err(error) => found.tell(&path, &error.to_string(), remedy),
        }
    }
    for shot in film.shots() {
        let Some(take) = shot.chosen else { continue };
        let path = files.take_clip(take);
        told(&path);
        found.files += 1;
        if let Err(error) = File::open(&path) {
            let remedy = format!("generate the shot {} anew", shot.name);
            found.tell(&path, &error.to_string(), remedy);
        }
    }
    Ok(found)
}

impl Findings {
    fn tell(&mut self, path: &Path, what: &str, remedy: String) {
        self.wrong.push(Finding {
            path: path.into(),
            what: what.into(),
            remedy,
        });
    }
}

/// The name of a file's content.
///
/// # Errors
/// A file that cannot be read.
pub fn hash_of(path: &Path) -> io::Result<ContentHash> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    let name = hasher.finalize().to_hex().to_string();
    ContentHash::try_from(name).map_err(io::Error::other)
}
