//! Finds the components of a model in a folder: in the Diffusers layout by folder names, otherwise by the tensor keys
//! of the files.

use std::path::{Path, PathBuf};

use kinora_wire::Failure;

use crate::family::{Family, ModelFiles, PartName};
use crate::files::{entries, read_small};
use crate::weights::{LONGEST_JSON_BYTES, MappedFile};

/// How many folders deep single files are searched: `diffusion_models/`, `split_files/vae/`.
const DEEPEST: usize = 3;

impl ModelFiles {
    /// Whether a folder is in the Diffusers layout.
    pub fn is_diffusers(folder: &Path) -> bool {
        folder.join("model_index.json").is_file()
            || (folder.join("transformer").is_dir() && folder.join("vae").is_dir())
    }

    /// Finds the components of the only model in a folder.
    pub fn in_folder(folder: &Path) -> Result<Self, Failure> {
        if !folder.is_dir() {
            return Err(Failure::bad_file(
                format!("{} is not a folder", folder.display()),
                "name the folder that holds the model's parts",
            ));
        }
        if Self::is_diffusers(folder) {
            return Self::in_diffusers_folder(folder);
        }
        let mut found = Found::default();
        found.search(folder, DEEPEST);
        let (family, transformer) = found.only(folder, PartName::Transformer)?;
        let files = Self {
            family,
            transformer,
            vae: found.only(folder, PartName::Vae)?.1,
            text: found.only(folder, PartName::Text)?.1,
            tokenizer: None,
        };
        let beside = files.text.with_file_name("tokenizer.json");
        let tokenizer = [
            beside,
            folder.join("tokenizer.json"),
            folder.join("tokenizer/tokenizer.json"),
        ]
        .into_iter()
        .find(|path| path.is_file());
        Ok(Self { tokenizer, ..files })
    }

    fn in_diffusers_folder(folder: &Path) -> Result<Self, Failure> {
        if folder.join("transformer_2").is_dir() {
            return Err(Failure::bad_file(
                format!(
                    "{} holds two transformers, one for much noise and one for little",
                    folder.display()
                ),
                "Kinora cannot run such pairs yet: use a model with one transformer",
            ));
        }
        let part = |name: &str| {
            let path = folder.join(name);
            path.is_dir().then_some(path).ok_or_else(|| {
                Failure::bad_file(
                    format!("{} has no folder {name}", folder.display()),
                    "fetch the whole model: transformer, vae, text_encoder, tokenizer",
                )
            })
        };
        let tokenizer = folder.join("tokenizer/tokenizer.json");
        Ok(Self {
            family: Family::default(),
            transformer: part("transformer")?,
            vae: part("vae")?,
            text: part("text_encoder")?,
            tokenizer: tokenizer.is_file().then_some(tokenizer),
        })
    }
}

/// The components that were recognised among single files.
#[derive(Default)]
struct Found {
    parts: Vec<(Family, PartName, PathBuf)>,
    /// Failures of weight files that cannot be used.
    refused: Vec<Failure>,
}

impl Found {
    fn search(&mut self, folder: &Path, depth: usize) {
        let paths = entries(folder);
        let is_index = |path: &PathBuf| path.to_string_lossy().ends_with(".safetensors.index.json");
        let has_index = paths.iter().any(is_index);
        for path in paths {
            if path.is_dir() && depth > 0 {
                self.search(&path, depth - 1);
                continue;
            }
            let extension = path.extension().and_then(|extension| extension.to_str());
            match extension {
                _ if is_index(&path) => self.sort_index(path),
                // The shards of an index are not components of their own.
                Some("safetensors") if !has_index || !is_shard(&path) => self.sort_file(path),
                Some("pth" | "ckpt" | "pt" | "gguf") => {
                    self.refused.extend(MappedFile::open(&path).err());
                }
                _ => {}
            }
        }
    }

    fn sort_file(&mut self, path: PathBuf) {
        match MappedFile::open(&path) {
            Ok(file) => {
                let keys: Vec<&str> = file.tensors().keys().map(String::as_str).collect();
                self.sort(&keys, path);
            }
            Err(failure) => self.refused.push(failure),
        }
    }

    /// An index lists the keys of its shards, so the shards need not be opened.
    fn sort_index(&mut self, path: PathBuf) {
        let Ok(text) = read_small(&path, LONGEST_JSON_BYTES) else {
            return;
        };
        let index: Result<serde_json::Value, _> = serde_json::from_slice(&text);
        let keys = index
            .as_ref()
            .ok()
            .and_then(|index| index["weight_map"].as_object());
        let keys = keys.into_iter().flatten().map(|(key, _)| key.as_str());
        self.sort(&keys.collect::<Vec<&str>>(), path);
    }

    fn sort(&mut self, keys: &[&str], path: PathBuf) {
        let recognised = Family::recognise(keys);
        self.parts
            .extend(recognised.map(|(family, part)| (family, part, path)));
    }

    fn only(&mut self, folder: &Path, part: PartName) -> Result<(Family, PathBuf), Failure> {
        let what = match part {
            PartName::Transformer => "transformer",
            PartName::Vae => "autoencoder",
            PartName::Text => "text encoder",
            PartName::Tokenizer => "tokenizer",
        };
        let mut of_kind = self.parts.iter().filter(|(_, kind, _)| *kind == part);
        match (of_kind.next(), of_kind.next()) {
            (Some((family, _, path)), None) => Ok((*family, path.clone())),
            (Some((_, _, one)), Some((_, _, other))) => Err(Failure::bad_file(
                format!(
                    "{} holds more than one {what}: {} and {}",
                    folder.display(),
                    one.display(),
                    other.display()
                ),
                "put each model into a folder of its own (links will do)",
            )),
            // The failure of a refused file is more helpful than "missing".
            (None, _) => Err(self.refused.pop().unwrap_or_else(|| {
                Failure::bad_file(
                    format!("{} holds no {what}", folder.display()),
                    "a model is a transformer, an autoencoder (vae) and a text encoder, each as safetensors",
                )
            })),
        }
    }
}

fn is_shard(path: &Path) -> bool {
    path.file_stem()
        .and_then(|stem| stem.to_str())
        .and_then(|stem| stem.rsplit_once("-of-"))
        .is_some_and(|(_, count)| count.bytes().all(|byte| byte.is_ascii_digit()))
}
