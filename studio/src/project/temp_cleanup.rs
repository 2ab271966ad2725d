//! What a program that was killed has left in a film's folder: parts of files that nobody writes any more.

use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};
use std::time::Duration;

use kinora_render::film::FilmFiles;
use kinora_timeline::file::is_beside;

/// A part that nobody has written to for so long is nobody's: another program may be at work in this very folder.
const OLD: Duration = Duration::from_hours(24);

/// Takes old parts away, wherever a film has its files.
pub fn clean_up(folder: &Path, old: Duration) {
    let files = FilmFiles::of(folder);
    let takes = entries(&files.takes()).map(|take| take.path());
    let others = ["media", "cache/sound", "cache/strips"].map(|name| folder.join(name));
    let folders = takes
        .chain(others)
        .chain([files.characters(), folder.into()]);
    for entry in folders.flat_map(|folder: PathBuf| entries(&folder)) {
        if is_beside(&entry.file_name().to_string_lossy()) && is_older(&entry, old) {
            fs::remove_file(entry.path()).ok();
        }
    }
}

/// The same on a thread of its own, for what is a day old.
pub fn clean_up_in_background(folder: &Path) {
    let folder = folder.to_owned();
    std::thread::spawn(move || clean_up(&folder, OLD));
}

fn entries(folder: &Path) -> impl Iterator<Item = DirEntry> + use<> {
    fs::read_dir(folder).into_iter().flatten().flatten()
}

fn is_older(entry: &DirEntry, old: Duration) -> bool {
    let changed = entry.metadata().and_then(|metadata| metadata.modified());
    changed.is_ok_and(|changed| changed.elapsed().is_ok_and(|age| age >= old))
}

#[cfg(test)]
mod tests {
    use kinora_timeline::file::beside;

    use super::*;

    #[test]
    fn old_parts_go_and_everything_else_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let take = folder.path().join("takes/one");
        fs::create_dir_all(&take).expect("made");
        let clip = take.join("clip.mkv");
        let part = beside(&clip);
        let own = take.join("notes.part");
        for path in [&clip, &part, &own] {
            fs::write(path, "frames").expect("written");
        }
        clean_up(folder.path(), OLD);
        assert!(part.exists(), "somebody may be writing it");
        clean_up(folder.path(), Duration::ZERO);
        assert!(!part.exists() && clip.exists() && own.exists());
    }
}
