//! Everything a person can do without saying to what: one row each with its words, icon and key.
//! The menus, the palette and the keyboard are all made from this table.

use egui::{Key, KeyboardShortcut, Modifiers};

use crate::ui::fonts::icon;

/// A thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    NewProject,
    OpenProject,
    OpenSample,
    Save,
    ExportVideo,
    CloseProject,
    Quit,
    Undo,
    Redo,
    SplitAtPlayhead,
    Lift,
    Extract,
    Snap,
    TrimTool,
    Import,
    AddTitle,
    Dissolve,
    AddMarker,
    MarkIn,
    MarkOut,
    ClearInOut,
    NewShot,
    FillGap,
    AddCharacter,
    Generate,
    GenerateMissing,
    PauseQueue,
    ResumeQueue,
    Play,
    ShuttleBack,
    Stop,
    ShuttleForward,
    PreviousFrame,
    NextFrame,
    PreviousCut,
    NextCut,
    ToStart,
    ToEnd,
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
    SystemCheck,
    ShowKeys,
    About,
}

/// The menu a command stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Menu {
    File,
    Edit,
    Shot,
    Play,
    View,
    Engine,
    Help,
}

impl Menu {
    /// From left to right.
    pub const ALL: [(Self, &str); 7] = [
        (Self::File, "File"),
        (Self::Edit, "Edit"),
        (Self::Shot, "Shot"),
        (Self::Play, "Play"),
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

const fn ctrl_shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key)
}

const fn shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::SHIFT, key)
}

const fn alt(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::ALT, key)
}

