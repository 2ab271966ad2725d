//! The checkpoint of one component: a safetensors or GGUF file, or shards with an index, in any known layout.
//! All keys are checked before any parameter is read.

mod entries;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kinora_wire::Failure;
use tch::Kind;

use super::file::MappedFile;
use super::naming::{Named, Naming};
use super::packed::StoredParameter;
use super::packing::{PackedTensor, Packing};
use super::shards::{LONGEST_JSON_BYTES, ShardIndex, weights_in};
use super::stored::NumberFormat;
use super::survey::Survey;
use crate::files::read_small;
use entries::{Entry, entries};

/// The metadata key of a safetensors file that may hold the contents of `config.json`.
pub const CONFIG_KEY: &str = "config";
/// Most blocks in a list. A damaged or hostile file may claim any number.
const MOST_PARTS: usize = 1000;
/// Most wrong keys in a failure, before "and 312 more".
const MOST_KEYS_LISTED: usize = 6;

/// A component's opened files, with parameters by original name. No parameter has been read. A copy shares the files.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// The family's display name.
    family: &'static str,
    path: PathBuf,
    files: Arc<Vec<MappedFile>>,
    /// Original name to the parameter's place in the files.
    entries: BTreeMap<String, Entry>,
    config: serde_json::Map<String, serde_json::Value>,
}

impl Checkpoint {
    /// Opens a `.safetensors` or `.gguf` file, a `.safetensors.index.json`, or a folder that holds one of them.
    pub fn open(path: &Path, naming: impl Naming) -> Result<Self, Failure> {
        Self::with_modules(path, &[], naming)
    }

    /// As [`Self::open`], with files of branches that were released apart from the network.
    pub fn with_modules(
        path: &Path,
        modules: &[PathBuf],
        naming: impl Naming,
    ) -> Result<Self, Failure> {
        let path = if path.is_dir() {
            weights_in(path)?
        } else {
            path.to_path_buf()
        };
        let mut files = opened(&path)?;
        // Each module may have a layout of its own.
        let mut names = named(&naming, &files);
        for module in modules {
            let module = opened(module)?;
            names.extend(named(&naming, &module));
            files.extend(module);
        }
        let entries = entries(&path, &files, names, &naming)?;
        let mut config = config_beside(&path)?;
        for file in &files {
            let inside = file.metadata().get(CONFIG_KEY);
            let inside: Option<serde_json::Map<_, _>> =
                inside.and_then(|text| serde_json::from_str(text).ok());
            for (name, value) in inside.into_iter().flatten() {
                config.entry(name).or_insert(value);
            }
        }
        Ok(Self {
            family: naming.family(),
            path,
            files: Arc::new(files),
            entries,
            config,
        })
    }

    /// The path of the weights: a file or an index.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its files.
    pub fn files(&self) -> &[MappedFile] {
        &self.files
    }

    /// The shape of a parameter, by original name.
    pub fn shape(&self, name: &str) -> Option<&[i64]> {
        self.entries.get(name).map(|entry| entry.shape.as_slice())
    }

    /// The original names of its parameters.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// The length of a parameter along one axis. Fails if the parameter is missing.
    pub fn length(&self, name: &str, axis: usize) -> Result<i64, Failure> {
        let length = self.shape(name).and_then(|shape| shape.get(axis)).copied();
        length.filter(|&length| length > 0).ok_or_else(|| {
            Failure::bad_file(
                format!("{} has no usable `{name}`", self.path.display()),
                format!(
                    "it is not a {} model of this kind, or not all of it",
                    self.family
                ),
            )
        })
    }

    /// The length of a module list: "blocks" in "blocks.0.x", "blocks.1.x" has 2.
    pub fn count(&self, list: &str) -> usize {
        let indices: BTreeSet<usize> = self
            .names_in(list)
            .filter_map(|name| name.strip_prefix(list)?.strip_prefix('.'))
            .filter_map(|rest| rest.split('.').next()?.parse().ok())
            .collect();
        // Counted up to the first gap: a stray "blocks.4000000000" is a surplus key.
        (0..indices.len().min(MOST_PARTS))
            .take_while(|index| indices.contains(index))
            .count()
    }

    /// A number from `config.json` next to the weights, or else from the file's metadata. The first name found counts.
    pub fn setting(&self, names: &[&str]) -> Option<f64> {
        names.iter().find_map(|&name| {
            let written = self.config.get(name).and_then(serde_json::Value::as_f64);
            written.or_else(|| self.metadata(name)?.parse().ok())
        })
    }

    /// A list of numbers from `config.json`, or else from the file's metadata (as JSON).
    pub fn settings(&self, name: &str) -> Option<Vec<f64>> {
        let written = match self.config.get(name) {
            Some(value) => value.clone(),
            None => serde_json::from_str(self.metadata(name)?).ok()?,
        };
        let list = written.as_array()?;
        list.iter().map(serde_json::Value::as_f64).collect()
    }

    /// A value of `config.json`, or of the configuration in the file's metadata, by its path:
    /// `["transformer", "rope_type"]`.
    pub fn written(&self, path: &[&str]) -> Option<&serde_json::Value> {
        let (first, rest) = path.split_first()?;
        let first = self.config.get(*first)?;
        rest.iter().try_fold(first, |value, name| value.get(*name))
    }

    /// `config.json` next to the weights, with what it lacks from the `config` in the files' metadata.
    pub fn config(&self) -> &serde_json::Map<String, serde_json::Value> {
        &self.config
    }

    fn metadata(&self, name: &str) -> Option<&str> {
        let mut files = self.files.iter();
        files.find_map(|file| file.metadata().get(name).map(String::as_str))
    }

