//! The table of commands: one row each with its text, icon and key.
//! The menus, the palette and the keyboard shortcuts are made from it.

use egui::{Key, KeyboardShortcut};
use serde::{Deserialize, Serialize};

use super::shortcut::{alt, alt_shift, ctrl, ctrl_alt, ctrl_shift, plain, shift};
use crate::ui::fonts::{icon, sign};

/// A command of a menu, the palette or the keyboard. The file of the user's own keys has these names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Command {
    NewProject,
    OpenProject,
    OpenSample,
    ImportTimeline,
    Save,
    SaveAs,
    DuplicateProject,
    CollectProject,
    ExportVideo,
    ExportTimeline,
    ExportSubtitles,
    ProjectSettings,
    Preferences,
    Models,
    CloseProject,
    Quit,
    Undo,
    Redo,
    UndoHistory,
    SplitAtPlayhead,
    Lift,
    Extract,
    Cut,
    Copy,
    Paste,
    PasteInsert,
    PasteAttributes,
    Duplicate,
    SelectAll,
    DeselectAll,
    SelectForward,
    SelectAtPlayhead,
    Snap,
    TrimTool,
    Import,
    RelinkMedia,
    AddTitle,
    AddSubtitle,
    Dissolve,
    AddMarker,
    MarkIn,
    MarkOut,
    ClearInOut,
    InsertShot,
    OverwriteShot,
    ReplaceClips,
    TrimStart,
    TrimEnd,
    ExtendEdit,
    LiftRange,
    ExtractRange,
    MarkSelection,
    CloseGap,
    Link,
    Unlink,
    Group,
    Ungroup,
    Swap,
    Nest,
    Unnest,
    OpenNested,
    NewSequence,
    ToggleEnabled,
    Reverse,
    FreezeFrame,
    RemoveAttributes,
    MatchFrame,
    SelectPreviousClip,
    SelectNextClip,
    NudgeLeft,
    NudgeRight,
    NudgeLeftTen,
    NudgeRightTen,
    SlipLeft,
    SlipRight,
    PreviousMarker,
    NextMarker,
    MarkerList,
    EditMarker,
    RemoveMarker,
    AddVideoTrack,
    AddAudioTrack,
    AddSubtitleTrack,
    MuteTracks,
    SoloTracks,
    LockTracks,
    RemoveEmptyTracks,
    TimelineZoomIn,
    TimelineZoomOut,
    TimelineFit,
    TimelineZoomSelection,
    NewShot,
    FillGap,
    DuplicateShot,
    RenameShot,
    MoveShotUp,
    MoveShotDown,
    RemoveShot,
    AddCharacter,
    ImportCameraPath,
    ExportCameraPath,
    Generate,
    MakeStills,
    MakeSound,
    MakeMusic,
    SayLine,
    GenerateMissing,
    RerollFailing,
    UseBestTake,
    TakesByRank,
    MeasureTakes,
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
    GoToIn,
    GoToOut,
    GoToTimecode,
    Loop,
    RecordVoiceOver,
    Palette,
    ZoomIn,
    ZoomOut,
    ZoomReset,
    FullScreen,
    ViewerFillsWindow,
    ViewerWindow,
    ViewerActualSize,
    SaveFrame,
    ExposureUp,
    ExposureDown,
    ExposureReset,
    CameraView,
    StageFromAbove,
    MeasuredPath,
    MotionArrows,
    PlayProxies,
    FocusShots,
    FocusCast,
    FocusMedia,
    FocusViewer,
    FocusCamera,
    FocusShot,
    FocusClip,
    FocusQueue,
    FocusTimeline,
    FocusMixer,
    FocusMeasures,
    NextPanel,
    PreviousPanel,
    ResetLayout,
    SaveLayout,
    StartEngine,
    RestartEngine,
    Help,
    FirstFilm,
    SystemCheck,
    ShowKeys,
    Messages,
    About,
}

/// The menu that contains a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Menu {
    File,
    Edit,
    Timeline,
    Shot,
    Play,
    View,
    Engine,
    Help,
}

impl Menu {
    /// From left to right.
    pub const ALL: [(Self, &str); 8] = [
        (Self::File, "File"),
        (Self::Edit, "Edit"),
        (Self::Timeline, "Timeline"),
        (Self::Shot, "Shot"),
        (Self::Play, "Play"),
        (Self::View, "View"),
        (Self::Engine, "Engine"),
        (Self::Help, "Help"),
    ];
}

/// A row of the command table.
pub struct Row {
    pub command: Command,
    pub menu: Menu,
    pub icon: &'static str,
    /// Ends with an ellipsis if the command opens a dialog.
    pub text: &'static str,
    pub tooltip: &'static str,
    /// Kinora's own key. The key in use is in the key map.
    pub shortcut: Option<KeyboardShortcut>,
}

