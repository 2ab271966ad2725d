//! The checkpoint of one component: a safetensors file, or shards with an index, in any known layout.
//! All keys are checked before any parameter is read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use kinora_wire::Failure;
use serde::Deserialize;

use super::file::{Dtype, MappedFile, kind_of};
use super::naming::{Named, Naming};
use super::survey::Survey;
use crate::files::read_small;

/// Longest JSON file next to weights. The largest real indices are some hundred KiB.
pub const LONGEST_JSON_BYTES: u64 = 16 << 20;
/// The metadata key of a safetensors file that may hold the contents of `config.json`.
pub const CONFIG_KEY: &str = "config";
/// Most blocks in a list. A damaged or hostile file may claim any number.
const MOST_PARTS: usize = 1000;
/// Most wrong keys in a failure, before "and 312 more".
const MOST_KEYS_LISTED: usize = 6;

/// A component's opened files, with parameters by original name. No parameter has been read.
#[derive(Debug)]
pub struct Checkpoint {
    /// The family's display name.
    family: &'static str,
    path: PathBuf,
    files: Vec<MappedFile>,
    /// Original name to the parameter's place in the files.
    entries: BTreeMap<String, Entry>,
    config: serde_json::Map<String, serde_json::Value>,
}

#[derive(Debug)]
struct Entry {
    file: usize,
    key: String,
    dtype: Dtype,
    shape: Vec<i64>,
}

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

impl Checkpoint {
    /// Opens a `.safetensors` file, a `.safetensors.index.json`, or a folder that holds either.
    pub fn open(path: &Path, naming: impl Naming) -> Result<Self, Failure> {
        let path = if path.is_dir() {
            weights_in(path)?
        } else {
            path.to_path_buf()
        };
        let files = if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            open_shards(&path)?
        } else {
            vec![MappedFile::open(&path)?]
        };
        let keys = files.iter().flat_map(|file| file.tensors().keys());
        let keys: Vec<&str> = keys.map(String::as_str).collect();
        let mut names = naming.named(&keys).into_iter();
        let mut entries = BTreeMap::new();
        for (index, file) in files.iter().enumerate() {
            for (key, info) in file.tensors() {
                let Some(Named::Parameter(name)) = names.next() else {
                    continue;
                };
                let entry = Entry {
                    file: index,
                    key: key.clone(),
                    dtype: info.dtype,
                    shape: info.shape.iter().map(|&length| length as i64).collect(),
                };
                if let Some(other) = entries.insert(name, entry) {
                    return Err(Failure::bad_file(
                        format!(
                            "{}: `{key}` and `{}` are the same parameter",
                            file.path().display(),
                            other.key
                        ),
                        "the file mixes two layouts: use one as its makers released it",
                    ));
                }
            }
        }
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
            files,
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
        for file in &self.files {
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
        self.entries
            .values()
            .map(|entry| {
                let count: i64 = entry.shape.iter().product();
                count as u64 * (entry.dtype.bitsize() as u64 / 8).max(1)
            })
            .sum()
    }

    /// The number of parameters (scalars).
    pub fn numbers(&self) -> u64 {
        let shapes = self.entries.values().map(|entry| &entry.shape);
        shapes
            .map(|shape| shape.iter().product::<i64>() as u64)
            .sum()
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

/// The weights in a folder: the index, or the only safetensors file.
fn weights_in(folder: &Path) -> Result<PathBuf, Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::bad_file(
            format!("{} cannot be read: {error}", folder.display()),
            "check the path and its permissions",
        )
    };
    let mut names: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(unreadable)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    names.sort();
    let ends = |path: &&PathBuf, end: &str| path.to_string_lossy().ends_with(end);
    if let Some(index) = names
        .iter()
        .find(|path| ends(path, ".safetensors.index.json"))
    {
        return Ok(index.clone());
    }
    let mut weights = names.iter().filter(|path| ends(path, ".safetensors"));
    match (weights.next(), weights.next()) {
        (Some(only), None) => Ok(only.clone()),
        (Some(one), Some(other)) => Err(Failure::bad_file(
            format!(
                "{} holds several safetensors files ({}, {}, ...) and no index",
                folder.display(),
                one.file_name().unwrap_or_default().display(),
                other.file_name().unwrap_or_default().display()
            ),
            "name one of them, or add the .safetensors.index.json that came with them",
        )),
        (None, _) => {
            if let Some(pickle) = names
                .iter()
                .find(|path| ends(path, ".pth") || ends(path, ".bin"))
            {
                MappedFile::open(pickle)?; // fails with the remedy for pickle files
            }
            Err(Failure::bad_file(
                format!("{} holds no safetensors file", folder.display()),
                "name the folder or file that holds the weights",
            ))
        }
    }
}

fn open_shards(index_path: &Path) -> Result<Vec<MappedFile>, Failure> {
    let bad_index = |why: String| {
        Failure::bad_file(
            format!("{}: {why}", index_path.display()),
            "fetch the index and its files again",
        )
    };
    let text = read_small(index_path, LONGEST_JSON_BYTES).map_err(bad_index)?;
    let index: Index =
        serde_json::from_slice(&text).map_err(|error| bad_index(error.to_string()))?;
    let folder = index_path.parent().unwrap_or(Path::new("."));
    let shards: BTreeSet<&String> = index.weight_map.values().collect();
    let mut files = Vec::new();
    for &shard in &shards {
        let is_plain = Path::new(shard)
            .file_name()
            .is_some_and(|name| name == shard.as_str());
        if !is_plain {
            return Err(bad_index(format!(
                "{shard:?} is not the plain name of a file"
            )));
        }
        files.push(MappedFile::open(&folder.join(shard))?);
    }
    for (key, shard) in &index.weight_map {
        let position = shards.iter().position(|&name| name == shard);
        let is_there = position.is_some_and(|at| files[at].tensors().contains_key(key));
        if !is_there {
            return Err(bad_index(format!(
                "`{key}` is not in {shard}, where the index has it"
            )));
        }
    }
    let in_files: usize = files.iter().map(|file| file.tensors().len()).sum();
    if in_files != index.weight_map.len() {
        let unlisted = files.iter().find_map(|file| {
            let mut keys = file.tensors().keys();
            let key = keys.find(|&key| !index.weight_map.contains_key(key))?;
            Some(format!(
                "`{key}` of {} is not in the index",
                file.path().display()
            ))
        });
        let twice = || "a key lies in more than one of its files".into();
        return Err(bad_index(unlisted.unwrap_or_else(twice)));
    }
    Ok(files)
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
