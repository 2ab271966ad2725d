//! The form of the dialog that exports a video.

use std::path::{Path, PathBuf};

use kinora_studio::exchange::export::{Existing, ExportRequest};
use kinora_studio::render::Format;

/// The fields of the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportForm {
    pub place: String,
    pub format: &'static Format,
}

impl ExportForm {
    /// The defaults: an MP4 file beside the project's folder, with the same name.
    pub fn of(project_folder: &Path) -> Self {
        let mut form = Self {
            place: project_folder.display().to_string(),
            format: Format::MP4,
        };
        form.choose(Format::MP4);
        form
    }

    /// Sets the format, and the extension of the file.
    pub fn choose(&mut self, format: &'static Format) {
        let place = Path::new(self.place.trim()).with_extension(format.extension);
        self.place = place.display().to_string();
        self.format = format;
    }

    pub fn request(&self) -> ExportRequest {
        ExportRequest {
            path: PathBuf::from(self.place.trim()),
            format: self.format,
            range: None,
            existing: Existing::Report,
        }
    }
}
