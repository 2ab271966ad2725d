//! Changes of a project that are no undo steps: the arrival of a take, and which sequence is open.

use serde::{Deserialize, Serialize};

use crate::edit::Edit;
use crate::edit::library::Library;
use crate::{ContentHash, Project, SequenceId, ShotId};

/// A change that is no step of the artist's work. [`History::amend`](crate::History::amend) makes it in every version
/// of the project, so that no undo takes it back and no redo is lost by it. It adds nothing that gets an id, because
/// ids differ from version to version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Amendment {
    /// A take of a shot was finished. A shot without a chosen take gets it.
    FirstTake {
        /// The shot.
        shot: ShotId,
        /// The take.
        take: ContentHash,
    },
    /// A take of a shot that is sound alone was finished. A shot without a chosen sound gets it.
    FirstSound {
        /// The shot.
        shot: ShotId,
        /// The take.
        take: ContentHash,
    },
    /// Another sequence is opened.
    Open(SequenceId),
}

impl Amendment {
    /// The project after the change. `None`: it changes nothing in this version.
    pub fn apply(&self, project: &Project) -> Option<Project> {
        match self {
            Self::FirstTake { shot, take } => {
                if project.shot(*shot)?.chosen.is_some() {
                    return None;
                }
                let edit = Edit::Library(Library::ChooseTake(*shot, Some(*take)));
                edit.apply(project).ok()
            }
            Self::FirstSound { shot, take } => {
                if project.shot(*shot)?.chosen_sound.is_some() {
                    return None;
                }
                let edit = Edit::Library(Library::ChooseSound(*shot, Some(*take)));
                edit.apply(project).ok()
            }
            Self::Open(sequence) => project.opened(*sequence),
        }
    }
}
