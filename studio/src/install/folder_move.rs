//! Moving the installed files to another model folder. Each file is whole in one of the two places at any time; a move
//! that was interrupted goes on where it stopped.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use kinora_fetch::{FolderLock, free_bytes, journal_of, origin_path, part_of};
use kinora_wire::Failure;

use super::catalogue::Catalogue;
use super::failure::{disk_failure, failure_of};

/// Moves the files of all releases. Returns how many there were. `step` gets the name of each file; false ends the work.
///
/// # Errors
/// A file of the same name is there already, a disk is full, or the work was ended.
pub fn move_models(
    catalogue: &Catalogue,
    from: &Path,
    to: &Path,
    step: &mut dyn FnMut(&str) -> bool,
) -> Result<usize, Failure> {
    fs::create_dir_all(to).map_err(|error| disk_failure("made", to, &error))?;
    if is_same(from, to) {
        return Err(Failure::refused(
            "this is the model folder already",
            "name another folder",
        ));
    }
    if !from.is_dir() {
        return Ok(0);
    }
    let _from_lock = FolderLock::take(from).map_err(failure_of)?;
    let _to_lock = FolderLock::take(to).map_err(failure_of)?;
    let places = places(catalogue, from);
    if let Some(place) = places.iter().find(|place| to.join(place).exists()) {
        return Err(Failure::refused(
            format!("{} is there already", to.join(place).display()),
            "delete one of the two files",
        ));
    }
    let mut count = 0;
    for place in &places {
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        if !step(&name) {
            return Err(Failure::cancelled());
        }
        let (old, new) = (from.join(place), to.join(place));
        move_file(&old, &new)?;
        count += usize::from(new.exists());
        for beside in [origin_path, part_of, journal_of] {
            move_file(&beside(&old), &beside(&new))?;
        }
    }
    Ok(count)
}

fn is_same(one: &Path, other: &Path) -> bool {
    let whole = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    whole(one) == whole(other)
}

/// The places at which a file is, or a part of one, or the record of one that was moved already.
fn places(catalogue: &Catalogue, from: &Path) -> Vec<PathBuf> {
    let files = catalogue
        .releases()
        .iter()
        .flat_map(|release| &release.files);
    let mut places: Vec<PathBuf> = files.map(|file| file.place.clone()).collect();
    places.sort();
    places.dedup();
    places.retain(|place| {
        let file = from.join(place);
        [file.clone(), part_of(&file), origin_path(&file)]
            .iter()
            .any(|path| path.exists())
    });
    places
}

/// Renames a file, or copies it to another disk and deletes it only then. A file that is not there is no error.
fn move_file(from: &Path, to: &Path) -> Result<(), Failure> {
    if !from.exists() {
        return Ok(());
    }
    let folder = to.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| disk_failure("made", folder, &error))?;
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => copy_file(from, to),
        Err(error) => Err(disk_failure("moved", from, &error)),
        Ok(()) => Ok(()),
    }
}

fn copy_file(from: &Path, to: &Path) -> Result<(), Failure> {
    let failed = |error: &io::Error| disk_failure("moved", from, error);
    let size = fs::metadata(from).map_err(|error| failed(&error))?.len();
    let folder = to.parent().unwrap_or(Path::new("."));
    if free_bytes(folder).is_some_and(|free| free < size) {
        return Err(Failure::bad_file(
            format!(
                "there is no space for {} in {}",
                from.display(),
                folder.display()
            ),
            "free some disk space, and start the move again: it goes on where it stopped",
        ));
    }
    let mut name = to.as_os_str().to_owned();
    name.push(".moving");
    let beside = PathBuf::from(name);
    let copied = fs::copy(from, &beside)
        .and_then(|_| File::open(&beside)?.sync_all())
        .and_then(|()| fs::rename(&beside, to))
        .and_then(|()| File::open(folder)?.sync_all());
    if let Err(error) = copied {
        fs::remove_file(&beside).ok();
        return Err(failed(&error));
    }
    fs::remove_file(from).map_err(|error| failed(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_their_records_move_and_foreign_files_stay() {
        let catalogue = Catalogue::built_in();
        let root = tempfile::tempdir().expect("a folder");
        let (old, new) = (root.path().join("old"), root.path().join("new"));
        let place = &catalogue.releases()[0].files[0].place;
        let file = old.join(place);
        fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        fs::write(&file, "weights").expect("written");
        fs::write(origin_path(&file), "{}").expect("written");
        fs::write(old.join("mine.txt"), "mine").expect("written");
        let moved = move_models(&catalogue, &old, &new, &mut |_| true).expect("moved");
        assert_eq!(moved, 1);
        assert_eq!(fs::read(new.join(place)).expect("there"), b"weights");
        assert!(origin_path(&new.join(place)).exists() && !file.exists());
        assert!(old.join("mine.txt").exists());
        assert!(move_models(&catalogue, &new, &new, &mut |_| true).is_err());
    }

    #[test]
    fn a_file_that_is_there_already_is_not_replaced() {
        let catalogue = Catalogue::built_in();
        let root = tempfile::tempdir().expect("a folder");
        let (old, new) = (root.path().join("old"), root.path().join("new"));
        let place = &catalogue.releases()[0].files[0].place;
        for (folder, text) in [(&old, "old"), (&new, "new")] {
            let file = folder.join(place);
            fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            fs::write(file, text).expect("written");
        }
        assert!(move_models(&catalogue, &old, &new, &mut |_| true).is_err());
        assert_eq!(fs::read(new.join(place)).expect("there"), b"new");
    }

    #[test]
    fn a_file_is_copied_to_another_disk_before_it_is_deleted() {
        let root = tempfile::tempdir().expect("a folder");
        let (from, to) = (root.path().join("a"), root.path().join("b"));
        fs::write(&from, "weights").expect("written");
        copy_file(&from, &to).expect("copied");
        assert_eq!(fs::read(&to).expect("there"), b"weights");
        assert!(!from.exists());
    }
}
