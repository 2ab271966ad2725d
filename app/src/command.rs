//! Everything a person can do without saying to what: one row each with its words, icon and key.
//! The menus, the palette and the keyboard are all made from this table.

use egui::{Key, KeyboardShortcut, Modifiers};

use crate::fonts::icon;
use crate::state::State;

/// A thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    NewFilm,
    OpenFilm,
    OpenSample,
    CloseFilm,
    Quit,
    Palette,
    ZoomIn,
    ZoomOut,
    ZoomReset,
    FullScreen,
    ExposureUp,
    ExposureDown,
    ExposureReset,
    StartEngine,
    RestartEngine,
    CheckSystem,
    ShowKeys,
    About,
}

/// The menu a command stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Menu {
    File,
    View,
    Engine,
    Help,
}

impl Menu {
    /// From left to right.
    pub const ALL: [(Self, &str); 4] = [
        (Self::File, "File"),
        (Self::View, "View"),
        (Self::Engine, "Engine"),
        (Self::Help, "Help"),
    ];
}

/// How a command is shown and reached.
pub struct Row {
    pub command: Command,
    pub menu: Menu,
    pub icon: &'static str,
    /// With an ellipsis where it asks for more before it does anything.
    pub text: &'static str,
    pub tooltip: &'static str,
    pub shortcut: Option<KeyboardShortcut>,
}

const fn ctrl(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

const fn alt(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::ALT, key)
}

const fn plain(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

#[rustfmt::skip] // a table
pub const TABLE: &[Row] = &[
    Row { command: Command::NewFilm, menu: Menu::File, icon: icon::NEW, text: "New film…", tooltip: "Make a project folder for a new film", shortcut: Some(ctrl(Key::N)) },
    Row { command: Command::OpenFilm, menu: Menu::File, icon: icon::OPEN, text: "Open…", tooltip: "Open a film's project folder", shortcut: Some(ctrl(Key::O)) },
    Row { command: Command::OpenSample, menu: Menu::File, icon: icon::SAMPLE, text: "Open sample", tooltip: "Open your own copy of the sample film", shortcut: None },
    Row { command: Command::CloseFilm, menu: Menu::File, icon: icon::CLOSE, text: "Close film", tooltip: "Go back to the welcome page; the film is saved", shortcut: Some(ctrl(Key::W)) },
    Row { command: Command::Quit, menu: Menu::File, icon: icon::QUIT, text: "Quit", tooltip: "Close Kinora; the film is saved", shortcut: Some(ctrl(Key::Q)) },

    Row { command: Command::Palette, menu: Menu::View, icon: icon::SEARCH, text: "Command palette", tooltip: "Find any command by typing a part of its name", shortcut: Some(ctrl(Key::K)) },
    Row { command: Command::ZoomIn, menu: Menu::View, icon: icon::ZOOM_IN, text: "Larger interface", tooltip: "Draw text and controls a step larger", shortcut: Some(ctrl(Key::Plus)) },
    Row { command: Command::ZoomOut, menu: Menu::View, icon: icon::ZOOM_OUT, text: "Smaller interface", tooltip: "Draw text and controls a step smaller", shortcut: Some(ctrl(Key::Minus)) },
    Row { command: Command::ZoomReset, menu: Menu::View, icon: icon::SEARCH, text: "Normal interface size", tooltip: "Draw text and controls in their normal size", shortcut: Some(ctrl(Key::Num0)) },
    Row { command: Command::FullScreen, menu: Menu::View, icon: icon::FULL_SCREEN, text: "Full screen", tooltip: "Fill the whole screen, or go back to a window", shortcut: Some(plain(Key::F11)) },
    Row { command: Command::ExposureUp, menu: Menu::View, icon: icon::LIGHT, text: "Brighten the picture", tooltip: "Show pictures a third of a stop brighter; the film is not changed", shortcut: Some(alt(Key::ArrowUp)) },
    Row { command: Command::ExposureDown, menu: Menu::View, icon: icon::LIGHT, text: "Darken the picture", tooltip: "Show pictures a third of a stop darker; the film is not changed", shortcut: Some(alt(Key::ArrowDown)) },
    Row { command: Command::ExposureReset, menu: Menu::View, icon: icon::LIGHT, text: "Normal picture brightness", tooltip: "Show pictures as they are", shortcut: Some(alt(Key::Num0)) },

    Row { command: Command::StartEngine, menu: Menu::Engine, icon: icon::ENGINE, text: "Start the engine", tooltip: "Start the engine now instead of with the first job", shortcut: None },
    Row { command: Command::RestartEngine, menu: Menu::Engine, icon: icon::RESTART, text: "Restart the engine", tooltip: "End the engine and start a new one", shortcut: None },

    Row { command: Command::CheckSystem, menu: Menu::Help, icon: icon::DOCTOR, text: "Check this machine…", tooltip: "See what works here and what is missing", shortcut: None },
    Row { command: Command::ShowKeys, menu: Menu::Help, icon: icon::KEYS, text: "Keyboard shortcuts…", tooltip: "See every key", shortcut: Some(plain(Key::F1)) },
    Row { command: Command::About, menu: Menu::Help, icon: icon::INFO, text: "About Kinora…", tooltip: "Version, licences and thanks", shortcut: None },
];

impl Command {
    /// This command's row.
    pub fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }

    /// Whether it would do anything now.
    pub fn is_enabled(self, state: &State) -> bool {
        match self {
            Self::CloseFilm => state.film.is_some(),
            Self::StartEngine => !state.engine.is_running(),
            Self::RestartEngine => state.engine.is_running(),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_the_row_of_its_own_number() {
        for (number, row) in TABLE.iter().enumerate() {
            assert_eq!(row.command as usize, number, "{:?}", row.command);
        }
        assert_eq!(Command::About as usize + 1, TABLE.len());
    }

    #[test]
    fn every_command_explains_itself_in_words_of_its_own() {
        for row in TABLE {
            assert!(
                row.tooltip.len() > row.text.len() / 2 && row.tooltip != row.text,
                "{}",
                row.text
            );
            assert!(
                !row.text.ends_with("..."),
                "{}: the ellipsis is one character",
                row.text
            );
        }
    }
}
