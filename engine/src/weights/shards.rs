//! Which files hold the weights of a component: one safetensors or GGUF file, or shards with an index.
//! Endings are read in upper and lower case. What an index says of its keys is checked.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use kinora_wire::Failure;
use serde::Deserialize;

use super::file::{MappedFile, pickle_ending};
use crate::files::read_small;

/// Longest JSON file next to weights. The largest real indices are some hundred KiB.
pub const LONGEST_JSON_BYTES: u64 = 16 << 20;
const WEIGHTS_ENDING: &str = ".safetensors";
const GGUF_ENDING: &str = ".gguf";
const INDEX_ENDING: &str = ".safetensors.index.json";

/// Whether a path has the ending of a safetensors file.
pub fn is_safetensors(path: &Path) -> bool {
    name_of(path).ends_with(WEIGHTS_ENDING)
}

/// Whether a path has the ending of a file of weights: safetensors or GGUF.
pub fn is_weights(path: &Path) -> bool {
    is_safetensors(path) || name_of(path).ends_with(GGUF_ENDING)
}

/// Whether a path has the ending of an index of shards.
pub fn is_index(path: &Path) -> bool {
    name_of(path).ends_with(INDEX_ENDING)
}

/// Whether a file is named as a shard: `NAME-00001-of-00002.safetensors`.
pub fn is_shard(path: &Path) -> bool {
    path.file_stem()
        .and_then(|stem| stem.to_str())
        .and_then(|stem| stem.rsplit_once("-of-"))
        .is_some_and(|(_, count)| count.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The file's name in lower case.
fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().to_ascii_lowercase()
}

/// The index of a component's shards.
#[derive(Debug)]
pub struct ShardIndex {
    path: PathBuf,
    /// Key to the path of its shard.
    shards: BTreeMap<String, PathBuf>,
}

#[derive(Deserialize)]
struct IndexFile {
    weight_map: BTreeMap<String, String>,
}

impl ShardIndex {
    /// Reads an index. The shards are not opened.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let bad = |why: String| bad_index(path, &why);
        let text = read_small(path, LONGEST_JSON_BYTES).map_err(bad)?;
        let file: IndexFile =
            serde_json::from_slice(&text).map_err(|error| bad(error.to_string()))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut by_name: BTreeMap<String, PathBuf> = BTreeMap::new();
        let mut shards = BTreeMap::new();
        for (key, name) in file.weight_map {
            let shard = match by_name.get(&name) {
                Some(known) => known.clone(),
                None => shard_path(folder, &name)
                    .ok_or_else(|| bad(format!("{name:?} is not the name of a file beside it")))?,
            };
            by_name.insert(name, shard.clone());
            shards.insert(key, shard);
        }
        Ok(Self {
            path: path.to_path_buf(),
            shards,
        })
    }

    /// The keys in its shards.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.shards.keys().map(String::as_str)
    }

    /// Whether none of its shards is there: it was left behind when they were merged into one file.
    pub fn is_stale(&self) -> bool {
        !self.files().into_iter().any(Path::exists)
    }

    /// The failure of an index without shards.
    pub fn stale(&self) -> Failure {
        Failure::bad_file(
            format!(
                "{} lists shards of which none is there",
                self.path.display()
            ),
            "fetch them, or remove the index if they were merged into one file",
        )
    }

    fn files(&self) -> BTreeSet<&Path> {
        self.shards.values().map(PathBuf::as_path).collect()
    }

    /// Opens the shards and compares their keys with the index.
    pub fn open(&self) -> Result<Vec<MappedFile>, Failure> {
        let bad = |why: String| bad_index(&self.path, &why);
        if self.is_stale() {
            return Err(self.stale());
        }
        let paths = self.files();
        let files: Vec<MappedFile> = paths
            .iter()
            .map(|path| MappedFile::open(path))
            .collect::<Result<_, _>>()?;
        for (key, shard) in &self.shards {
            let position = paths.iter().position(|path| *path == shard.as_path());
            let is_there = position.is_some_and(|at| files[at].tensors().contains_key(key));
            if !is_there {
                return Err(bad(format!(
                    "`{key}` is not in {}, where the index has it",
                    shard.display()
                )));
            }
        }
        let in_files: usize = files.iter().map(|file| file.tensors().len()).sum();
        if in_files != self.shards.len() {
            let unlisted = files.iter().find_map(|file| {
                let mut keys = file.tensors().keys();
                let key = keys.find(|&key| !self.shards.contains_key(key))?;
                Some(format!(
                    "`{key}` of {} is not in the index",
                    file.path().display()
                ))
            });
            let twice = || "a key lies in more than one of its files".into();
            return Err(bad(unlisted.unwrap_or_else(twice)));
        }
        Ok(files)
    }
}

