//! Upscalers in the model folders: single safetensors files, known by their file's name.

use std::path::{Path, PathBuf};

use kinora_wire::Failure;

use super::Library;
use crate::upscale;

impl Library {
    /// The upscalers in the model folders, by id, sorted.
    pub fn upscalers(&self) -> Vec<(String, PathBuf)> {
        let files = self.all_files();
        let weights = files.values().filter(|path| {
            let extension = path.extension();
            extension.is_some_and(|extension| extension == "safetensors")
        });
        let found = weights.filter(|path| upscale::open(path).is_ok());
        found.map(|path| (id_of(path), path.clone())).collect()
    }

    /// The id and file of an upscaler by id or path. `None`: the first one that is installed.
    pub fn upscaler(&self, wanted: Option<&str>) -> Result<(String, PathBuf), Failure> {
        if let Some(path) = wanted.map(Path::new)
            && path.is_file()
        {
            return Ok((id_of(path), path.to_path_buf()));
        }
        let mut found = self.upscalers();
        let at = match wanted {
            Some(wanted) => found.iter().position(|(id, _)| id == wanted),
            None => (!found.is_empty()).then_some(0),
        };
        at.map(|at| found.swap_remove(at)).ok_or_else(|| {
            let cause = match wanted {
                Some(wanted) => format!("there is no upscaler {wanted}"),
                None => "no upscaler is installed".to_owned(),
            };
            let ids: Vec<&str> = found.iter().map(|(id, _)| id.as_str()).collect();
            let remedy = match ids.is_empty() {
                true => format!(
                    "put a Real-ESRGAN model, as safetensors, into {}, or name its file with --model",
                    self.folders().join(" or ")
                ),
                false => format!("installed are: {}", ids.join(", ")),
            };
            Failure::refused(cause, remedy)
        })
    }
}

/// The file's name without its extension, in lower case.
fn id_of(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default();
    stem.to_string_lossy().to_lowercase()
}
