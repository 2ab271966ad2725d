//! Keys to commands, in one place. A key without a modifier is left to a text field that has the focus.

use egui::{Context, KeyboardShortcut};

use crate::command::{Command, TABLE};

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
        .filter(|(_, shortcut)| ctx.input_mut(|input| input.consume_shortcut(shortcut)))
        .map(|(command, _)| command)
        .collect()
}

/// True if the key would write something into a text field.
fn types_a_letter(shortcut: KeyboardShortcut) -> bool {
    let function_key =
        shortcut.logical_key.name().starts_with('F') && shortcut.logical_key.name().len() > 1;
    shortcut.modifiers.is_none() && !function_key
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
