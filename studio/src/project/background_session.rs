//! The open project as the window has it: an edit counts at once, and is written behind it by a thread of its own. If the
//! disk refuses an edit, the project goes back to what the disk has. So the window never waits for a disk.

mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use kinora_timeline::file::{Disk, Document, EditError, FileError};
use kinora_timeline::{Amendment, Edit, History, Project, Refusal};

use super::pending_writes;
use super::session::{Session, name_of};
use writer::{Answer, Change, Numbered, write};

pub use writer::Written;

/// The open project.
pub struct BackgroundSession {
    folder: PathBuf,
    can_be_edited: bool,
    /// As it is shown.
    history: History,
    /// As it was when everything was on the disk, and the changes since then.
    settled: Option<History>,
    unwritten: Vec<Change>,
    /// How many of these are on the disk.
    written: usize,
    epoch: u64,
    changes: Option<Sender<Numbered>>,
    answers: Receiver<Answer>,
    thread: Option<JoinHandle<()>>,
}

impl BackgroundSession {
    /// Takes a session over. `wake` is called on another thread when [`BackgroundSession::poll`] has something to report.
    pub fn of(session: Session, wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self::around(session.into_document(), Arc::new(wake))
    }

    fn around<D: Disk + Send + 'static>(
        document: Document<D>,
        wake: Arc<dyn Fn() + Send + Sync>,
    ) -> Self {
        let (changes, received) = channel();
        let (report, answers) = channel();
        let (history, store) = document.into_parts();
        let (folder, can_be_edited) = (store.folder().to_owned(), store.can_be_edited());
        let thread = std::thread::spawn(move || write(store, &received, &report, &*wake));
        Self {
            folder,
            can_be_edited,
            history,
            settled: None,
            unwritten: Vec::new(),
            written: 0,
            epoch: 0,
            changes: Some(changes),
            answers,
            thread: Some(thread),
        }
    }

    /// The project as it is shown.
    pub fn project(&self) -> &Project {
        self.history.project()
    }

    /// The steps that can be undone and redone.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The project's folder, absolute.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The project's name: that of its folder.
    pub fn name(&self) -> String {
        name_of(&self.folder)
    }

    /// False if another program has the project open.
    pub fn can_be_edited(&self) -> bool {
        self.can_be_edited
    }

    /// Whether the disk has every change.
    pub fn is_settled(&self) -> bool {
        self.written == self.unwritten.len()
    }

    /// Applies an edit as a step of its own.
    ///
    /// # Errors
    /// The project refuses it. What the disk refuses is reported by [`BackgroundSession::poll`].
    pub fn apply(&mut self, edit: &Edit) -> Result<(), EditError> {
        self.may_edit()?;
        self.commit();
        self.settle();
        let step = self.history.apply(edit)?;
        self.send(Change::Step(step));
        Ok(())
    }

    /// Applies several edits as one step.
    ///
    /// # Errors
    /// As [`BackgroundSession::apply`].
    pub fn apply_all(&mut self, name: &str, edits: &[Edit]) -> Result<(), EditError> {
        self.may_edit()?;
        self.commit();
        self.settle();
        let step = self.history.apply_all(name, edits)?;
        self.send(Change::Step(step));
        Ok(())
    }

    /// Makes a change that is no step: no undo takes it back. Returns whether it changed the project.
    ///
    /// # Errors
    /// The project is read-only.
    pub fn amend(&mut self, amendment: &Amendment) -> Result<bool, EditError> {
        self.may_edit()?;
        self.commit();
        self.settle();
        let is_changed = self.history.amend(amendment);
        self.send(Change::Amend(amendment.clone()));
        Ok(is_changed)
    }

    /// Begins a gesture.
    ///
    /// # Errors
    /// The project is read-only.
    pub fn begin(&mut self, name: &str) -> Result<(), EditError> {
        self.may_edit()?;
        self.commit();
        self.settle();
        self.history.begin(name);
        Ok(())
    }

    /// Shows what the gesture would do.
    ///
    /// # Errors
    /// The project refuses it, and stays as it was shown last.
    pub fn preview(&mut self, edits: &[Edit]) -> Result<(), Refusal> {
        match self.history.preview(edits) {
            Err(Refusal::NoChange) => self.history.preview(&[]), // back at the start of the gesture
            previewed => previewed,
        }
    }

    /// Whether a gesture is under way. Any other edit would end it.
    pub fn is_in_gesture(&self) -> bool {
        self.history.is_in_gesture()
    }

    /// Ends the gesture as one step.
    pub fn commit(&mut self) {
        if let Some(step) = self.history.commit() {
            self.send(Change::Step(step));
        }
    }

    /// Ends the gesture as if it had never begun.
    pub fn abort(&mut self) {
        self.history.abort();
    }

    /// Undoes a step. Returns its name, or nothing if there is none.
    ///
    /// # Errors
    /// The project is read-only.
    pub fn undo(&mut self) -> Result<Option<String>, EditError> {
        self.may_edit()?;
        self.history.abort();
        self.settle();
        let undone = self.history.undo();
        if undone.is_some() {
            self.send(Change::Undo(self.history.project().clone()));
        }
        Ok(undone)
    }

    /// Redoes a step. Returns its name, or nothing if there is none.
    ///
    /// # Errors
    /// The project is read-only.
    pub fn redo(&mut self) -> Result<Option<String>, EditError> {
        self.may_edit()?;
        self.history.abort();
        self.settle();
        let redone = self.history.redo();
        if redone.is_some() {
            self.send(Change::Redo(self.history.project().clone()));
        }
        Ok(redone)
    }

    /// Saves the project file. `now_secs` counts from 1970.
    ///
    /// # Errors
    /// The project is read-only.
    pub fn save(&mut self, now_secs: u64) -> Result<(), EditError> {
        self.may_edit()?;
        self.commit();
        self.settle();
        self.send(Change::Save(self.history.project().clone(), now_secs));
        Ok(())
    }

    /// Takes the results of writing. Never waits.
    pub fn poll(&mut self) -> Vec<Written> {
        let mut reported = Vec::new();
        while let Ok(Answer { result, epoch }) = self.answers.try_recv() {
            if epoch != self.epoch {
                continue; // dropped with a refusal that is known already
            }
            match result {
                Ok(()) => {
                    if matches!(self.unwritten.get(self.written), Some(Change::Save(..))) {
                        reported.push(Written::Saved);
                    }
                    self.written += 1;
                }
                Err(error) => {
                    self.go_back();
                    reported.push(Written::Refused(error));
                }
            }
        }
        reported
    }

    /// Notes the history when everything is on the disk, before the next change.
    fn settle(&mut self) {
        if self.is_settled() && !self.history.is_in_gesture() {
            self.settled = Some(self.history.clone());
            self.unwritten.clear();
            self.written = 0;
        }
    }

    /// The history goes back to what the disk has: the noted one, and the changes that were written since.
    fn go_back(&mut self) {
        self.epoch += 1;
        if let Some(settled) = &self.settled {
            let mut history = settled.clone();
            for change in &self.unwritten[..self.written] {
                match change {
                    Change::Step(step) => {
                        history.apply_all(&step.name, &step.edits).ok();
                    }
                    Change::Amend(amendment) => {
                        history.amend(amendment);
                    }
                    Change::Undo(_) => {
                        history.undo();
                    }
                    Change::Redo(_) => {
                        history.redo();
                    }
                    Change::Save(..) => {}
                }
            }
            self.history = history;
        }
        self.unwritten.truncate(self.written);
    }

    fn may_edit(&self) -> Result<(), FileError> {
        match self.can_be_edited {
            true => Ok(()),
            false => Err(FileError::ReadOnly {
                folder: self.folder.clone(),
            }),
        }
    }

    fn send(&mut self, change: Change) {
        let numbered = Numbered {
            change: change.clone(),
            epoch: self.epoch,
        };
        let changes = self.changes.as_ref();
        if changes.is_some_and(|changes| changes.send(numbered).is_ok()) {
            self.unwritten.push(change);
        } else {
            self.can_be_edited = false; // the writing thread is gone
        }
    }
}

/// The last changes are still written. The next project to be opened, and the end of the program, wait for it.
impl Drop for BackgroundSession {
    fn drop(&mut self) {
        self.commit();
        self.changes = None;
        if let Some(thread) = self.thread.take() {
            pending_writes::push(thread);
        }
    }
}

#[cfg(test)]
mod tests;
