//! Upscalers in the model folders: single safetensors files, known by their file's name.

use std::path::{Path, PathBuf};

use kinora_wire::{Failure, UpscalerInfo, WeightFile};

use super::{HashCache, Library};
use crate::upscale;

impl Library {
    /// The upscalers in the model folders, by id, sorted: id, file and enlargement.
    fn upscalers(&self) -> Vec<(String, PathBuf, i64)> {
        let files = self.all_files();
        let weights = files.values().filter(|path| {
            let extension = path.extension();
            extension.is_some_and(|extension| extension == "safetensors")
        });
        let found = weights.filter_map(|path| {
            let (_, config) = upscale::open(path).ok()?;
            Some((id_of(path), path.clone(), config.scale()))
        });
        found.collect()
    }

    /// The installed upscalers with the hashes of their weights, which are small enough to be hashed at once.
    pub fn upscaler_infos(&self) -> Vec<UpscalerInfo> {
        let mut hashes = HashCache::of_user(self.cache.as_deref());
        let found = self.upscalers().into_iter();
        let infos = found.map(|(id, path, scale)| UpscalerInfo {
            id,
            scale: scale as u32,
            file: WeightFile {
                name: path
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned(),
                sha256: hashes.sha256(&path, &mut |_| Ok(())).ok(),
            },
        });
        infos.collect()
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
            Some(wanted) => found.iter().position(|(id, ..)| id == wanted),
            None => (!found.is_empty()).then_some(0),
        };
        let found_at = at.map(|at| found.swap_remove(at));
        found_at.map(|(id, path, _)| (id, path)).ok_or_else(|| {
            let cause = match wanted {
                Some(wanted) => format!("there is no upscaler {wanted}"),
                None => "no upscaler is installed".to_owned(),
            };
            let ids: Vec<&str> = found.iter().map(|(id, ..)| id.as_str()).collect();
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
