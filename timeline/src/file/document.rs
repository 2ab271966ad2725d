//! An open film: its history, its journal and its lock. What it says is done is on disk.

use std::path::{Path, PathBuf};

use super::backup;
use super::disk::Disk;
use super::journal::{JOURNAL_FILE, Journal, Record, Rest};
use super::lock::Lock;
use super::{FileError, failed, read_film, write_film};
use crate::{ContentHash, Edit, History, Project, Refusal, Step};

/// Whether a film can be changed.
#[derive(Debug)]
pub enum Access {
    /// It can; the lock is held, where the disk is a real one.
    Edit(Option<Lock>),
    /// Somebody else has it open.
    Look,
}

/// What opening brought back that had not been saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Steps that were replayed.
    pub steps: usize,
    /// True if the journal ended in the middle of a line: a step that was never done.
    pub torn: bool,
    /// True if a line of it was damaged: that step, and those behind it, did not come back.
    pub damaged: bool,
}

/// Why something could not be done to an open film.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The film does not allow it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The disk does not.
    #[error(transparent)]
    File(#[from] FileError),
}

/// An open film.
#[derive(Debug)]
pub struct Document<D> {
    disk: D,
    folder: PathBuf,
    history: History,
    journal: Journal,
    access: Access,
    /// How many steps a replay of the journal could undo, and redo.
    replay_past: usize,
    replay_future: usize,
    unsaved: bool,
    /// False after a save that failed on its way.
    folder_is_safe: bool,
}

impl<D: Disk> Document<D> {
    /// Opens the film in `folder` and replays what had not been saved.
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

    /// The film as it is now.
    pub fn film(&self) -> &Project {
        self.history.film()
    }

    /// What was done and can be undone.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Where it lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// False if somebody else has it open.
    pub fn can_be_edited(&self) -> bool {
        matches!(self.access, Access::Edit(_))
    }

    /// True if the journal holds what `project.ron` does not.
    pub fn is_unsaved(&self) -> bool {
        self.unsaved
    }

    /// Does an edit as a step of its own.
    pub fn apply(&mut self, edit: &Edit) -> Result<(), EditError> {
        self.may_edit()?;
        self.commit()?;
        let step = self.history.apply(edit)?;
        self.keep(step)
    }

    /// Does several edits as one step.
    pub fn apply_all(&mut self, name: &str, edits: &[Edit]) -> Result<(), EditError> {
        self.may_edit()?;
        self.commit()?;
        let step = self.history.apply_all(name, edits)?;
        self.keep(step)
    }

    /// A gesture begins.
    pub fn begin(&mut self, name: &str) -> Result<(), EditError> {
        self.may_edit()?;
        self.commit()?;
        self.history.begin(name);
        Ok(())
    }

    /// Shows what the gesture would do.
    pub fn preview(&mut self, edits: &[Edit]) -> Result<(), Refusal> {
        self.history.preview(edits)
    }

    /// The gesture becomes a step.
    pub fn commit(&mut self) -> Result<(), EditError> {
        self.history.commit().map_or(Ok(()), |step| self.keep(step))
    }

    /// The gesture never was.
    pub fn abort(&mut self) {
        self.history.abort();
    }

    /// Back by one step. Returns its name, or nothing if there is none.
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

    /// Forward again by one step. Returns its name, or nothing if there is none.
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

    /// Writes `project.ron`, keeps the one before as a backup, and begins a new journal. `now_secs` counts from 1970.
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
        self.disk.remove(&self.folder.join(JOURNAL_FILE)).ok(); // it names another film, so it is of no use
        Ok(())
    }

    /// A failed save may have gone as far as the new name, but not made it safe. The journal must then go on
    /// top of the new film, and nothing may be said to be done before the folder is safe.
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

    /// A step counts once it is in the journal; if it cannot be, it is taken back.
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

    /// Does again what a record says. False if it cannot be: then it never was, and nothing after it.
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
