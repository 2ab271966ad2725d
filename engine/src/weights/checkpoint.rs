//! The checkpoint of one component: a safetensors file, or shards with an index, in any known layout.
//! All keys are checked before any parameter is read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kinora_wire::Failure;

use super::file::{Dtype, MappedFile, kind_of};
use super::foreign::{is_adapter, narrow_numbers};
use super::naming::{Named, Naming};
use super::shards::{LONGEST_JSON_BYTES, ShardIndex, weights_in};
use super::survey::Survey;
use crate::files::read_small;

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

#[derive(Clone, Debug)]
struct Entry {
    file: usize,
    key: String,
    dtype: Dtype,
    shape: Vec<i64>,
}

impl Entry {
    /// Its size in the file.
    fn bytes(&self) -> u64 {
        let count: i64 = self.shape.iter().product();
        count as u64 * (self.dtype.bitsize() as u64 / 8).max(1)
    }
}

impl Checkpoint {
    /// Opens a `.safetensors` file, a `.safetensors.index.json`, or a folder that holds either.
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
        let entries = entries(&files, names)?;
        refuse_foreign(&path, &files, &entries)?;
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

    /// The path of the weights: a safetensors file or an index.
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
            .entries
            .keys()
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

    fn metadata(&self, name: &str) -> Option<&str> {
        let mut files = self.files.iter();
        files.find_map(|file| file.metadata().get(name).map(String::as_str))
    }

    /// Identifies the files by path, length and modification time, without reading gigabytes.
    pub fn identity(&self) -> String {
        let mut identity = String::new();
        for file in self.files.iter() {
            let path = fs::canonicalize(file.path()).unwrap_or_else(|_| file.path().to_path_buf());
            let meta = fs::metadata(&path).ok();
            let changed = meta.as_ref().and_then(|meta| meta.modified().ok());
            let length = meta.map_or(0, |meta| meta.len());
            writeln!(identity, "{} {length} {changed:?}", path.display()).ok();
        }
        identity
    }

    /// The size of all parameters, in bytes.
    pub fn size_bytes(&self) -> u64 {
        self.entries.values().map(Entry::bytes).sum()
    }

    /// The number of parameters (scalars).
    pub fn numbers(&self) -> u64 {
        let shapes = self.entries.values().map(|entry| &entry.shape);
        shapes
            .map(|shape| shape.iter().product::<i64>() as u64)
            .sum()
    }

    /// The original names of the parameters of a module, such as "blocks.3".
    pub(super) fn names_in(&self, module: &str) -> impl Iterator<Item = &str> {
        let start = format!("{module}.");
        let from = self.entries.range(start.clone()..);
        from.map(|(name, _)| name.as_str())
            .take_while(move |name| name.starts_with(&start))
    }

    /// One parameter on the CPU, in the number format of the file.
    pub(super) fn tensor(&self, name: &str) -> Option<tch::Tensor> {
        let entry = self.entries.get(name)?;
        self.files[entry.file].tensor(&entry.key)
    }

    /// Compares the parameters with what the network needs. The failure lists differences by file, key and shape.
    pub fn check(&self, needed: &Survey) -> Result<(), Failure> {
        let mut wrong = Vec::new();
        for (name, shape) in &needed.shapes {
            match self.entries.get(name) {
                None => wrong.push(format!("`{name}` {shape:?} is missing")),
                Some(entry) if &entry.shape != shape => wrong.push(format!(
                    "`{}` is {:?} where the model needs {shape:?}",
                    entry.key, entry.shape
                )),
                Some(entry) if kind_of(entry.dtype).is_none() => wrong.push(format!(
                    "`{}` is stored as {:?}, where fp32, fp16 or bf16 is needed",
                    entry.key, entry.dtype
                )),
                Some(_) => {}
            }
        }
        for (name, entry) in &self.entries {
            if !needed.shapes.contains_key(name) {
                let file = self.files[entry.file].path().file_name();
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
            "use the file as its makers released it, in fp16 or bf16; fp8 and LoRA files are not models this engine loads",
        ))
    }
}

/// The files of a `.safetensors` file or of an index.
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

/// The parameters in files, by original name. `names` are the meanings of all keys.
fn entries(files: &[MappedFile], names: Vec<Named>) -> Result<BTreeMap<String, Entry>, Failure> {
    let mut names = names.into_iter();
    let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
    for (index, file) in files.iter().enumerate() {
        for (key, info) in file.tensors() {
            let Some(Named::Parameter(name)) = names.next() else {
                continue;
            };
            if info.shape.contains(&0) {
                continue; // a tensor without numbers is a mark of the program that wrote it
            }
            let entry = Entry {
                file: index,
                key: key.clone(),
                dtype: info.dtype,
                shape: info.shape.iter().map(|&length| length as i64).collect(),
            };
            let Some(other) = entries.insert(name, entry) else {
                continue;
            };
            let (here, there) = (file.path().display(), files[other.file].path().display());
            return Err(match other.file == index {
                true => Failure::bad_file(
                    format!("{here}: `{key}` and `{}` are the same parameter", other.key),
                    "the file mixes two layouts: use one as its makers released it",
                ),
                false => Failure::bad_file(
                    format!("`{key}` is in {here} and, as `{}`, in {there}", other.key),
                    "take one of the two files out of the folder",
                ),
            });
        }
    }
    Ok(entries)
}

/// Refuses adapters, and weights in fewer than sixteen bits, by what they are.
fn refuse_foreign(
    path: &Path,
    files: &[MappedFile],
    entries: &BTreeMap<String, Entry>,
) -> Result<(), Failure> {
    if is_adapter(entries.values().map(|entry| entry.key.as_str())) {
        return Err(Failure::bad_file(
            format!(
                "{} is a LoRA or another adapter: a change to a network, not a network",
                path.display()
            ),
            "use the model that it was made for; Kinora applies no adapters yet",
        ));
    }
    let narrow = entries.values().find_map(|entry| {
        let is_matrix = entry.shape.len() > 1;
        let numbers = is_matrix.then(|| narrow_numbers(&entry.key, entry.dtype))??;
        Some((entry, numbers))
    });
    match narrow {
        None => Ok(()),
        Some((entry, numbers)) => Err(Failure::bad_file(
            format!(
                "{} has weights of {numbers}: `{}` is stored as {:?}",
                files[entry.file].path().display(),
                entry.key,
                entry.dtype
            ),
            "use the same model in fp16 or bf16",
        )),
    }
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
