//! The form of the dialog that imports a timeline of another editor into a new project, and the import while it runs. And
//! the notes on a timeline that was imported or exported.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use kinora_studio::name_of;
use kinora_studio::wire::Failure;

use super::new_project::project_folder;
use crate::background::task::Task;
use crate::state::open_project::LoadedProject;

/// The extension of a package that is a folder.
const PACKAGE: &str = "otiod";

/// The fields of the form.
pub struct TimelineForm {
    /// The file of the timeline, or the folder of its package.
    pub cut: PathBuf,
    pub name: String,
    pub place: String,
    pub running: Option<RunningImport>,
    /// A folder for which the import failed, and the reason.
    refused: Option<(PathBuf, String)>,
}

/// An import that runs on another thread. It is cancelled when it is dropped.
pub struct RunningImport {
    /// The files that are brought in so far.
    pub done: Arc<AtomicUsize>,
    /// The number of all files; 0 until it is known.
    pub all: Arc<AtomicUsize>,
    pub is_cancelled: Arc<AtomicBool>,
    /// `None`: it was cancelled.
    pub result: Task<Result<Option<ImportedTimeline>, Failure>>,
}

impl Drop for RunningImport {
    fn drop(&mut self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
    }
}

/// A timeline that was imported into a new project.
pub struct ImportedTimeline {
    pub project: LoadedProject,
    /// What Kinora does not show of it, what is missing, and what stands in for it.
    pub notes: Vec<String>,
}

/// Whether a timeline came from another editor, or goes to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Import,
    Export,
}

/// The notes on an import or an export that are shown to the artist.
pub struct TimelineNotes {
    pub direction: Direction,
    /// The name of the new project, or of the file that was written.
    pub name: String,
    pub notes: Vec<String>,
}

impl TimelineForm {
    /// A form for a project beside a timeline, with its name.
    pub fn beside(cut: PathBuf) -> Self {
        let named = named_file(&cut);
        let name = name_of(named);
        let place = std::path::absolute(named.parent().unwrap_or(named));
        let place = place.map_or_else(|_| String::new(), |place| place.display().to_string());
        Self {
            name,
            place,
            cut,
            running: None,
            refused: None,
        }
    }

    /// The folder to create, or the reason why the name or the location is invalid.
    pub fn folder(&self) -> Result<PathBuf, &'static str> {
        project_folder(&self.name, &self.place)
    }

    /// The reason why the last import into this folder failed. It can be tried again: the reason may be gone.
    pub fn refusal(&self) -> Option<&str> {
        let (refused, reason) = self.refused.as_ref()?;
        let folder = self.folder().ok()?;
        (*refused == folder).then_some(reason.as_str())
    }

    /// Keeps the reason why the import failed. It is shown until another folder is typed.
    pub fn refuse(&mut self, reason: String) {
        if let Ok(folder) = self.folder() {
            self.refused = Some((folder, reason));
        }
    }
}

impl RunningImport {
    /// "Importing: file 3 of 12". A cancelled import ends once nothing more is copied.
    pub fn progress_text(&self) -> String {
        if self.is_cancelled.load(Ordering::Relaxed) {
            return "Cancelling…".into();
        }
        let done = self.done.load(Ordering::Relaxed);
        match self.all.load(Ordering::Relaxed) {
            0 => "Reading the timeline…".into(),
            all => format!("Importing: file {} of {all}", (done + 1).min(all)),
        }
    }
}

impl TimelineNotes {
    /// "Notes on the import (3)".
    pub fn title(&self) -> String {
        let what = match self.direction {
            Direction::Import => "import",
            Direction::Export => "export",
        };
        format!("Notes on the {what} ({})", self.notes.len())
    }

    /// The sentence above the list.
    pub fn about(&self) -> String {
        let name = &self.name;
        match self.direction {
            Direction::Import => format!(
                "{name} is open. These parts of the timeline are missing, or look different here."
            ),
            Direction::Export => format!(
                "{name} is written. Other editors leave out these parts, or show them differently."
            ),
        }
    }

    /// One line for each note, as they are copied.
    pub fn text(&self) -> String {
        let mut text = self.notes.join("\n");
        text.push('\n');
        text
    }
}

/// The file or folder that names a timeline: a package names the file inside it.
fn named_file(cut: &Path) -> &Path {
    let folder = cut.parent();
    let package = folder.filter(|folder| folder.extension().is_some_and(|has| has == PACKAGE));
    package.unwrap_or(cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_project_lies_beside_its_timeline_and_has_its_name() {
        let folder = |cut: &str| TimelineForm::beside(cut.into()).folder();
        let film = Ok(PathBuf::from("/cuts/Night train.kinora"));
        assert_eq!(folder("/cuts/Night train.otio"), film);
        assert_eq!(folder("/cuts/Night train.otiod"), film);
        assert_eq!(folder("/cuts/Night train.otiod/content.otio"), film);
    }

    #[test]
    fn a_failure_is_shown_until_another_folder_is_typed() {
        let mut form = TimelineForm::beside("/cuts/Night.otio".into());
        form.refuse("/cuts/Night.kinora is there already".into());
        assert_eq!(form.refusal(), Some("/cuts/Night.kinora is there already"));
        let again = Ok(PathBuf::from("/cuts/Night.kinora"));
        assert_eq!(form.folder(), again, "it can be tried again");
        form.name = "Night 2".into();
        assert_eq!(form.refusal(), None);
        assert_eq!(form.folder(), Ok(PathBuf::from("/cuts/Night 2.kinora")));
    }

    #[test]
    fn a_cancelled_import_says_that_it_waits_for_its_file() {
        let running = RunningImport {
            done: Arc::new(AtomicUsize::new(2)),
            all: Arc::new(AtomicUsize::new(12)),
            is_cancelled: Arc::new(AtomicBool::new(false)),
            result: Task::start(&egui::Context::default(), || Ok(None)),
        };
        assert_eq!(running.progress_text(), "Importing: file 3 of 12");
        running.is_cancelled.store(true, Ordering::Relaxed);
        assert_eq!(running.progress_text(), "Cancelling…");
    }

    #[test]
    fn notes_are_counted_and_copied_line_by_line() {
        let notes = TimelineNotes {
            direction: Direction::Import,
            name: "Night".into(),
            notes: vec!["clip \"a\": a wipe".into(), "medium \"b\": missing".into()],
        };
        assert_eq!(notes.title(), "Notes on the import (2)");
        assert_eq!(notes.text(), "clip \"a\": a wipe\nmedium \"b\": missing\n");
    }
}
