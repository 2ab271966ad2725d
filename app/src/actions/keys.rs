//! The preset and the keys of the commands. A change applies at once and is saved on another thread.

use crate::state::action::KeyAction;
use crate::state::app::AppState;
use crate::state::keymap::presets::Preset;

pub fn apply(action: KeyAction, state: &mut AppState) {
    let keys = &mut state.keys;
    match action {
        KeyAction::UsePreset(preset) => {
            keys.use_preset(preset);
            use_drags_of(preset, state);
        }
        KeyAction::Set(command, shortcut) => keys.set(command, shortcut),
        KeyAction::Reset(command) => keys.reset(command),
        KeyAction::ResetAll => keys.reset_all(),
    }
    let saved = state.keys.clone();
    state
        .config_writer
        .write("keyboard shortcuts", move || saved.save());
}

/// Lets a drag of an edge do what it does in the editor of a preset. The preference can still be changed.
fn use_drags_of(preset: Preset, state: &mut AppState) {
    let ripples = preset.edges_ripple();
    let preferences = &mut state.preferences;
    if preferences.values.edges_ripple == ripples {
        return;
    }
    preferences.values.edges_ripple = ripples;
    preferences.is_changed = true;
    state.notifications.info(match ripples {
        true => "A dragged edge ripples now. With Ctrl it trims.",
        false => "A dragged edge trims now. With Ctrl it ripples.",
    });
}
