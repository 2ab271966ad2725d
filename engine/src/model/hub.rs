//! The cache of the Hugging Face hub. A repository in it is a folder `models--OWNER--NAME` with `blobs`, `refs` and
//! `snapshots`; its model is the snapshot that `refs/main` names.

use std::path::{Path, PathBuf};

use kinora_wire::Failure;

use crate::files::{entries, read_small};

const SNAPSHOTS: &str = "snapshots";
const NAME_PREFIX: &str = "models--";
/// Longest file in `refs`. A revision has 40 letters.
const LONGEST_REF_BYTES: u64 = 1 << 10;

/// Whether a folder is a repository of the cache.
pub fn is_repository(folder: &Path) -> bool {
    folder.join(SNAPSHOTS).is_dir()
        && (folder.join("refs").is_dir() || folder.join("blobs").is_dir())
}

/// The folder that holds the model: a repository's snapshot for the repository and for its `snapshots`, else the folder
/// itself.
pub fn model_root(folder: &Path) -> Result<PathBuf, Failure> {
    if is_repository(folder) {
        return main_snapshot(folder);
    }
    match repository_of_snapshots(folder) {
        Some(repository) => main_snapshot(repository),
        None => Ok(folder.to_path_buf()),
    }
}

/// The name of the repository, OWNER/NAME, that a folder is, or whose `snapshots` it is. A snapshot that is a model
/// folder by itself has the name of its own folder.
pub fn repository_name(folder: &Path) -> Option<String> {
    let repository = match is_repository(folder) {
        true => Some(folder),
        false => repository_of_snapshots(folder),
    };
    let name = repository?.file_name()?.to_str()?;
    Some(name.strip_prefix(NAME_PREFIX)?.replace("--", "/"))
}

/// The repository whose `snapshots` a folder is.
fn repository_of_snapshots(folder: &Path) -> Option<&Path> {
    let is_named_so = folder.file_name().is_some_and(|name| name == SNAPSHOTS);
    let above = folder.parent().filter(|_| is_named_so);
    above.filter(|above| is_repository(above))
}

/// The snapshot of the main branch; the only one, if the branch is not known.
fn main_snapshot(repository: &Path) -> Result<PathBuf, Failure> {
    let snapshots = repository.join(SNAPSHOTS);
    let text = read_small(&repository.join("refs/main"), LONGEST_REF_BYTES).ok();
    let text = text.and_then(|bytes| String::from_utf8(bytes).ok());
    let named = text.as_deref().map(str::trim).filter(|revision| {
        let plain = Path::new(revision).file_name();
        plain.is_some_and(|name| name == *revision) // no way out of the folder
    });
    let named = named.map(|revision| snapshots.join(revision));
    if let Some(named) = named.filter(|path| path.is_dir()) {
        return Ok(named);
    }
    let mut all: Vec<PathBuf> = entries(&snapshots);
    all.retain(|path| path.is_dir());
    match (all.pop(), all.len()) {
        (Some(only), 0) => Ok(only),
        (None, _) => Err(Failure::bad_file(
            format!(
                "{} is a repository of the hub's cache without a snapshot",
                repository.display()
            ),
            "fetch the model again: its download never ended, or its files were removed",
        )),
        (Some(one), others) => Err(Failure::bad_file(
            format!(
                "{} holds {} snapshots, and refs/main leads to none",
                repository.display(),
                others + 1
            ),
            format!("name one of them, such as {}", one.display()),
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_repository_leads_to_the_snapshot_of_its_main_branch() {
        let cache = tempfile::tempdir().expect("a folder");
        let repository = cache.path().join("models--someone--tiny-model");
        let snapshot = |name: &str| repository.join("snapshots").join(name);
        fs::create_dir_all(repository.join("refs")).expect("made");
        fs::create_dir_all(repository.join("snapshots")).expect("made");
        let none = model_root(&repository).expect_err("no snapshot");
        assert!(none.cause.contains("without a snapshot"), "{none}");
        for name in ["0abc", "1abc"] {
            fs::create_dir_all(snapshot(name)).expect("made");
        }
        let several = model_root(&repository).expect_err("two snapshots");
        assert!(several.cause.contains("2 snapshots"), "{several}");
        for lie in ["../refs", "", "2abc"] {
            fs::write(repository.join("refs/main"), lie).expect("written");
            assert!(model_root(&repository).is_err(), "{lie:?}");
        }
        fs::write(repository.join("refs/main"), "0abc\n").expect("written");
        for folder in [&repository, &repository.join("snapshots")] {
            assert_eq!(model_root(folder), Ok(snapshot("0abc")));
            let name = repository_name(folder);
            assert_eq!(name.as_deref(), Some("someone/tiny-model"));
        }
        let other = snapshot("1abc");
        assert_eq!(model_root(&other), Ok(other.clone()));
        assert_eq!(repository_name(&other), None, "it keeps its own name");
    }

    #[test]
    fn other_folders_are_their_own_model() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(model_root(folder.path()), Ok(folder.path().to_path_buf()));
        assert_eq!(repository_name(folder.path()), None);
    }
}
