//! Actions on dialogs and notifications, and the purposes for which files are chosen. A purpose determines the
//! extensions that are listed.

use std::path::{Path, PathBuf};

use kinora_studio::timeline::{CharacterId, MediumId, ShotId, SubtitleTrackId};

/// Dialogs and notifications.
#[derive(Clone, Debug, PartialEq)]
pub enum DialogAction {
    /// Choose a folder for the open dialog.
    BrowseFolder {
        start: PathBuf,
    },
    /// Choose a file for this purpose.
    BrowseFile(FilePurpose),
    /// A file or folder was chosen in the file picker.
    FileChosen(FilePurpose, PathBuf),
    Close,
    CloseNotification(u64),
    /// Close the guide to a first film.
    CloseGuide,
    /// Show a notification as long again.
    KeepNotification(u64),
}

/// The purpose of a chosen file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilePurpose {
    /// The folder field of the dialog that is open.
    Folder,
    /// The project to open.
    Project,
    /// The timeline of another editor, for a new project.
    Timeline,
    /// The picture of a new character.
    Portrait,
    /// A further reference of a character.
    Reference(CharacterId),
    /// A keyframe image of the shot, at this frame.
    Keyframe(ShotId, u32),
    /// The control clip of the shot.
    Control(ShotId),
    /// A LoRA of the shot.
    Lora(ShotId),
    /// A video, picture, sound or subtitle file for the timeline.
    Medium,
    /// One picture of an image sequence for the timeline.
    Still,
    /// The file of an import.
    Relink(MediumId),
    /// A folder to search for missing files of imports.
    MediaFolder,
    /// The file with a new camera path of the shot.
    ImportCameraPath(ShotId),
    /// A new file for the camera path of the shot.
    ExportCameraPath(ShotId),
    /// A new file for the timeline of the project.
    ExportTimeline,
    /// A new file for a subtitle track.
    ExportSubtitles(SubtitleTrackId),
}

/// A file, a package that is a folder, and a package in one file.
const TIMELINES: [&str; 3] = ["otio", "otiod", "otioz"];
const WRITTEN_TIMELINES: [&str; 1] = ["otio"];
const SUBTITLES: [&str; 2] = ["srt", "vtt"];
const LORAS: [&str; 1] = ["safetensors"];
const CAMERAS: [&str; 4] = ["gltf", "glb", "txt", "ron"];
const PICTURES: [&str; 4] = ["png", "jpg", "jpeg", "webp"];
const VIDEOS: [&str; 6] = ["mp4", "mov", "mkv", "webm", "avi", "m4v"];
const STILLS: [&str; 7] = ["png", "jpg", "jpeg", "webp", "tif", "tiff", "exr"];
const MEDIA: [&str; 20] = [
    "mp4", "mov", "mkv", "webm", "avi", "m4v", "wav", "mp3", "flac", "ogg", "m4a", "aac", "aiff",
    "png", "jpg", "jpeg", "webp", "tif", "tiff", "exr",
];

/// Media and subtitles.
const IMPORTS: [&str; 22] = [
    "mp4", "mov", "mkv", "webm", "avi", "m4v", "wav", "mp3", "flac", "ogg", "m4a", "aac", "aiff",
    "png", "jpg", "jpeg", "webp", "tif", "tiff", "exr", "srt", "vtt",
];

impl FilePurpose {
    /// The extensions of such files, in lower case; none for folders, which projects are too.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Folder | Self::MediaFolder | Self::Project => &[],
            Self::Timeline => &TIMELINES,
            Self::Portrait | Self::Reference(_) | Self::Keyframe(..) => &PICTURES,
            Self::Control(_) => &VIDEOS,
            Self::Lora(_) => &LORAS,
            Self::Medium => &IMPORTS,
            Self::Still => &STILLS,
            Self::Relink(_) => &MEDIA,
            Self::ImportCameraPath(_) | Self::ExportCameraPath(_) => &CAMERAS,
            Self::ExportTimeline => &WRITTEN_TIMELINES,
            Self::ExportSubtitles(_) => &SUBTITLES,
        }
    }

    /// Whether it is a folder that is no project.
    pub fn is_folder(self) -> bool {
        matches!(self, Self::Folder | Self::MediaFolder)
    }

    /// Whether the extension of a file is one of them.
    pub fn has_extension_of(self, path: &Path) -> bool {
        let extension = path.extension().unwrap_or_default();
        let extension = extension.to_string_lossy().to_lowercase();
        self.extensions().contains(&extension.as_str())
    }

    /// Whether the file is written, and need not be there.
    pub fn is_output(self) -> bool {
        matches!(
            self,
            Self::ExportCameraPath(_) | Self::ExportTimeline | Self::ExportSubtitles(_)
        )
    }
}
