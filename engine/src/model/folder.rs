//! Finds the components of a model in a folder: in the Diffusers layout by folder names, otherwise by the tensor keys
//! of the files.

use std::path::{Path, PathBuf};

use kinora_wire::Failure;

use super::hub::model_root;
use crate::family::{Family, ModelFiles, PartName};
use crate::files::entries;
use crate::weights::{
    MappedFile, ShardIndex, is_adapter, is_index, is_safetensors, is_shard, without_quantiser,
};

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
        let folder = &model_root(folder)?;
        if Self::is_diffusers(folder) {
            return Self::in_diffusers_folder(folder);
        }
        let mut found = Found::in_folder(folder);
        let (family, transformer) = found.only(folder, PartName::Transformer)?;
        let vae = found.only(folder, PartName::Vae)?.1;
        let text = found.only(folder, PartName::Text)?.1;
        let modules = match found.has(PartName::Module) {
            true => vec![found.only(folder, PartName::Module)?.1],
            false => Vec::new(),
        };
        let beside = text.parent().unwrap_or(folder);
        let inside = folder.join("tokenizer");
        let tokenizer = family.tokenizer_in(&[beside, folder.as_path(), inside.as_path()]);
        Ok(Self {
            family,
            transformer,
            modules,
            vae,
            text,
            tokenizer,
        })
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
        let family = Family::default();
        let text = part("text_encoder")?;
        let inside = folder.join("tokenizer");
        let tokenizer = family.tokenizer_in(&[inside.as_path(), text.as_path(), folder]);
        Ok(Self {
            family,
            transformer: part("transformer")?,
            modules: Vec::new(),
            vae: part("vae")?,
            text,
            tokenizer,
        })
    }

    /// How much of a model is in a folder that cannot be used as one.
    pub fn remains_in(folder: &Path) -> Remains {
        let Ok(folder) = model_root(folder) else {
            return Remains::Model;
        };
        let found = Found::in_folder(&folder);
        let kinds = [PartName::Transformer, PartName::Vae, PartName::Text];
        let kinds = kinds.into_iter().filter(|kind| found.has(*kind)).count();
        match kinds {
            _ if Self::is_diffusers(&folder) => Remains::Model,
            2.. => Remains::Model,
            0 if found.parts.is_empty() && found.refused.is_empty() && found.others.is_empty() => {
                Remains::Nothing
            }
            _ => Remains::Part,
        }
    }
}

/// What there is of a model in a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remains {
    /// No weights of a model.
    Nothing,
    /// One component, or weights that cannot be used.
    Part,
    /// Several components: the folder was meant as a model.
    Model,
}

/// The components that were recognised among single files.
#[derive(Default)]
struct Found {
    parts: Vec<(Family, PartName, PathBuf)>,
    /// Failures of weight files that cannot be used.
    refused: Vec<Failure>,
    /// Failures of files that are no component, though they may be taken for a transformer.
    others: Vec<Failure>,
}

impl Found {
    fn in_folder(folder: &Path) -> Self {
        let mut found = Self::default();
        found.search(folder, DEEPEST);
        found
    }

    fn search(&mut self, folder: &Path, depth: usize) {
        let paths = entries(folder);
        let has_index = paths.iter().any(|path| is_index(path));
        for path in paths {
            if path.is_dir() && depth > 0 {
                self.search(&path, depth - 1);
                continue;
            }
            let extension = path.extension().unwrap_or_default();
            let extension = extension.to_string_lossy().to_ascii_lowercase();
            match extension.as_str() {
                _ if is_index(&path) => self.sort_index(path),
                // The shards of an index are not components of their own.
                _ if is_safetensors(&path) && (!has_index || !is_shard(&path)) => {
                    self.sort_file(path);
                }
                "pth" | "ckpt" | "pt" | "gguf" => {
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
        match ShardIndex::read(&path) {
            // Left behind beside the merged file; the failure is shown if there is no such file.
            Ok(index) if index.is_stale() => self.others.push(index.stale()),
            Ok(index) => self.sort(&index.keys().collect::<Vec<&str>>(), path),
            Err(failure) => self.refused.push(failure),
        }
    }

    fn sort(&mut self, keys: &[&str], path: PathBuf) {
        let plain: Vec<&str> = keys.iter().map(|key| without_quantiser(key)).collect();
        let recognised = Family::recognise(&plain);
        if recognised.is_empty() && is_adapter(keys.iter().copied()) {
            self.others.push(Failure::bad_file(
                format!(
                    "{} is a LoRA or another adapter: a change to a transformer, not a transformer",
                    path.display()
                ),
                "put the model that it was made for into the folder; Kinora applies no adapters yet",
            ));
        }
        let parts = recognised.into_iter();
        self.parts
            .extend(parts.map(|(family, part)| (family, part, path.clone())));
    }

    fn has(&self, part: PartName) -> bool {
        self.parts.iter().any(|(_, kind, _)| *kind == part)
    }

    fn only(&mut self, folder: &Path, part: PartName) -> Result<(Family, PathBuf), Failure> {
        let what = match part {
            PartName::Transformer => "transformer",
            PartName::Module => "branch of a transformer",
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
            (None, _) => Err(self.missing(folder, part, what)),
        }
    }

    /// The failure of a folder without a component. That of a file that may have been meant is more helpful than
    /// "missing".
    fn missing(&mut self, folder: &Path, part: PartName, what: &str) -> Failure {
        let mut modules = self.parts.iter();
        let module = modules.find(|(_, kind, _)| *kind == PartName::Module);
        let is_transformer = part == PartName::Transformer;
        if let Some((_, _, module)) = module.filter(|_| is_transformer) {
            return Failure::bad_file(
                format!(
                    "{} is a branch of a transformer, and the transformer is missing",
                    module.display()
                ),
                "put the transformer that it was made for beside it",
            );
        }
        let refused = self.refused.pop();
        let other = || self.others.pop().filter(|_| is_transformer);
        refused.or_else(other).unwrap_or_else(|| {
            Failure::bad_file(
                format!("{} holds no {what}", folder.display()),
                "a model is a transformer, an autoencoder (vae) and a text encoder, each as safetensors",
            )
        })
    }
}
