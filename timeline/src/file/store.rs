//! The files of an open project: its journal, its project file, its backups and its lock. It keeps no history: whoever
//! has one records each step here, in order.

use std::path::{Path, PathBuf};

use super::backup;
use super::disk::Disk;
use super::journal::{JOURNAL_FILE, Journal, Record, Rest};
use super::lock::Lock;
use super::{FileError, failed, read_project, write_project};
use crate::{Amendment, ContentHash, History, Project, Step};

/// Whether a project can be edited.
#[derive(Debug)]
pub enum Access {
    /// Editable; the lock is held, if the disk is a real one.
    Edit(Option<Lock>),
    /// Read-only: another program has it open.
    Look,
}

/// Unsaved edits that opening recovered from the journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// The number of steps replayed.
    pub steps: usize,
    /// True if the journal ended within a line: a step that was never completed.
    pub torn: bool,
    /// True if a line was damaged: its step, and those after it, were not recovered.
    pub damaged: bool,
}

/// The files of an open project.
#[derive(Debug)]
pub struct ProjectStore<D> {
    disk: D,
    folder: PathBuf,
    journal: Journal,
    access: Access,
    replay: Replay,
    unsaved: bool,
}

/// The number of steps that a replay of the journal could undo, and redo.
#[derive(Clone, Copy, Debug, Default)]
struct Replay {
    past: usize,
    future: usize,
}

impl Replay {
    fn step(&mut self) {
        self.past += 1;
        self.future = 0;
    }

    fn undo(&mut self) {
        self.past -= 1;
        self.future += 1;
    }

    fn redo(&mut self) {
        self.past += 1;
        self.future -= 1;
    }
}

impl<D: Disk> ProjectStore<D> {
    /// Opens the files in `folder`; returns the history that a replay of the unsaved steps gives.
    pub fn open(
        disk: D,
        folder: &Path,
        access: Access,
    ) -> Result<(Self, History, Recovered), FileError> {
        let (project, hash) = read_project(&disk, folder)?;
        let file = folder.join(JOURNAL_FILE);
        let (journal, records, rest) =
            Journal::read(&disk, folder, hash).map_err(failed("read", &file))?;
        let mut history = History::of(project);
        let mut replay = Replay::default();
        let steps = records
            .iter()
            .take_while(|record| replayed(record, &mut history, &mut replay))
            .count();
        let store = Self {
            disk,
            folder: folder.into(),
            journal,
            access,
            replay,
            unsaved: steps > 0,
        };
        let recovered = Recovered {
            steps,
            torn: rest != Rest::Nothing || steps < records.len(),
            damaged: rest == Rest::Damaged || steps < records.len(),
        };
        Ok((store, history, recovered))
    }

    /// The folder of the project.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// False if another program has the project open.
    pub fn can_be_edited(&self) -> bool {
        matches!(self.access, Access::Edit(_))
    }

    /// True if the journal holds steps that `project.ron` does not have.
    pub fn is_unsaved(&self) -> bool {
        self.unsaved
    }

    /// Fails if the project is read-only.
    pub fn may_edit(&self) -> Result<(), FileError> {
        match self.can_be_edited() {
            true => Ok(()),
            false => Err(FileError::ReadOnly {
                folder: self.folder.clone(),
            }),
        }
    }

    /// Records a step.
    pub fn step(&mut self, step: Step) -> Result<(), FileError> {
        self.write(&Record::Step {
            name: step.name,
            edits: step.edits,
        })?;
        self.replay.step();
        Ok(())
    }

    /// Records a change that is no step.
    pub fn amend(&mut self, amendment: &Amendment) -> Result<(), FileError> {
        self.write(&Record::Amend(amendment.clone()))
    }

    /// Records that a step was undone; `after` is the project after it.
    pub fn undo(&mut self, after: &Project) -> Result<(), FileError> {
        if self.replay.past > 0 {
            self.write(&Record::Undo)?;
            self.replay.undo();
            return Ok(());
        }
        self.whole(after)
    }

    /// Records that a step was redone; `after` is the project after it.
    pub fn redo(&mut self, after: &Project) -> Result<(), FileError> {
        if self.replay.future > 0 {
            self.write(&Record::Redo)?;
            self.replay.redo();
            return Ok(());
        }
        self.whole(after)
    }

    /// Records the whole project: the step lies before the last save.
    fn whole(&mut self, project: &Project) -> Result<(), FileError> {
        self.write(&Record::Whole(Box::new(project.clone())))?;
        self.replay = Replay::default();
        Ok(())
    }

    /// Writes `project.ron`, keeps the one before as a backup, and begins a new journal. `now_secs` counts from 1970.
    pub fn save(&mut self, project: &Project, now_secs: u64) -> Result<(), FileError> {
        backup::keep(&self.disk, &self.folder, now_secs)?;
        let written = write_project(&self.disk, &self.folder, project);
        match &written {
            Ok(hash) => self.begin_journal(*hash),
            Err(_) => self.look_which_project_is_there(project),
        }
        written?;
        self.disk.remove(&self.folder.join(JOURNAL_FILE)).ok(); // it names another file, so it is of no use
        Ok(())
    }

    /// A failed save may have renamed the new file without flushing the folder. The journal must then continue on top of
    /// the new file; its first record flushes the folder.
    fn look_which_project_is_there(&mut self, project: &Project) {
        if let Ok((found, hash)) = read_project(&self.disk, &self.folder)
            && found == *project
        {
            self.begin_journal(hash);
        }
    }

    fn begin_journal(&mut self, project: ContentHash) {
        self.journal = Journal::on_top_of(&self.folder, project);
        self.replay = Replay::default();
        self.unsaved = false;
    }

    fn write(&mut self, record: &Record) -> Result<(), FileError> {
        let file = self.folder.join(JOURNAL_FILE);
        self.journal
            .record(&self.disk, record)
            .map_err(failed("write", &file))?;
        self.unsaved = true;
        Ok(())
    }
}

/// Applies a record. False if it cannot be applied: then it never was, and nothing after it.
fn replayed(record: &Record, history: &mut History, replay: &mut Replay) -> bool {
    match record {
        Record::Step { name, edits } => {
            let done = history.apply_all(name, edits).is_ok();
            if done {
                replay.step();
            }
            done
        }
        Record::Amend(amendment) => {
            history.amend(amendment);
            true
        }
        Record::Undo => {
            let done = history.undo().is_some();
            if done {
                replay.undo();
            }
            done
        }
        Record::Redo => {
            let done = history.redo().is_some();
            if done {
                replay.redo();
            }
            done
        }
        Record::Whole(project) => {
            let sound = crate::check::check(project).is_empty();
            if sound {
                *history = History::of((**project).clone());
                *replay = Replay::default();
            }
            sound
        }
    }
}
