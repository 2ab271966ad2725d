//! The keys of the commands: those of a preset, with the user's own changes. They are kept in the user's config folder.

pub mod presets;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use egui::KeyboardShortcut;
use kinora_studio::folders::{read_config, write_config};
use serde::{Deserialize, Serialize};

use super::command::{Command, TABLE};
use super::shortcut;
use presets::Preset;

/// The keys of all commands. No key belongs to two of them.
#[derive(Clone, Debug)]
pub struct KeyMap {
    config: PathBuf,
    preset: Preset,
    /// The user's own changes: the key of a command, or none.
    own: OwnKeys,
    /// The key of each command, in the order of the table.
    keys: Vec<Option<KeyboardShortcut>>,
}

type OwnKeys = BTreeMap<Command, Option<KeyboardShortcut>>;

const FILE_NAME: &str = "keys.ron";

/// The file. Commands and keys are text, so that one unknown name does not make the rest unreadable.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct KeysFile {
    preset: Preset,
    own: BTreeMap<String, Option<String>>,
}

impl KeyMap {
    /// Reads the keys. A missing or damaged file gives Kinora's own; an unknown command or key in it is skipped.
    pub fn load(config: &Path) -> Self {
        let file: KeysFile = read_config(config, FILE_NAME).unwrap_or_default();
        let own = file.own.into_iter();
        let own = own
            .filter_map(|(name, key)| {
                let command: Command = ron::from_str(&name).ok()?;
                match key {
                    Some(key) => Some((command, Some(shortcut::read(&key)?))),
                    None => Some((command, None)),
                }
            })
            .collect();
        Self {
            config: config.into(),
            preset: file.preset,
            keys: keys_of(file.preset, &own),
            own,
        }
    }

    /// Writes the file that [`KeyMap::load`] reads.
    pub fn save(&self) -> io::Result<()> {
        let own = self.own.iter().filter_map(|(command, key)| {
            let name = ron::to_string(command).ok()?;
            Some((name, key.map(shortcut::written)))
        });
        let file = KeysFile {
            preset: self.preset,
            own: own.collect(),
        };
        write_config(&self.config, FILE_NAME, &file)
    }

    pub fn preset(&self) -> Preset {
        self.preset
    }

    /// The key of a command.
    pub fn shortcut(&self, command: Command) -> Option<KeyboardShortcut> {
        self.keys[command as usize]
    }

    /// The commands that have a key, with their keys.
    pub fn all(&self) -> impl Iterator<Item = (Command, KeyboardShortcut)> {
        let rows = TABLE.iter().zip(&self.keys);
        rows.filter_map(|(row, key)| Some((row.command, (*key)?)))
    }

    /// The key of a command as text, as "Ctrl+K"; empty without a key.
    pub fn text_of(&self, command: Command) -> String {
        let key = self.shortcut(command);
        key.map(shortcut::text_of).unwrap_or_default()
    }

    /// A tooltip that ends with the key of its command, if there is one.
    pub fn tooltip(&self, text: &str, command: Command) -> String {
        match self.text_of(command) {
            key if key.is_empty() => text.to_owned(),
            key => format!("{text} ({key})"),
        }
    }

    /// The other command that has this key.
    pub fn conflict(&self, command: Command, shortcut: KeyboardShortcut) -> Option<Command> {
        let mut others = self.all().filter(|(other, _)| *other != command);
        others
            .find(|(_, key)| *key == shortcut)
            .map(|(other, _)| other)
    }

    /// Whether the key of a command differs from the preset's.
    pub fn is_changed(&self, command: Command) -> bool {
        self.shortcut(command) != self.preset.shortcut(command)
    }

    pub fn has_changes(&self) -> bool {
        !self.own.is_empty()
    }

    /// Takes the keys of another preset. The user's own changes stay.
    pub fn use_preset(&mut self, preset: Preset) {
        self.preset = preset;
        self.update();
    }

    /// Gives a command this key, or none. Another command that has the key loses it.
    pub fn set(&mut self, command: Command, shortcut: Option<KeyboardShortcut>) {
        if shortcut.is_some() {
            for key in self.own.values_mut().filter(|key| **key == shortcut) {
                *key = None;
            }
        }
        match shortcut == self.preset.shortcut(command) {
            true => self.own.remove(&command),
            false => self.own.insert(command, shortcut),
        };
        self.update();
    }

