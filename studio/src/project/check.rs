//! Checks a project on disk: the edit is valid, and every file it points to is there with the hash it was imported
//! with.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use kinora_render::project::ProjectFiles;
use kinora_timeline::ContentHash;
use kinora_timeline::file::{
    BACKUP_FOLDER, FileError, JOURNAL_FILE, PROJECT_FILE, is_beside, is_sealed, journal_is_whole,
};
use kinora_timeline::media::{Extent, Medium};

use crate::Session;
use crate::content_hash::hash_of;
use crate::exchange::first_contact::{Caches, damage_of_medium};
use crate::exchange::relink::fault_of;
use crate::generate::queue::QUEUE_FILE;
use crate::generate::smooth::kept;
use crate::take::take_store::TakeStore;

/// A fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file.
    pub path: PathBuf,
    /// The fault, as a phrase: "its bytes have changed".
    pub what: String,
    /// How to fix it.
    pub remedy: String,
}

/// The result of a check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// The number of hashed files.
    pub files: usize,
    /// The faults.
    pub wrong: Vec<Finding>,
    /// Damage that the files came with: the project is as it was made, and something stands for what cannot be read.
    pub damaged: Vec<Finding>,
}

/// Checks all files of a project. `on_file` is called with each file before it is hashed.
///
/// # Errors
/// The project cannot be opened.
pub fn check(folder: &Path, on_file: &mut dyn FnMut(&Path)) -> Result<Findings, FileError> {
    let session = Session::open(folder)?; // an invalid edit fails here
    let project = session.project();
    let files = ProjectFiles::of(session.folder());
    let mut found = Findings::default();
    texts(session.folder(), &mut found);
    for medium in project.media() {
        let path = files.medium(medium);
        on_file(&path);
        found.files += 1;
        if let Some(fault) = fault_of(medium, &files) {
            let remedy = format!(
                "relink {} with kinora relink, or import it again",
                medium.name
            );
            found.add(&path, &fault.to_string(), remedy);
        } else {
            damage(&path, medium, session.folder(), &mut found);
        }
    }
    let takes = TakeStore::of(session.folder());
    let shots = project.shots();
    let chosen = shots
        .flat_map(|shot| [shot.chosen, shot.chosen_sound])
        .flatten();
    let names: BTreeSet<ContentHash> = chosen.chain(takes.names()).collect();
    for take in names {
        on_file(&files.take_clip(take));
        found.files += 1;
        if let Some((path, fault)) = takes.fault(take) {
            let remedy = "generate its shot again with the same seed";
            found.add(&path, &fault, remedy.into());
        }
    }
    in_betweens(&files, on_file, &mut found);
    let portraits = project.cast().flat_map(|character| {
        character
            .references
            .iter()
            .map(|one| (*one, character.name.clone()))
    });
    let keys = project.shots().flat_map(|shot| {
        shot.keyframes
            .iter()
            .map(|key| (key.image, shot.name.clone()))
    });
    for (content, whose) in portraits.chain(keys) {
        found.files += 1;
        let remedy = format!("import the picture of {whose} again");
        match files.picture(content) {
            None => found.add(
                &files.characters(),
                &format!("the picture {content} is missing"),
                remedy,
            ),
            Some(path) => {
                on_file(&path);
                if hash_of(&path).ok() != Some(content) {
                    found.add(&path, "its bytes have changed", remedy);
                }
            }
        }
    }
    Ok(found)
}

/// Checks the in-betweens that are kept in the project.
fn in_betweens(files: &ProjectFiles, on_file: &mut dyn FnMut(&Path), found: &mut Findings) {
    let folders = fs::read_dir(files.all_smooth());
    let folders = folders.into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = folders.map(|entry| entry.path()).collect();
    folders.sort();
    for folder in folders.iter().filter(|path| path.is_dir()) {
        on_file(folder);
        found.files += 1;
        if let Some((path, fault)) = kept::fault_in(folder) {
            let remedy = "delete its folder: the in-betweens are made again by the next export, or in the clip panel";
            found.add(&path, &fault, remedy.into());
        }
    }
}

/// Finds out what of a medium cannot be decoded. This decodes all of it, unless that was done before.
fn damage(path: &Path, medium: &Medium, folder: &Path, found: &mut Findings) {
    if medium.extent == Extent::Still {
        return;
    }
    let caches = Caches {
        folder: folder.into(),
        content: medium.content,
    };
    let remedy = format!(
        "import {} from where it is whole, if there is such a copy",
        medium.name
    );
    match damage_of_medium(path, caches) {
        Ok(phrases) => {
            let damaged = phrases.into_iter().map(|what| Finding {
                path: path.into(),
                what: format!("{}: {what}", medium.name),
                remedy: remedy.clone(),
            });
            found.damaged.extend(damaged);
        }
        Err(failure) => found.add(path, &failure.cause, remedy),
    }
}

/// Checks the hashes of the text files that Kinora writes, which each file contains.
fn texts(folder: &Path, found: &mut Findings) {
    let backups = fs::read_dir(folder.join(BACKUP_FOLDER));
    let backups = backups.into_iter().flatten().flatten();
    // A killed program leaves what it was writing beside its place.
    let whole = |entry: &fs::DirEntry| !is_beside(&entry.file_name().to_string_lossy());
    let backups = backups.filter(whole).map(|entry| {
        (
            entry.path(),
            "delete it: it is a backup that the project does not need",
        )
    });
    let project =
        "open the project; if it is right, save it, else restore one from the folder backups";
    let queue = "check the queue; its file is written again with the next change";
    let own = [(PROJECT_FILE, project), (QUEUE_FILE, queue)];
    let own = own.map(|(name, remedy)| (folder.join(name), remedy));
    for (path, remedy) in own.into_iter().chain(backups) {
        let Ok(bytes) = fs::read(&path) else { continue };
        found.files += 1;
        if !is_sealed(&bytes) {
            found.add(
                &path,
                "it was changed outside Kinora, or is damaged",
                remedy.into(),
            );
        }
    }
    let journal = folder.join(JOURNAL_FILE);
    if fs::read(&journal).is_ok_and(|bytes| !journal_is_whole(&bytes)) {
        let remedy = "check whether the last edits are there, and save the project";
        found.add(
            &journal,
            "a line of it is damaged: the edits after it were not recovered",
            remedy.into(),
        );
    }
}

impl Findings {
    fn add(&mut self, path: &Path, what: &str, remedy: String) {
        self.wrong.push(Finding {
            path: path.into(),
            what: what.into(),
            remedy,
        });
    }
}