const fn plain(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

#[rustfmt::skip] // a table
pub const TABLE: &[Row] = &[
    Row { command: Command::NewProject, menu: Menu::File, icon: icon::NEW, text: "New project…", tooltip: "Create a project folder", shortcut: Some(ctrl(Key::N)) },
    Row { command: Command::OpenProject, menu: Menu::File, icon: icon::OPEN, text: "Open…", tooltip: "Open a project folder", shortcut: Some(ctrl(Key::O)) },
    Row { command: Command::OpenSample, menu: Menu::File, icon: icon::SAMPLE, text: "Open sample", tooltip: "Open your own copy of the sample project", shortcut: None },
    Row { command: Command::Save, menu: Menu::File, icon: icon::SAVE, text: "Save", tooltip: "Save the project file (edits are already journaled)", shortcut: Some(ctrl(Key::S)) },
    Row { command: Command::ExportVideo, menu: Menu::File, icon: icon::DELIVER, text: "Export video…", tooltip: "Render the timeline to a video file", shortcut: Some(ctrl(Key::E)) },
    Row { command: Command::CloseProject, menu: Menu::File, icon: icon::CLOSE, text: "Close project", tooltip: "Go back to the welcome page. All edits are kept", shortcut: Some(ctrl(Key::W)) },
    Row { command: Command::Quit, menu: Menu::File, icon: icon::QUIT, text: "Quit", tooltip: "Close Kinora. All edits are kept", shortcut: Some(ctrl(Key::Q)) },

    Row { command: Command::Undo, menu: Menu::Edit, icon: icon::UNDO, text: "Undo", tooltip: "Undo the last step", shortcut: Some(ctrl(Key::Z)) },
    Row { command: Command::Redo, menu: Menu::Edit, icon: icon::REDO, text: "Redo", tooltip: "Redo the step that was undone", shortcut: Some(ctrl_shift(Key::Z)) },
    Row { command: Command::SplitAtPlayhead, menu: Menu::Edit, icon: icon::SCISSORS, text: "Split at playhead", tooltip: "Split the selected clips, or all, at the playhead", shortcut: Some(plain(Key::B)) },
    Row { command: Command::Lift, menu: Menu::Edit, icon: icon::TRASH, text: "Lift clips", tooltip: "Remove the selected clips and leave gaps", shortcut: Some(plain(Key::Delete)) },
    Row { command: Command::Extract, menu: Menu::Edit, icon: icon::TRASH, text: "Extract clips", tooltip: "Remove the selected clips and close the gaps", shortcut: Some(shift(Key::Delete)) },
    Row { command: Command::Snap, menu: Menu::Edit, icon: icon::SNAP, text: "Snap", tooltip: "Turn snapping to cuts, markers and the playhead on or off", shortcut: Some(plain(Key::N)) },
    Row { command: Command::TrimTool, menu: Menu::Edit, icon: icon::TRIM, text: "Trim tool", tooltip: "Trim by dragging: cuts roll, edges ripple, a clip's upper half slips and its lower half slides", shortcut: Some(plain(Key::R)) },
    Row { command: Command::Import, menu: Menu::Edit, icon: icon::OPEN, text: "Import…", tooltip: "Import a video, picture or sound and place it at the playhead", shortcut: Some(ctrl(Key::I)) },
    Row { command: Command::AddTitle, menu: Menu::Edit, icon: icon::TITLE, text: "Add title", tooltip: "Add a title over the picture at the playhead", shortcut: Some(plain(Key::T)) },
    Row { command: Command::Dissolve, menu: Menu::Edit, icon: icon::DISSOLVE, text: "Dissolve", tooltip: "Add a dissolve at the head of the selected clip, or at the nearest cut", shortcut: Some(ctrl(Key::D)) },
    Row { command: Command::AddMarker, menu: Menu::Edit, icon: icon::MARKER, text: "Add marker", tooltip: "Add a marker at the playhead", shortcut: Some(plain(Key::M)) },
    Row { command: Command::MarkIn, menu: Menu::Edit, icon: icon::TO_START, text: "Mark in", tooltip: "Start the range to play and export at the playhead", shortcut: Some(plain(Key::I)) },
    Row { command: Command::MarkOut, menu: Menu::Edit, icon: icon::TO_END, text: "Mark out", tooltip: "End the range to play and export at the playhead", shortcut: Some(plain(Key::O)) },
    Row { command: Command::ClearInOut, menu: Menu::Edit, icon: icon::CLOSE, text: "Clear in and out", tooltip: "Play and export the whole timeline again", shortcut: Some(alt(Key::X)) },

    Row { command: Command::NewShot, menu: Menu::Shot, icon: icon::NEW, text: "New shot", tooltip: "Add a shot to the project", shortcut: Some(ctrl_shift(Key::N)) },
    Row { command: Command::FillGap, menu: Menu::Shot, icon: icon::NEW, text: "New shot in the gap", tooltip: "Fill the gap under the playhead with a new shot", shortcut: Some(shift(Key::N)) },
    Row { command: Command::AddCharacter, menu: Menu::Shot, icon: icon::CAST, text: "Add character…", tooltip: "Add a character to the cast from a picture", shortcut: Some(ctrl_shift(Key::C)) },
    Row { command: Command::Generate, menu: Menu::Shot, icon: icon::WAND, text: "Generate", tooltip: "Generate a take of the selected shot", shortcut: Some(ctrl(Key::Enter)) },
    Row { command: Command::GenerateMissing, menu: Menu::Shot, icon: icon::WAND, text: "Generate missing", tooltip: "Generate a take of every shot that has none", shortcut: Some(ctrl_shift(Key::Enter)) },
    Row { command: Command::PauseQueue, menu: Menu::Shot, icon: icon::PAUSE, text: "Pause queue", tooltip: "Finish the running shot and start no other", shortcut: None },
    Row { command: Command::ResumeQueue, menu: Menu::Shot, icon: icon::PLAY, text: "Resume queue", tooltip: "Continue with the queue", shortcut: None },

    Row { command: Command::Play, menu: Menu::Play, icon: icon::PLAY, text: "Play or pause", tooltip: "Play from the playhead, or pause", shortcut: Some(plain(Key::Space)) },
    Row { command: Command::ShuttleBack, menu: Menu::Play, icon: icon::STEP_BACK, text: "Shuttle back", tooltip: "Play backwards; again for twice as fast", shortcut: Some(plain(Key::J)) },
    Row { command: Command::Stop, menu: Menu::Play, icon: icon::PAUSE, text: "Stop", tooltip: "Stop the playhead; over the camera panel, add a camera keyframe", shortcut: Some(plain(Key::K)) },
    Row { command: Command::ShuttleForward, menu: Menu::Play, icon: icon::STEP_ON, text: "Shuttle forward", tooltip: "Play forwards; again for twice as fast", shortcut: Some(plain(Key::L)) },
    Row { command: Command::PreviousFrame, menu: Menu::Play, icon: icon::STEP_BACK, text: "Previous frame", tooltip: "Move the playhead back by one frame", shortcut: Some(plain(Key::ArrowLeft)) },
    Row { command: Command::NextFrame, menu: Menu::Play, icon: icon::STEP_ON, text: "Next frame", tooltip: "Move the playhead forward by one frame", shortcut: Some(plain(Key::ArrowRight)) },
    Row { command: Command::PreviousCut, menu: Menu::Play, icon: icon::STEP_BACK, text: "Previous cut", tooltip: "Move the playhead to the cut before it", shortcut: Some(plain(Key::ArrowUp)) },
    Row { command: Command::NextCut, menu: Menu::Play, icon: icon::STEP_ON, text: "Next cut", tooltip: "Move the playhead to the cut after it", shortcut: Some(plain(Key::ArrowDown)) },
    Row { command: Command::ToStart, menu: Menu::Play, icon: icon::TO_START, text: "To the start", tooltip: "Move the playhead to the first frame", shortcut: Some(plain(Key::Home)) },
    Row { command: Command::ToEnd, menu: Menu::Play, icon: icon::TO_END, text: "To the end", tooltip: "Move the playhead to the last frame", shortcut: Some(plain(Key::End)) },

    Row { command: Command::Palette, menu: Menu::View, icon: icon::SEARCH, text: "Command palette", tooltip: "Find any command by typing a part of its name", shortcut: Some(ctrl(Key::K)) },
    Row { command: Command::ZoomIn, menu: Menu::View, icon: icon::ZOOM_IN, text: "Zoom in (UI)", tooltip: "Draw text and controls a step larger", shortcut: Some(ctrl(Key::Plus)) },
    Row { command: Command::ZoomOut, menu: Menu::View, icon: icon::ZOOM_OUT, text: "Zoom out (UI)", tooltip: "Draw text and controls a step smaller", shortcut: Some(ctrl(Key::Minus)) },
    Row { command: Command::ZoomReset, menu: Menu::View, icon: icon::SEARCH, text: "Reset zoom (UI)", tooltip: "Draw text and controls in their normal size", shortcut: Some(ctrl(Key::Num0)) },
    Row { command: Command::FullScreen, menu: Menu::View, icon: icon::FULL_SCREEN, text: "Full screen", tooltip: "Fill the whole screen, or go back to a window", shortcut: Some(plain(Key::F11)) },
    Row { command: Command::ExposureUp, menu: Menu::View, icon: icon::LIGHT, text: "Raise viewer exposure", tooltip: "Show pictures a third of a stop brighter; the project is not changed", shortcut: Some(alt(Key::ArrowUp)) },
    Row { command: Command::ExposureDown, menu: Menu::View, icon: icon::LIGHT, text: "Lower viewer exposure", tooltip: "Show pictures a third of a stop darker; the project is not changed", shortcut: Some(alt(Key::ArrowDown)) },
    Row { command: Command::ExposureReset, menu: Menu::View, icon: icon::LIGHT, text: "Reset viewer exposure", tooltip: "Show pictures as they are", shortcut: Some(alt(Key::Num0)) },

    Row { command: Command::StartEngine, menu: Menu::Engine, icon: icon::ENGINE, text: "Start the engine", tooltip: "Start the engine now, not with the first job", shortcut: None },
    Row { command: Command::RestartEngine, menu: Menu::Engine, icon: icon::RESTART, text: "Restart the engine", tooltip: "End the engine and start a new one", shortcut: None },

    Row { command: Command::SystemCheck, menu: Menu::Help, icon: icon::DOCTOR, text: "System check…", tooltip: "Show what works on this machine and what is missing", shortcut: None },
    Row { command: Command::ShowKeys, menu: Menu::Help, icon: icon::KEYS, text: "Keyboard shortcuts…", tooltip: "Show all keyboard shortcuts", shortcut: Some(plain(Key::F1)) },
    Row { command: Command::About, menu: Menu::Help, icon: icon::INFO, text: "About Kinora…", tooltip: "Version, licences and thanks", shortcut: None },
];

impl Command {
    /// This command's row.
    pub fn row(self) -> &'static Row {
        &TABLE[self as usize]
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
