//! The form of the dialog that shows and changes the keyboard shortcuts.

use egui::KeyboardShortcut;

use crate::state::command::Command;

/// The search text, and the change that is being made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeysForm {
    pub typed: String,
    pub pending: Option<PendingKey>,
}

/// A change of a key that is not applied yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PendingKey {
    /// The next key press becomes the key of this command.
    Recording(Command),
    /// The key is another command's. The user decides which of them has it.
    Taken {
        command: Command,
        shortcut: KeyboardShortcut,
        other: Command,
    },
}
