//! Maps keys to commands. A text field with the focus keeps the keys that type something.

use egui::{Context, Event, InputState, Key, KeyboardShortcut, Modifiers};

use crate::state::command::{Command, TABLE};

/// The commands whose keys were pressed in this frame. The keys are consumed.
pub fn pressed(ctx: &Context) -> Vec<Command> {
    let is_typing = ctx.egui_wants_keyboard_input();
    let keys = TABLE
        .iter()
        .filter_map(|row| row.shortcut.map(|shortcut| (row.command, shortcut)));
    // egui ignores extra Shift and Alt when it matches a key: shortcuts with them are matched first.
    let (special, usual): (Vec<_>, Vec<_>) =
        keys.partition(|(_, shortcut)| shortcut.modifiers.shift || shortcut.modifiers.alt);
    let keys = special.into_iter().chain(usual);
    keys.filter(|(_, shortcut)| !(is_typing && belongs_to_text(*shortcut)))
        .flat_map(|(command, shortcut)| {
            // A key pressed twice within a frame counts twice, so that stepping skips no frame.
            let KeyboardShortcut {
                modifiers,
                logical_key,
            } = shortcut;
            let count = |input: &mut InputState| {
                input.count_and_consume_key(modifiers, logical_key)
                    + count_and_consume_clipboard_events(input, shortcut)
            };
            std::iter::repeat_n(command, ctx.input_mut(count))
        })
        .collect()
}

/// The window system reports Ctrl+X, Ctrl+C and Ctrl+V as events of the clipboard, not as keys.
fn count_and_consume_clipboard_events(input: &mut InputState, shortcut: KeyboardShortcut) -> usize {
    if shortcut.modifiers != Modifiers::COMMAND {
        return 0;
    }
    let is_it = |event: &Event| match shortcut.logical_key {
        Key::X => matches!(event, Event::Cut),
        Key::C => matches!(event, Event::Copy),
        Key::V => matches!(event, Event::Paste(_)),
        _ => false,
    };
    let before = input.events.len();
    input.events.retain(|event| !is_it(event));
    before - input.events.len()
}

/// Whether a text field needs the key: it types something, or it edits the text.
fn belongs_to_text(shortcut: KeyboardShortcut) -> bool {
    let edits_text = matches!(shortcut.logical_key, Key::A | Key::C | Key::V | Key::X);
    types_a_letter(shortcut) || (edits_text && shortcut.modifiers == Modifiers::COMMAND)
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
    use super::*;

    #[test]
    fn no_shortcut_is_used_twice() {
        let mut seen: Vec<(KeyboardShortcut, Command)> = Vec::new();
        for row in TABLE {
            let Some(shortcut) = row.shortcut else {
                continue;
            };
            let earlier = seen.iter().find(|(taken, _)| *taken == shortcut);
            assert!(
                earlier.is_none(),
                "{shortcut:?} runs both {earlier:?} and {:?}",
                row.command
            );
            seen.push((shortcut, row.command));
        }
    }
}
