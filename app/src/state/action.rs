//! The actions that panels, menus and keys send, by subject. The `actions` module applies them after the frame is drawn.

mod dialog;
mod edit;
mod export;
mod media;
mod project;
mod settings;
mod shot;
mod sound;
mod take;
mod viewer;

use std::cell::RefCell;

use kinora_studio::timeline::Frames;

use super::command::Command;
use super::view::layout::Pane;

pub use dialog::{DialogAction, FilePurpose};
pub use edit::{EditAction, Gesture, ShotPlace};
pub use export::ExportAction;
pub use media::{MediaAction, MediumPlace};
pub use project::{CopyPurpose, CopyRequest, ProjectAction, SequenceAction};
pub use settings::{KeyAction, LayoutAction, ModelsAction, PreferencesAction, TemplateAction};
pub use shot::{CameraLibraryAction, CharacterAction, FrameUse, ShotAction};
pub use sound::{LineRequest, MusicRequest, SoundAction, VoiceOverAction};
pub use take::{QueueAction, TakeAction, TakePlace};
pub use viewer::ViewerAction;

/// A requested change of the window's state.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// A command of the table.
    Command(Command),
    /// A command whose key was pressed in another native window. If it is not possible now, nothing is reported.
    PressKey(Command),
    Project(ProjectAction),
    Dialog(DialogAction),
    Edit(EditAction),
    Shot(ShotAction),
    Character(CharacterAction),
    Media(MediaAction),
    CameraLibrary(CameraLibraryAction),
    Take(TakeAction),
    Queue(QueueAction),
    Export(ExportAction),
    Keys(KeyAction),
    Preferences(PreferencesAction),
    Models(ModelsAction),
    Layout(LayoutAction),
    Template(TemplateAction),
    Sequence(SequenceAction),
    /// Move the playhead.
    GoTo(Frames),
    /// Bring a panel to the front of its tabs.
    Show(Pane),
    Viewer(ViewerAction),
    VoiceOver(VoiceOverAction),
    Sound(SoundAction),
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
