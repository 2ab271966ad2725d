//! Actions on projects and their sequences: opened, created, copied and imported. The window has one project open at a
//! time.

use std::path::PathBuf;

use kinora_studio::timeline::{ClipId, SequenceId};
use kinora_studio::{FrameRate, Project, Size};

/// Opening, creating and copying projects.
#[derive(Clone, Debug, PartialEq)]
pub enum ProjectAction {
    /// Open the project in this folder.
    Open(PathBuf),
    /// Create this project there and open it.
    Create(PathBuf, Box<Project>),
    /// Remove a project from the list of recent ones.
    Forget(PathBuf),
    /// Copy the open project.
    Copy(CopyRequest),
    CancelCopy,
    /// Ask for the place of a new project with the timeline in this file.
    AskImportTimeline(PathBuf),
    /// Import the timeline of the open dialog into a new project in this folder, and open it.
    ImportTimeline(PathBuf),
    CancelImportTimeline,
    /// Change the frame rate and the picture size of the open project.
    ChangeSettings(FrameRate, Size),
}

/// A copy of the open project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyRequest {
    pub purpose: CopyPurpose,
    /// The folder to create.
    pub to: PathBuf,
}

/// The purpose of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyPurpose {
    /// A copy of everything, in which the work continues.
    SaveAs,
    /// A copy of everything. The present project stays open.
    Duplicate,
    /// A copy of what the project needs. The present project stays open.
    Collect,
}

/// Sequences opened, renamed and removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SequenceAction {
    Open(SequenceId),
    /// Open the sequence of a clip at the frame that it shows at the playhead.
    OpenClip(ClipId),
    /// Show the dialog for its name.
    AskName(SequenceId),
    Rename(SequenceId, String),
    Remove(SequenceId),
}
