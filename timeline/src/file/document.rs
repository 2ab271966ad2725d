//! An open project: its history, its journal and its lock. Every edit it reports as done is on disk.

use std::path::{Path, PathBuf};

use super::backup;
use super::disk::Disk;
use super::journal::{JOURNAL_FILE, Journal, Record, Rest};
use super::lock::Lock;
use super::{FileError, failed, read_film, write_film};
use crate::{ContentHash, Edit, History, Project, Refusal, Step};

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

/// An open project.
#[derive(Debug)]
pub struct Document<D> {
    disk: D,
    folder: PathBuf,
    history: History,
    journal: Journal,
    access: Access,
    /// The number of steps that a replay of the journal could undo, and redo.
    replay_past: usize,
    replay_future: usize,
    unsaved: bool,
    /// False after a save that failed midway.
    folder_is_safe: bool,
}

impl<D: Disk> Document<D> {
    /// Opens the project in `folder` and replays its unsaved edits.
    pub fn open(disk: D, folder: &Path, access: Access) -> Result<(Self, Recovered), FileError> {
        let (film, hash) = read_film(&disk, folder)?;
        let file = folder.join(JOURNAL_FILE);
        let (journal, records, rest) =
            Journal::read(&disk, folder, hash).map_err(failed("read", &file))?;
        let mut document = Self {
            disk,
            folder: folder.into(),
            history: History::of(film),
            journal,
            access,
            replay_past: 0,
            replay_future: 0,
            unsaved: false,
            folder_is_safe: true,
        };
        let steps = records
            .iter()
            .take_while(|record| document.replayed(record))
            .count();
        document.unsaved = steps > 0;
        Ok((
            document,
            Recovered {
                steps,
                torn: rest != Rest::Nothing || steps < records.len(),
                damaged: rest == Rest::Damaged || steps < records.len(),
            },
        ))
    }

    /// The current project.
    pub fn film(&self) -> &Project {
        self.history.film()
    }

    /// The undo history.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The project's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// False if another program has it open.
    pub fn can_be_edited(&self) -> bool {
        matches!(self.access, Access::Edit(_))
    }

    /// True if the journal holds what `project.ron` does not.
    pub fn is_unsaved(&self) -> bool {
        self.unsaved
    }

    /// Applies an edit as one undo step.
    pub fn apply(&mut self, edit: &Edit) -> Result<(), EditError> {
        self.may_edit()?;
        self.commit()?;
        let step = self.history.apply(edit)?;
        self.keep(step)
    }

    /// Applies several edits as one undo step.
    pub fn apply_all(&mut self, name: &str, edits: &[Edit]) -> Result<(), EditError> {
        self.may_edit()?;
        self.commit()?;
        let step = self.history.apply_all(name, edits)?;
        self.keep(step)
    }

    /// Begins a gesture.
    pub fn begin(&mut self, name: &str) -> Result<(), EditError> {
        self.may_edit()?;
        self.commit()?;
        self.history.begin(name);
        Ok(())
    }

    /// Previews the edits of the gesture.
    pub fn preview(&mut self, edits: &[Edit]) -> Result<(), Refusal> {
        self.history.preview(edits)
    }

    /// Ends the gesture; its last preview becomes an undo step.
    pub fn commit(&mut self) -> Result<(), EditError> {
        self.history.commit().map_or(Ok(()), |step| self.keep(step))
    }

    /// Cancels the gesture.
    pub fn abort(&mut self) {
        self.history.abort();
    }

    /// Undoes a step. Returns its name, or `None` if there is none.
    pub fn undo(&mut self) -> Result<Option<String>, FileError> {
        self.may_edit()?;
        let Some(name) = self.history.undo() else {
            return Ok(None);
        };
        let replayable = self.replay_past > 0;
        let record = if replayable {
            Record::Undo
        } else {
            self.whole_film()
        };
        if let Err(error) = self.write(&record) {
            self.history.redo();
            return Err(error);
        }
        (self.replay_past, self.replay_future) = if replayable {
            (self.replay_past - 1, self.replay_future + 1)
        } else {
            (0, 0)
        };
        Ok(Some(name))
    }

