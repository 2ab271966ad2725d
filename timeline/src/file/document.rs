//! An open project whose edits are written at once: every edit that it reports as done is on the disk.

use std::path::Path;

use super::FileError;
use super::disk::Disk;
use super::store::{Access, ProjectStore, Recovered};
use crate::{Amendment, Edit, History, Project, Refusal, Step};

/// Why an open project could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The edit was refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The disk reported an error.
    #[error(transparent)]
    File(#[from] FileError),
}

/// An open project: its history and its files.
#[derive(Debug)]
pub struct Document<D> {
    history: History,
    store: ProjectStore<D>,
}

impl<D: Disk> Document<D> {
    /// Opens the project in `folder` and replays its unsaved edits.
    pub fn open(disk: D, folder: &Path, access: Access) -> Result<(Self, Recovered), FileError> {
        let (store, history, recovered) = ProjectStore::open(disk, folder, access)?;
        Ok((Self { history, store }, recovered))
    }

    /// Its history and its files, to be used apart.
    pub fn into_parts(self) -> (History, ProjectStore<D>) {
        (self.history, self.store)
    }

    /// The project as it is now.
    pub fn project(&self) -> &Project {
        self.history.project()
    }

    /// The steps that can be undone and redone.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The folder of the project.
    pub fn folder(&self) -> &Path {
        self.store.folder()
    }

    /// False if another program has it open.
    pub fn can_be_edited(&self) -> bool {
        self.store.can_be_edited()
    }

    /// True if the journal holds edits that `project.ron` does not have.
    pub fn is_unsaved(&self) -> bool {
        self.store.is_unsaved()
    }

    /// Applies an edit as a step of its own.
    pub fn apply(&mut self, edit: &Edit) -> Result<(), EditError> {
        self.store.may_edit()?;
        self.commit()?;
        let step = self.history.apply(edit)?;
        self.write(step)
    }

    /// Applies several edits as one step.
    pub fn apply_all(&mut self, name: &str, edits: &[Edit]) -> Result<(), EditError> {
        self.store.may_edit()?;
        self.commit()?;
        let step = self.history.apply_all(name, edits)?;
        self.write(step)
    }

    /// Begins a gesture.
    pub fn begin(&mut self, name: &str) -> Result<(), EditError> {
        self.store.may_edit()?;
        self.commit()?;
        self.history.begin(name);
        Ok(())
    }

    /// Shows what the gesture would do.
    pub fn preview(&mut self, edits: &[Edit]) -> Result<(), Refusal> {
        self.history.preview(edits)
    }

    /// Ends the gesture as one step.
    pub fn commit(&mut self) -> Result<(), EditError> {
        match self.history.commit() {
            Some(step) => self.write(step),
            None => Ok(()),
        }
    }

    /// Ends the gesture as if it had never begun.
    pub fn abort(&mut self) {
        self.history.abort();
    }

    /// Makes a change that is no step. Returns whether it changed the project.
    pub fn amend(&mut self, amendment: &Amendment) -> Result<bool, EditError> {
        self.store.may_edit()?;
        self.commit()?;
        self.store.amend(amendment)?;
        Ok(self.history.amend(amendment))
    }

    /// Undoes a step. Returns its name, or `None` if there is none.
    pub fn undo(&mut self) -> Result<Option<String>, FileError> {
        self.store.may_edit()?;
        let Some(name) = self.history.undo() else {
            return Ok(None);
        };
        if let Err(error) = self.store.undo(self.history.project()) {
            self.history.redo();
            return Err(error);
        }
        Ok(Some(name))
    }

    /// Redoes a step. Returns its name, or `None` if there is none.
    pub fn redo(&mut self) -> Result<Option<String>, FileError> {
        self.store.may_edit()?;
        let Some(name) = self.history.redo() else {
            return Ok(None);
        };
        if let Err(error) = self.store.redo(self.history.project()) {
            self.history.undo();
            return Err(error);
        }
        Ok(Some(name))
    }

    /// Writes `project.ron`, keeps the previous one as a backup, and begins a new journal. `now_secs` is Unix time.
    pub fn save(&mut self, now_secs: u64) -> Result<(), FileError> {
        self.store.may_edit()?;
        if let Some(step) = self.history.commit() {
            self.store.step(step)?;
        }
        self.store.save(self.history.project(), now_secs)
    }

    /// A step counts once it is in the journal; if writing fails, it is undone.
    fn write(&mut self, step: Step) -> Result<(), EditError> {
        if let Err(error) = self.store.step(step) {
            self.history.undo();
            return Err(error.into());
        }
        Ok(())
    }
}
