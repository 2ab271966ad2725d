//! An open project: its folder, its document, and what was recovered after a crash.

use std::fs;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use kinora_timeline::Project;
use kinora_timeline::file::{
    self, Access, Disk as _, Document, FileError, Lock, RealDisk, Recovered, beside,
};

use crate::folders::Folders;
use crate::project::pending_writes::flush_pending;
use crate::project::temp_cleanup;

const SAMPLE_NAME: &str = "First light.kinora";
/// The sample without takes: the user generates them.
static SAMPLE: Dir = include_dir!("$CARGO_MANIFEST_DIR/../assets/sample/First light.kinora");

/// An open project.
#[derive(Debug)]
pub struct Session {
    document: Document<RealDisk>,
    recovered: Recovered,
}

impl Session {
    /// Creates a project in `folder` and opens it.
    pub fn create(folder: &Path, project: &Project) -> Result<Self, FileError> {
        file::create(&RealDisk, folder, project)?;
        Self::open(folder)
    }

    /// Opens the project in `folder`: for editing, or read-only if it is open elsewhere.
    pub fn open(folder: &Path) -> Result<Self, FileError> {
        let folder = absolute(folder);
        flush_pending(); // this very project may still be being written
        // If the folder cannot be written to, or is not a project, opening it below fails.
        let access = match Lock::take(&folder) {
            Ok(Some(lock)) => Access::Edit(Some(lock)),
            Ok(None) | Err(_) => Access::Look,
        };
        let (document, recovered) = Document::open(RealDisk, &folder, access)?;
        if document.can_be_edited() {
            temp_cleanup::clean_up_in_background(&folder);
        }
        Ok(Self {
            document,
            recovered,
        })
    }

    /// Opens the user's own copy of the sample project, which is created the first time.
    pub fn open_sample(folders: &Folders) -> Result<Self, FileError> {
        let folder = folders.data.join(SAMPLE_NAME);
        if !folder.exists() {
            // Extracted beside its place first: an interrupted copy is then not taken for a project.
            let beside = beside(&folder);
            let copied = fs::create_dir_all(&beside)
                .and_then(|()| SAMPLE.extract(&beside))
                .and_then(|()| RealDisk.rename(&beside, &folder))
                .and_then(|()| RealDisk.sync_folder(&folders.data));
            copied.map_err(|error| FileError::Disk {
                what: "write",
                path: folder.clone(),
                error,
            })?;
        }
        Self::open(&folder)
    }

    /// The project's folder, absolute.
    pub fn folder(&self) -> &Path {
        self.document.folder()
    }

    /// The project.
    pub fn project(&self) -> &Project {
        self.document.project()
    }

    /// The project with its edits, history and file.
    pub fn document(&self) -> &Document<RealDisk> {
        &self.document
    }

    /// The document, for editing, undo and saving.
    pub fn document_mut(&mut self) -> &mut Document<RealDisk> {
        &mut self.document
    }

    /// The document, for a background session.
    pub(crate) fn into_document(self) -> Document<RealDisk> {
        self.document
    }

    /// The unsaved edits that opening has recovered from the journal.
    pub fn recovered(&self) -> Recovered {
        self.recovered
    }

    /// False: the project is open elsewhere, or its folder is read-only.
    pub fn can_be_edited(&self) -> bool {
        self.document.can_be_edited()
    }

    /// The project's name: the name of its folder without the extension.
    pub fn name(&self) -> String {
        name_of(self.folder())
    }
}

/// "My project" for `/somewhere/My project.kinora`.
pub fn name_of(folder: &Path) -> String {
    folder.file_stem().map_or_else(
        || folder.display().to_string(),
        |stem| stem.to_string_lossy().into_owned(),
    )
}

fn absolute(folder: &Path) -> PathBuf {
    std::path::absolute(folder).unwrap_or_else(|_| folder.into())
}

#[cfg(test)]
mod tests {
    use kinora_timeline::edit::library::Library;
    use kinora_timeline::{Edit, Size};

    use super::*;

    #[test]
    fn the_sample_project_opens_and_keeps_its_edits() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let folders = Folders::under(root.path());
        let mut session = Session::open_sample(&folders).expect("the sample");
        assert_eq!(session.name(), "First light");
        let found = crate::project::check::check(session.folder(), &mut |_| {}).expect("it opens");
        assert_eq!(found.wrong, [], "as it was made");
        let smaller = Edit::Library(Library::SetSize(Size::COMMON[0]));
        session.document.apply(&smaller).expect("an edit");
        drop(session);
        let again = Session::open_sample(&folders).expect("again");
        assert_eq!(
            (again.project().size(), again.recovered().steps),
            (Size::COMMON[0], 1)
        );
    }

    #[test]
    fn a_project_that_is_open_elsewhere_is_read_only() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let first =
            Session::create(&root.path().join("a.kinora"), &Project::default()).expect("create");
        assert!(first.can_be_edited());
        assert!(!Session::open(first.folder()).expect("open").can_be_edited());
    }

    #[test]
    fn a_new_project_has_the_name_of_its_folder() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let folder = root.path().join("Night train.kinora");
        Session::create(&folder, &Project::default()).expect("create");
        assert_eq!(Session::open(&folder).expect("open").name(), "Night train");
    }
}
