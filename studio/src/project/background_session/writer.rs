//! The thread that writes the changes of an open project, in order, and answers with what the disk has kept.
//! After a refusal it skips what was sent before the refusal was known.

use std::sync::mpsc::{Receiver, Sender};

use kinora_timeline::file::{Disk, FileError, ProjectStore};
use kinora_timeline::{Amendment, Project, Step};

/// What [`super::BackgroundSession::poll`] reports.
#[derive(Debug)]
pub enum Written {
    /// The project file was saved.
    Saved,
    /// The disk refused an edit or a save. The project is what the disk has; later edits were dropped with it.
    Refused(FileError),
}

/// A change of the history, to be written.
#[derive(Clone)]
pub(super) enum Change {
    Step(Step),
    Amend(Amendment),
    /// The project after the undo.
    Undo(Project),
    /// The project after the redo.
    Redo(Project),
    /// The project to save, and the time in seconds since 1970.
    Save(Project, u64),
}

/// A change, and the number of refusals that the window knew of when it was made. A change that was made before the
/// window knew of a refusal builds on what was refused, and is dropped.
pub(super) struct Numbered {
    pub(super) change: Change,
    pub(super) epoch: u64,
}

pub(super) struct Answer {
    pub(super) result: Result<(), FileError>,
    pub(super) epoch: u64,
}

pub(super) fn write<D: Disk>(
    mut store: ProjectStore<D>,
    changes: &Receiver<Numbered>,
    report: &Sender<Answer>,
    wake: &(dyn Fn() + Send + Sync),
) {
    let mut refused = None;
    while let Ok(Numbered { change, epoch }) = changes.recv() {
        if refused == Some(epoch) {
            continue; // it builds on what was refused
        }
        let result = match change {
            Change::Step(step) => store.step(step),
            Change::Amend(amendment) => store.amend(&amendment),
            Change::Undo(after) => store.undo(&after),
            Change::Redo(after) => store.redo(&after),
            Change::Save(project, now) => store.save(&project, now),
        };
        if result.is_err() {
            refused = Some(epoch);
        }
        if let Err(unsent) = report.send(Answer { result, epoch })
            && let Err(error) = unsent.0.result
        {
            tracing::error!("not written: {error}"); // the project was closed: there is no window to show it
        }
        wake();
    }
}
