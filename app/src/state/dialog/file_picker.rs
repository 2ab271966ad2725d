//! The file picker: a typed path, and the content of its folder. Used where the system has no file dialog.

use std::fs;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use super::Dialog;
use crate::background::task::{Progress, Task};
use crate::state::action::FilePurpose;

/// The state of the file picker.
pub struct FilePicker {
    pub purpose: FilePurpose,
    pub typed: String,
    pub chosen: usize,
    /// The folder that is shown, and its content.
    pub shown: Option<(PathBuf, FolderListing)>,
    /// Whether the path was set otherwise than by typing. The text cursor then moves to its end.
    pub is_new: bool,
    behind: Option<Box<Dialog>>,
}

pub enum FolderListing {
    Looking(Task<Result<Vec<Entry>, String>>),
    There(Vec<Entry>),
    Unreadable(String),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entry {
    Folder(String),
    File(String),
}

impl Entry {
    pub fn name(&self) -> &str {
        match self {
            Self::Folder(name) | Self::File(name) => name,
        }
    }
}

impl FilePicker {
    /// A file picker that starts in a folder. `behind` is the dialog from which it was opened.
    pub fn in_folder(purpose: FilePurpose, start: &Path, behind: Option<Dialog>) -> Self {
        Self {
            purpose,
            typed: within(start),
            chosen: 0,
            shown: None,
            is_new: true,
            behind: behind.map(Box::new),
        }
    }

    /// The dialog from which it was opened.
    pub fn into_behind(self) -> Option<Dialog> {
        self.behind.map(|behind| *behind)
    }

    /// The typed path, divided into a folder and the beginning of a name in it.
    pub fn place(&self) -> (PathBuf, &str) {
        let (folder, begun) = match self.typed.rfind(MAIN_SEPARATOR) {
            Some(at) => self.typed.split_at(at + 1),
            None => ("", self.typed.as_str()),
        };
        (PathBuf::from(folder), begun)
    }

    /// Lists the typed folder on another thread, and polls for the result. Called once per frame.
    pub fn look(&mut self, ctx: &egui::Context) {
        let (folder, _) = self.place();
        if self
            .shown
            .as_ref()
            .is_none_or(|(shown, _)| *shown != folder)
        {
            let (wanted, purpose) = (folder.clone(), self.purpose);
            let looking = Task::start(ctx, move || entries(&wanted, purpose));
            self.shown = Some((folder, FolderListing::Looking(looking)));
        }
        if let Some((_, shown)) = &mut self.shown
            && let FolderListing::Looking(looking) = shown
        {
            match looking.poll() {
                Progress::Working => {}
                Progress::Done(Ok(entries)) => *shown = FolderListing::There(entries),
                Progress::Done(Err(why)) => *shown = FolderListing::Unreadable(why),
                Progress::Lost => *shown = FolderListing::Unreadable("it cannot be read".into()),
            }
        }
    }

    /// The entries of the folder that begin with the typed name, ignoring case.
    pub fn answers(&self) -> Vec<Entry> {
        let Some((_, FolderListing::There(entries))) = &self.shown else {
            return Vec::new();
        };
        let begun = self.place().1.to_lowercase();
        let begins = |entry: &&Entry| entry.name().to_lowercase().starts_with(&begun);
        entries.iter().filter(begins).cloned().collect()
    }

    /// Enters a folder; returns the path of a file.
    pub fn take(&mut self, entry: &Entry) -> Option<PathBuf> {
        let path = self.place().0.join(entry.name());
        match entry {
            Entry::Folder(_) => {
                self.go_to(&path);
                None
            }
            Entry::File(_) => Some(path),
        }
    }

    pub fn go_to(&mut self, folder: &Path) {
        self.typed = within(folder);
        self.chosen = 0;
        self.is_new = true;
    }
}

/// The path of a folder with a separator at its end, so that typing continues inside it.
fn within(folder: &Path) -> String {
    let mut path = folder.display().to_string();
    if !path.ends_with(MAIN_SEPARATOR) {
        path.push(MAIN_SEPARATOR);
    }
    path
}

/// The folders, then the files with a suitable extension, each by name. Hidden entries are left out.
fn entries(folder: &Path, purpose: FilePurpose) -> Result<Vec<Entry>, String> {
    let listed = fs::read_dir(folder).map_err(|error| error.to_string())?;
    let mut entries: Vec<Entry> = listed
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let path = entry.path();
            let ending = path.extension().unwrap_or_default().to_string_lossy();
            let may_be = purpose
                .extensions()
                .contains(&ending.to_lowercase().as_str());
            match path.is_dir() {
                _ if name.starts_with('.') => None,
                true => Some(Entry::Folder(name)),
                false => may_be.then_some(Entry::File(name)),
            }
        })
        .collect();
    entries.sort();
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked(pick: FilePurpose, folder: &Path, begun: &str) -> FilePicker {
        let mut find = FilePicker::in_folder(pick, folder, None);
        find.typed.push_str(begun);
        let there = entries(folder, pick).expect("it can be read");
        find.shown = Some((folder.to_owned(), FolderListing::There(there)));
        find
    }

    fn names(find: &FilePicker) -> Vec<String> {
        let answers = find.answers();
        answers
            .iter()
            .map(|entry| entry.name().to_owned())
            .collect()
    }

    #[test]
    fn folders_come_first_then_what_can_be_used() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("pictures")).expect("made");
        fs::create_dir(folder.path().join(".hidden")).expect("made");
        for name in ["Ada.PNG", "bo.jpg", "notes.txt", "sea.mp4"] {
            fs::write(folder.path().join(name), "").expect("written");
        }
        let found = |pick| names(&looked(pick, folder.path(), ""));
        assert_eq!(
            found(FilePurpose::Portrait),
            ["pictures", "Ada.PNG", "bo.jpg"]
        );
        assert_eq!(
            found(FilePurpose::Medium),
            ["pictures", "Ada.PNG", "bo.jpg", "sea.mp4"]
        );
        assert_eq!(found(FilePurpose::Folder), ["pictures"]);
        assert_eq!(
            names(&looked(FilePurpose::Portrait, folder.path(), "a")),
            ["Ada.PNG"]
        );
    }

    #[test]
    fn a_folder_is_gone_into_and_a_file_is_what_was_looked_for() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut find = looked(FilePurpose::Portrait, folder.path(), "pi");
        assert_eq!(find.take(&Entry::Folder("pictures".into())), None);
        let within = folder.path().join("pictures");
        assert_eq!(find.place(), (within.join(""), ""));
        let file = find.take(&Entry::File("ada.png".into()));
        assert_eq!(file, Some(within.join("ada.png")));
    }

    #[test]
    fn a_folder_that_is_not_there_is_told() {
        assert!(entries(Path::new("/no/such/folder"), FilePurpose::Folder).is_err());
    }
}
