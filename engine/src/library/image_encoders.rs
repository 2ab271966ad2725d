//! The image encoders of installed models, for jobs that compare pictures: any model that has the file lends it.

use std::path::{Path, PathBuf};

use kinora_wire::Failure;

use super::Library;
use super::found::Found;
use crate::family::embedder::MODELS_WITH_ENCODER;

impl Library {
    /// The id and the image encoder of a model by its id or folder; or the name and the path of a file, if one is named.
    /// `None`: of the first installed model that has one.
    ///
    /// # Errors
    /// There is no such model, it is not complete, or it has no image encoder.
    pub fn image_encoder(&self, wanted: Option<&str>) -> Result<(String, PathBuf), Failure> {
        let path = wanted.map(Path::new);
        if let Some(file) = path.filter(|path| path.is_file()) {
            let name = file.file_name().unwrap_or_default();
            return Ok((name.to_string_lossy().into_owned(), file.to_path_buf()));
        }
        let mut found = self.found(&self.all_files()).into_iter();
        let Some(wanted) = wanted else {
            let encoder = |model: Found| Some((model.id, model.files.ok()?.image_encoder?));
            return found.find_map(encoder).ok_or_else(|| {
                Failure::refused(
                    "no installed model has an image encoder",
                    format!("install one: {MODELS_WITH_ENCODER}"),
                )
            });
        };
        let folder = path.filter(|path| path.is_dir());
        let model = found.find(|model| model.id == wanted);
        let model = model.or_else(|| folder.map(Found::in_folder));
        let without = |id: &str| {
            Failure::refused(
                format!("{id} has no image encoder"),
                format!("name one that has: {MODELS_WITH_ENCODER}"),
            )
        };
        match model {
            Some(Found { id, files, .. }) => {
                let encoder = files?.image_encoder;
                let encoder = encoder.ok_or_else(|| without(&id))?;
                Ok((id, encoder))
            }
            None => Err(self
                .open(Some(wanted))
                .map_or_else(|failure| failure, |model| without(&model.id))),
        }
    }
}
