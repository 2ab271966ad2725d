//! Actions on what belongs to the user and not to a project: keys, preferences, models, prompt templates and the layout
//! of the panels.

use std::path::PathBuf;

use egui::KeyboardShortcut;

use crate::state::command::Command;
use crate::state::keymap::presets::Preset;
use crate::state::preferences::Preferences;
use crate::state::view::layout::BuiltInLayout;

/// Changes of the keyboard shortcuts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyAction {
    UsePreset(Preset),
    /// Give a command this key, or none. Another command that has the key loses it.
    Set(Command, Option<KeyboardShortcut>),
    /// Give a command the preset's key again.
    Reset(Command),
    ResetAll,
}

/// The preferences, and the caches of the open project.
#[derive(Clone, Debug, PartialEq)]
pub enum PreferencesAction {
    Change(Box<Preferences>),
    Reset,
    /// Delete the caches of the open project.
    ClearCache,
}

/// Models installed, verified and removed. A release is named by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelsAction {
    /// Show the list of the dialog.
    ShowList,
    /// Install a release, or go on with it. Its licence is shown first, unless it was accepted before.
    AskInstall(String),
    /// Accept the licence of a release and install it.
    Accept(String),
    Pause(String),
    /// Cancel an installation and delete what it has fetched.
    Cancel(String),
    Verify(String),
    CancelVerify,
    /// Show what a removal would delete.
    AskRemove(String),
    Remove(String),
    /// Show a folder with the system's program for it.
    ShowFolder(PathBuf),
}

/// The prompt templates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateAction {
    /// Save a prompt under this name. It replaces the one of the same name.
    Save(String, String),
    /// Delete the template of this name.
    Delete(String),
}

/// The layout of the panels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LayoutAction {
    UseBuiltIn(BuiltInLayout),
    /// Use the saved layout of this name.
    Use(String),
    /// Save the present layout under this name. It replaces the one of the same name.
    Save(String),
    /// Delete the saved layout of this name.
    Delete(String),
}
