//! Marks of open projects, in the user's config folder. A mark that is there when its project is opened was left by a
//! program that did not end cleanly.

use std::fs;
use std::path::{Path, PathBuf};

use kinora_timeline::ContentHash;

use super::pending_writes;

/// The folder of the marks, in the config folder.
const FOLDER: &str = "open";

/// The mark of a project that is open for editing. It is removed when this value is dropped.
#[derive(Debug)]
pub struct OpenMark {
    file: PathBuf,
    was_left: bool,
}

impl OpenMark {
    /// Marks the project in `folder` as open. A mark that cannot be written is not an error. Reads and writes the disk.
    pub fn set(config: &Path, folder: &Path) -> Self {
        let name = ContentHash::of(folder.to_string_lossy().as_bytes());
        let marks = config.join(FOLDER);
        let file = marks.join(name.to_string());
        let was_left = file.exists();
        let text = folder.display().to_string();
        if let Err(error) = fs::create_dir_all(&marks).and_then(|()| fs::write(&file, text)) {
            tracing::warn!("{} was not written: {error}", file.display());
        }
        Self { file, was_left }
    }

    /// Whether the last session of the project did not end cleanly.
    pub fn was_left(&self) -> bool {
        self.was_left
    }
}

/// A thread removes the file.
impl Drop for OpenMark {
    fn drop(&mut self) {
        let file = std::mem::take(&mut self.file);
        pending_writes::push(std::thread::spawn(move || {
            fs::remove_file(file).ok();
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::pending_writes::flush_pending;

    #[test]
    fn a_mark_is_left_only_by_a_program_that_did_not_end_cleanly() {
        let config = tempfile::tempdir().expect("a folder");
        let folder = Path::new("/films/Sea.kinora");
        let mark = OpenMark::set(config.path(), folder);
        assert!(!mark.was_left());
        drop(mark);
        flush_pending();
        let mark = OpenMark::set(config.path(), folder);
        assert!(!mark.was_left(), "the last session ended cleanly");
        std::mem::forget(mark); // as a program that is killed
        let mark = OpenMark::set(config.path(), folder);
        assert!(mark.was_left());
        let other = OpenMark::set(config.path(), Path::new("/films/Sky.kinora"));
        assert!(!other.was_left());
    }
}
