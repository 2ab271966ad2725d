//! Maps keys to commands. A text field with the focus keeps the keys that type something.

use egui::{Context, InputState, KeyboardShortcut};

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
    keys.filter(|(_, shortcut)| !(is_typing && types_a_letter(*shortcut)))
        .flat_map(|(command, shortcut)| {
            // A key pressed twice within a frame counts twice, so that stepping skips no frame.
            let KeyboardShortcut {
                modifiers,
                logical_key,
            } = shortcut;
            let count =
                |input: &mut InputState| input.count_and_consume_key(modifiers, logical_key);
            std::iter::repeat_n(command, ctx.input_mut(count))
        })
        .collect()
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
