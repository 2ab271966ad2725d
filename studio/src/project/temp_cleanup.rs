//! Deletes the temporary files that a killed program has left in a project's folder.

use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};
use std::time::Duration;

use kinora_render::project::ProjectFiles;
use kinora_timeline::file::{BACKUP_FOLDER, is_beside};

/// Younger temporary files are kept: another program may be writing them in this folder.
const MIN_AGE: Duration = Duration::from_hours(24);

/// Deletes the temporary files of at least this age in all folders of a project.
pub fn clean_up(folder: &Path, min_age: Duration) {
    let files = ProjectFiles::of(folder);
    let takes = entries(&files.takes()).map(|take| take.path());
    let smooth = entries(&files.all_smooth()).map(|one| one.path());
    let caches = files.caches().map(|(cache, _)| cache);
    let folders = takes
        .chain(smooth)
        .chain(caches)
        .chain([
            files.media(),
            files.characters(),
            folder.join(BACKUP_FOLDER),
        ])
        .chain([folder.into()]);
    for entry in folders.flat_map(|folder: PathBuf| entries(&folder)) {
        if is_beside(&entry.file_name().to_string_lossy()) && is_older(&entry, min_age) {
            fs::remove_file(entry.path()).ok();
        }
    }
}

/// The same on another thread, for files of [`MIN_AGE`].
pub fn clean_up_in_background(folder: &Path) {
    let folder = folder.to_owned();
    std::thread::spawn(move || clean_up(&folder, MIN_AGE));
}

fn entries(folder: &Path) -> impl Iterator<Item = DirEntry> + use<> {
    fs::read_dir(folder).into_iter().flatten().flatten()
}

fn is_older(entry: &DirEntry, min_age: Duration) -> bool {
    let changed = entry.metadata().and_then(|metadata| metadata.modified());
    changed.is_ok_and(|changed| changed.elapsed().is_ok_and(|age| age >= min_age))
}

#[cfg(test)]
mod tests {
    use kinora_timeline::file::beside;

    use super::*;

    #[test]
    fn old_temporary_files_are_deleted_and_all_others_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        for place in [
            "takes/one",
            "smooth/one",
            "media",
            "characters",
            BACKUP_FOLDER,
        ] {
            let place = folder.path().join(place);
            fs::create_dir_all(&place).expect("made");
            let clip = place.join("clip.mkv");
            let part = beside(&clip);
            let own = place.join("notes.part");
            for path in [&clip, &part, &own] {
                fs::write(path, "frames").expect("written");
            }
            clean_up(folder.path(), MIN_AGE);
            assert!(part.exists(), "another program may be writing it");
            clean_up(folder.path(), Duration::ZERO);
            let is_right = !part.exists() && clip.exists() && own.exists();
            assert!(is_right, "{}", place.display());
        }
    }
}
