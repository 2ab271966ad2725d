//! The preset and the keys of the commands. A change applies at once and is saved on another thread.

use crate::state::action::KeyAction;
use crate::state::app::AppState;

pub fn apply(action: KeyAction, state: &mut AppState) {
    let keys = &mut state.keys;
    match action {
        KeyAction::UsePreset(preset) => keys.use_preset(preset),
        KeyAction::Set(command, shortcut) => keys.set(command, shortcut),
        KeyAction::Reset(command) => keys.reset(command),
        KeyAction::ResetAll => keys.reset_all(),
    }
    let saved = keys.clone();
    state
        .config_writer
        .write("keyboard shortcuts", move || saved.save());
}
