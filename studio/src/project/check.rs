//! Whether a film on disk is what it was: the edit makes sense, and every file it points to is there with the very
//! bytes that were brought in.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use kinora_render::film::FilmFiles;
use kinora_timeline::ContentHash;
use kinora_timeline::file::{
    BACKUP_FOLDER, FileError, JOURNAL_FILE, PROJECT_FILE, is_sealed, journal_is_whole,
};

use crate::Session;
use crate::content_hash::hash_of;
use crate::generate::queue::QUEUE_FILE;
use crate::take::take_store::TakeStore;

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
    texts(session.folder(), &mut found);
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
    let takes = TakeStore::of(session.folder());
    let chosen = film.shots().filter_map(|shot| shot.chosen);
    let names: BTreeSet<ContentHash> = chosen.chain(takes.names()).collect();
    for take in names {
        told(&files.take_clip(take));
        found.files += 1;
        if let Some((path, fault)) = takes.fault(take) {
            let remedy = "generate its shot anew with the same seed";
            found.tell(&path, &fault, remedy.into());
        }
    }
    let portraits = film.cast().flat_map(|character| {
        character
            .references
            .iter()
            .map(|one| (*one, character.name.clone()))
    });
    let keys = film.shots().flat_map(|shot| {
        shot.keyframes
            .iter()
            .map(|key| (key.image, shot.name.clone()))
    });
    for (content, whose) in portraits.chain(keys) {
        found.files += 1;
        let remedy = format!("bring the picture of {whose} in once more");
        match files.picture(content) {
            None => found.tell(
                &files.characters(),
                &format!("the picture {content} is not there"),
                remedy,
            ),
            Some(path) => {
                told(&path);
                if hash_of(&path).ok() != Some(content) {
                    found.tell(&path, "its bytes have changed", remedy);
                }
            }
        }
    }
    Ok(found)
}

/// What Kinora writes as text carries its own hash.
fn texts(folder: &Path, found: &mut Findings) {
    let backups = fs::read_dir(folder.join(BACKUP_FOLDER));
    let backups = backups.into_iter().flatten().flatten();
    let backups = backups.map(|entry| {
        (
            entry.path(),
            "the film needs none of its older states; remove this one",
        )
    });
    let film = "look at the film; if it is right, save it, else take one of the folder backups";
    let queue = "look at the queue; the list is written anew when something in it changes";
    let own = [(PROJECT_FILE, film), (QUEUE_FILE, queue)];
    let own = own.map(|(name, remedy)| (folder.join(name), remedy));
    for (path, remedy) in own.into_iter().chain(backups) {
        let Ok(bytes) = fs::read(&path) else { continue };
        found.files += 1;
        if !is_sealed(&bytes) {
            found.tell(
                &path,
                "it was changed outside Kinora, or is damaged",
                remedy.into(),
            );
        }
    }
    let journal = folder.join(JOURNAL_FILE);
    if fs::read(&journal).is_ok_and(|bytes| !journal_is_whole(&bytes)) {
        let remedy = "look whether the last edits are there, and save the film";
        found.tell(
            &journal,
            "a line of it is damaged: what followed was not done again",
            remedy.into(),
        );
    }
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
