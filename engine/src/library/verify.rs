//! Verifies a model: hashes its files and compares them with its card.
//! Hashes are cached until a file's size or modification time changes: eleven gigabytes take a while.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use kinora_wire::{Failure, FileVerdict};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Card;
use crate::files::write_whole;
use crate::model::Model;

const CHUNK_BYTES: usize = 1 << 20;

/// Hashes of files, stored in a JSON file of the user's cache.
#[derive(Debug)]
pub struct HashCache {
    /// `None`: nothing is remembered.
    path: Option<PathBuf>,
    known: BTreeMap<String, Known>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    size: u64,
    changed_nanos: u128,
    sha256: String,
}

impl HashCache {
    /// The cache in this file. A missing or damaged file is an empty cache.
    pub fn at(path: &Path) -> Self {
        let text = fs::read(path).unwrap_or_default();
        let known = serde_json::from_slice(&text).unwrap_or_default();
        Self {
            path: Some(path.to_path_buf()),
            known,
        }
    }

    /// The cache in this cache folder. Without a folder nothing is remembered.
    pub fn of_user(cache: Option<&Path>) -> Self {
        let nothing = Self {
            path: None,
            known: BTreeMap::new(),
        };
        cache.map_or(nothing, |cache| Self::at(&cache.join("hashes.json")))
    }

    /// The cached sha256 of a file, if the file has not changed since.
    pub fn remembered(&self, file: &Path) -> Option<String> {
        let stamp = Stamp::of(file).ok()?;
        let known = self.known.get(&stamp.name)?;
        let is_same = (known.size, known.changed_nanos) == (stamp.size, stamp.changed_nanos);
        is_same.then(|| known.sha256.clone())
    }

    /// The sha256 of a file, from the cache or computed. `read` receives the number of bytes after each chunk.
    pub fn sha256(
        &mut self,
        file: &Path,
        read: &mut dyn FnMut(u64) -> Result<(), Failure>,
    ) -> Result<String, Failure> {
        let unreadable = |error: std::io::Error| {
            Failure::bad_file(
                format!("{} cannot be read: {error}", file.display()),
                "check its permissions and the disk",
            )
        };
        let Stamp {
            name,
            size,
            changed_nanos,
        } = Stamp::of(file).map_err(unreadable)?;
        if let Some(sha256) = self.remembered(file) {
            read(size)?;
            return Ok(sha256);
        }
        let mut hasher = Sha256::new();
        let mut source = File::open(file).map_err(unreadable)?;
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            let count = source.read(&mut chunk).map_err(unreadable)?;
            if count == 0 {
                break;
            }
            hasher.update(&chunk[..count]);
            read(count as u64)?;
        }
        let mut sha256 = String::new();
        for byte in hasher.finalize() {
            write!(sha256, "{byte:02x}").ok();
        }
        self.known.insert(
            name,
            Known {
                size,
                changed_nanos,
                sha256: sha256.clone(),
            },
        );
        self.save();
        Ok(sha256)
    }

    /// A failure to write is ignored: a lost cache costs only time.
    fn save(&self) {
        if let Some(path) = &self.path
            && let Ok(text) = serde_json::to_vec_pretty(&self.known)
        {
            write_whole(path, &text).ok();
        }
    }
}

/// Path, size and modification time: a cached hash is valid while they stay the same.
struct Stamp {
    name: String,
    size: u64,
    changed_nanos: u128,
}

impl Stamp {
    fn of(file: &Path) -> std::io::Result<Self> {
        let meta = fs::metadata(file)?;
        let since = meta
            .modified()
            .ok()
            .and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
        let name = fs::canonicalize(file).unwrap_or_else(|_| file.to_path_buf());
        Ok(Self {
            name: name.display().to_string(),
            size: meta.len(),
            changed_nanos: since.unwrap_or_default().as_nanos(),
        })
    }
}

/// Hashes all files of a model. `progress` receives bytes done and in total; its error stops the work.
pub fn verify(
    model: &Model,
    card: Option<&Card>,
    cache: &mut HashCache,
    progress: &mut dyn FnMut(u64, u64) -> Result<(), Failure>,
) -> Result<Vec<FileVerdict>, Failure> {
    let files: Vec<&Path> = model.files().collect();
    hash_files(&files, card, cache, progress)
}

/// The same for these files.
pub fn hash_files(
    files: &[&Path],
    card: Option<&Card>,
    cache: &mut HashCache,
    progress: &mut dyn FnMut(u64, u64) -> Result<(), Failure>,
) -> Result<Vec<FileVerdict>, Failure> {
    let size = |file: &&Path| fs::metadata(file).map_or(0, |meta| meta.len());
    let total: u64 = files.iter().map(size).sum();
    let mut done = 0;
    let mut verdicts = Vec::new();
    for file in files {
        let sha256 = cache.sha256(file, &mut |bytes| {
            done += bytes;
            progress(done, total)
        })?;
        let name = file.file_name().and_then(|name| name.to_str());
        let mut of_card = card.iter().flat_map(|card| &card.files);
        let expected = of_card.find(|listed| Some(listed.name.as_str()) == name);
        let expected = expected.and_then(|listed| listed.sha256.clone());
        let wrong = expected
            .as_ref()
            .filter(|expected| **expected != sha256)
            .map(|expected| {
                Failure::bad_file(
                    format!(
                        "{} is not what its card says: its sha256 is {sha256}, not {expected}",
                        file.display()
                    ),
                    "fetch it again",
                )
            });
        verdicts.push(FileVerdict {
            path: file.display().to_string(),
            sha256,
            wrong,
            is_known: expected.is_some(),
        });
    }
    Ok(verdicts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_hashed_once_until_it_changes() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, remembered) = (
            folder.path().join("weights"),
            folder.path().join("cache/hashes.json"),
        );
        fs::write(&file, "abc").expect("written");
        let hash = |cache: &mut HashCache| cache.sha256(&file, &mut |_| Ok(())).expect("hashed");
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hash(&mut HashCache::at(&remembered)), abc);
        // A cached hash is used as long as size and time stay the same.
        let lie = fs::read_to_string(&remembered)
            .expect("remembered")
            .replace(abc, "lie");
        fs::write(&remembered, lie).expect("written");
        assert_eq!(hash(&mut HashCache::at(&remembered)), "lie");
        fs::write(&file, "abcd").expect("written");
        assert_ne!(hash(&mut HashCache::at(&remembered)), "lie");
        fs::write(&remembered, "{ not json").expect("written");
        fs::write(&file, "abc").expect("written");
        assert_eq!(hash(&mut HashCache::at(&remembered)), abc);
    }
}
