//! The actions that panels, menus and keys send. The `actions` module applies them after the frame is drawn.

use std::cell::RefCell;
use std::path::PathBuf;

use kinora_studio::Project;
use kinora_studio::exchange::export::{Existing, ExportRequest};
use kinora_studio::exchange::export_presets::ExportPreset;
use kinora_studio::generate::queue::{OrderId, Vary};
use kinora_studio::take::take_store::Rating;
use kinora_studio::timeline::edit::shot_change::ShotChange;
use kinora_studio::timeline::{
    CharacterId, ClipId, ContentHash, Edit, FrameRange, Frames, ShotId, TrackId, TransitionKind,
};

use super::command::Command;
use super::comparison::Comparison;

/// A requested change of the window's state.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// A command of the table.
    Command(Command),
    Project(ProjectAction),
    Dialog(DialogAction),
    Edit(EditAction),
    Shot(ShotAction),
    Take(TakeAction),
    Queue(QueueAction),
    Export(ExportAction),
    /// Move the playhead.
    GoTo(Frames),
}

/// Opening and creating projects.
#[derive(Clone, Debug, PartialEq)]
pub enum ProjectAction {
    /// Open the project in this folder.
    Open(PathBuf),
    /// Create this project there and open it.
    Create(PathBuf, Project),
    /// Remove a project from the list of recent ones.
    Forget(PathBuf),
}

/// Dialogs and notifications.
#[derive(Clone, Debug, PartialEq)]
pub enum DialogAction {
    /// Choose a folder for the open dialog.
    BrowseFolder {
        start: PathBuf,
    },
    /// A file or folder was chosen in the file picker.
    FileChosen(FilePurpose, PathBuf),
    Close,
    CloseNotification(u64),
    /// Show a notification as long again.
    KeepNotification(u64),
}

/// Changes of the timeline, and its selection.
#[derive(Clone, Debug, PartialEq)]
pub enum EditAction {
    Apply(Edit),
    Gesture(Gesture),
    /// Select a clip, or nothing if `clip` is `None`. `adds` adds the clip to the selection, or removes it.
    SelectClip {
        clip: Option<ClipId>,
        adds: bool,
    },
    /// Append a shot to the timeline.
    PlaceShot(ShotId),
    /// A transition at the head of a clip.
    AddTransition(ClipId, TransitionKind),
    /// Import a video, picture or sound and place it at the playhead.
    Import(PathBuf),
}

/// Shots and the cast.
#[derive(Clone, Debug, PartialEq)]
pub enum ShotAction {
    Select(ShotId),
    /// Change one property.
    Change(ShotId, ShotChange),
    /// A new shot in a gap of this track.
    FillGap(TrackId, FrameRange),
    /// A new character from a picture file.
    AddCharacterFrom(PathBuf),
    /// Save the frame at the playhead as a picture, for this use.
    UseFrame(FrameUse),
    /// Request the list of models from the engine.
    LoadModels,
}

/// Variations, reproduction, comparison and rating of takes.
#[derive(Clone, Debug, PartialEq)]
pub enum TakeAction {
    /// A take with the recipe of another one and one difference.
    Vary(ShotId, ContentHash, Vary),
    /// Repeat a take's recipe and compare the frames.
    Reproduce(ShotId, ContentHash),
    /// Compare a take with the chosen one; None ends it.
    Compare(Option<Comparison>),
    Rate(ContentHash, Rating),
}

/// The queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueAction {
    Cancel(OrderId),
    Retry(OrderId),
    /// Generate it before the others.
    MoveToFront(OrderId),
}

/// The export of videos, and its presets.
#[derive(Clone, Debug, PartialEq)]
pub enum ExportAction {
    Start(ExportRequest),
    /// What to do with the file that the export in the dialog has found.
    Resolve(Existing),
    Cancel,
    SavePreset(ExportPreset),
    DeletePreset(String),
    /// Open a file, or a folder, with the system's program for it.
    OpenWithSystem(PathBuf),
}

/// A step of a gesture: any number of previews that become one undo step.
#[derive(Clone, Debug, PartialEq)]
pub enum Gesture {
    Begin(String),
    Preview(Vec<Edit>),
    Commit,
    Abort,
}

/// The use of a saved frame of the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameUse {
    /// A keyframe image of the shot, at this frame, counted in the model's own frames.
    Key(ShotId, u32),
    /// A further reference of a character.
    Reference(CharacterId),
    /// The picture of a new character.
    NewCharacter,
}

/// The purpose of a chosen file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilePurpose {
    /// The folder field of the dialog that is open.
    Folder,
    /// The picture of a new character.
    Portrait,
    /// A video, picture or sound for the timeline.
    Medium,
}

const PICTURES: [&str; 4] = ["png", "jpg", "jpeg", "webp"];
const MEDIA: [&str; 17] = [
    "mp4", "mov", "mkv", "webm", "avi", "m4v", "wav", "mp3", "flac", "ogg", "m4a", "aac", "aiff",
    "png", "jpg", "jpeg", "webp",
];

impl FilePurpose {
    /// The extensions of such files, in lower case; none for folders.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Folder => &[],
            Self::Portrait => &PICTURES,
            Self::Medium => &MEDIA,
        }
    }
}

/// Collects the actions of a frame, in order. Shared by all panels that are drawn.
#[derive(Default)]
pub struct ActionSink(RefCell<Vec<Action>>);

impl ActionSink {
    pub fn send(&self, action: Action) {
        self.0.borrow_mut().push(action);
    }

    /// All actions so far, in order.
    pub fn into_actions(self) -> Vec<Action> {
        self.0.into_inner()
    }
}
