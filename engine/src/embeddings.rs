//! Encoded prompts on disk. The key is a hash of the encoder's files, the precision and the tokens.
//! A prompt that is used again does not load an encoder of eleven gigabytes.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use crate::weights::{Checkpoint, MappedFile};

/// Largest size of the folder. Beyond it the least recently used files are deleted.
const LARGEST_BYTES: u64 = 512 << 20;
const KEY: &str = "embeddings";

/// A folder of encoded prompts. Losing it costs only time.
#[derive(Clone, Debug)]
pub struct EmbeddingCache {
    folder: PathBuf,
}

impl EmbeddingCache {
    /// The cache in this folder, which need not exist.
    pub fn in_folder(folder: &Path) -> Self {
        let folder = folder.to_path_buf();
        Self { folder }
    }

    /// The key: a hash of everything that an encoding depends on.
    pub fn key(encoder: &Checkpoint, kind: Kind, tokens: &[u32]) -> String {
        Self::key_of(&[encoder], kind, tokens)
    }

    /// As [`Self::key`], of an encoding that several networks make one after another.
    pub fn key_of(networks: &[&Checkpoint], kind: Kind, tokens: &[u32]) -> String {
        let mut hasher = blake3::Hasher::new();
        for network in networks {
            hasher.update(network.identity().as_bytes());
        }
        hasher.update(format!("{kind:?}").as_bytes());
        for token in tokens {
            hasher.update(&token.to_le_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }

    /// The encoding under this key: 1 x tokens x width in fp32. `None` if it is missing or damaged.
    pub fn find(&self, key: &str) -> Option<Tensor> {
        let path = self.path(key);
        let found = MappedFile::open(&path).ok()?.tensor(KEY)?;
        if let Ok(file) = fs::File::options().append(true).open(&path) {
            file.set_modified(SystemTime::now()).ok(); // marks it as recently used
        }
        Some(found)
    }

    /// Stores an encoding. The job goes on if this fails; the failure is returned for a warning.
    pub fn keep(&self, key: &str, embeddings: &Tensor) -> Result<(), Failure> {
        let failed = |why: String| {
            Failure::bad_file(
                format!(
                    "the encoded prompt cannot be kept in {}: {why}",
                    self.folder.display()
                ),
                "make room on that disk; until then each prompt is encoded anew",
            )
        };
        fs::create_dir_all(&self.folder).map_err(|error| failed(error.to_string()))?;
        let view = crate::weights::view_of(embeddings)?;
        // The library writes a temporary file and renames it, so that a reader never sees half a file.
        safetensors::serialize_to_file([(KEY, view)], None, &self.path(key))
            .map_err(|error| failed(error.to_string()))?;
        self.prune();
        Ok(())
    }

    fn path(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{key}.safetensors"))
    }

    fn prune(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return;
        };
        let mut files: Vec<(SystemTime, u64, PathBuf)> = entries
            .filter_map(|entry| {
                let entry = entry.ok()?;
                let meta = entry.metadata().ok()?;
                Some((meta.modified().ok()?, meta.len(), entry.path()))
            })
            .collect();
        files.sort();
        let mut total: u64 = files.iter().map(|(_, length, _)| length).sum();
        for (_, length, path) in files {
            if total <= LARGEST_BYTES {
                break;
            }
            if fs::remove_file(path).is_ok() {
                total -= length;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::{Named, Naming};

    /// A naming in which the keys are the original names.
    struct AsTheyAre;

    impl Naming for AsTheyAre {
        fn family(&self) -> &'static str {
            "drawn"
        }

        fn named(&self, keys: &[&str]) -> Vec<Named> {
            let named = |key: &&str| Named::Parameter((*key).to_owned());
            keys.iter().map(named).collect()
        }
    }

    #[test]
    fn what_was_kept_is_found_and_what_is_damaged_is_as_good_as_gone() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = EmbeddingCache::in_folder(&folder.path().join("prompts"));
        let encoded = Tensor::arange(12, (Kind::Float, tch::Device::Cpu)).view([1, 3, 4]);
        assert!(cache.find("fox").is_none());
        cache.keep("fox", &encoded).expect("kept");
        assert_eq!(cache.find("fox"), Some(encoded));
        let path = cache.path("fox");
        let bytes = fs::read(&path).expect("a file");
        fs::write(&path, &bytes[..bytes.len() - 5]).expect("cut");
        assert!(cache.find("fox").is_none());
    }

    #[test]
    fn the_key_changes_with_tokens_precision_and_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("text.safetensors");
        let write = |length: usize| {
            let tensor = Tensor::zeros([length as i64], (Kind::Float, tch::Device::Cpu));
            let view = crate::weights::view_of(&tensor).expect("bytes");
            safetensors::serialize_to_file([("norm.weight", view)], None, &path).expect("written");
            Checkpoint::open(&path, AsTheyAre).expect("sound")
        };
        let first = write(3);
        let key = |file: &Checkpoint, kind, tokens: &[u32]| EmbeddingCache::key(file, kind, tokens);
        let base = key(&first, Kind::Float, &[1, 2]);
        assert_eq!(base, key(&first, Kind::Float, &[1, 2]));
        assert_ne!(base, key(&first, Kind::Float, &[1, 3]));
        assert_ne!(base, key(&first, Kind::BFloat16, &[1, 2]));
        assert_ne!(base, key(&write(4), Kind::Float, &[1, 2]));
    }
}
