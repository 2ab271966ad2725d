//! LoRAs in the model folders: the adapters in the folder `loras` of each, where ComfyUI keeps them too. A list of them
//! reads headers only, for there may be hundreds.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use kinora_wire::{Generation, LoraInfo};

use super::{HashCache, Library};
use crate::family::stage_control_of_lora;
use crate::files::{entries, is_lora_folder};
use crate::weights::{MappedFile, is_adapter, is_safetensors};

/// How many folders deep a LoRA folder is searched.
const DEEPEST: usize = 4;
/// The fields of a header that name the model of a LoRA: as kohya's sd-scripts write it, and as Stability's
/// standard for the metadata of models does.
const BASE_FIELDS: [&str; 2] = ["ss_base_model_version", "modelspec.architecture"];
/// The longest name of a model that is listed, in characters: a header may hold anything.
const LONGEST_BASE: usize = 60;

impl Library {
    /// The LoRAs in the LoRA folders, by name.
    pub fn lora_infos(&self) -> Vec<LoraInfo> {
        let hashes = HashCache::of_user(self.cache.as_deref());
        let found = self.lora_files().into_iter();
        let infos = found.filter_map(|(name, path)| {
            let file = MappedFile::open(&path).ok()?;
            let keys = file.tensors().keys().map(String::as_str);
            is_adapter(keys).then_some(())?;
            Some(LoraInfo {
                name,
                path: path.to_str()?.to_owned(),
                size_bytes: fs::metadata(&path).ok()?.len(),
                base: base_of(file.metadata()),
                sha256: hashes.remembered(&path),
                stage_control: stage_control_of_lora(&file),
            })
        });
        infos.collect()
    }

    /// The request with the paths of its LoRAs, which may be given by their names in the LoRA folders. A file that is not
    /// found stays as it is given, for the plan to refuse.
    pub fn with_lora_paths(&self, request: &Generation) -> Generation {
        let mut request = request.clone();
        let is_missing = |path: &Path| !path.is_file();
        let mut loras = request.inputs.loras.iter();
        if loras.any(|lora| is_missing(&lora.file)) {
            let known = self.lora_files();
            for lora in &mut request.inputs.loras {
                let found = named(&known, &lora.file);
                if let Some(found) = found.filter(|_| is_missing(&lora.file)) {
                    lora.file.clone_from(found);
                }
            }
        }
        request
    }

    /// The safetensors files in the LoRA folders by their names. Of files of the same name the first counts.
    fn lora_files(&self) -> BTreeMap<String, PathBuf> {
        let mut files = BTreeMap::new();
        for folder in self.folders.iter().flat_map(|folder| lora_folders(folder)) {
            collect(&folder, "", DEEPEST, &mut files);
        }
        files
    }
}

/// The LoRA folders of a model folder: itself, `loras` in it, and `models/loras` in it, as in the folder of ComfyUI.
fn lora_folders(folder: &Path) -> Vec<PathBuf> {
    let inner = entries(folder).into_iter();
    let inner = inner.chain(entries(&folder.join("models")));
    let all = std::iter::once(folder.to_path_buf()).chain(inner);
    all.filter(|folder| is_lora_folder(folder) && folder.is_dir())
        .collect()
}

fn collect(folder: &Path, before: &str, depth: usize, files: &mut BTreeMap<String, PathBuf>) {
    for path in entries(folder) {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let name = format!("{before}{name}");
        if path.is_dir() {
            if depth > 0 {
                collect(&path, &format!("{name}/"), depth - 1, files);
            }
        } else if is_safetensors(&path) {
            files.entry(name).or_insert(path);
        }
    }
}

/// The file of a name, with or without its ending; else one of that name in any folder.
fn named<'f>(files: &'f BTreeMap<String, PathBuf>, wanted: &Path) -> Option<&'f PathBuf> {
    let wanted = wanted.to_str()?;
    let whole = [wanted.to_owned(), format!("{wanted}.safetensors")];
    let exact = whole.iter().find_map(|name| files.get(name));
    exact.or_else(|| {
        let is_it = |path: &&PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| whole.iter().any(|wanted| wanted == name))
        };
        files.values().find(is_it)
    })
}

/// The model that a LoRA was trained on.
fn base_of(metadata: &BTreeMap<String, String>) -> Option<String> {
    let mut bases = BASE_FIELDS.iter().filter_map(|field| {
        let text = metadata.get(*field)?.trim();
        let text = text.strip_suffix("/lora").unwrap_or(text);
        let shown = text.chars().filter(|sign| !sign.is_control());
        Some(shown.take(LONGEST_BASE).collect::<String>())
    });
    bases.find(|base| !base.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_of_a_lora_is_read_from_either_field_of_its_header() {
        let base = |fields: &[(&str, &str)]| {
            let fields = fields.iter();
            let owned = fields.map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
            base_of(&owned.collect())
        };
        let [kohya, modelspec] = BASE_FIELDS;
        assert_eq!(base(&[]), None);
        assert_eq!(base(&[(kohya, " ")]), None);
        assert_eq!(base(&[(modelspec, "one/lora")]).as_deref(), Some("one"));
        let both = [(modelspec, "one/lora"), (kohya, "two\n")];
        assert_eq!(base(&both).as_deref(), Some("two"));
        let long = "x".repeat(1000);
        let shown = base(&[(kohya, long.as_str())]).unwrap_or_default();
        assert_eq!(shown.len(), LONGEST_BASE);
    }

    #[test]
    fn a_lora_is_found_by_its_name_with_or_without_ending_and_folder() {
        let names = ["a/style.safetensors", "light.safetensors"];
        let files = names.map(|name| (name.to_owned(), Path::new("/loras").join(name)));
        let files = BTreeMap::from(files);
        let found = |wanted: &str| named(&files, Path::new(wanted)).cloned();
        let style = Some(PathBuf::from("/loras/a/style.safetensors"));
        for wanted in [
            "a/style.safetensors",
            "a/style",
            "style",
            "style.safetensors",
        ] {
            assert_eq!(found(wanted), style, "{wanted}");
        }
        assert_eq!(found("other"), None);
    }
}
