//! Finds the components of a model in a folder: in the Diffusers layout by folder names, otherwise by the tensor keys
//! of the files.

mod several;

use std::path::{Path, PathBuf};

use kinora_wire::Failure;

use super::hub::model_root;
use super::pair::{expert_of, name_of_other, pair};
use super::scheduler::names_second_transformer;
use crate::experts::Expert;
use crate::family::{Family, ModelFiles, PartName};
use crate::files::{entries, is_lora_folder};
use crate::weights::{
    MappedFile, ShardIndex, TensorInfo, is_adapter, is_index, is_shard, is_weights,
    without_quantiser,
};

/// How many folders deep single files are searched: `diffusion_models/`, `split_files/vae/`.
const DEEPEST: usize = 3;
/// Components that may lie apart from every model.
const SHARED: [PartName; 2] = [PartName::ImageEncoder, PartName::LatentUpscaler];
/// The folder of the low-noise expert in the Diffusers layout.
const SECOND: &str = "transformer_2";

impl ModelFiles {
    /// Whether a folder is in the Diffusers layout.
    pub fn is_diffusers(folder: &Path) -> bool {
        folder.join("model_index.json").is_file()
            || (folder.join("transformer").is_dir() && folder.join("vae").is_dir())
    }

    /// Finds the components of the only model in a folder, with all modules that lie there.
    pub fn in_folder(folder: &Path) -> Result<Self, Failure> {
        Self::search(folder).0
    }

    /// As [`Self::in_folder`], and how much of a model there is: a folder that cannot be used may be meant as one.
    pub fn search(folder: &Path) -> (Result<Self, Failure>, Remains) {
        if !folder.is_dir() {
            let failure = Failure::bad_file(
                format!("{} is not a folder", folder.display()),
                "name the folder that holds the model's parts",
            );
            return (Err(failure), Remains::Nothing);
        }
        let folder = match model_root(folder) {
            Ok(root) => root,
            Err(failure) => return (Err(failure), Remains::Model),
        };
        if Self::is_diffusers(&folder) {
            return (Self::in_diffusers_folder(&folder), Remains::Model);
        }
        let mut found = Found::in_folder(&folder);
        let remains = found.remains();
        (found.model(&folder), remains)
    }

    fn in_diffusers_folder(folder: &Path) -> Result<Self, Failure> {
        let part = |name: &str| {
            let path = folder.join(name);
            path.is_dir().then_some(path).ok_or_else(|| {
                Failure::bad_file(
                    format!("{} has no folder {name}", folder.display()),
                    "fetch the whole model: transformer, vae, text_encoder, tokenizer",
                )
            })
        };
        let family = Family::of_diffusers(folder);
        let text = part("text_encoder")?;
        // In diffusers `transformer` is the high-noise expert. VideoX-Fun's code calls the low-noise one so, but not its
        // folders.
        let has_second = folder.join(SECOND).is_dir() || names_second_transformer(folder);
        let low_noise = has_second.then(|| part(SECOND)).transpose()?;
        let others = family.other_parts().iter();
        let others = others.map(|(other, name)| Ok((*other, part(name)?)));
        let mut others = others.collect::<Result<Vec<_>, Failure>>()?;
        let transformer = part("transformer")?;
        for (optional, name) in family.optional_parts() {
            let found = part(name).ok();
            let found =
                found.and_then(|path| family.optional_part_of(&transformer, &[path.as_path()]));
            others.extend(found.map(|path| (*optional, path)));
        }
        let inside = folder.join("tokenizer");
        let anywhere = [inside.as_path(), text.as_path(), folder];
        Ok(Self {
            family,
            transformer,
            low_noise,
            modules: Vec::new(),
            vae: part("vae")?,
            tokenizer: family.tokenizer_in(&[inside.as_path()]),
            other_tokenizer: family.other_tokenizer_in(&anywhere),
            image_encoder: part("image_encoder").ok(),
            others,
            text,
        })
    }
}

/// The failure of one expert of a pair without the other.
fn without_other(folder: &Path, path: &Path, expert: Expert) -> Failure {
    let (own, missing) = match expert {
        Expert::HighNoise => ("high", "low"),
        Expert::LowNoise => ("low", "high"),
    };
    let other = name_of_other(folder, path);
    let other = other.unwrap_or_else(|| format!("the expert for {missing} noise"));
    Failure::bad_file(
        format!(
            "{} is the expert for {own} noise of a pair, and {other}, for {missing} noise, is missing",
            path.display()
        ),
        format!("put {other} beside it"),
    )
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
    /// Components in fewer than sixteen bits. They count only where no other of their kind is there.
    narrow: Vec<(Family, PartName, PathBuf)>,
    /// Failures of weight files that cannot be used.
    refused: Vec<Failure>,
    /// Failures of files that are no component, though they may be taken for a transformer.
    others: Vec<Failure>,
}

impl Found {
    fn in_folder(folder: &Path) -> Self {
        let mut found = Self::default();
        found.search(folder, DEEPEST);
        let mut narrow = std::mem::take(&mut found.narrow);
        narrow.retain(|(_, kind, _)| *kind == PartName::Module || !found.has(*kind));
        found.parts.append(&mut narrow);
        found
    }

