//! A row of the command table, and the menus that contain the commands.
//! Menus, palette and the page of keys are made from the rows.

use egui::KeyboardShortcut;

use super::Command;

/// The menu that contains a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Menu {
    File,
    Edit,
    Timeline,
    Shot,
    Play,
    View,
    Engine,
    Help,
}

impl Menu {
    /// From left to right.
    pub const ALL: [(Self, &str); 8] = [
        (Self::File, "File"),
        (Self::Edit, "Edit"),
        (Self::Timeline, "Timeline"),
        (Self::Shot, "Shot"),
        (Self::Play, "Play"),
        (Self::View, "View"),
        (Self::Engine, "Engine"),
        (Self::Help, "Help"),
    ];
}

/// A row of the command table.
pub struct Row {
    pub command: Command,
    pub menu: Menu,
    pub icon: &'static str,
    /// Ends with an ellipsis if the command opens a dialog.
    pub text: &'static str,
    pub tooltip: &'static str,
    /// Kinora's own key. The key in use is in the key map.
    pub shortcut: Option<KeyboardShortcut>,
}
