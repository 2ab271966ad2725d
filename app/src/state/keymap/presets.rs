//! The presets: Kinora's own keys, and the default keys of four other editors in one table.

// Each column is the editor's own list of default keys. `None`: the editor has no key for it.
// Premiere Pro: the list on Windows. Full screen has Kinora's key.
// Resolve: the list on Windows. Backspace lifts and Delete ripples; Shift+8 opens its Deliver page.
// Media Composer: the list on Windows. Redo, the cuts, the zoom and "Clear in and out" have Kinora's keys.
// Final Cut Pro: the list on the Mac, Command as Ctrl, Option as Alt, the Mac's Delete as Backspace. It saves by itself.

use egui::{Key, KeyboardShortcut};
use serde::{Deserialize, Serialize};

use crate::state::command::Command;
use crate::state::shortcut::{alt, ctrl, ctrl_alt, ctrl_shift, plain, shift};

/// The keys that the user's own changes are based on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Preset {
    #[default]
    Kinora,
    PremierePro,
    DaVinciResolve,
    AvidMediaComposer,
    FinalCutPro,
}

/// A row: a command, and its keys in Premiere Pro, Resolve, Media Composer and Final Cut Pro.
type Row = (Command, [Option<KeyboardShortcut>; 4]);

#[rustfmt::skip] // a table
const PRESETS: &[Row] = &[
    (Command::NewProject, [Some(ctrl_alt(Key::N)), None, None, Some(ctrl(Key::N))]),
    (Command::Save, [Some(ctrl(Key::S)), Some(ctrl(Key::S)), Some(ctrl(Key::S)), None]),
    (Command::ExportVideo, [Some(ctrl(Key::M)), Some(shift(Key::Num8)), None, Some(ctrl(Key::E))]),
    (Command::Import, [Some(ctrl(Key::I)), Some(ctrl(Key::I)), None, Some(ctrl(Key::I))]),
    (Command::Undo, [Some(ctrl(Key::Z)), Some(ctrl(Key::Z)), Some(ctrl(Key::Z)), Some(ctrl(Key::Z))]),
    (Command::Redo, [Some(ctrl_shift(Key::Z)), Some(ctrl_shift(Key::Z)), Some(ctrl_shift(Key::Z)), Some(ctrl_shift(Key::Z))]),
    (Command::SplitAtPlayhead, [Some(ctrl(Key::K)), Some(ctrl(Key::B)), None, Some(ctrl(Key::B))]),
    (Command::Lift, [Some(plain(Key::Delete)), Some(plain(Key::Backspace)), Some(plain(Key::Delete)), Some(plain(Key::Delete))]),
    (Command::Extract, [Some(shift(Key::Delete)), Some(plain(Key::Delete)), None, Some(plain(Key::Backspace))]),
    (Command::SelectAtPlayhead, [Some(plain(Key::D)), Some(shift(Key::V)), None, Some(plain(Key::C))]),
    (Command::Snap, [Some(plain(Key::S)), Some(plain(Key::N)), None, Some(plain(Key::N))]),
    (Command::TrimTool, [Some(plain(Key::B)), Some(plain(Key::T)), Some(plain(Key::U)), Some(plain(Key::T))]),
    (Command::AddTitle, [Some(ctrl(Key::T)), None, None, None]),
    (Command::Dissolve, [Some(ctrl(Key::D)), Some(ctrl(Key::T)), Some(plain(Key::Backslash)), Some(ctrl(Key::T))]),
    (Command::AddMarker, [Some(plain(Key::M)), Some(plain(Key::M)), None, Some(plain(Key::M))]),
    (Command::MarkIn, [Some(plain(Key::I)), Some(plain(Key::I)), Some(plain(Key::I)), Some(plain(Key::I))]),
    (Command::MarkOut, [Some(plain(Key::O)), Some(plain(Key::O)), Some(plain(Key::O)), Some(plain(Key::O))]),
    (Command::ClearInOut, [Some(ctrl_shift(Key::X)), Some(alt(Key::X)), Some(alt(Key::X)), Some(alt(Key::X))]),
    (Command::InsertShot, [Some(plain(Key::Comma)), Some(plain(Key::F9)), Some(plain(Key::V)), Some(plain(Key::W))]),
    (Command::OverwriteShot, [Some(plain(Key::Period)), Some(plain(Key::F10)), Some(plain(Key::B)), Some(plain(Key::D))]),
    (Command::TrimStart, [Some(plain(Key::Q)), Some(ctrl_shift(Key::OpenBracket)), None, Some(alt(Key::OpenBracket))]),
    (Command::TrimEnd, [Some(plain(Key::W)), Some(ctrl_shift(Key::CloseBracket)), None, Some(alt(Key::CloseBracket))]),
    (Command::ReplaceClips, [None, Some(plain(Key::F11)), None, Some(shift(Key::R))]),
    (Command::ExtendEdit, [Some(plain(Key::E)), Some(plain(Key::E)), None, Some(shift(Key::X))]),
    (Command::MarkSelection, [Some(plain(Key::X)), Some(plain(Key::X)), Some(plain(Key::T)), Some(plain(Key::X))]),
    (Command::RemoveAttributes, [None, None, None, Some(ctrl_shift(Key::X))]),
    (Command::LiftRange, [Some(plain(Key::Semicolon)), None, Some(plain(Key::Z)), None]),
    (Command::ExtractRange, [Some(plain(Key::Quote)), None, Some(plain(Key::X)), None]),
    (Command::Link, [Some(ctrl(Key::L)), Some(ctrl_alt(Key::L)), None, None]),
    (Command::Group, [Some(ctrl(Key::G)), None, None, None]),
    (Command::Ungroup, [Some(ctrl_shift(Key::G)), None, None, None]),
    (Command::MatchFrame, [Some(plain(Key::F)), Some(plain(Key::F)), None, Some(shift(Key::F))]),
    (Command::TimelineZoomIn, [Some(plain(Key::Equals)), Some(ctrl(Key::Equals)), Some(plain(Key::Equals)), Some(ctrl(Key::Equals))]),
    (Command::TimelineZoomOut, [Some(plain(Key::Minus)), Some(ctrl(Key::Minus)), Some(plain(Key::Minus)), Some(ctrl(Key::Minus))]),
    (Command::TimelineFit, [Some(plain(Key::Backslash)), Some(shift(Key::Z)), Some(shift(Key::Z)), Some(shift(Key::Z))]),
    (Command::Play, [Some(plain(Key::Space)), Some(plain(Key::Space)), Some(plain(Key::Space)), Some(plain(Key::Space))]),
    (Command::ShuttleBack, [Some(plain(Key::J)), Some(plain(Key::J)), Some(plain(Key::J)), Some(plain(Key::J))]),
    (Command::Stop, [Some(plain(Key::K)), Some(plain(Key::K)), Some(plain(Key::K)), Some(plain(Key::K))]),
    (Command::ShuttleForward, [Some(plain(Key::L)), Some(plain(Key::L)), Some(plain(Key::L)), Some(plain(Key::L))]),
    (Command::PreviousFrame, [Some(plain(Key::ArrowLeft)), Some(plain(Key::ArrowLeft)), Some(plain(Key::ArrowLeft)), Some(plain(Key::ArrowLeft))]),
    (Command::NextFrame, [Some(plain(Key::ArrowRight)), Some(plain(Key::ArrowRight)), Some(plain(Key::ArrowRight)), Some(plain(Key::ArrowRight))]),
    (Command::PreviousCut, [Some(plain(Key::ArrowUp)), Some(plain(Key::ArrowUp)), Some(plain(Key::ArrowUp)), Some(plain(Key::ArrowUp))]),
    (Command::NextCut, [Some(plain(Key::ArrowDown)), Some(plain(Key::ArrowDown)), Some(plain(Key::ArrowDown)), Some(plain(Key::ArrowDown))]),
    (Command::ToStart, [Some(plain(Key::Home)), Some(plain(Key::Home)), Some(plain(Key::Home)), Some(plain(Key::Home))]),
    (Command::ToEnd, [Some(plain(Key::End)), Some(plain(Key::End)), Some(plain(Key::End)), Some(plain(Key::End))]),
    (Command::GoToIn, [Some(shift(Key::I)), Some(shift(Key::I)), Some(plain(Key::Q)), Some(shift(Key::I))]),
    (Command::GoToOut, [Some(shift(Key::O)), Some(shift(Key::O)), Some(plain(Key::W)), Some(shift(Key::O))]),
    (Command::Loop, [None, Some(ctrl(Key::Slash)), None, Some(ctrl(Key::L))]),
    (Command::FullScreen, [Some(plain(Key::F11)), Some(ctrl(Key::F)), None, Some(ctrl_shift(Key::F))]),
    // Only Kinora has these. Where their keys are taken above, they move to free ones.
    (Command::Palette, [Some(ctrl_shift(Key::P)), Some(ctrl(Key::K)), Some(ctrl(Key::K)), Some(ctrl(Key::K))]),
    (Command::ZoomIn, [Some(ctrl(Key::Plus)), Some(ctrl_alt(Key::Plus)), Some(ctrl(Key::Plus)), Some(ctrl_alt(Key::Plus))]),
    (Command::ZoomOut, [Some(ctrl(Key::Minus)), Some(ctrl_alt(Key::Minus)), Some(ctrl(Key::Minus)), Some(ctrl_alt(Key::Minus))]),
];

