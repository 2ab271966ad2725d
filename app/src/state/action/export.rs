//! Actions on the export of videos and its presets. An export goes on while the timeline is edited.
//! Timelines for other editors are chosen as files.

use std::path::PathBuf;

use kinora_studio::exchange::export::{Existing, ExportRequest};
use kinora_studio::exchange::export_preparation::Preparation;
use kinora_studio::exchange::export_presets::ExportPreset;

/// The export of videos, and its presets.
#[derive(Clone, Debug, PartialEq)]
pub enum ExportAction {
    Start(ExportRequest, Preparation),
    /// What to do with the file that the export in the dialog has found.
    Resolve(Existing),
    Cancel,
    SavePreset(ExportPreset),
    DeletePreset(String),
    /// Open a file, or a folder, with the system's program for it.
    OpenWithSystem(PathBuf),
}
