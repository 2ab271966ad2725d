//! The headers of a component: keys and metadata of its files, and `config.json` beside them.

use std::collections::BTreeMap;
use std::path::Path;

use kinora_wire::Failure;
use serde_json::Value;

use crate::files::{entries, read_small};
use crate::weights::{LONGEST_JSON_BYTES, MappedFile, ShardIndex, is_index, is_weights};

/// What the headers of a component say.
#[derive(Debug)]
pub struct Source {
    keys: Vec<String>,
    metadata: BTreeMap<String, String>,
    /// `config.json`; null without one.
    config: Value,
}

impl Source {
    /// Of a file, an index of shards, or a folder that holds one of them.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let path = match path.is_dir() {
            true => {
                let inside = entries(path);
                let index = inside.iter().find(|path| is_index(path));
                let found = index.or_else(|| inside.iter().find(|path| is_weights(path)));
                found.cloned().ok_or_else(|| {
                    Failure::bad_file(
                        format!("{} holds no weights", path.display()),
                        "fetch the whole model",
                    )
                })?
            }
            false => path.to_path_buf(),
        };
        let files = match is_index(&path) {
            true => ShardIndex::read(&path)?.open()?,
            false => vec![MappedFile::open(&path)?],
        };
        let keys = files.iter().flat_map(|file| file.tensors().keys());
        let metadata = files.iter().flat_map(MappedFile::metadata);
        let beside = read_small(&path.with_file_name("config.json"), LONGEST_JSON_BYTES);
        let config = beside
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok());
        Ok(Self {
            keys: keys.cloned().collect(),
            metadata: metadata
                .map(|(name, text)| (name.clone(), text.clone()))
                .collect(),
            config: config.unwrap_or_default(),
        })
    }

    /// The keys of its tensors.
    pub fn keys(&self) -> impl Iterator<Item = &str> + Clone {
        self.keys.iter().map(String::as_str)
    }

    /// A text in the metadata, or else in `config.json`.
    pub fn text(&self, name: &str) -> Option<String> {
        let inside = self.metadata.get(name).cloned();
        inside.or_else(|| self.config[name].as_str().map(str::to_owned))
    }

    /// A value in the metadata, as JSON, or else in `config.json`. Null without either.
    pub fn value(&self, name: &str) -> Value {
        let inside = self.metadata.get(name);
        let inside = inside.and_then(|text| serde_json::from_str(text).ok());
        inside.unwrap_or_else(|| self.config[name].clone())
    }
}