    /// Identifies the files by path, length and modification time, without reading gigabytes.
    pub fn identity(&self) -> String {
        let files = self.files.iter();
        files.map(|file| file_identity(file.path())).collect()
    }

    /// The size of all parameters in their files, in bytes, with the scales that belong to them.
    pub fn size_bytes(&self) -> u64 {
        self.entries.values().map(|entry| entry.bytes).sum()
    }

    /// The size of all parameters in memory, in bytes, in a network of this precision. Matrices stay packed.
    pub fn loaded_bytes(&self, kind: Kind) -> u64 {
        let bytes = |entry: &Entry| match entry.stays_packed() {
            true => entry.bytes,
            false => entry.numbers() * kind.elt_size_in_bytes() as u64,
        };
        self.entries.values().map(bytes).sum()
    }

    /// The number of parameters (scalars).
    pub fn numbers(&self) -> u64 {
        self.entries.values().map(Entry::numbers).sum()
    }

    /// The size of one parameter in its file, in bytes.
    pub(super) fn bytes_of(&self, name: &str) -> u64 {
        self.entries.get(name).map_or(0, |entry| entry.bytes)
    }

    /// Whether a parameter is a matrix that stays packed.
    pub(super) fn stays_packed(&self, name: &str) -> bool {
        self.entries.get(name).is_some_and(Entry::stays_packed)
    }

    /// The size of a matrix that stays packed, in bytes. `None` for other parameters.
    pub fn packed_bytes(&self, name: &str) -> Option<u64> {
        let entry = self.entries.get(name);
        let packed = entry.filter(|entry| entry.stays_packed());
        packed.map(|entry| entry.bytes)
    }

    /// The original names of the parameters of a module, such as "blocks.3".
    pub(super) fn names_in(&self, module: &str) -> impl Iterator<Item = &str> {
        let start = format!("{module}.");
        let from = self.entries.range(start.clone()..);
        from.map(|(name, _)| name.as_str())
            .take_while(move |name| name.starts_with(&start))
    }

    /// One parameter on the CPU. `None` if it is missing, or not as it was when it was checked.
    pub(super) fn read(&self, name: &str) -> Option<StoredParameter> {
        let entry = self.entries.get(name)?;
        let file = self.files.get(entry.file)?;
        let packed = PackedTensor {
            files: &self.files,
            file,
            key: &entry.key,
            shape: &entry.shape,
        };
        match &entry.packing {
            Packing::Plain(_) => file.tensor(&entry.key).map(StoredParameter::Plain),
            packing => packed.read(packing).map(StoredParameter::Packed),
        }
    }

    /// Compares the parameters with what the network needs. The failure lists differences by file, key and shape.
    pub fn check(&self, needed: &Survey) -> Result<(), Failure> {
        let mut wrong = Vec::new();
        for (name, shape) in &needed.shapes {
            match self.entries.get(name) {
                None => wrong.push(format!("`{name}` {shape:?} is missing")),
                Some(entry) if !entry.fits(shape) => wrong.push(format!(
                    "`{}` is {:?} where the model needs {shape:?}",
                    entry.key, entry.shape
                )),
                Some(Entry {
                    key,
                    packing: Packing::Plain(dtype),
                    ..
                }) if NumberFormat::Plain(*dtype).kind().is_none() => wrong.push(format!(
                    "`{key}` is stored as {dtype:?}, where fp32, fp16 or bf16 is needed"
                )),
                Some(_) => {}
            }
        }
        for (name, entry) in &self.entries {
            if !needed.shapes.contains_key(name) {
                let file = self.files.get(entry.file);
                let file = file.and_then(|file| file.path().file_name());
                wrong.push(format!(
                    "`{}` {:?} in {} belongs to no part of the model",
                    entry.key,
                    entry.shape,
                    file.unwrap_or_default().display()
                ));
            }
        }
        if wrong.is_empty() {
            return Ok(());
        }
        let more = match wrong.len().saturating_sub(MOST_KEYS_LISTED) {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        wrong.truncate(MOST_KEYS_LISTED);
        Err(Failure::bad_file(
            format!("{}: {}{more}", self.path.display(), wrong.join("; ")),
            "use the file as its makers released it; a LoRA is used beside a model, with `--lora`",
        ))
    }
}

/// Identifies a file by path, length and modification time: a line.
pub fn file_identity(path: &Path) -> String {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let meta = fs::metadata(&path).ok();
    let changed = meta.as_ref().and_then(|meta| meta.modified().ok());
    let length = meta.map_or(0, |meta| meta.len());
    format!("{} {length} {changed:?}\n", path.display())
}

/// The file of a path, or the files of an index.
fn opened(path: &Path) -> Result<Vec<MappedFile>, Failure> {
    let is_json = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    if is_json {
        return ShardIndex::read(path)?.open();
    }
    Ok(vec![MappedFile::open(path)?])
}

/// The meanings of the keys of files, in their order.
fn named(naming: &impl Naming, files: &[MappedFile]) -> Vec<Named> {
    let keys = files.iter().flat_map(|file| file.tensors().keys());
    let keys: Vec<&str> = keys.map(String::as_str).collect();
    naming.named(&keys)
}

/// `config.json` next to the weights, or an empty map. A file that cannot be parsed is a failure.
fn config_beside(path: &Path) -> Result<serde_json::Map<String, serde_json::Value>, Failure> {
    let config_path = path.with_file_name("config.json");
    if !config_path.exists() {
        return Ok(serde_json::Map::new());
    }
    let broken = |why: String| {
        Failure::bad_file(
            format!("{}: {why}", config_path.display()),
            "fetch it again; it came with the model",
        )
    };
    let text = read_small(&config_path, LONGEST_JSON_BYTES).map_err(&broken)?;
    serde_json::from_slice(&text).map_err(|error| broken(error.to_string()))
}
