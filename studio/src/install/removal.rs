//! Removing a release: its files are deleted, but not those that another release uses, and none that Kinora did not
//! fetch.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use kinora_fetch::{FolderLock, discard_part, origin_path, part_of, remembered};
use kinora_wire::Failure;

use super::catalogue::Catalogue;
use super::failure::{disk_failure, failure_of};
use super::release::{Release, ReleaseFile};
use super::state::{FileState, ReleaseState};

/// What a removal deletes and keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removal {
    /// The files that are deleted, finished or not.
    pub files: Vec<PathBuf>,
    /// Their size.
    pub bytes: u64,
    /// The names of files that other releases use.
    pub kept: Vec<String>,
    /// Files of its names that Kinora did not fetch. They are kept: whoever put them there deletes them.
    pub foreign: Vec<PathBuf>,
}

/// What the removal of a release would delete from a model folder.
pub fn plan(release: &Release, catalogue: &Catalogue, folder: &Path) -> Removal {
    let others = catalogue.releases().iter();
    let others = others.filter(|other| other.id != release.id && needs(other, release, folder));
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
        } else if path.exists() && remembered(&path).is_none() {
            removal.foreign.push(path);
        } else {
            removal.bytes += size(&path) + size(&part);
            removal.files.push(path);
        }
    }
    removal
}

/// Whether a release needs its files: it is installed, or a file of its own is being fetched. A part that it shares with
/// the release that is removed does not count, or neither of two could be removed.
fn needs(other: &Release, removed: &Release, folder: &Path) -> bool {
    let state = ReleaseState::of(other, folder);
    let is_shared = |file: &ReleaseFile| removed.files.iter().any(|own| own.place == file.place);
    let mut files = other.files.iter().zip(&state.files);
    let is_begun =
        files.any(|(file, state)| matches!(state, FileState::Begun { .. }) && !is_shared(file));
    is_begun || state.is_installed()
}

/// Deletes what a plan named, as far as that still holds: what another release has come to use meanwhile is kept.
///
/// # Errors
/// Another program changes the folder, or the disk refuses.
pub fn remove(
    shown: &Removal,
    release: &Release,
    catalogue: &Catalogue,
    folder: &Path,
) -> Result<(), Failure> {
    if shown.files.is_empty() {
        return Ok(());
    }
    let _lock = FolderLock::take(folder).map_err(failure_of)?;
    let now = plan(release, catalogue, folder);
    for file in shown.files.iter().filter(|file| now.files.contains(file)) {
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
    use kinora_fetch::journal_of;

    use super::*;

    /// Puts files of the right size into a folder; sparse, so that they take no space.
    fn put(release: &Release, folder: &Path) {
        for file in &release.files {
            let path = folder.join(&file.place);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            let made = fs::File::create(&path).expect("created");
            let size = file.size.unwrap_or(10);
            made.set_len(size).expect("sized");
            let record = format!("{{\"address\":\"\",\"size_bytes\":{size},\"sha256\":\"\"}}");
            fs::write(origin_path(&path), record).expect("written");
        }
    }

    /// Two releases that share files.
    fn pair(catalogue: &Catalogue) -> (&Release, &Release) {
        let share = |one: &Release, other: &Release| {
            let mut files = one.files.iter();
            files.any(|file| other.files.contains(file)) && one.id != other.id
        };
        let releases = catalogue.releases();
        let pair = releases.iter().find_map(|one| {
            let other = releases.iter().find(|other| share(one, other))?;
            Some((one, other))
        });
        pair.expect("two releases that share files")
    }

    #[test]
    fn a_file_that_kinora_did_not_fetch_is_kept() {
        let catalogue = Catalogue::built_in();
        let (release, _) = pair(&catalogue);
        let folder = tempfile::tempdir().expect("a folder");
        put(release, folder.path());
        let path = |at: usize| folder.path().join(&release.files[at].place);
        fs::write(path(0), "mine, of another size").expect("written");
        fs::remove_file(origin_path(&path(1))).expect("removed");
        let removal = plan(release, &catalogue, folder.path());
        assert_eq!(removal.foreign, [path(0), path(1)]);
        remove(&removal, release, &catalogue, folder.path()).expect("removed");
        assert!(path(0).exists() && path(1).exists() && !path(2).exists());
    }

    #[test]
    fn what_a_paused_installation_has_fetched_is_kept() {
        let catalogue = Catalogue::built_in();
        let (one, other) = pair(&catalogue);
        let folder = tempfile::tempdir().expect("a folder");
        put(one, folder.path());
        let own = other.files.iter().find(|file| !one.files.contains(file));
        let own = folder.path().join(&own.expect("a file of its own").place);
        fs::create_dir_all(own.parent().expect("a folder")).expect("made");
        fs::write(part_of(&own), "12345").expect("written");
        let alone = plan(one, &catalogue, folder.path());
        fs::write(journal_of(&own), "{\"done_bytes\":5}").expect("written");
        let removal = plan(one, &catalogue, folder.path());
        assert!(alone.kept.is_empty() && !removal.kept.is_empty());
        // The question was asked before the other was begun.
        remove(&alone, one, &catalogue, folder.path()).expect("removed");
        let shared = one.files.iter().filter(|file| other.files.contains(file));
        for file in shared {
            assert!(folder.path().join(&file.place).exists());
        }
    }

    #[test]
    fn files_that_another_installed_release_uses_are_kept() {
        let catalogue = Catalogue::built_in();
        let (one, other) = pair(&catalogue);
        let folder = tempfile::tempdir().expect("a folder");
        put(one, folder.path());
        put(other, folder.path());
        let removal = plan(one, &catalogue, folder.path());
        assert!(!removal.kept.is_empty() && !removal.files.is_empty());
        remove(&removal, one, &catalogue, folder.path()).expect("removed");
        assert!(ReleaseState::of(other, folder.path()).is_installed());
        assert!(!ReleaseState::of(one, folder.path()).is_installed());
        let removal = plan(other, &catalogue, folder.path());
        assert_eq!(removal.kept, [] as [String; 0]);
        remove(&removal, other, &catalogue, folder.path()).expect("removed");
        assert_eq!(plan(other, &catalogue, folder.path()), Removal::default());
    }
}