/// The path of a shard that an index names. The name may carry folders: `./NAME`, or the component's folder in the
/// release, in which the index lies itself. `None` for names that lead elsewhere.
fn shard_path(folder: &Path, name: &str) -> Option<PathBuf> {
    let parts: Vec<&str> = name
        .split(['/', '\\'])
        .filter(|part| *part != ".")
        .collect();
    let is_plain = |part: &&str| Path::new(part).file_name() == Some((*part).as_ref());
    let last = *parts.last()?;
    if !parts.iter().all(is_plain) {
        return None;
    }
    let mut named = folder.to_path_buf();
    named.extend(&parts);
    let beside = folder.join(last);
    Some(match !named.exists() && beside.exists() {
        true => beside,
        false => named,
    })
}

/// The weights in a folder: the index, or the only file of weights.
pub fn weights_in(folder: &Path) -> Result<PathBuf, Failure> {
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
    let mut weights = names.iter().filter(|path| is_weights(path));
    if let Some(index) = names.iter().find(|path| is_index(path)) {
        let mut whole = weights.filter(|path| !is_shard(path));
        return Ok(match (whole.next(), whole.next()) {
            (Some(merged), None) if ShardIndex::read(index)?.is_stale() => merged.clone(),
            _ => index.clone(),
        });
    }
    match (weights.next(), weights.next()) {
        (Some(only), None) => Ok(only.clone()),
        (Some(one), Some(other)) => Err(Failure::bad_file(
            format!(
                "{} holds several files of weights ({}, {}, ...) and no index",
                folder.display(),
                one.file_name().unwrap_or_default().display(),
                other.file_name().unwrap_or_default().display()
            ),
            "name one of them, or add the .safetensors.index.json that came with them",
        )),
        (None, _) => {
            let is_pickle = |path: &&PathBuf| pickle_ending(path).is_some();
            if let Some(pickle) = names.iter().find(is_pickle) {
                MappedFile::open(pickle)?; // fails with the remedy for pickle files
            }
            Err(Failure::bad_file(
                format!("{} holds no safetensors or GGUF file", folder.display()),
                "name the folder or file that holds the weights",
            ))
        }
    }
}

fn bad_index(path: &Path, why: &str) -> Failure {
    Failure::bad_file(
        format!("{}: {why}", path.display()),
        "fetch the index and its files again",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_found_under_the_folders_that_an_index_gives_it_and_nowhere_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| shard_path(folder.path(), name);
        fs::write(folder.path().join("a.safetensors"), "").expect("written");
        let beside = Some(folder.path().join("a.safetensors"));
        for name in [
            "a.safetensors",
            "./a.safetensors",
            ".\\a.safetensors",
            "transformer/a.safetensors",
        ] {
            assert_eq!(at(name), beside, "{name}");
        }
        let inner = folder.path().join("transformer/a.safetensors");
        fs::create_dir(inner.parent().expect("a folder")).expect("made");
        fs::write(&inner, "").expect("written");
        assert_eq!(at("transformer/a.safetensors"), Some(inner));
        for name in ["", ".", "..", "../a.safetensors", "/a.safetensors", "a//b"] {
            assert_eq!(at(name), None, "{name}");
        }
    }

    #[test]
    fn a_folder_with_a_pickle_file_only_names_it_with_the_remedy() {
        for name in ["model.pth", "model.PT", "model.ckpt", "model.bin"] {
            let folder = tempfile::tempdir().expect("a folder");
            fs::write(folder.path().join(name), "").expect("written");
            let failure = weights_in(folder.path()).expect_err("refused");
            assert!(failure.cause.contains(name), "{failure}");
            assert!(failure.to_string().contains("convert"), "{failure}");
        }
    }

    #[test]
    fn an_index_without_its_shards_gives_way_to_the_merged_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let put = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).expect("written");
            path
        };
        let index = put(
            "model.safetensors.index.json",
            r#"{"weight_map": {"a": "model-00001-of-00001.safetensors"}}"#,
        );
        let found = || weights_in(folder.path()).expect("weights");
        assert_eq!(found(), index);
        let failure = ShardIndex::read(&index).expect("an index").open();
        let failure = failure.expect_err("no shards");
        assert!(failure.cause.contains("none is there"), "{failure}");
        let merged = put("Model.SAFETENSORS", "");
        assert_eq!(found(), merged);
        put("model-00001-of-00001.safetensors", "");
        assert_eq!(found(), index, "the shards are there");
    }
}
