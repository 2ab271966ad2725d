//! The form of the dialog that exports a video.

use std::path::{Path, PathBuf};

use kinora_studio::exchange::export::ExportRequest;

/// What a film can be written as: its name for `--preset`, what people call it, how its file ends.
pub const KINDS: [(&str, &str, &str); 5] = [
    ("h264", "H.264 with sound, for everywhere", "mp4"),
    (
        "h264-quick",
        "H.264, written quickly, to look at today",
        "mp4",
    ),
    ("prores", "ProRes 422 HQ, for other editors", "mov"),
    ("wav", "The sound alone", "wav"),
    ("png", "Pictures, one for each frame", ""),
];

/// What is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportForm {
    pub place: String,
    pub kind: usize,
}

impl ExportForm {
    /// Beside the film's folder, under its name.
    pub fn of(film_folder: &Path) -> Self {
        Self {
            place: film_folder.with_extension(KINDS[0].2).display().to_string(),
            kind: 0,
        }
    }

    pub fn request(&self) -> ExportRequest {
        ExportRequest {
            path: PathBuf::from(self.place.trim()),
            preset: Some(KINDS[self.kind].0.into()),
            range: None,
        }
    }
}