impl Preset {
    pub const ALL: [(Self, &str); 5] = [
        (Self::Kinora, "Kinora"),
        (Self::PremierePro, "Premiere Pro"),
        (Self::DaVinciResolve, "DaVinci Resolve"),
        (Self::AvidMediaComposer, "Avid Media Composer"),
        (Self::FinalCutPro, "Final Cut Pro"),
    ];

    /// The key of a command. A command that is not in the table keeps Kinora's key, unless the preset gives that key to
    /// another command.
    pub fn shortcut(self, command: Command) -> Option<KeyboardShortcut> {
        let usual = command.row().shortcut;
        let Some(column) = self.column() else {
            return usual;
        };
        if let Some((_, keys)) = PRESETS.iter().find(|(other, _)| *other == command) {
            return keys[column];
        }
        let is_taken = PRESETS.iter().any(|(_, keys)| keys[column] == usual);
        usual.filter(|_| !is_taken)
    }

    /// Whether a drag of an edge ripples without a key in the editor, as on the timeline of Final Cut Pro. In the others it
    /// trims, and what follows stays.
    pub fn edges_ripple(self) -> bool {
        self == Self::FinalCutPro
    }

    /// The column of the table; Kinora's own keys are in the table of commands.
    fn column(self) -> Option<usize> {
        match self {
            Self::Kinora => None,
            Self::PremierePro => Some(0),
            Self::DaVinciResolve => Some(1),
            Self::AvidMediaComposer => Some(2),
            Self::FinalCutPro => Some(3),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::command::TABLE;
    use crate::state::shortcut::text_of;

    #[test]
    fn no_key_belongs_to_two_commands_of_a_preset() {
        for (preset, name) in Preset::ALL {
            for (at, row) in TABLE.iter().enumerate() {
                let Some(key) = preset.shortcut(row.command) else {
                    continue;
                };
                let mut before = TABLE[..at].iter();
                let other = before.find(|other| preset.shortcut(other.command) == Some(key));
                assert!(
                    other.is_none(),
                    "{name}: {} and {} share a key",
                    row.text,
                    other.map_or("", |other| other.text)
                );
            }
        }
    }

    #[test]
    fn the_table_has_thirty_commands_and_each_once() {
        assert!(PRESETS.len() >= 30);
        for (at, (command, _)) in PRESETS.iter().enumerate() {
            let is_there = PRESETS[..at].iter().any(|(other, _)| other == command);
            assert!(!is_there, "{command:?}");
        }
        for (preset, name) in Preset::ALL {
            let Some(column) = preset.column() else {
                continue;
            };
            let keyed = PRESETS.iter().filter(|(_, keys)| keys[column].is_some());
            assert!(keyed.count() >= 25, "{name}");
        }
    }

    /// The table of docs/keys.md. On failure the text to paste is printed.
    #[test]
    fn the_keys_page_of_the_docs_lists_the_keys_of_every_preset() {
        let page = include_str!("../../../../docs/keys.md");
        let mut text = String::from("| command |");
        for (preset, name) in Preset::ALL {
            if preset != Preset::Kinora {
                text.extend([" ", name, " |"]);
            }
        }
        text.push_str("\n|---|---|---|---|---|\n");
        for (command, keys) in PRESETS {
            text.extend(["| ", command.row().text, " |"]);
            for key in keys {
                let key = key.map(text_of).unwrap_or_default();
                text.extend([" ", key.as_str(), " |"]);
            }
            text.push('\n');
        }
        assert!(
            page.contains(&text),
            "docs/keys.md should contain\n\n{text}"
        );
    }

    #[test]
    fn a_key_that_a_preset_takes_is_lost_by_its_command() {
        let title = Command::AddTitle; // T in Kinora, which trims in Resolve
        assert_eq!(Preset::DaVinciResolve.shortcut(title), None);
        let freeze = Command::FreezeFrame; // Shift+F in Kinora, which matches the frame in Final Cut Pro
        assert_eq!(Preset::FinalCutPro.shortcut(freeze), None);
        let marker = Command::EditMarker; // not in the table
        assert_eq!(
            Preset::AvidMediaComposer.shortcut(marker),
            Some(shift(Key::M))
        );
    }
}
