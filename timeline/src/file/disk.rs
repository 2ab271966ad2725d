//! The file operations a project needs, behind a trait, so that tests can let each of them fail.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A disk. A power cut may lose a `write` or `append` until `sync`, and new names and renames until `sync_folder`.
pub trait Disk {
    /// Reads all bytes of a file.
    fn read(&self, file: &Path) -> io::Result<Vec<u8>>;
    /// Creates a file, or replaces its bytes.
    fn write(&self, file: &Path, bytes: &[u8]) -> io::Result<()>;
    /// Appends bytes to a file.
    fn append(&self, file: &Path, bytes: &[u8]) -> io::Result<()>;
    /// Flushes a file's bytes to the disk.
    fn sync(&self, file: &Path) -> io::Result<()>;
    /// Renames a file; a file at the new name is replaced.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Flushes a folder's names to the disk.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
    /// Deletes a file.
    fn remove(&self, file: &Path) -> io::Result<()>;
    /// Creates a folder and those above it.
    fn make_folder(&self, folder: &Path) -> io::Result<()>;
    /// The names in a folder.
    fn names(&self, folder: &Path) -> io::Result<Vec<String>>;
    /// Whether the file exists.
    fn exists(&self, file: &Path) -> bool;

    /// Replaces a file's bytes atomically: after a crash it holds the old or the new ones.
    fn replace(&self, file: &Path, bytes: &[u8]) -> io::Result<()> {
        let new = beside(file);
        self.write(&new, bytes)
            .and_then(|()| self.settle(&new, file))
            .inspect_err(|_| {
                self.remove(&new).ok(); // half a file is of no use, and its space may be needed
            })
    }

    /// Moves a file written beside its place into place: its bytes are flushed first, its name last.
    fn settle(&self, beside: &Path, place: &Path) -> io::Result<()> {
        self.sync(beside)?;
        self.rename(beside, place)?;
        let folder = place
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        self.sync_folder(folder.unwrap_or(Path::new(".")))
    }
}

/// The extension of files that are written beside their place.
const PART: &str = ".part";
/// The letters of the hash in a temporary name.
const HASH_LETTERS: usize = 16;

/// A temporary name beside a file's place, unique among threads and programs. It is short, however long the name of the
/// file is: a name as long as the disk allows can be written.
pub fn beside(file: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = file.file_name().unwrap_or_default();
    let hash = blake3::hash(name.as_encoded_bytes()).to_hex();
    let program = std::process::id();
    file.with_file_name(format!(
        ".{}.{program}-{number}{PART}",
        &hash[..HASH_LETTERS]
    ))
}

/// Whether a name was made by [`beside`].
pub fn is_beside(name: &str) -> bool {
    let numbers = name
        .strip_suffix(PART)
        .and_then(|name| name.rsplit('.').next());
    let numbers = numbers.and_then(|numbers| numbers.split_once('-'));
    let is_number = |text: &str| text.parse::<u64>().is_ok();
    numbers.is_some_and(|(program, count)| is_number(program) && is_number(count))
}

/// The real disk.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn read(&self, file: &Path) -> io::Result<Vec<u8>> {
        fs::read(file)
    }

    fn write(&self, file: &Path, bytes: &[u8]) -> io::Result<()> {
        fs::write(file, bytes)
    }

    fn append(&self, file: &Path, bytes: &[u8]) -> io::Result<()> {
        OpenOptions::new().append(true).open(file)?.write_all(bytes)
    }

    fn sync(&self, file: &Path) -> io::Result<()> {
        File::open(file)?.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }

    fn remove(&self, file: &Path) -> io::Result<()> {
        fs::remove_file(file)
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<String>> {
        fs::read_dir(folder)?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect()
    }

    fn exists(&self, file: &Path) -> bool {
        file.exists()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_the_old_one_or_the_new_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.ron");
        RealDisk.replace(&path, b"one").expect("written");
        RealDisk.replace(&path, b"two").expect("written");
        assert_eq!(fs::read(&path).expect("read"), b"two");
        fs::create_dir(folder.path().join("b.ron")).expect("a folder where a file should be");
        assert!(
            RealDisk
                .replace(&folder.path().join("b.ron"), b"three")
                .is_err()
        );
        assert_eq!(
            fs::read_dir(folder.path()).expect("listed").count(),
            2,
            "no part is left"
        );
    }

    #[test]
    fn a_name_as_long_as_the_disk_allows_is_written_under_a_short_one_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("n".repeat(255));
        RealDisk.replace(&path, b"one").expect("written");
        assert_eq!(fs::read(&path).expect("read"), b"one");
        let part = beside(&path);
        let name = part.file_name().and_then(|name| name.to_str());
        let name = name.expect("a name");
        assert!(name.len() < 64 && name.starts_with('.'), "{name}");
        assert!(is_beside(name) && is_beside("clip.mkv.12-0.part"));
        assert_eq!(part.parent(), Some(folder.path()));
        assert_ne!(
            beside(&path),
            part,
            "two programs or threads never share one"
        );
    }

    #[test]
    fn a_name_without_a_folder_is_written_in_the_current_one() {
        let part = beside(Path::new("film.mp4"));
        assert_eq!(part.parent(), Some(Path::new("")));
        let part = beside(Path::new("films/one/"));
        assert_eq!(part.parent(), Some(Path::new("films")));
    }
}
