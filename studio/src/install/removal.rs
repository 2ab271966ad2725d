//! Removing a release: its files are deleted, but not those that another installed release uses.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use kinora_fetch::{FolderLock, discard_part, origin_path, part_of};
use kinora_wire::Failure;

use super::catalogue::Catalogue;
use super::failure::{disk_failure, failure_of};
use super::release::{Release, ReleaseFile};
use super::state::ReleaseState;

/// What a removal deletes and keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removal {
    /// The files that are deleted, finished or not.
    pub files: Vec<PathBuf>,
    /// Their size.
    pub bytes: u64,
    /// The names of files that other releases use.
    pub kept: Vec<String>,
}

/// What the removal of a release would delete from a model folder.
pub fn plan(release: &Release, catalogue: &Catalogue, folder: &Path) -> Removal {
    let others = catalogue.releases().iter().filter(|other| {
        let state = ReleaseState::of(other, folder);
        other.id != release.id && state.is_installed()
    });
    let others: Vec<&Release> = others.collect();
    let is_shared = |file: &ReleaseFile| {
        let mut files = others.iter().flat_map(|other| &other.files);
        files.any(|other| other.place == file.place)
    };
    let mut removal = Removal::default();
    for file in &release.files {
        let path = folder.join(&file.place);
        let part = part_of(&path);
        let size = |path: &Path| fs::metadata(path).map_or(0, |metadata| metadata.len());
        if !path.exists() && !part.exists() {
            continue;
        }
        if is_shared(file) {
            removal.kept.push(file.name());
        } else {
            removal.bytes += size(&path) + size(&part);
            removal.files.push(path);
        }
    }
    removal
}

/// Deletes what a plan names.
///
/// # Errors
/// Another program changes the folder, or the disk refuses.
pub fn remove(removal: &Removal, folder: &Path) -> Result<(), Failure> {
    if removal.files.is_empty() {
        return Ok(());
    }
    let _lock = FolderLock::take(folder).map_err(failure_of)?;
    for file in &removal.files {
        for path in [file.clone(), origin_path(file)] {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(disk_failure("deleted", &path, &error));
                }
                _ => {}
            }
        }
        discard_part(file).map_err(|error| disk_failure("deleted", file, &error))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Puts files of the right size into a folder; sparse, so that they take no space.
    fn put(release: &Release, folder: &Path) {
        for file in &release.files {
            let path = folder.join(&file.place);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            let made = fs::File::create(&path).expect("created");
            made.set_len(file.size.unwrap_or(10)).expect("sized");
        }
    }

    #[test]
    fn files_that_another_installed_release_uses_are_kept() {
        let catalogue = Catalogue::built_in();
        let share = |one: &Release, other: &Release| {
            let mut files = one.files.iter();
            files.any(|file| other.files.contains(file)) && one.id != other.id
        };
        let releases = catalogue.releases();
        let pair = releases.iter().find_map(|one| {
            let other = releases.iter().find(|other| share(one, other))?;
            Some((one, other))
        });
        let (one, other) = pair.expect("two releases that share files");
        let folder = tempfile::tempdir().expect("a folder");
        put(one, folder.path());
        put(other, folder.path());
        let removal = plan(one, &catalogue, folder.path());
        assert!(!removal.kept.is_empty() && !removal.files.is_empty());
        remove(&removal, folder.path()).expect("removed");
        assert!(ReleaseState::of(other, folder.path()).is_installed());
        assert!(!ReleaseState::of(one, folder.path()).is_installed());
        let removal = plan(other, &catalogue, folder.path());
        assert_eq!(removal.kept, [] as [String; 0]);
        remove(&removal, folder.path()).expect("removed");
        assert_eq!(plan(other, &catalogue, folder.path()), Removal::default());
    }
}
