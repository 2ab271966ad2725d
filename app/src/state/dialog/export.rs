//! The form of the dialog that exports a video.

use std::path::{Path, PathBuf};

use kinora_studio::exchange::export::ExportRequest;
use kinora_studio::render::Format;

/// What has been filled in so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportForm {
    pub place: String,
    pub format: &'static Format,
}

impl ExportForm {
    /// Beside the project's folder, under its name, in the usual format.
    pub fn of(project_folder: &Path) -> Self {
        let mut form = Self {
            place: project_folder.display().to_string(),
            format: Format::MP4,
        };
        form.choose(Format::MP4);
        form
    }

    /// Another format: the file gets its extension.
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
        }
    }
}
