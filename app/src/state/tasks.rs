//! The tasks that run on other threads for the window, and their results.

use std::path::PathBuf;

use kinora_studio::FileError;
use kinora_studio::camera_file::WrittenPath;
use kinora_studio::exchange::import::{Imported, RestOfImport};
use kinora_studio::exchange::interchange::WrittenTimeline;
use kinora_studio::exchange::portrait_colours::Colour;
use kinora_studio::exchange::subtitles::ImportedSubtitles;
use kinora_studio::timeline::camera::CameraPath;
use kinora_studio::timeline::{ContentHash, MediumId, ShotId};
use kinora_studio::wire::Failure;

use super::action::{FilePurpose, FrameUse};
use super::copy_job::CopyJob;
use super::export_job::ExportQueue;
use super::model_jobs::ModelJobs;
use super::open_project::LoadedProject;
use super::proxy_jobs::ProxyJobs;
use super::relink_job::RelinkJob;
use super::sequence_jobs::SequenceJobs;
use crate::background::task::Task;

/// The running tasks.
#[derive(Default)]
pub struct Tasks {
    pub opening: Option<Task<Result<LoadedProject, FileError>>>,
    pub importing_portrait: Option<Task<Result<Portrait, Failure>>>,
    pub keeping_frames: Vec<Task<Result<KeptFrame, Failure>>>,
    pub camera_library: Vec<Task<Result<CameraLibraryResult, String>>>,
    pub importing: Vec<Task<Result<ImportedMedium, Failure>>>,
    /// Files that are imported together.
    pub importing_all: Vec<Task<ImportedFiles>>,
    /// The image sequences that they write.
    pub sequences: SequenceJobs,
    /// Imported files of which the rest is read.
    pub reading: Vec<Task<ReadMedium>>,
    pub relink: Option<RelinkJob>,
    pub file_dialog: Option<PendingDialog>,
    pub copy: Option<CopyJob>,
    pub export: ExportQueue,
    /// Timelines that are being written for other editors.
    pub exporting_timelines: Vec<Task<Result<WrittenTimeline, Failure>>>,
    /// Subtitle files that are being read, with the folder of their project.
    pub importing_subtitles: Vec<Task<Result<ReadSubtitles, Failure>>>,
    /// Subtitle files that are being written.
    pub exporting_subtitles: Vec<Task<Result<PathBuf, Failure>>>,
    pub models: ModelJobs,
    pub proxies: ProxyJobs,
    /// Frames that are being saved as pictures beside the project.
    pub snapshots: Vec<Task<Result<PathBuf, Failure>>>,
    /// Programs of the system that open a file or folder.
    pub system_programs: Vec<Task<Result<(), String>>>,
}

/// A picture that was copied into a project, and its name.
pub struct ImportedImage {
    /// The project's folder.
    pub folder: PathBuf,
    pub name: String,
    pub content: ContentHash,
    /// The colours of the figure's body and limbs; `None` if they were not detected.
    pub colours: Option<[Colour; 2]>,
}

/// A picture file that was chosen for a character, or dropped.
pub enum Portrait {
    Still(ImportedImage),
    /// It moves, as an animated WebP file does: it is imported as a video.
    Moving {
        /// The project's folder.
        folder: PathBuf,
        file: PathBuf,
    },
}

/// A frame of a project or a file that was saved as a picture, and its use.
pub struct KeptFrame {
    pub wanted: FrameUse,
    pub picture: ImportedImage,
}

/// A file that was copied into a project, and its use.
pub struct ImportedMedium {
    /// The project's folder.
    pub folder: PathBuf,
    pub wanted: ImportUse,
    pub imported: Imported,
    /// Of an image sequence: "120 pictures at 24 a second".
    pub sequence: Option<String>,
    /// The part of a long file that is still to be read.
    pub rest: Option<RestOfImport>,
}

/// A subtitle file that was read.
pub struct ReadSubtitles {
    /// The project's folder.
    pub folder: PathBuf,
    pub file: PathBuf,
    pub subtitles: ImportedSubtitles,
}

/// An imported file that was read to its end.
pub struct ReadMedium {
    /// The project's folder.
    pub folder: PathBuf,
    pub content: ContentHash,
    /// What of it is damaged, or why it is not to be used.
    pub notes: Result<Vec<String>, Failure>,
}

/// Files that were copied into a project to be listed in the media panel.
pub struct ImportedFiles {
    /// The project's folder.
    pub folder: PathBuf,
    pub media: Vec<(Imported, Option<RestOfImport>)>,
    /// "shot.[0001-0120].exr: 120 pictures at 24 a second", of each image sequence.
    pub sequences: Vec<String>,
    /// The reason for each file that was not imported.
    pub refused: Vec<String>,
}

/// The use of an imported file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportUse {
    /// It is placed on the timeline at the playhead.
    Place,
    /// The same, by itself: it is no image sequence, though its neighbours are numbered.
    PlaceStill,
    /// It is only listed in the media panel.
    List,
    /// It is the file of an import that was missing.
    Relink(MediumId),
    /// It is the control clip of a shot.
    Control(ShotId),
}

/// The result of reading or writing the library of camera paths.
pub enum CameraLibraryResult {
    /// The names of all paths.
    Names(Vec<String>),
    /// The name of the path that was saved.
    Saved(String),
    Loaded(LoadedPath),
    /// A path from a file, and what people should know about it.
    Imported(LoadedPath, Vec<String>),
    /// The path was written to a file.
    Exported(WrittenPath),
}

/// A camera path from the library or a file, and the shot that gets it.
pub struct LoadedPath {
    /// The project's folder.
    pub folder: PathBuf,
    pub shot: ShotId,
    pub path: CameraPath,
}

/// A file dialog of the system that is open, or about to be.
pub struct PendingDialog {
    pub purpose: FilePurpose,
    pub start: PathBuf,
    pub answer: Task<DialogAnswer>,
}

/// The answer of a file dialog of the system.
pub enum DialogAnswer {
    Chosen(PathBuf),
    Cancelled,
    /// The system has no such dialog.
    Unavailable,
}