    /// Gives a command the preset's key again. Another command that has the key loses it.
    pub fn reset(&mut self, command: Command) {
        self.set(command, self.preset.shortcut(command));
    }

    /// Removes the user's own changes. The preset stays.
    pub fn reset_all(&mut self) {
        self.own.clear();
        self.update();
    }

    fn update(&mut self) {
        self.keys = keys_of(self.preset, &self.own);
    }
}

/// The keys in the order of the table. A command of the preset loses a key that the user gave to another one.
fn keys_of(preset: Preset, own: &OwnKeys) -> Vec<Option<KeyboardShortcut>> {
    let rows = TABLE.iter();
    let mut keys: Vec<_> = rows.map(|row| preset.shortcut(row.command)).collect();
    for (command, shortcut) in own {
        if shortcut.is_some() {
            for key in keys.iter_mut().filter(|key| **key == *shortcut) {
                *key = None;
            }
        }
        keys[*command as usize] = *shortcut;
    }
    keys
}

#[cfg(test)]
mod tests {
    use std::fs;

    use egui::Key;

    use super::*;
    use crate::state::shortcut::{ctrl, plain};

    fn kinora() -> (tempfile::TempDir, KeyMap) {
        let folder = tempfile::tempdir().expect("a folder");
        let keys = KeyMap::load(folder.path());
        (folder, keys)
    }

    #[test]
    fn own_changes_are_kept_and_read_again() {
        let (folder, mut keys) = kinora();
        keys.use_preset(Preset::PremierePro);
        keys.set(Command::AddTitle, Some(plain(Key::Y)));
        keys.set(Command::Snap, None);
        keys.save().expect("written");
        let again = KeyMap::load(folder.path());
        assert_eq!(again.preset(), Preset::PremierePro);
        assert_eq!(again.keys, keys.keys);
        assert_eq!(again.text_of(Command::AddTitle), "Y");
        assert_eq!(again.shortcut(Command::Snap), None);
        assert_eq!(again.text_of(Command::SplitAtPlayhead), "Ctrl+K");
    }

    #[test]
    fn a_damaged_file_gives_the_default_and_an_unknown_name_is_skipped() {
        let (folder, default) = kinora();
        let write = |text| fs::write(folder.path().join(FILE_NAME), text).expect("written");
        for text in ["", "(", "(preset: NoSuchPreset)", "(own: 7)"] {
            write(text);
            let keys = KeyMap::load(folder.path());
            assert_eq!(keys.keys, default.keys, "{text}");
        }
        write(
            r#"(own: {"NoSuchCommand": Some("X"), "Snap": Some("NoSuchKey"), "Undo": Some("Y")})"#,
        );
        let keys = KeyMap::load(folder.path());
        assert_eq!(keys.text_of(Command::Undo), "Y");
        assert_eq!(
            keys.shortcut(Command::Snap),
            default.shortcut(Command::Snap)
        );
    }

    #[test]
    fn a_key_that_is_taken_leaves_the_other_command_without_one() {
        let (_folder, mut keys) = kinora();
        let taken = ctrl(Key::K);
        let other = keys.conflict(Command::SplitAtPlayhead, taken);
        assert_eq!(other, Some(Command::Palette));
        keys.set(Command::SplitAtPlayhead, Some(taken));
        assert_eq!(keys.shortcut(Command::Palette), None);
        keys.set(Command::Undo, Some(taken));
        assert_eq!(keys.shortcut(Command::SplitAtPlayhead), None);
        keys.reset(Command::Palette);
        assert_eq!(keys.shortcut(Command::Palette), Some(taken));
        assert_eq!(keys.shortcut(Command::Undo), None);
        keys.reset_all();
        assert_eq!(keys.text_of(Command::Undo), "Ctrl+Z");
        assert!(!keys.has_changes());
    }

    #[test]
    fn the_presets_own_key_is_no_change() {
        let (_folder, mut keys) = kinora();
        keys.set(Command::Snap, Some(plain(Key::Y)));
        assert!(keys.is_changed(Command::Snap));
        keys.set(Command::Snap, Some(plain(Key::N)));
        assert!(!keys.is_changed(Command::Snap) && !keys.has_changes());
    }
}
