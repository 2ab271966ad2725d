//! Upscalers, frame interpolators and networks of sound in the model folders: single safetensors files, known by their
//! file's name.

use std::path::{Path, PathBuf};

use kinora_wire::{Failure, InterpolatorInfo, UpscalerInfo, WeightFile};

use super::{HashCache, Library};
use crate::interpolate::FlowNetConfig;
use crate::upscale::UpscalerConfig;
use crate::weights::is_safetensors;
use crate::{interpolate, sound_for_picture, upscale};

/// The id and the file of a network, and what is known of it.
type Found<T> = (String, PathBuf, T);

impl Library {
    /// The installed upscalers with the hashes of their weights, which are small enough to be hashed at once.
    pub fn upscaler_infos(&self) -> Vec<UpscalerInfo> {
        let mut hashes = HashCache::of_user(self.cache.as_deref());
        let found = self.single_files(&upscaler_of).into_iter();
        let infos = found.map(|(id, path, config)| UpscalerInfo {
            id,
            scale: config.scale() as u32,
            is_guided: config.is_guided(),
            file: weight_file(&path, &mut hashes),
        });
        infos.collect()
    }

    /// The installed frame interpolators with the hashes of their weights, which are small enough to be hashed at once.
    pub fn interpolator_infos(&self) -> Vec<InterpolatorInfo> {
        let mut hashes = HashCache::of_user(self.cache.as_deref());
        let found = self.interpolators().into_iter();
        let infos = found.map(|(id, path, _)| InterpolatorInfo {
            id,
            file: weight_file(&path, &mut hashes),
        });
        infos.collect()
    }

    /// The id and file of an upscaler by id or path. `None`: the first installed one that reads a guide if there is one, or
    /// else the first one that reads none.
    pub fn upscaler(
        &self,
        wanted: Option<&str>,
        has_guide: bool,
    ) -> Result<(String, PathBuf), Failure> {
        if wanted.is_none() {
            let found = self.single_files(&upscaler_of);
            let fits = |guided: bool| found.iter().find(|(.., one)| one.is_guided() == guided);
            let fitting = fits(has_guide).or_else(|| fits(false));
            if let Some((id, path, _)) = fitting {
                return Ok((id.clone(), path.clone()));
            }
            if let Some((id, ..)) = found.first() {
                return Err(Failure::refused(
                    format!(
                        "{id} makes clips larger by their prompt, and no other upscaler is installed"
                    ),
                    "give the prompt of the clip (--prompt), or put a Real-ESRGAN model into the folder of models",
                ));
            }
        }
        let names = ("upscaler", "Real-ESRGAN model");
        chosen(
            wanted,
            names,
            self.single_files(&upscaler_of),
            &self.folders(),
        )
    }

    /// The id and file of a frame interpolator by id or path. `None`: the first one that is installed, a published one
    /// before a small one.
    pub fn interpolator(&self, wanted: Option<&str>) -> Result<(String, PathBuf), Failure> {
        let names = ("frame interpolator", "RIFE model (4.25 or 4.26)");
        chosen(wanted, names, self.interpolators(), &self.folders())
    }

    fn interpolators(&self) -> Vec<Found<FlowNetConfig>> {
        let mut found = self.single_files(&interpolator_of);
        found.sort_by_key(|(.., config)| config.is_small());
        found
    }

    /// The id and file of a network that makes sound of pictures, by id or path. `None`: the first one that is installed.
    pub fn sound_network(&self, wanted: Option<&str>) -> Result<(String, PathBuf), Failure> {
        let names = ("network of sound", "network of sound of Kinora");
        chosen(
            wanted,
            names,
            self.single_files(&is_sound_network),
            &self.folders(),
        )
    }

    /// The safetensors files in the model folders that `read` accepts, by id, sorted.
    fn single_files<T>(&self, read: &dyn Fn(&Path) -> Option<T>) -> Vec<Found<T>> {
        let files = self.all_files();
        let weights = files.values().filter(|path| is_safetensors(path));
        let found = weights.filter_map(|path| Some((id_of(path), path.clone(), read(path)?)));
        found.collect()
    }
}

/// The id and file that is wanted, by id or path, or the first one that was found.
fn chosen<T>(
    wanted: Option<&str>,
    (kind, example): (&str, &str),
    mut found: Vec<Found<T>>,
    folders: &[String],
) -> Result<(String, PathBuf), Failure> {
    if let Some(path) = wanted.map(Path::new)
        && path.is_file()
    {
        return Ok((id_of(path), path.to_path_buf()));
    }
    let at = match wanted {
        Some(wanted) => found.iter().position(|(id, ..)| id == wanted),
        None => (!found.is_empty()).then_some(0),
    };
    let chosen = at.map(|at| found.swap_remove(at));
    chosen.map(|(id, path, _)| (id, path)).ok_or_else(|| {
        let cause = match wanted {
            Some(wanted) => format!("there is no {kind} {wanted}"),
            None => format!("no {kind} is installed"),
        };
        let ids: Vec<&str> = found.iter().map(|(id, ..)| id.as_str()).collect();
        let remedy = match ids.is_empty() {
            true => format!(
                "put a {example}, as safetensors, into {}, or name its file with --model",
                folders.join(" or ")
            ),
            false => format!("installed are: {}", ids.join(", ")),
        };
        Failure::refused(cause, remedy)
    })
}

/// The shape of an upscaler; `None` for other files.
fn upscaler_of(path: &Path) -> Option<UpscalerConfig> {
    upscale::open(path).ok().map(|(_, config)| config)
}

/// The shape of a frame interpolator; `None` for other files.
fn interpolator_of(path: &Path) -> Option<FlowNetConfig> {
    interpolate::open(path).ok().map(|(_, config)| config)
}

/// `None` for files that hold no network of sound.
fn is_sound_network(path: &Path) -> Option<()> {
    sound_for_picture::open(path).is_ok().then_some(())
}

/// The name and the hash of a file.
fn weight_file(path: &Path, hashes: &mut HashCache) -> WeightFile {
    let name = path.file_name().unwrap_or_default();
    WeightFile {
        name: name.to_string_lossy().into_owned(),
        sha256: hashes.sha256(path, &mut |_| Ok(())).ok(),
        is_for_sound: false,
        is_for_two_stages: false,
    }
}

/// The file's name without its extension, in lower case.
fn id_of(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default();
    stem.to_string_lossy().to_lowercase()
}
