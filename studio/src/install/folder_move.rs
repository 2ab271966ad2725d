//! Moving the installed files to another model folder. Each file is whole in one of the two places at any time; a move
//! that was interrupted goes on where it stopped.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use kinora_fetch::{
    FolderLock, discard_part, free_bytes, journal_of, origin_path, part_of, sha256_of,
};
use kinora_wire::Failure;

use super::catalogue::Catalogue;
use super::failure::{disk_failure, failure_of};

const CHUNK_BYTES: usize = 1 << 22;

/// Moves the files of all releases. Returns how many there were. `step` gets the name of the file that is moved, several
/// times while it is copied; false ends the work.
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
    for place in &places {
        check_place_is_free(&from.join(place), &to.join(place))?;
    }
    let mut count = 0;
    for place in &places {
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        if !step(&name) {
            return Err(Failure::cancelled());
        }
        let (old, new) = (from.join(place), to.join(place));
        if new.exists() && old.exists() {
            // Copied already, and compared above.
            fs::remove_file(&old).map_err(|error| disk_failure("deleted", &old, &error))?;
        }
        let mut go_on = || step(&name);
        move_file(&old, &new, &mut go_on)?;
        count += usize::from(new.exists());
        if part_of(&old).exists() {
            // A journal there belongs to another part.
            discard_part(&new).map_err(|error| disk_failure("deleted", &new, &error))?;
        }
        for beside in [origin_path, part_of, journal_of] {
            move_file(&beside(&old), &beside(&new), &mut go_on)?;
        }
    }
    Ok(count)
}

/// Whether a file can be moved: there is none in its new place, or one of the same bytes, as a move leaves it that was
/// killed between copying a file and deleting it.
fn check_place_is_free(old: &Path, new: &Path) -> Result<(), Failure> {
    if !old.exists() || !new.exists() {
        return Ok(());
    }
    let failed = |error: &io::Error| disk_failure("read", new, error);
    let size = |path: &Path| fs::metadata(path).map(|metadata| metadata.len());
    let hash = |path: &Path| sha256_of(path, &mut |_| true);
    // By way of a link both may be the one file that there is.
    let is_copy = || -> io::Result<bool> {
        Ok(!is_same(old, new) && size(old)? == size(new)? && hash(old)? == hash(new)?)
    };
    match is_copy() {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::refused(
            format!("{} is there already", new.display()),
            "delete one of the two files",
        )),
        Err(error) => Err(failed(&error)),
    }
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
        let records = [origin_path(&file), part_of(&file), journal_of(&file)];
        [file].iter().chain(&records).any(|path| path.exists())
    });
    places
}

/// Renames a file, or copies it to another disk and deletes it only then. A file that is not there is no error.
fn move_file(from: &Path, to: &Path, go_on: &mut dyn FnMut() -> bool) -> Result<(), Failure> {
    if !from.exists() {
        return Ok(());
    }
    let folder = to.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| disk_failure("made", folder, &error))?;
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => copy_file(from, to, go_on),
        Err(error) => Err(disk_failure("moved", from, &error)),
        Ok(()) => Ok(()),
    }
}

fn copy_file(from: &Path, to: &Path, go_on: &mut dyn FnMut() -> bool) -> Result<(), Failure> {
    let failed = |error: &io::Error| disk_failure("moved", from, error);
    let size = fs::metadata(from).map_err(|error| failed(&error))?.len();
    let folder = to.parent().unwrap_or(Path::new("."));
    let mut name = to.as_os_str().to_owned();
    name.push(".moving");
    let beside = PathBuf::from(name);
    fs::remove_file(&beside).ok(); // of a copy that was killed
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
    let mut is_ended = false;
    let mut still = || {
        is_ended = !go_on();
        !is_ended
    };
    let copied = copy_bytes(from, &beside, &mut still)
        .and_then(|()| fs::rename(&beside, to))
        .and_then(|()| File::open(folder)?.sync_all());
    if let Err(error) = copied {
        fs::remove_file(&beside).ok();
        return Err(match is_ended {
            true => Failure::cancelled(),
            false => failed(&error),
        });
    }
    fs::remove_file(from).map_err(|error| failed(&error))
}

/// Copies a file to the disk. It may have gigabytes, so the work can be ended at any time.
fn copy_bytes(from: &Path, to: &Path, go_on: &mut dyn FnMut() -> bool) -> io::Result<()> {
    let (mut source, mut copy) = (File::open(from)?, File::create(to)?);
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let count = source.read(&mut chunk)?;
        if count == 0 {
            return copy.sync_all();
        }
        copy.write_all(&chunk[..count])?;
        if !go_on() {
            return Err(io::ErrorKind::Interrupted.into());
        }
    }
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

    #[cfg(unix)]
    #[test]
    fn a_file_that_is_in_both_folders_by_a_link_is_not_deleted() {
        let catalogue = Catalogue::built_in();
        let root = tempfile::tempdir().expect("a folder");
        let (old, new) = (root.path().join("old"), root.path().join("new"));
        let file = old.join(&catalogue.releases()[0].files[0].place);
        let folder = file.parent().expect("a folder");
        fs::create_dir_all(folder).expect("made");
        fs::create_dir(&new).expect("made");
        fs::write(&file, "weights").expect("written");
        let link = new.join(folder.file_name().expect("a name"));
        std::os::unix::fs::symlink(folder, link).expect("linked");
        assert!(move_models(&catalogue, &old, &new, &mut |_| true).is_err());
        assert_eq!(fs::read(&file).expect("there"), b"weights");
    }

    #[test]
    fn a_move_that_was_killed_goes_on() {
        let catalogue = Catalogue::built_in();
        let root = tempfile::tempdir().expect("a folder");
        let (old, new) = (root.path().join("old"), root.path().join("new"));
        let release = catalogue.get("wan2.1-t2v-1.3b").expect("a release");
        let files = &release.files;
        let write = |folder: &Path, at: usize, ending: &str, text: &str| {
            let mut path = folder.join(&files[at].place).into_os_string();
            path.push(ending);
            let path = PathBuf::from(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, text).expect("written");
        };
        // The first was copied and not deleted, the record of the second did not follow, nor the journal of the third.
        write(&old, 0, "", "weights");
        write(&new, 0, "", "weights");
        write(&new, 1, "", "weights");
        write(&old, 1, ".source", "{}");
        write(&new, 2, ".part", "12345");
        write(&old, 2, ".part.journal", "{\"done_bytes\":5}");
        assert_eq!(move_models(&catalogue, &old, &new, &mut |_| true), Ok(2));
        assert!(!old.join(&files[0].place).exists());
        assert!(origin_path(&new.join(&files[1].place)).exists());
        assert_eq!(kinora_fetch::fetched_bytes(&new.join(&files[2].place)), 5);
    }

    #[test]
    fn a_file_is_copied_to_another_disk_before_it_is_deleted() {
        let root = tempfile::tempdir().expect("a folder");
        let (from, to) = (root.path().join("a"), root.path().join("b"));
        fs::write(&from, "weights").expect("written");
        let reported = copy_file(&from, &to, &mut || false);
        assert_eq!(reported, Err(Failure::cancelled()));
        let names = fs::read_dir(root.path()).expect("listed");
        assert_eq!(names.count(), 1, "the half of a copy is deleted");
        copy_file(&from, &to, &mut || true).expect("copied");
        assert_eq!(fs::read(&to).expect("there"), b"weights");
        assert!(!from.exists());
    }
}
