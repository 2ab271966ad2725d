//! The file picker: a typed path, and the content of its folder. Used where the system has no file dialog.

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::fs;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::time::SystemTime;

use egui::{Context, TextureHandle, TextureOptions};
use kinora_studio::FOLDER_EXTENSION;
use kinora_studio::render::media::has_still_extension;

use super::Dialog;
use crate::background::images::thumbnail_of;
use crate::background::path_cache::PathCache;
use crate::background::task::{Progress, Task};
use crate::state::action::FilePurpose;

/// The longest side of a preview, in pixels.
const PREVIEW_PIXELS: u32 = 240;

/// The state of the file picker.
pub struct FilePicker {
    pub purpose: FilePurpose,
    pub typed: String,
    pub chosen: usize,
    /// The folder that is shown, and its content.
    pub shown: Option<(PathBuf, FolderListing)>,
    /// Whether the path was set otherwise than by typing. The text cursor then moves to its end.
    pub is_new: bool,
    pub shows_hidden: bool,
    pub order: FileOrder,
    /// The user's folders that exist: their names and paths.
    pub places: Vec<(&'static str, PathBuf)>,
    finding_places: Option<Task<Vec<(&'static str, PathBuf)>>>,
    previews: OnceCell<PathCache<Option<TextureHandle>>>,
    behind: Option<Box<Dialog>>,
}

/// The order of the entries of a folder. Folders come before files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FileOrder {
    #[default]
    Name,
    /// The newest first.
    Date,
}

pub enum FolderListing {
    Looking(Task<Result<Vec<Listed>, String>>),
    There(Vec<Listed>),
    Unreadable(String),
}

/// An entry of a folder, and when it was changed.
pub struct Listed {
    entry: Entry,
    changed: Option<SystemTime>,
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
            shows_hidden: false,
            order: FileOrder::default(),
            places: Vec::new(),
            finding_places: None,
            previews: OnceCell::new(),
            behind: behind.map(Box::new),
        }
    }

    /// Offers the user's folders that `find` finds, on another thread.
    #[must_use]
    pub fn with_places(
        self,
        ctx: &Context,
        find: impl FnOnce() -> Vec<(&'static str, PathBuf)> + Send + 'static,
    ) -> Self {
        Self {
            finding_places: Some(Task::start(ctx, find)),
            ..self
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
    pub fn look(&mut self, ctx: &Context) {
        if let Some(finding) = &self.finding_places
            && let Progress::Done(places) = finding.poll()
        {
            self.places = places;
            self.finding_places = None;
        }
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

    /// The entries of the folder that begin with the typed name, ignoring case, in the chosen order. Hidden ones are
    /// left out, unless they are wanted or a dot is typed.
    pub fn answers(&self) -> Vec<Entry> {
        let Some((_, FolderListing::There(entries))) = &self.shown else {
            return Vec::new();
        };
        let begun = self.place().1.to_lowercase();
        let shows_hidden = self.shows_hidden || begun.starts_with('.');
        let mut found: Vec<&Listed> = entries
            .iter()
            .filter(|listed| shows_hidden || !listed.entry.name().starts_with('.'))
            .filter(|listed| listed.entry.name().to_lowercase().starts_with(&begun))
            .collect();
        if self.order == FileOrder::Date {
            // A stable sort: entries of the same time stay in the order of their names.
            found.sort_by_key(|listed| {
                let is_file = matches!(listed.entry, Entry::File(_));
                (is_file, Reverse(listed.changed))
            });
        }
        found.iter().map(|listed| listed.entry.clone()).collect()
    }

    /// The preview of a picture file of the folder, which is decoded on another thread. `None`: not decoded yet, or no
    /// picture.
    pub fn preview(&self, ctx: &Context, entry: &Entry) -> Option<TextureHandle> {
        let Entry::File(name) = entry else {
            return None;
        };
        let path = self.place().0.join(name);
        if !has_still_extension(&path) {
            return None;
        }
        let previews = self.previews.get_or_init(|| {
            let shared = ctx.clone();
            PathCache::start(ctx, move |path: &Path| {
                let image = thumbnail_of(path, PREVIEW_PIXELS)?;
                let name = path.display().to_string();
                Some(shared.load_texture(name, image, TextureOptions::LINEAR))
            })
        });
        previews.get(&path).flatten()
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

/// The folders, then the files with a suitable extension, each by name. A project that may be opened counts as a file, and
/// so does the package of a timeline.
fn entries(folder: &Path, purpose: FilePurpose) -> Result<Vec<Listed>, String> {
    let listed = fs::read_dir(folder).map_err(|error| error.to_string())?;
    let mut entries: Vec<Listed> = listed
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let path = entry.path();
            let ending = path.extension().unwrap_or_default().to_string_lossy();
            let may_be = purpose
                .extensions()
                .contains(&ending.to_lowercase().as_str());
            let is_project = purpose == FilePurpose::Project && ending == FOLDER_EXTENSION;
            let is_package = purpose == FilePurpose::Timeline && may_be;
            let listed = match path.is_dir() {
                true if is_project || is_package => Entry::File(name),
                true => Entry::Folder(name),
                false if may_be => Entry::File(name),
                false => return None,
            };
            let changed = fs::metadata(&path).and_then(|found| found.modified());
            Some(Listed {
                entry: listed,
                changed: changed.ok(),
            })
        })
        .collect();
    entries.sort_by(|one, other| one.entry.cmp(&other.entry));
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
    fn the_newest_files_come_first_if_they_are_sorted_by_date() {
        let folder = tempfile::tempdir().expect("a folder");
        let now = SystemTime::now();
        for (name, age_secs) in [("a.png", 300), ("b.png", 100), ("c.png", 200)] {
            let file = fs::File::create(folder.path().join(name)).expect("made");
            let changed = now - std::time::Duration::from_secs(age_secs);
            file.set_modified(changed).expect("set");
        }
        let mut find = looked(FilePurpose::Portrait, folder.path(), "");
        assert_eq!(names(&find), ["a.png", "b.png", "c.png"]);
        find.order = FileOrder::Date;
        assert_eq!(names(&find), ["b.png", "c.png", "a.png"]);
    }

    #[test]
    fn hidden_entries_are_shown_when_they_are_wanted() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join(".secret")).expect("made");
        let mut find = looked(FilePurpose::Folder, folder.path(), "");
        assert_eq!(names(&find), [] as [&str; 0]);
        find.shows_hidden = true;
        assert_eq!(names(&find), [".secret"]);
        let typed = looked(FilePurpose::Folder, folder.path(), ".s");
        assert_eq!(names(&typed), [".secret"]);
    }

    #[test]
    fn a_project_to_open_is_taken_and_not_gone_into() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["Sea.kinora", "films"] {
            fs::create_dir(folder.path().join(name)).expect("made");
        }
        let mut find = looked(FilePurpose::Project, folder.path(), "");
        assert_eq!(names(&find), ["films", "Sea.kinora"]);
        let sea = Entry::File("Sea.kinora".into());
        assert_eq!(find.take(&sea), Some(folder.path().join("Sea.kinora")));
        let folders = looked(FilePurpose::Folder, folder.path(), "");
        assert!(
            folders
                .answers()
                .contains(&Entry::Folder("Sea.kinora".into()))
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
    fn a_folder_that_is_not_there_is_reported() {
        assert!(entries(Path::new("/no/such/folder"), FilePurpose::Folder).is_err());
    }
}
