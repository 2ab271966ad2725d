//! Keys to commands, in one place. A key alone or with Shift is left to a text field that has the focus.

use egui::{Context, InputState, KeyboardShortcut};

use crate::state::command::{Command, TABLE};

/// The commands whose keys were pressed this frame. Their keys are used up.
pub fn pressed(ctx: &Context) -> Vec<Command> {
    let somebody_types = ctx.egui_wants_keyboard_input();
    let keys = TABLE
        .iter()
        .filter_map(|row| row.shortcut.map(|shortcut| (row.command, shortcut)));
    // egui lets Shift and Alt go with any key: those that want them are asked first.
    let (special, usual): (Vec<_>, Vec<_>) =
        keys.partition(|(_, shortcut)| shortcut.modifiers.shift || shortcut.modifiers.alt);
    let keys = special.into_iter().chain(usual);
    keys.filter(|(_, shortcut)| !(somebody_types && types_a_letter(*shortcut)))
        .flat_map(|(command, shortcut)| {
            // A key that was pressed twice within a frame is meant twice: frames are stepped through so.
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

/// True if the key would write something into a text field.
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
    fn no_key_is_given_twice() {
        let mut seen: Vec<(KeyboardShortcut, Command)> = Vec::new();
        for row in TABLE {
            let Some(shortcut) = row.shortcut else {
                continue;
            };
            let earlier = seen.iter().find(|(taken, _)| *taken == shortcut);
            assert!(
                earlier.is_none(),
                "{shortcut:?} is given to {earlier:?} and {:?}",
                row.command
            );
            seen.push((shortcut, row.command));
        }
    }
}
