//! Maps keys to commands. A text field with the focus keeps the keys that type something, another control those that
//! press and change it.

use egui::{Context, Event, Key, KeyboardShortcut, Modifiers};

use crate::state::command::Command;
use crate::state::keymap::KeyMap;
use crate::state::shortcut::{key_press, unshifted};

/// The commands whose keys were pressed in this frame, in order. The keys are consumed. A key pressed twice within a
/// frame counts twice, so that stepping skips no frame.
pub fn pressed(ctx: &Context, keys: &KeyMap) -> Vec<Command> {
    let focus = Focus::of(ctx);
    let mut commands = Vec::new();
    ctx.input_mut(|input| {
        input.events.retain(|event| {
            let command = command_of(event, keys, focus);
            commands.extend(command);
            command.is_none()
        });
    });
    commands
}

/// The kind of the control that has the focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Focus {
    Nothing,
    TextField,
    /// A button, a slider, a card, and so on.
    Control,
}

impl Focus {
    fn of(ctx: &Context) -> Self {
        match (ctx.text_edit_focused(), ctx.egui_wants_keyboard_input()) {
            (true, _) => Self::TextField,
            (false, true) => Self::Control,
            (false, false) => Self::Nothing,
        }
    }

    /// Whether the key is for the control, and not for a command.
    fn keeps(self, shortcut: KeyboardShortcut) -> bool {
        match self {
            Self::Nothing => false,
            Self::TextField => belongs_to_text(shortcut),
            Self::Control => belongs_to_control(shortcut),
        }
    }
}

/// The command of a key press. egui ignores extra Shift and Alt when it matches a key: of several shortcuts, the one
/// with the most modifiers is meant.
fn command_of(event: &Event, keys: &KeyMap, focus: Focus) -> Option<Command> {
    let (key, modifiers) = key_press(event)?;
    let usual = match modifiers.shift {
        true => unshifted(key),
        false => key,
    };
    keys.all()
        .filter(|(_, shortcut)| shortcut.logical_key == key || shortcut.logical_key == usual)
        .filter(|(_, shortcut)| modifiers.matches_logically(shortcut.modifiers))
        .filter(|(_, shortcut)| !focus.keeps(*shortcut))
        .max_by_key(|(_, shortcut)| {
            let is_the_sign = shortcut.logical_key == key;
            (modifier_count(shortcut.modifiers), is_the_sign)
        })
        .map(|(command, _)| command)
}

fn modifier_count(modifiers: Modifiers) -> u8 {
    u8::from(modifiers.command) + u8::from(modifiers.shift) + u8::from(modifiers.alt)
}

/// Whether a text field needs the key: it types something, or it edits the text.
fn belongs_to_text(shortcut: KeyboardShortcut) -> bool {
    let edits_text = matches!(shortcut.logical_key, Key::A | Key::C | Key::V | Key::X);
    let moves_in_text = matches!(
        shortcut.logical_key,
        Key::Backspace
            | Key::Delete
            | Key::ArrowLeft
            | Key::ArrowRight
            | Key::ArrowUp
            | Key::ArrowDown
            | Key::Home
            | Key::End
    );
    let is_command = edits_text && shortcut.modifiers == Modifiers::COMMAND;
    types_a_letter(shortcut) || is_command || moves_in_text
}

/// Whether another control than a text field needs the key: it presses or changes the control, or moves the focus.
fn belongs_to_control(shortcut: KeyboardShortcut) -> bool {
    let is_for_it = matches!(
        shortcut.logical_key,
        Key::Space
            | Key::Enter
            | Key::Tab
            | Key::Escape
            | Key::ArrowLeft
            | Key::ArrowRight
            | Key::ArrowUp
            | Key::ArrowDown
    );
    is_for_it && shortcut.modifiers.is_none()
}

/// Whether the key types something into a text field.
fn types_a_letter(shortcut: KeyboardShortcut) -> bool {
    let function_key =
        shortcut.logical_key.name().starts_with('F') && shortcut.logical_key.name().len() > 1;
    let is_plain = shortcut.modifiers.is_none() || shortcut.modifiers.shift_only();
    is_plain && !function_key
}

