//! Keyboard shortcuts: how tables write them, their text, their form in a file, and the shortcut of a key press.

use egui::{Event, Key, KeyboardShortcut, ModifierNames, Modifiers};

pub const fn plain(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

pub const fn shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::SHIFT, key)
}

pub const fn alt(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::ALT, key)
}

pub const fn ctrl(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

pub const fn ctrl_shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key)
}

pub const fn alt_shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::ALT.plus(Modifiers::SHIFT), key)
}

pub const fn ctrl_alt(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::ALT), key)
}

/// The shortcut as text, as "Ctrl+K". Punctuation is shown as on the keyboard.
pub fn text_of(shortcut: KeyboardShortcut) -> String {
    let key = match shortcut.logical_key {
        Key::Semicolon => ";",
        Key::Quote => "'",
        Key::Equals => "=",
        Key::Comma => ",",
        Key::Period => ".",
        Key::Slash => "/",
        Key::Backslash => "\\",
        Key::OpenBracket => "[",
        Key::CloseBracket => "]",
        Key::Backtick => "`",
        other => other.name(),
    };
    let is_mac = cfg!(target_os = "macos");
    let modifiers = ModifierNames::NAMES.format(&shortcut.modifiers, is_mac);
    match modifiers.is_empty() {
        true => key.to_owned(),
        false => format!("{modifiers}+{key}"),
    }
}

/// The shortcut as a file keeps it: the same on all systems.
pub fn written(shortcut: KeyboardShortcut) -> String {
    shortcut.format(&ModifierNames::NAMES, false)
}

/// Reads what [`written`] writes.
pub fn read(text: &str) -> Option<KeyboardShortcut> {
    let mut modifiers = Modifiers::NONE;
    let mut rest = text;
    while let Some((name, after)) = rest.split_once('+') {
        modifiers = modifiers.plus(match name {
            "Ctrl" => Modifiers::COMMAND,
            "Alt" => Modifiers::ALT,
            "Shift" => Modifiers::SHIFT,
            _ => return None,
        });
        rest = after;
    }
    Some(KeyboardShortcut::new(modifiers, Key::from_name(rest)?))
}

/// The shortcut that a key press makes. `None` for other events, for a key that is held down, and for a modifier alone.
pub fn pressed_in(event: &Event) -> Option<KeyboardShortcut> {
    if matches!(event, Event::Key { repeat: true, .. }) {
        return None;
    }
    let (key, modifiers) = key_press(event)?;
    // The Ctrl key of a Mac has no name in the tables.
    if is_modifier(key) || (modifiers.ctrl && !modifiers.command) {
        return None;
    }
    let key = match modifiers.shift {
        true => unshifted(key),
        false => key,
    };
    let modifiers = Modifiers {
        alt: modifiers.alt,
        shift: modifiers.shift,
        command: modifiers.command,
        ..Modifiers::NONE
    };
    Some(KeyboardShortcut::new(modifiers, key))
}

/// The key and the modifiers of a key press. The window system reports Ctrl+X, Ctrl+C and Ctrl+V as events of the
/// clipboard instead.
pub fn key_press(event: &Event) -> Option<(Key, Modifiers)> {
    match event {
        Event::Key {
            key,
            pressed: true,
            modifiers,
            ..
        } => Some((*key, *modifiers)),
        Event::Cut => Some((Key::X, Modifiers::COMMAND)),
        Event::Copy => Some((Key::C, Modifiers::COMMAND)),
        Event::Paste(_) => Some((Key::V, Modifiers::COMMAND)),
        _ => None,
    }
}

/// The key that types this sign together with Shift on a US keyboard. Shift+[ arrives as Shift and "{".
pub fn unshifted(key: Key) -> Key {
    match key {
        Key::Exclamationmark => Key::Num1,
        Key::Colon => Key::Semicolon,
        Key::Questionmark => Key::Slash,
        Key::Pipe => Key::Backslash,
        Key::OpenCurlyBracket => Key::OpenBracket,
        Key::CloseCurlyBracket => Key::CloseBracket,
        Key::Plus => Key::Equals,
        other => other,
    }
}

fn is_modifier(key: Key) -> bool {
    matches!(
        key,
        Key::ShiftLeft
            | Key::ShiftRight
            | Key::ControlLeft
            | Key::ControlRight
            | Key::AltLeft
            | Key::AltRight
            | Key::SuperLeft
            | Key::SuperRight
            | Key::Fn
            | Key::CapsLock
            | Key::NumLock
            | Key::ScrollLock
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_shortcut_is_read_again() {
        for shortcut in [
            plain(Key::F9),
            shift(Key::Delete),
            ctrl(Key::Plus),
            ctrl_shift(Key::OpenBracket),
            ctrl_alt(Key::Num0),
            alt(Key::ArrowUp),
        ] {
            assert_eq!(read(&written(shortcut)), Some(shortcut));
        }
        for damaged in ["", "Ctrl+", "Hyper+K", "Ctrl+NoSuchKey"] {
            assert_eq!(read(damaged), None, "{damaged}");
        }
    }

    #[test]
    fn a_press_of_a_shifted_sign_is_the_shortcut_of_its_key() {
        let press = |key, modifiers| Event::Key {
            key,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers,
        };
        let made = pressed_in(&press(Key::OpenCurlyBracket, Modifiers::SHIFT));
        assert_eq!(made, Some(shift(Key::OpenBracket)));
        let both = Modifiers {
            ctrl: true,
            command: true,
            ..Modifiers::NONE
        };
        assert_eq!(pressed_in(&press(Key::K, both)), Some(ctrl(Key::K)));
        assert_eq!(pressed_in(&press(Key::ControlLeft, both)), None);
    }
}