    /// The only model among them.
    fn model(&mut self, folder: &Path) -> Result<ModelFiles, Failure> {
        let (family, transformer, low_noise) = self.transformers(folder)?;
        let vae = self.only(folder, PartName::Vae)?.1;
        let text = self.only(folder, PartName::Text)?.1;
        let others = family.other_parts().iter();
        let others = others.map(|(part, _)| Ok((*part, self.only(folder, *part)?.1)));
        let mut others = others.collect::<Result<Vec<_>, Failure>>()?;
        others.extend(self.optional(family, &transformer));
        let modules = self.parts.iter();
        let modules = modules.filter(|(_, kind, _)| *kind == PartName::Module);
        let beside = text.parent().unwrap_or(folder);
        let inside = folder.join("tokenizer");
        let folders = [beside, folder, inside.as_path()];
        Ok(ModelFiles {
            family,
            transformer,
            low_noise,
            modules: modules.map(|(_, _, path)| path.clone()).collect(),
            vae,
            tokenizer: family.tokenizer_in(&folders),
            other_tokenizer: family.other_tokenizer_in(&folders),
            image_encoder: family.image_encoder_of(&self.all(PartName::ImageEncoder)),
            others,
            text,
        })
    }

    /// The components without which a model does less, of those that are there.
    fn optional(&self, family: Family, transformer: &Path) -> Vec<(PartName, PathBuf)> {
        let parts = family.optional_parts().iter();
        let found = parts.filter_map(|(part, _)| {
            let path = family.optional_part_of(transformer, &self.all(*part))?;
            Some((*part, path))
        });
        found.collect()
    }

    fn remains(&self) -> Remains {
        let kinds = [PartName::Transformer, PartName::Vae, PartName::Text];
        let kinds = kinds.into_iter().filter(|kind| self.has(*kind)).count();
        match kinds {
            2.. => Remains::Model,
            // An image encoder belongs to models of many kinds, and a latent upscaler to those of other folders.
            0 if self.parts.iter().all(|(_, kind, _)| SHARED.contains(kind))
                && self.refused.is_empty()
                && self.others.is_empty() =>
            {
                Remains::Nothing
            }
            _ => Remains::Part,
        }
    }

    fn search(&mut self, folder: &Path, depth: usize) {
        let paths = entries(folder);
        let has_index = paths.iter().any(|path| is_index(path));
        for path in paths {
            if path.is_dir() && depth > 0 {
                if !is_lora_folder(&path) {
                    self.search(&path, depth - 1);
                }
                continue;
            }
            let extension = path.extension().unwrap_or_default();
            let extension = extension.to_string_lossy().to_ascii_lowercase();
            match extension.as_str() {
                _ if is_index(&path) => self.sort_index(path),
                // The shards of an index are not components of their own.
                _ if is_weights(&path) && (!has_index || !is_shard(&path)) => {
                    self.sort_file(path);
                }
                "pth" | "ckpt" | "pt" => {
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
                let is_narrow = file.tensors().values().any(TensorInfo::is_quantised);
                self.sort(&keys, is_narrow, path);
            }
            Err(failure) => self.refused.push(failure),
        }
    }

    /// An index lists the keys of its shards, so the shards need not be opened.
    fn sort_index(&mut self, path: PathBuf) {
        match ShardIndex::read(&path) {
            // Left behind beside the merged file; the failure is shown if there is no such file.
            Ok(index) if index.is_stale() => self.others.push(index.stale()),
            Ok(index) => {
                let keys: Vec<&str> = index.keys().collect();
                let is_narrow = keys.iter().any(|key| without_quantiser(key) != *key);
                self.sort(&keys, is_narrow, path);
            }
            Err(failure) => self.refused.push(failure),
        }
    }

    fn sort(&mut self, keys: &[&str], is_narrow: bool, path: PathBuf) {
        let plain: Vec<&str> = keys.iter().map(|key| without_quantiser(key)).collect();
        let recognised = Family::recognise(&plain);
        if recognised.is_empty() && is_adapter(keys.iter().copied()) {
            self.others.push(Failure::bad_file(
                format!(
                    "{} is a LoRA or another adapter: a change to a transformer, not a transformer",
                    path.display()
                ),
                "put the model that it was made for into the folder, and use this file as its LoRA: `--lora FILE`",
            ));
        }
        if recognised.is_empty()
            && let Some([why, remedy]) = Family::unread(&plain)
        {
            let cause = format!("{} {why}", path.display());
            self.others.push(Failure::bad_file(cause, remedy));
        }
        let recognised = recognised.into_iter();
        let parts = match is_narrow {
            true => &mut self.narrow,
            false => &mut self.parts,
        };
        parts.extend(recognised.map(|(family, part)| (family, part, path.clone())));
    }

    fn all(&self, part: PartName) -> Vec<&Path> {
        let of_kind = self.parts.iter().filter(|(_, kind, _)| *kind == part);
        of_kind.map(|(_, _, path)| path.as_path()).collect()
    }

    fn has(&self, part: PartName) -> bool {
        self.parts.iter().any(|(_, kind, _)| *kind == part)
    }

    /// The only transformer, or the high-noise and the low-noise expert.
    fn transformers(
        &mut self,
        folder: &Path,
    ) -> Result<(Family, PathBuf, Option<PathBuf>), Failure> {
        let found = self.parts.iter();
        let found = found.filter(|(_, kind, _)| *kind == PartName::Transformer);
        let found: Vec<(Family, &Path)> =
            found.map(|(of, _, path)| (*of, path.as_path())).collect();
        if let [(family, one), (_, other)] = found.as_slice()
            && let Some((high, low)) = pair(folder, one, other)
        {
            return Ok((*family, high, Some(low)));
        }
        let (family, path) = self.only(folder, PartName::Transformer)?;
        match expert_of(folder, &path) {
            Some(expert) => Err(without_other(folder, &path, expert)),
            None => Ok((family, path, None)),
        }
    }

    fn only(&mut self, folder: &Path, part: PartName) -> Result<(Family, PathBuf), Failure> {
        let what = part.words();
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
                "put each model into a folder of its own (links will do), or add the folder: `kinora models` then lists each of its models",
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
                "a model is a transformer, an autoencoder (vae) and a text encoder, each as safetensors or GGUF",
            )
        })
    }
}
