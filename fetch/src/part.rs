//! A file that is not complete: `NAME.part`, and `NAME.part.journal`, which records how many of its bytes are safe.
//!
//! The bytes are flushed to the disk before the journal says so, and the journal is replaced as a whole. So after any
//! interruption the journal records no byte that is not there, and at most one block is fetched again.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What is known of a part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Journal {
    /// Where the bytes came from.
    pub address: String,
    /// The entity tag of the version that they are of.
    pub etag: Option<String>,
    /// The size of the whole file.
    pub size_bytes: Option<u64>,
    /// The sha256 that the hub gave.
    pub sha256: Option<String>,
    /// How many bytes are on the disk.
    pub done_bytes: u64,
}

impl Journal {
    /// Reads the journal beside a part. A missing or damaged one records nothing.
    pub fn read(part: &Path) -> Self {
        let text = fs::read(journal_path(part)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }
}

/// The path of a file with this ending added to its name.
pub(crate) fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// The part of a file.
pub(crate) fn part_path(file: &Path) -> PathBuf {
    with_ending(file, ".part")
}

/// The journal of a part.
pub(crate) fn journal_path(part: &Path) -> PathBuf {
    with_ending(part, ".journal")
}

/// Writes a file beside its place, flushes it, and renames it into its place.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = with_ending(path, ".new");
    let mut file = File::create(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)
}

/// An open part.
pub(crate) struct Part {
    file: File,
    path: PathBuf,
    journal: Journal,
    /// Bytes in the file; those above the journal's are not safe yet.
    written_bytes: u64,
    block_bytes: u64,
}

impl Part {
    /// Opens or creates the part of a file, with as many bytes as its journal records.
    pub fn open(file: &Path, block_bytes: u64) -> io::Result<Self> {
        let path = part_path(file);
        let mut journal = Journal::read(&path);
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)?;
        journal.done_bytes = journal.done_bytes.min(file.metadata()?.len());
        file.set_len(journal.done_bytes)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self {
            file,
            path,
            written_bytes: journal.done_bytes,
            journal,
            block_bytes: block_bytes.max(1),
        })
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes so far.
    pub fn bytes(&self) -> u64 {
        self.written_bytes
    }

    /// What is known of it.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Notes what is known of it; on the disk with the next block.
    pub fn note(&mut self, change: impl FnOnce(&mut Journal)) {
        let done_bytes = self.journal.done_bytes;
        change(&mut self.journal);
        self.journal.done_bytes = done_bytes;
    }

    /// Drops all bytes. The journal says so first.
    pub fn restart(&mut self) -> io::Result<()> {
        self.journal = Journal::default();
        self.save()?;
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.written_bytes = 0;
        Ok(())
    }

    /// Bytes that are missing to the end of the block.
    pub fn room_bytes(&self) -> u64 {
        let unsafe_bytes = self.written_bytes - self.journal.done_bytes;
        self.block_bytes.saturating_sub(unsafe_bytes).max(1)
    }

    /// Adds bytes. A full block is made safe.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.written_bytes += bytes.len() as u64;
        if self.written_bytes - self.journal.done_bytes >= self.block_bytes {
            self.keep()?;
        }
        Ok(())
    }

    /// Makes all bytes safe: first the bytes, then the journal.
    pub fn keep(&mut self) -> io::Result<()> {
        self.file.sync_all()?;
        self.journal.done_bytes = self.written_bytes;
        self.save()
    }

    /// Deletes part and journal.
    pub fn discard(self) -> io::Result<()> {
        let Self { file, path, .. } = self;
        drop(file);
        discard(&path)
    }

    fn save(&self) -> io::Result<()> {
        let text = serde_json::to_vec(&self.journal).map_err(io::Error::other)?;
        replace(&journal_path(&self.path), &text)
    }
}

/// Deletes a part and its journal, where they are there. The journal goes first: a part without one counts for nothing.
pub(crate) fn discard(part: &Path) -> io::Result<()> {
    let journal = journal_path(part);
    for path in [with_ending(&journal, ".new"), journal, part.to_owned()] {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_count_only_once_the_journal_has_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("weights");
        let mut part = Part::open(&file, 10).expect("opened");
        assert_eq!(part.room_bytes(), 10);
        part.write(&[1; 10]).expect("written");
        part.write(&[2; 7]).expect("written");
        assert_eq!((part.bytes(), part.room_bytes()), (17, 3));
        drop(part); // as a killed program leaves it
        let mut part = Part::open(&file, 10).expect("opened");
        assert_eq!(part.bytes(), 10);
        part.write(&[3; 4]).expect("written");
        part.keep().expect("kept");
        drop(part);
        let kept = fs::read(part_path(&file)).expect("read");
        assert_eq!(kept, [[1_u8; 10].as_slice(), &[3; 4]].concat());
    }

    #[test]
    fn a_damaged_journal_or_a_short_part_begins_where_it_is_safe() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("weights");
        let mut part = Part::open(&file, 4).expect("opened");
        part.write(&[1; 8]).expect("written");
        drop(part);
        fs::write(part_path(&file), [1; 3]).expect("cut off");
        assert_eq!(Part::open(&file, 4).expect("opened").bytes(), 3);
        fs::write(journal_path(&part_path(&file)), "{").expect("damaged");
        assert_eq!(Part::open(&file, 4).expect("opened").bytes(), 0);
    }

    #[test]
    fn a_part_that_begins_again_keeps_no_version() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("weights");
        let mut part = Part::open(&file, 4).expect("opened");
        part.note(|journal| journal.etag = Some("\"a\"".into()));
        part.write(&[1; 4]).expect("written");
        part.restart().expect("restarted");
        assert_eq!(part.bytes(), 0);
        assert_eq!(Journal::read(&part_path(&file)), Journal::default());
        part.discard().expect("deleted");
        assert!(!part_path(&file).exists() && !journal_path(&part_path(&file)).exists());
    }
}