#[cfg(test)]
mod tests {
    use egui::Id;
    use egui::text_edit::TextEditState;

    use super::*;
    use crate::state::keymap::presets::Preset;
    use crate::state::shortcut::{ctrl, ctrl_shift, plain, shift};

    fn keys_of(preset: Preset) -> KeyMap {
        let folder = tempfile::tempdir().expect("a folder");
        let mut keys = KeyMap::load(folder.path());
        keys.use_preset(preset);
        keys
    }

    /// Presses a key as winit reports it on Windows and Linux.
    fn press(ctx: &Context, shortcut: KeyboardShortcut) {
        let clipboard = match shortcut.logical_key {
            Key::X => Some(Event::Cut),
            Key::C => Some(Event::Copy),
            Key::V => Some(Event::Paste("clips".into())),
            _ => None,
        };
        let clipboard = clipboard.filter(|_| shortcut.modifiers == Modifiers::COMMAND);
        let event = clipboard.unwrap_or(Event::Key {
            key: shortcut.logical_key,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers: Modifiers {
                ctrl: shortcut.modifiers.command,
                ..shortcut.modifiers
            },
        });
        ctx.input_mut(|input| input.events.push(event));
    }

    #[test]
    fn every_key_of_every_preset_runs_its_command_and_no_other() {
        let ctx = Context::default();
        for (preset, name) in Preset::ALL {
            let keys = keys_of(preset);
            for (command, shortcut) in keys.all() {
                press(&ctx, shortcut);
                assert_eq!(pressed(&ctx, &keys), [command], "{name}: {shortcut:?}");
            }
        }
    }

    #[test]
    fn two_presses_in_a_frame_run_a_command_twice_and_in_order() {
        let ctx = Context::default();
        let keys = keys_of(Preset::Kinora);
        for key in [Key::ArrowRight, Key::M, Key::ArrowRight] {
            press(&ctx, plain(key));
        }
        let expected = [Command::NextFrame, Command::AddMarker, Command::NextFrame];
        assert_eq!(pressed(&ctx, &keys), expected);
        assert!(pressed(&ctx, &keys).is_empty(), "the keys are consumed");
    }

    #[test]
    fn a_bracket_with_shift_is_found_though_it_arrives_as_a_brace() {
        let ctx = Context::default();
        let keys = keys_of(Preset::DaVinciResolve);
        press(&ctx, ctrl_shift(Key::OpenCurlyBracket));
        assert_eq!(pressed(&ctx, &keys), [Command::TrimStart]);
    }

    #[test]
    fn a_text_field_keeps_the_keys_that_type() {
        let ctx = Context::default();
        let keys = keys_of(Preset::Kinora);
        let field = Id::unique("field");
        TextEditState::default().store(&ctx, field); // as a text field does when it is drawn
        ctx.memory_mut(|memory| memory.request_focus(field));
        press(&ctx, plain(Key::B));
        press(&ctx, shift(Key::Num1));
        press(&ctx, ctrl(Key::C));
        press(&ctx, ctrl(Key::Backspace)); // removes a word
        press(&ctx, ctrl(Key::Z));
        assert_eq!(pressed(&ctx, &keys), [Command::Undo]);
    }

    #[test]
    fn a_button_keeps_only_the_keys_that_press_it_and_move_the_focus() {
        let ctx = Context::default();
        let keys = keys_of(Preset::Kinora);
        ctx.memory_mut(|memory| memory.request_focus(Id::unique("button")));
        for key in [Key::Space, Key::ArrowLeft, Key::B] {
            press(&ctx, plain(key));
        }
        press(&ctx, shift(Key::Num1));
        press(&ctx, shift(Key::ArrowLeft));
        let expected = [
            Command::SplitAtPlayhead,
            Command::FocusShots,
            Command::SelectPreviousClip,
        ];
        assert_eq!(pressed(&ctx, &keys), expected);
    }
}