#[rustfmt::skip] // a table
pub const TABLE: &[Row] = &[
    Row { command: Command::NewProject, menu: Menu::File, icon: icon::NEW, text: "New project…", tooltip: "Create a project folder", shortcut: Some(ctrl(Key::N)) },
    Row { command: Command::OpenProject, menu: Menu::File, icon: icon::OPEN, text: "Open…", tooltip: "Open a project folder", shortcut: Some(ctrl(Key::O)) },
    Row { command: Command::OpenSample, menu: Menu::File, icon: icon::SAMPLE, text: "Open sample", tooltip: "Open your own copy of the sample project", shortcut: None },
    Row { command: Command::ImportTimeline, menu: Menu::File, icon: icon::OPEN, text: "Import timeline…", tooltip: "Create a project from the timeline of another editor (OpenTimelineIO)", shortcut: None },
    Row { command: Command::Save, menu: Menu::File, icon: icon::SAVE, text: "Save", tooltip: "Write the project file now; every change is kept anyway", shortcut: Some(ctrl(Key::S)) },
    Row { command: Command::SaveAs, menu: Menu::File, icon: icon::SAVE, text: "Save as…", tooltip: "Copy the project to a new folder and continue in the copy", shortcut: Some(ctrl_shift(Key::S)) },
    Row { command: Command::DuplicateProject, menu: Menu::File, icon: icon::NEW, text: "Duplicate project…", tooltip: "Copy the project to a new folder and stay in this one", shortcut: None },
    Row { command: Command::CollectProject, menu: Menu::File, icon: icon::FOLDER, text: "Collect project…", tooltip: "Copy the project with only the takes, media and pictures that it needs", shortcut: None },
    Row { command: Command::ExportVideo, menu: Menu::File, icon: icon::EXPORT, text: "Export video…", tooltip: "Render the timeline to a video file", shortcut: Some(ctrl(Key::E)) },
    Row { command: Command::ExportTimeline, menu: Menu::File, icon: icon::EXPORT, text: "Export timeline…", tooltip: "Write the timeline for other editors (OpenTimelineIO)", shortcut: None },
    Row { command: Command::ExportSubtitles, menu: Menu::File, icon: icon::EXPORT, text: "Export subtitles…", tooltip: "Write a subtitle track to an SRT or WebVTT file", shortcut: None },
    Row { command: Command::ProjectSettings, menu: Menu::File, icon: icon::FILM, text: "Project settings…", tooltip: "Change the frame rate and the picture size of the project", shortcut: None },
    Row { command: Command::Preferences, menu: Menu::File, icon: icon::GEAR, text: "Preferences…", tooltip: "Folders, device, new clips and takes, scale of the interface, caches", shortcut: Some(ctrl(Key::Comma)) },
    Row { command: Command::Models, menu: Menu::File, icon: icon::PLACE, text: "Models…", tooltip: "Install, verify and remove models; show what fits this machine", shortcut: None },
    Row { command: Command::CloseProject, menu: Menu::File, icon: icon::CLOSE, text: "Close project", tooltip: "Go back to the welcome page. All edits are kept", shortcut: Some(ctrl(Key::W)) },
    Row { command: Command::Quit, menu: Menu::File, icon: icon::QUIT, text: "Quit", tooltip: "Close Kinora. All edits are kept", shortcut: Some(ctrl(Key::Q)) },

    Row { command: Command::Undo, menu: Menu::Edit, icon: icon::UNDO, text: "Undo", tooltip: "Undo the last step", shortcut: Some(ctrl(Key::Z)) },
    Row { command: Command::Redo, menu: Menu::Edit, icon: icon::REDO, text: "Redo", tooltip: "Redo the step that was undone", shortcut: Some(ctrl_shift(Key::Z)) },
    Row { command: Command::UndoHistory, menu: Menu::Edit, icon: icon::HISTORY, text: "Undo history…", tooltip: "Show all steps, and go back or forward to one of them", shortcut: Some(ctrl_alt(Key::Z)) },
    Row { command: Command::SplitAtPlayhead, menu: Menu::Edit, icon: icon::SCISSORS, text: "Split at playhead", tooltip: "Split the selected clips, or all, at the playhead", shortcut: Some(plain(Key::B)) },
    Row { command: Command::Lift, menu: Menu::Edit, icon: icon::TRASH, text: "Delete", tooltip: "Remove the selected clips and leave gaps", shortcut: Some(plain(Key::Delete)) },
    Row { command: Command::Extract, menu: Menu::Edit, icon: icon::TRASH, text: "Ripple delete", tooltip: "Remove the selected clips and close the gaps", shortcut: Some(shift(Key::Delete)) },
    Row { command: Command::Cut, menu: Menu::Edit, icon: icon::SCISSORS, text: "Cut", tooltip: "Copy the selected clips and remove them; gaps are left", shortcut: Some(ctrl(Key::X)) },
    Row { command: Command::Copy, menu: Menu::Edit, icon: icon::COPY, text: "Copy", tooltip: "Copy the selected clips", shortcut: Some(ctrl(Key::C)) },
    Row { command: Command::Paste, menu: Menu::Edit, icon: icon::PASTE, text: "Paste", tooltip: "Place the copied clips at the playhead, over what is there", shortcut: Some(ctrl(Key::V)) },
    Row { command: Command::PasteInsert, menu: Menu::Edit, icon: icon::PASTE, text: "Paste insert", tooltip: "Insert the copied clips at the playhead; what follows moves along", shortcut: Some(ctrl_shift(Key::V)) },
    Row { command: Command::PasteAttributes, menu: Menu::Edit, icon: icon::PASTE, text: "Paste attributes", tooltip: "Give the selected clips the effects, fades and keyframes of the copied clip", shortcut: Some(ctrl_alt(Key::V)) },
    Row { command: Command::Duplicate, menu: Menu::Edit, icon: icon::COPY, text: "Duplicate clips", tooltip: "Insert copies of the selected clips after them", shortcut: Some(alt(Key::D)) },
    Row { command: Command::SelectAll, menu: Menu::Edit, icon: icon::SELECT, text: "Select all", tooltip: "Select all clips on unlocked tracks", shortcut: Some(ctrl(Key::A)) },
    Row { command: Command::DeselectAll, menu: Menu::Edit, icon: icon::SELECT, text: "Deselect all", tooltip: "Select no clip", shortcut: Some(ctrl_shift(Key::A)) },
    Row { command: Command::SelectForward, menu: Menu::Edit, icon: icon::SELECT, text: "Select forward", tooltip: "Select all clips that begin at the playhead or after it", shortcut: Some(plain(Key::A)) },
    Row { command: Command::SelectAtPlayhead, menu: Menu::Edit, icon: icon::SELECT, text: "Select clip at playhead", tooltip: "Select the topmost clip under the playhead", shortcut: Some(plain(Key::D)) },
    Row { command: Command::Snap, menu: Menu::Edit, icon: icon::SNAP, text: "Snap", tooltip: "Turn snapping to cuts, markers and the playhead on or off", shortcut: Some(plain(Key::N)) },
    Row { command: Command::TrimTool, menu: Menu::Edit, icon: icon::TRIM, text: "Trim tool", tooltip: "Trim by dragging: cuts roll, edges ripple, a clip's upper half slips and its lower half slides", shortcut: Some(plain(Key::R)) },
    Row { command: Command::Import, menu: Menu::Edit, icon: icon::OPEN, text: "Import…", tooltip: "Import a video, picture or sound and place it at the playhead, or a subtitle file as a track", shortcut: Some(ctrl(Key::I)) },
    Row { command: Command::RelinkMedia, menu: Menu::Edit, icon: icon::LINK, text: "Relink media…", tooltip: "Search a folder for the files of imports that are missing, and relink those that are found", shortcut: None },
    Row { command: Command::AddTitle, menu: Menu::Edit, icon: icon::TITLE, text: "Add title", tooltip: "Add a title over the picture at the playhead", shortcut: Some(plain(Key::T)) },
    Row { command: Command::AddSubtitle, menu: Menu::Edit, icon: icon::TITLE, text: "Add subtitle", tooltip: "Add a subtitle of 2 seconds at the playhead, or edit the one there", shortcut: Some(shift(Key::T)) },
    Row { command: Command::Dissolve, menu: Menu::Edit, icon: icon::DISSOLVE, text: "Dissolve", tooltip: "Add a dissolve at the head of the selected clip, or at the nearest cut", shortcut: Some(ctrl(Key::D)) },
    Row { command: Command::AddMarker, menu: Menu::Edit, icon: icon::MARKER, text: "Add marker", tooltip: "Add a marker at the playhead", shortcut: Some(plain(Key::M)) },
    Row { command: Command::MarkIn, menu: Menu::Edit, icon: icon::TO_START, text: "Mark in", tooltip: "Start the range to play and export at the playhead", shortcut: Some(plain(Key::I)) },
    Row { command: Command::MarkOut, menu: Menu::Edit, icon: icon::TO_END, text: "Mark out", tooltip: "End the range to play and export at the playhead", shortcut: Some(plain(Key::O)) },
    Row { command: Command::ClearInOut, menu: Menu::Edit, icon: icon::CLOSE, text: "Clear in and out", tooltip: "Play and export the whole timeline again", shortcut: Some(alt(Key::X)) },

    Row { command: Command::InsertShot, menu: Menu::Timeline, icon: icon::PLACE, text: "Insert at playhead", tooltip: "Insert the source in the viewer, or the selected shot, at the playhead or from in to out; what follows moves along", shortcut: Some(plain(Key::F9)) },
    Row { command: Command::OverwriteShot, menu: Menu::Timeline, icon: icon::PLACE, text: "Overwrite at playhead", tooltip: "Place the source in the viewer, or the selected shot, at the playhead or from in to out, over what is there", shortcut: Some(plain(Key::F10)) },
    Row { command: Command::ReplaceClips, menu: Menu::Timeline, icon: icon::SHUFFLE, text: "Replace clips", tooltip: "Show the source in the viewer, or the selected shot, in the selected clips or in the clip at the playhead", shortcut: Some(shift(Key::R)) },
    Row { command: Command::TrimStart, menu: Menu::Timeline, icon: icon::TRIM, text: "Trim start to playhead", tooltip: "Remove the selected clips up to the playhead; what follows closes up", shortcut: Some(plain(Key::Q)) },
    Row { command: Command::TrimEnd, menu: Menu::Timeline, icon: icon::TRIM, text: "Trim end to playhead", tooltip: "Remove the selected clips from the playhead on; what follows closes up", shortcut: Some(plain(Key::W)) },
    Row { command: Command::ExtendEdit, menu: Menu::Timeline, icon: icon::TRIM, text: "Extend edit", tooltip: "Roll the nearest cut of the selected clips, or of the targeted track, to the playhead", shortcut: Some(plain(Key::E)) },
    Row { command: Command::LiftRange, menu: Menu::Timeline, icon: icon::TRASH, text: "Delete in to out", tooltip: "Remove the range between in and out and leave a gap", shortcut: Some(plain(Key::Semicolon)) },
    Row { command: Command::ExtractRange, menu: Menu::Timeline, icon: icon::TRASH, text: "Ripple delete in to out", tooltip: "Remove the range between in and out and close the gap", shortcut: Some(plain(Key::Quote)) },
    Row { command: Command::MarkSelection, menu: Menu::Timeline, icon: icon::SELECT, text: "Mark selection", tooltip: "Set in and out around the selected clips, or around the clip at the playhead", shortcut: Some(plain(Key::X)) },
    Row { command: Command::CloseGap, menu: Menu::Timeline, icon: icon::CLOSE, text: "Close gap", tooltip: "Close the gap under the playhead", shortcut: Some(alt(Key::G)) },
    Row { command: Command::Link, menu: Menu::Timeline, icon: icon::COMPARE, text: "Link clips", tooltip: "Select, move and trim the selected clips together", shortcut: Some(ctrl(Key::L)) },
    Row { command: Command::Unlink, menu: Menu::Timeline, icon: icon::COMPARE, text: "Unlink clips", tooltip: "Select, move and trim the selected clips on their own", shortcut: Some(ctrl_shift(Key::L)) },
    Row { command: Command::Group, menu: Menu::Timeline, icon: icon::SELECT, text: "Group clips", tooltip: "Select and move the selected clips together; each is still trimmed on its own", shortcut: Some(shift(Key::G)) },
    Row { command: Command::Ungroup, menu: Menu::Timeline, icon: icon::SELECT, text: "Ungroup clips", tooltip: "Dissolve the groups of the selected clips", shortcut: Some(alt_shift(Key::G)) },
    Row { command: Command::Swap, menu: Menu::Timeline, icon: icon::SHUFFLE, text: "Swap clips", tooltip: "Exchange the places of the two selected clips", shortcut: Some(alt(Key::S)) },
    Row { command: Command::Nest, menu: Menu::Timeline, icon: icon::FOLDER, text: "Nest clips", tooltip: "Move the selected clips into a sequence of their own, and show it in their place", shortcut: Some(alt(Key::N)) },
    Row { command: Command::Unnest, menu: Menu::Timeline, icon: icon::FOLDER, text: "Unnest clips", tooltip: "Replace the selected nested clip by the clips within it", shortcut: Some(alt_shift(Key::N)) },
    Row { command: Command::OpenNested, menu: Menu::Timeline, icon: icon::OPEN, text: "Open nested sequence", tooltip: "Edit the clips within the selected nested clip", shortcut: Some(alt(Key::O)) },
    Row { command: Command::NewSequence, menu: Menu::Timeline, icon: icon::NEW, text: "New sequence", tooltip: "Add an empty sequence to the project and open it", shortcut: None },
    Row { command: Command::ToggleEnabled, menu: Menu::Timeline, icon: icon::EYE, text: "Enable or disable clips", tooltip: "A disabled clip keeps its place, but is neither seen nor heard", shortcut: Some(shift(Key::E)) },
    Row { command: Command::Reverse, menu: Menu::Timeline, icon: icon::RESTART, text: "Reverse", tooltip: "Play the selected clips in the other direction", shortcut: None },
    Row { command: Command::FreezeFrame, menu: Menu::Timeline, icon: icon::PAUSE, text: "Freeze frame", tooltip: "Hold the frame at the playhead up to the end of the selected clip", shortcut: Some(shift(Key::F)) },
    Row { command: Command::RemoveAttributes, menu: Menu::Timeline, icon: icon::CLOSE, text: "Remove attributes", tooltip: "Reset the effects, fades and keyframes of the selected clips", shortcut: None },
    Row { command: Command::MatchFrame, menu: Menu::Timeline, icon: icon::SEARCH, text: "Match frame", tooltip: "Show the shot or the import of the clip at the playhead", shortcut: Some(plain(Key::F)) },
    Row { command: Command::SelectPreviousClip, menu: Menu::Timeline, icon: icon::SELECT, text: "Select previous clip", tooltip: "Select the clip before the selected one on its track", shortcut: Some(shift(Key::ArrowLeft)) },
    Row { command: Command::SelectNextClip, menu: Menu::Timeline, icon: icon::SELECT, text: "Select next clip", tooltip: "Select the clip after the selected one on its track", shortcut: Some(shift(Key::ArrowRight)) },
    Row { command: Command::NudgeLeft, menu: Menu::Timeline, icon: icon::STEP_BACK, text: "Nudge left", tooltip: "Move the selected clips back by one frame, over what is there", shortcut: Some(alt(Key::ArrowLeft)) },
    Row { command: Command::NudgeRight, menu: Menu::Timeline, icon: icon::STEP_ON, text: "Nudge right", tooltip: "Move the selected clips forward by one frame, over what is there", shortcut: Some(alt(Key::ArrowRight)) },
    Row { command: Command::NudgeLeftTen, menu: Menu::Timeline, icon: icon::STEP_BACK, text: "Nudge left by 10", tooltip: "Move the selected clips back by ten frames, over what is there", shortcut: Some(alt_shift(Key::ArrowLeft)) },
    Row { command: Command::NudgeRightTen, menu: Menu::Timeline, icon: icon::STEP_ON, text: "Nudge right by 10", tooltip: "Move the selected clips forward by ten frames, over what is there", shortcut: Some(alt_shift(Key::ArrowRight)) },
    Row { command: Command::SlipLeft, menu: Menu::Timeline, icon: icon::TRIM, text: "Slip left", tooltip: "Show later frames of the source in the selected clips: slip by one frame", shortcut: Some(ctrl_alt(Key::ArrowLeft)) },
    Row { command: Command::SlipRight, menu: Menu::Timeline, icon: icon::TRIM, text: "Slip right", tooltip: "Show earlier frames of the source in the selected clips: slip by one frame", shortcut: Some(ctrl_alt(Key::ArrowRight)) },
    Row { command: Command::PreviousMarker, menu: Menu::Timeline, icon: icon::MARKER, text: "Previous marker", tooltip: "Move the playhead to the marker before it", shortcut: Some(shift(Key::ArrowUp)) },
    Row { command: Command::NextMarker, menu: Menu::Timeline, icon: icon::MARKER, text: "Next marker", tooltip: "Move the playhead to the marker after it", shortcut: Some(shift(Key::ArrowDown)) },
    Row { command: Command::MarkerList, menu: Menu::Timeline, icon: icon::MARKER, text: "Markers…", tooltip: "Show all markers, and go to one of them", shortcut: None },
    Row { command: Command::EditMarker, menu: Menu::Timeline, icon: icon::MARKER, text: "Edit marker…", tooltip: "Change the name, note and colour of the marker at the playhead", shortcut: Some(shift(Key::M)) },
    Row { command: Command::RemoveMarker, menu: Menu::Timeline, icon: icon::MARKER, text: "Remove marker", tooltip: "Remove the marker at the playhead", shortcut: Some(alt(Key::M)) },
    Row { command: Command::AddVideoTrack, menu: Menu::Timeline, icon: icon::NEW, text: "Add video track", tooltip: "Add a video track above the others", shortcut: None },
    Row { command: Command::AddAudioTrack, menu: Menu::Timeline, icon: icon::NEW, text: "Add audio track", tooltip: "Add an audio track below the others", shortcut: None },
    Row { command: Command::AddSubtitleTrack, menu: Menu::Timeline, icon: icon::NEW, text: "Add subtitle track", tooltip: "Add a subtitle track above the others", shortcut: None },
    Row { command: Command::MuteTracks, menu: Menu::Timeline, icon: icon::SPEAKER_OFF, text: "Mute tracks", tooltip: "Mute the tracks of the selected clips, or unmute them", shortcut: None },
    Row { command: Command::SoloTracks, menu: Menu::Timeline, icon: icon::SPEAKER, text: "Solo tracks", tooltip: "Show or play only the tracks of the selected clips, or all again", shortcut: None },
    Row { command: Command::LockTracks, menu: Menu::Timeline, icon: icon::LOCK, text: "Lock tracks", tooltip: "Lock the tracks of the selected clips against edits, or unlock all", shortcut: None },
    Row { command: Command::RemoveEmptyTracks, menu: Menu::Timeline, icon: icon::TRASH, text: "Remove empty tracks", tooltip: "Remove every track without clips", shortcut: None },
    Row { command: Command::TimelineZoomIn, menu: Menu::Timeline, icon: icon::ZOOM_IN, text: "Zoom in (timeline)", tooltip: "Show fewer frames, around the playhead", shortcut: Some(plain(Key::Equals)) },
    Row { command: Command::TimelineZoomOut, menu: Menu::Timeline, icon: icon::ZOOM_OUT, text: "Zoom out (timeline)", tooltip: "Show more frames, around the playhead", shortcut: Some(plain(Key::Minus)) },
    Row { command: Command::TimelineFit, menu: Menu::Timeline, icon: icon::SEARCH, text: "Fit timeline", tooltip: "Show the whole timeline", shortcut: Some(shift(Key::Z)) },
    Row { command: Command::TimelineZoomSelection, menu: Menu::Timeline, icon: icon::SEARCH, text: "Zoom to selection", tooltip: "Show the selected clips as large as possible", shortcut: Some(alt(Key::Z)) },

    Row { command: Command::NewShot, menu: Menu::Shot, icon: icon::NEW, text: "New shot", tooltip: "Add a shot to the project", shortcut: Some(ctrl_shift(Key::N)) },
    Row { command: Command::FillGap, menu: Menu::Shot, icon: icon::NEW, text: "New shot in the gap", tooltip: "Fill the gap under the playhead with a new shot", shortcut: Some(shift(Key::N)) },
    Row { command: Command::DuplicateShot, menu: Menu::Shot, icon: icon::DUPLICATE, text: "Duplicate shot", tooltip: "Add a copy of the selected shot after it, without its takes", shortcut: Some(ctrl_shift(Key::D)) },
    Row { command: Command::RenameShot, menu: Menu::Shot, icon: icon::PENCIL, text: "Rename shot", tooltip: "Type another name for the selected shot", shortcut: Some(plain(Key::F2)) },
    Row { command: Command::MoveShotUp, menu: Menu::Shot, icon: icon::ABOVE, text: "Move shot up", tooltip: "Move the selected shot up in the list of shots", shortcut: Some(alt(Key::PageUp)) },
    Row { command: Command::MoveShotDown, menu: Menu::Shot, icon: sign::BELOW, text: "Move shot down", tooltip: "Move the selected shot down in the list of shots", shortcut: Some(alt(Key::PageDown)) },
    Row { command: Command::RemoveShot, menu: Menu::Shot, icon: icon::TRASH, text: "Remove shot", tooltip: "Remove the selected shot and its clips; its takes stay on the disk", shortcut: Some(ctrl(Key::Backspace)) },
    Row { command: Command::AddCharacter, menu: Menu::Shot, icon: icon::CAST, text: "Add character…", tooltip: "Add a character to the cast from a picture", shortcut: Some(ctrl_shift(Key::C)) },
    Row { command: Command::ImportCameraPath, menu: Menu::Shot, icon: icon::OPEN, text: "Import camera path…", tooltip: "Use a camera path from a file in the selected shot: glTF, RealEstate10K text or Kinora's own", shortcut: None },
    Row { command: Command::ExportCameraPath, menu: Menu::Shot, icon: icon::EXPORT, text: "Export camera path…", tooltip: "Save the camera path of the selected shot as glTF, RealEstate10K text or Kinora's own", shortcut: None },
    Row { command: Command::Generate, menu: Menu::Shot, icon: icon::WAND, text: "Generate", tooltip: "Generate a take of the selected shot", shortcut: Some(ctrl(Key::Enter)) },
    Row { command: Command::MakeStills, menu: Menu::Shot, icon: icon::WAND, text: "Make stills", tooltip: "Make stills of the selected shot with several seeds, to choose its look first", shortcut: Some(ctrl_alt(Key::Enter)) },
    Row { command: Command::MakeSound, menu: Menu::Shot, icon: icon::SPEAKER, text: "Make sound", tooltip: "Make sound for the chosen take of the selected shot, by the sound prompt of the shot", shortcut: Some(alt(Key::Enter)) },
    Row { command: Command::MakeMusic, menu: Menu::Shot, icon: icon::SPEAKER, text: "Music for range…", tooltip: "Make music, or another sound alone, for the range between in and out", shortcut: None },
    Row { command: Command::SayLine, menu: Menu::Shot, icon: icon::MICROPHONE, text: "Say a line…", tooltip: "Let a character say a line at the playhead, by a model that speaks", shortcut: None },
    Row { command: Command::GenerateMissing, menu: Menu::Shot, icon: icon::WAND, text: "Generate missing", tooltip: "Generate a take of every shot that has none", shortcut: Some(ctrl_shift(Key::Enter)) },
    Row { command: Command::RerollFailing, menu: Menu::Shot, icon: icon::SHUFFLE, text: "Re-roll failing shots…", tooltip: "Generate new takes, with new seeds, of the shots whose chosen take failed a measure", shortcut: None },
    Row { command: Command::UseBestTake, menu: Menu::Shot, icon: icon::STAR, text: "Use best take", tooltip: "Choose the take of the selected shot that has rank 1", shortcut: None },
    Row { command: Command::TakesByRank, menu: Menu::Shot, icon: icon::STAR, text: "Takes by rank", tooltip: "Show the takes of a shot in the order of their ranks, or in that of their making", shortcut: None },
    Row { command: Command::MeasureTakes, menu: Menu::Shot, icon: icon::SLIDERS, text: "Measure all takes", tooltip: "Measure the camera and the cast of every take that has no measure, in the background", shortcut: None },
    Row { command: Command::PauseQueue, menu: Menu::Shot, icon: icon::PAUSE, text: "Pause queue", tooltip: "Finish the running shot and start no other", shortcut: None },
    Row { command: Command::ResumeQueue, menu: Menu::Shot, icon: icon::PLAY, text: "Resume queue", tooltip: "Continue with the queue", shortcut: None },

    Row { command: Command::Play, menu: Menu::Play, icon: icon::PLAY, text: "Play or pause", tooltip: "Play from the playhead, or pause", shortcut: Some(plain(Key::Space)) },
    Row { command: Command::ShuttleBack, menu: Menu::Play, icon: icon::SHUTTLE_BACK, text: "Shuttle reverse", tooltip: "Play backwards; again for twice as fast", shortcut: Some(plain(Key::J)) },
    Row { command: Command::Stop, menu: Menu::Play, icon: icon::PAUSE, text: "Stop", tooltip: "Stop playback; over the camera panel, add a camera keyframe", shortcut: Some(plain(Key::K)) },
    Row { command: Command::ShuttleForward, menu: Menu::Play, icon: icon::SHUTTLE_ON, text: "Shuttle forward", tooltip: "Play forwards; again for twice as fast", shortcut: Some(plain(Key::L)) },
    Row { command: Command::PreviousFrame, menu: Menu::Play, icon: icon::STEP_BACK, text: "Previous frame", tooltip: "Move the playhead back by one frame", shortcut: Some(plain(Key::ArrowLeft)) },
    Row { command: Command::NextFrame, menu: Menu::Play, icon: icon::STEP_ON, text: "Next frame", tooltip: "Move the playhead forward by one frame", shortcut: Some(plain(Key::ArrowRight)) },
    Row { command: Command::PreviousCut, menu: Menu::Play, icon: icon::STEP_BACK, text: "Previous cut", tooltip: "Move the playhead to the cut before it", shortcut: Some(plain(Key::ArrowUp)) },
    Row { command: Command::NextCut, menu: Menu::Play, icon: icon::STEP_ON, text: "Next cut", tooltip: "Move the playhead to the cut after it", shortcut: Some(plain(Key::ArrowDown)) },
    Row { command: Command::ToStart, menu: Menu::Play, icon: icon::TO_START, text: "To the start", tooltip: "Move the playhead to the first frame", shortcut: Some(plain(Key::Home)) },
    Row { command: Command::ToEnd, menu: Menu::Play, icon: icon::TO_END, text: "To the end", tooltip: "Move the playhead to the last frame", shortcut: Some(plain(Key::End)) },
    Row { command: Command::GoToIn, menu: Menu::Play, icon: icon::TO_START, text: "Go to in", tooltip: "Move the playhead to the first frame between in and out", shortcut: Some(shift(Key::I)) },
    Row { command: Command::GoToOut, menu: Menu::Play, icon: icon::TO_END, text: "Go to out", tooltip: "Move the playhead to the last frame between in and out", shortcut: Some(shift(Key::O)) },
    Row { command: Command::GoToTimecode, menu: Menu::Play, icon: icon::SEARCH, text: "Go to timecode…", tooltip: "Move the playhead of the timeline to a timecode, or by a distance", shortcut: Some(ctrl(Key::G)) },
    Row { command: Command::Loop, menu: Menu::Play, icon: icon::RESTART, text: "Loop playback", tooltip: "Begin again at the end of the timeline; the range between in and out always loops", shortcut: Some(shift(Key::L)) },
    Row { command: Command::RecordVoiceOver, menu: Menu::Play, icon: icon::MICROPHONE, text: "Record voice-over", tooltip: "Record from a microphone while the film plays from the playhead", shortcut: Some(alt(Key::R)) },

    Row { command: Command::Palette, menu: Menu::View, icon: icon::SEARCH, text: "Command palette", tooltip: "Find any command by typing a part of its name", shortcut: Some(ctrl(Key::K)) },
    Row { command: Command::ZoomIn, menu: Menu::View, icon: icon::ZOOM_IN, text: "Zoom in (UI)", tooltip: "Draw text and controls a step larger", shortcut: Some(ctrl(Key::Plus)) },
    Row { command: Command::ZoomOut, menu: Menu::View, icon: icon::ZOOM_OUT, text: "Zoom out (UI)", tooltip: "Draw text and controls a step smaller", shortcut: Some(ctrl(Key::Minus)) },
    Row { command: Command::ZoomReset, menu: Menu::View, icon: icon::SEARCH, text: "Reset zoom (UI)", tooltip: "Draw text and controls in their normal size", shortcut: Some(ctrl(Key::Num0)) },
    Row { command: Command::FullScreen, menu: Menu::View, icon: icon::FULL_SCREEN, text: "Full screen", tooltip: "Fill the whole screen, or go back to a window", shortcut: Some(plain(Key::F11)) },
    Row { command: Command::ViewerFillsWindow, menu: Menu::View, icon: icon::FULL_SCREEN, text: "Viewer fills window", tooltip: "Show only the viewer, or all panels again", shortcut: Some(plain(Key::Backtick)) },
    Row { command: Command::ViewerWindow, menu: Menu::View, icon: icon::FULL_SCREEN, text: "Viewer in its own window", tooltip: "Show the viewer in a window that can be moved to a second screen, or in its panel again", shortcut: Some(ctrl_shift(Key::F)) },
    Row { command: Command::ViewerActualSize, menu: Menu::View, icon: icon::SEARCH, text: "Viewer at 100 %", tooltip: "Show a pixel of the project as a pixel of the screen, or fit the picture into the viewer", shortcut: Some(alt(Key::Num1)) },
    Row { command: Command::SaveFrame, menu: Menu::View, icon: icon::SAVE, text: "Save frame as PNG", tooltip: "Save the picture in the viewer as a file beside the project", shortcut: Some(ctrl_shift(Key::E)) },
    Row { command: Command::ExposureUp, menu: Menu::View, icon: icon::LIGHT, text: "Viewer exposure +1/3 stop", tooltip: "Show pictures a third of a stop brighter; the project is not changed", shortcut: Some(alt(Key::ArrowUp)) },
    Row { command: Command::ExposureDown, menu: Menu::View, icon: icon::LIGHT, text: "Viewer exposure -1/3 stop", tooltip: "Show pictures a third of a stop darker; the project is not changed", shortcut: Some(alt(Key::ArrowDown)) },
    Row { command: Command::ExposureReset, menu: Menu::View, icon: icon::LIGHT, text: "Reset viewer exposure", tooltip: "Show pictures as they are", shortcut: Some(alt(Key::Num0)) },
    Row { command: Command::CameraView, menu: Menu::View, icon: icon::EYE, text: "View through the camera", tooltip: "Exchange the camera view and the 3-D view of the camera panel", shortcut: Some(plain(Key::Num0)) },
    Row { command: Command::StageFromAbove, menu: Menu::View, icon: icon::ABOVE, text: "Stage from above", tooltip: "Show the stage of the camera panel from above: drag there to draw the path of the camera as rails", shortcut: Some(plain(Key::Num7)) },
    Row { command: Command::MeasuredPath, menu: Menu::View, icon: icon::PATH, text: "Measured path", tooltip: "Show the camera of the chosen take in the 3-D view, beside the path that it was asked to follow", shortcut: Some(alt(Key::P)) },
    Row { command: Command::MotionArrows, menu: Menu::View, icon: icon::ARROW, text: "Motion arrows", tooltip: "Show over the picture of a take how its points move, and how the camera path would move them", shortcut: Some(alt(Key::V)) },
    Row { command: Command::PlayProxies, menu: Menu::View, icon: icon::FILM, text: "Play proxies", tooltip: "Show videos from their proxies in the viewer, or the videos themselves; exports always use the videos", shortcut: Some(shift(Key::P)) },
    Row { command: Command::FocusShots, menu: Menu::View, icon: icon::LAYOUT, text: "Focus Shots", tooltip: "Bring the panel Shots to the front and put the focus on its first control", shortcut: Some(shift(Key::Num1)) },
    Row { command: Command::FocusCast, menu: Menu::View, icon: icon::LAYOUT, text: "Focus Cast", tooltip: "Bring the panel Cast to the front and put the focus on its first control", shortcut: Some(shift(Key::Num2)) },
    Row { command: Command::FocusMedia, menu: Menu::View, icon: icon::LAYOUT, text: "Focus Media", tooltip: "Bring the panel Media to the front and put the focus on its first control", shortcut: Some(shift(Key::Num3)) },
    Row { command: Command::FocusViewer, menu: Menu::View, icon: icon::LAYOUT, text: "Focus Viewer", tooltip: "Bring the panel Viewer to the front and put the focus on its first control", shortcut: Some(shift(Key::Num4)) },
    Row { command: Command::FocusCamera, menu: Menu::View, icon: icon::LAYOUT, text: "Focus Camera", tooltip: "Bring the panel Camera to the front and put the focus on its first control", shortcut: Some(shift(Key::Num5)) },
    Row { command: Command::FocusShot, menu: Menu::View, icon: icon::LAYOUT, text: "Focus Shot", tooltip: "Bring the panel Shot to the front and put the focus on its first control", shortcut: Some(shift(Key::Num6)) },
    Row { command: Command::FocusClip, menu: Menu::View, icon: icon::LAYOUT, text: "Focus Clip", tooltip: "Bring the panel Clip to the front and put the focus on its first control", shortcut: Some(shift(Key::Num7)) },
    Row { command: Command::FocusQueue, menu: Menu::View, icon: icon::LAYOUT, text: "Focus Queue", tooltip: "Bring the panel Queue to the front and put the focus on its first control", shortcut: Some(shift(Key::Num8)) },
    Row { command: Command::FocusTimeline, menu: Menu::View, icon: icon::LAYOUT, text: "Focus Timeline", tooltip: "Bring the panel Timeline to the front and put the focus on its first control", shortcut: Some(shift(Key::Num9)) },
    Row { command: Command::FocusMixer, menu: Menu::View, icon: icon::LAYOUT, text: "Focus Mixer", tooltip: "Bring the panel Mixer to the front and put the focus on its first control", shortcut: Some(shift(Key::Num0)) },
    Row { command: Command::FocusMeasures, menu: Menu::View, icon: icon::LAYOUT, text: "Focus Measures", tooltip: "Bring the panel Measures to the front and put the focus on its first control", shortcut: Some(alt_shift(Key::M)) },
    Row { command: Command::NextPanel, menu: Menu::View, icon: icon::LAYOUT, text: "Next panel", tooltip: "Put the focus on the first control of the next panel in front", shortcut: Some(plain(Key::F6)) },
    Row { command: Command::PreviousPanel, menu: Menu::View, icon: icon::LAYOUT, text: "Previous panel", tooltip: "Put the focus on the first control of the previous panel in front", shortcut: Some(shift(Key::F6)) },
    Row { command: Command::ResetLayout, menu: Menu::View, icon: icon::RESTART, text: "Reset layout", tooltip: "Put all panels back in their places", shortcut: None },
    Row { command: Command::SaveLayout, menu: Menu::View, icon: icon::LAYOUT, text: "Save layout as…", tooltip: "Keep the present places of the panels under a name", shortcut: None },

    Row { command: Command::StartEngine, menu: Menu::Engine, icon: icon::ENGINE, text: "Start the engine", tooltip: "Start the engine now instead of with the first job", shortcut: None },
    Row { command: Command::RestartEngine, menu: Menu::Engine, icon: icon::RESTART, text: "Restart the engine", tooltip: "Stop the engine and start it again", shortcut: None },

    Row { command: Command::Help, menu: Menu::Help, icon: icon::INFO, text: "Help…", tooltip: "Read the guides of this version: pages, search, and links between them", shortcut: Some(plain(Key::F1)) },
    Row { command: Command::FirstFilm, menu: Menu::Help, icon: icon::FILM, text: "First film guide", tooltip: "Make a short film in six steps", shortcut: None },
    Row { command: Command::SystemCheck, menu: Menu::Help, icon: icon::DOCTOR, text: "System check…", tooltip: "Show what works on this machine and what is missing", shortcut: None },
    Row { command: Command::ShowKeys, menu: Menu::Help, icon: icon::KEYS, text: "Keyboard shortcuts…", tooltip: "Show and change the keyboard shortcuts", shortcut: Some(ctrl(Key::F1)) },
    Row { command: Command::Messages, menu: Menu::Help, icon: icon::QUEUE, text: "Messages…", tooltip: "Show the messages of the last 24 hours, also those that are gone", shortcut: None },
    Row { command: Command::About, menu: Menu::Help, icon: icon::INFO, text: "About Kinora…", tooltip: "Version, licences and credits", shortcut: None },
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
    use crate::state::shortcut::text_of;

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

    /// The tables of docs/keys.md. On failure the text to paste is printed.
    #[test]
    fn the_keys_page_of_the_docs_lists_every_command_as_this_table_does() {
        let page = include_str!("../../../docs/keys.md");
        for (menu, title) in Menu::ALL {
            let mut text =
                format!("## {title}\n\n| command | key | what it does |\n|---|---|---|\n");
            for row in TABLE.iter().filter(|row| row.menu == menu) {
                let key = row.shortcut.map(|key| format!(" {}", text_of(key)));
                let key = key.unwrap_or_default();
                text.extend(["| ", row.text, " |", &key, " | ", row.tooltip, " |\n"]);
            }
            assert!(
                page.contains(&text),
                "docs/keys.md should contain\n\n{text}"
            );
        }
    }
}
