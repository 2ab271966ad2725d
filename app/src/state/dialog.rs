//! The dialogs of the window. At most one is open; a file picker keeps the dialog from which it was opened.

pub mod copy_project;
pub mod export;
pub mod file_picker;
pub mod go_to;
pub mod help;
pub mod import_timeline;
pub mod keys;
pub mod marker;
pub mod models;
pub mod new_project;
pub mod palette;
pub mod preferences;
pub mod project_settings;
pub mod reroll;
pub mod save_layout;
pub mod sequence_name;
pub mod sound;

use kinora_studio::doctor::Report;

use super::export_job::QueuedExport;
use crate::background::task::Task;
use copy_project::CopyForm;
use export::ExportForm;
use file_picker::FilePicker;
use go_to::GoToForm;
use help::HelpForm;
use import_timeline::{TimelineForm, TimelineNotes};
use keys::KeysForm;
use marker::MarkerForm;
use models::ModelsForm;
use new_project::NewProjectForm;
use palette::Palette;
use preferences::PreferencesForm;
use project_settings::ProjectSettingsForm;
use reroll::RerollForm;
use save_layout::SaveLayoutForm;
use sequence_name::SequenceNameForm;
use sound::{LineForm, MusicForm};

/// The open dialog.
pub enum Dialog {
    NewProject(NewProjectForm),
    CopyProject(CopyForm),
    ImportTimeline(TimelineForm),
    /// What an import of a timeline could not bring in, or what an export of it leaves out.
    TimelineNotes(TimelineNotes),
    FilePicker(FilePicker),
    Palette(Palette),
    Export(ExportForm),
    /// An export found a file at its path.
    Replace(Box<QueuedExport>),
    SystemCheck(SystemCheck),
    Marker(MarkerForm),
    /// All markers.
    Markers,
    GoTo(GoToForm),
    Models(ModelsForm),
    Keys(KeysForm),
    Preferences(PreferencesForm),
    ProjectSettings(ProjectSettingsForm),
    UndoHistory,
    Reroll(RerollForm),
    SaveLayout(SaveLayoutForm),
    SequenceName(SequenceNameForm),
    /// Music for the range between in and out.
    Music(MusicForm),
    /// A line that a character says.
    Line(LineForm),
    Help(HelpForm),
    Messages,
    About,
}

/// The system check while it runs, and its report.
pub enum SystemCheck {
    Running(Task<Report>),
    Done(Report),
}