    /// Redoes a step. Returns its name, or `None` if there is none.
    pub fn redo(&mut self) -> Result<Option<String>, FileError> {
        self.may_edit()?;
        let Some(name) = self.history.redo() else {
            return Ok(None);
        };
        let replayable = self.replay_future > 0;
        let record = if replayable {
            Record::Redo
        } else {
            self.whole_film()
        };
        if let Err(error) = self.write(&record) {
            self.history.undo();
            return Err(error);
        }
        (self.replay_past, self.replay_future) = if replayable {
            (self.replay_past + 1, self.replay_future - 1)
        } else {
            (0, 0)
        };
        Ok(Some(name))
    }

    /// Writes `project.ron`, keeps the previous one as a backup, and begins a new journal. `now_secs` is Unix time.
    pub fn save(&mut self, now_secs: u64) -> Result<(), FileError> {
        self.may_edit()?;
        if let Some(step) = self.history.commit() {
            self.write(&Record::Step {
                name: step.name,
                edits: step.edits,
            })?;
        }
        backup::keep(&self.disk, &self.folder, now_secs)?;
        let written = write_film(&self.disk, &self.folder, self.history.film());
        match &written {
            Ok(hash) => self.begin_journal(*hash),
            Err(_) => self.look_which_film_is_there(),
        }
        written?;
        self.disk.remove(&self.folder.join(JOURNAL_FILE)).ok(); // it names another project file, so it is of no use
        Ok(())
    }

    /// A failed save may have renamed the new file without flushing the folder. The journal must then continue on top
    /// of the new file, and nothing may be reported as done before the folder is flushed.
    fn look_which_film_is_there(&mut self) {
        self.folder_is_safe = false;
        if let Ok((film, hash)) = read_film(&self.disk, &self.folder)
            && film == *self.history.film()
        {
            self.begin_journal(hash);
        }
    }

    fn begin_journal(&mut self, film: ContentHash) {
        self.journal = Journal::on_top_of(&self.folder, film);
        (self.replay_past, self.replay_future, self.unsaved) = (0, 0, false);
    }

    fn may_edit(&self) -> Result<(), FileError> {
        if self.can_be_edited() {
            Ok(())
        } else {
            Err(FileError::ReadOnly {
                folder: self.folder.clone(),
            })
        }
    }

    /// A step counts once it is in the journal; if writing fails, it is undone.
    fn keep(&mut self, step: Step) -> Result<(), EditError> {
        if let Err(error) = self.write(&Record::Step {
            name: step.name,
            edits: step.edits,
        }) {
            self.history.undo();
            return Err(error.into());
        }
        self.replay_past += 1;
        self.replay_future = 0;
        Ok(())
    }

    fn whole_film(&self) -> Record {
        Record::Film(Box::new(self.history.film().clone()))
    }

    fn write(&mut self, record: &Record) -> Result<(), FileError> {
        let file = self.folder.join(JOURNAL_FILE);
        self.journal
            .record(&self.disk, record)
            .map_err(failed("write", &file))?;
        self.unsaved = true;
        Ok(())
    }

    /// Replays a record. Returns false if that fails: then neither it nor any record after it was ever done.
    fn replayed(&mut self, record: &Record) -> bool {
        match record {
            Record::Step { name, edits } => {
                let done = self.history.apply_all(name, edits).is_ok();
                if done {
                    self.replay_past += 1;
                    self.replay_future = 0;
                }
                done
            }
            Record::Undo => {
                let done = self.history.undo().is_some();
                if done {
                    self.replay_past -= 1;
                    self.replay_future += 1;
                }
                done
            }
            Record::Redo => {
                let done = self.history.redo().is_some();
                if done {
                    self.replay_past += 1;
                    self.replay_future -= 1;
                }
                done
            }
            Record::Film(film) => {
                let sound = crate::check::check(film).is_empty();
                if sound {
                    self.history = History::of((**film).clone());
                    (self.replay_past, self.replay_future) = (0, 0);
                }
                sound
            }
        }
    }
}
