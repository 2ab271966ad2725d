//! Compares files with lost media: by the hash of their content, and by name and length. Work is counted, so that progress
//! has a total, and can be cancelled.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use kinora_render::project::ProjectFiles;
use kinora_timeline::ContentHash;
use kinora_timeline::media::Medium;

use super::found::Found;
use super::length::is_as_long;
use super::listing::{File, extension_of};
use crate::content_hash::hash_unless;
use crate::exchange::import::contents_of;
use crate::exchange::relink::Lost;

/// What is looked for.
pub(super) struct Wanted<'l> {
    pub(super) lost: &'l Lost,
    /// In lower case.
    pub(super) names: BTreeSet<String>,
    /// In lower case; empty if it is not known.
    pub(super) extension: String,
    /// Whether its file was never there: the hash is that of an address in a cut.
    is_placeholder: bool,
}

impl<'l> Wanted<'l> {
    pub(super) fn of(lost: &'l Lost) -> Self {
        let medium = &lost.medium;
        let path = Path::new(&medium.path);
        let is_placeholder = is_placeholder(medium);
        let name = medium.name.rsplit(['/', '\\']).next();
        // The artist may have renamed it since.
        let earlier = path.file_name().filter(|_| is_placeholder);
        let earlier = earlier.map(|name| name.to_string_lossy().to_lowercase());
        Self {
            lost,
            names: name
                .map(str::to_lowercase)
                .into_iter()
                .chain(earlier)
                .collect(),
            extension: extension_of(path),
            is_placeholder,
        }
    }

    /// The files of its name.
    pub(super) fn named<'f>(&self, by_name: &BTreeMap<&str, Vec<&'f Path>>) -> Vec<&'f Path> {
        let found = self.names.iter();
        let found = found.filter_map(|name| by_name.get(name.as_str()));
        found.flatten().copied().collect()
    }
}

/// Whether a medium has never had a file. Imported files lie in the folder of media under their hash; a cut of another
/// editor gives names there.
fn is_placeholder(medium: &Medium) -> bool {
    let path = Path::new(&medium.path);
    let folder = ProjectFiles::of(Path::new("")).media();
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    path.parent() == Some(folder.as_path()) && *name != medium.content.to_string()
}

/// The files that are being looked at.
pub(super) struct Work<'w> {
    pub(super) progress: &'w mut dyn FnMut(u64, u64),
    pub(super) is_cancelled: &'w dyn Fn() -> bool,
    pub(super) done: u64,
    pub(super) all: u64,
}

impl Work<'_> {
    /// Reports the next file. `None`: the work was cancelled.
    fn advance(&mut self) -> Option<()> {
        (self.progress)(self.done, self.all);
        self.done += 1;
        (!(self.is_cancelled)()).then_some(())
    }

    /// The files that have the content of a lost medium. No size is known, so that files are hashed until all are found.
    pub(super) fn of_contents(
        &mut self,
        files: &[File],
        wanted: &[Wanted],
    ) -> Option<BTreeMap<ContentHash, PathBuf>> {
        let known = wanted.iter().filter(|one| !one.is_placeholder);
        let mut left: BTreeSet<ContentHash> = known.map(|one| one.lost.medium.content).collect();
        let mut found = BTreeMap::new();
        if left.is_empty() {
            return Some(found);
        }
        self.all += files.len() as u64;
        for file in files {
            if left.is_empty() {
                break;
            }
            self.advance()?;
            let content = hash_unless(&file.path, self.is_cancelled);
            if let Ok(content) = content
                && left.remove(&content)
            {
                found.insert(content, file.path.clone());
            }
        }
        (!(self.is_cancelled)()).then_some(found)
    }

    /// The file of a medium among those of its name.
    pub(super) fn of_name(&mut self, wanted: &Wanted, named: &[&Path]) -> Option<Found> {
        self.all += named.len() as u64;
        let (mut readable, mut as_long) = (Vec::new(), Vec::new());
        for &file in named {
            self.advance()?;
            let Ok(contents) = contents_of(file) else {
                continue;
            };
            readable.push(file);
            if is_as_long(&wanted.lost.medium, contents) {
                as_long.push(file);
            }
        }
        let found = self.only(&as_long, Found::ByNameAndLength);
        let found = found.or_else(|| match wanted.is_placeholder {
            true => self.only(&readable, Found::ByName),
            false => None,
        });
        (!(self.is_cancelled)()).then_some(found.unwrap_or(Found::Nothing))
    }

    /// The only file of a list, of which copies count as one; or several. `None`: there is none.
    fn only(&self, files: &[&Path], found: fn(PathBuf) -> Found) -> Option<Found> {
        let first = files.first()?;
        Some(match files.len() == 1 || self.are_copies(files) {
            true => found(first.to_path_buf()),
            false => Found::Several(files.iter().map(|file| file.to_path_buf()).collect()),
        })
    }

    fn are_copies(&self, files: &[&Path]) -> bool {
        let mut contents = files
            .iter()
            .map(|file| hash_unless(file, self.is_cancelled));
        let Some(Ok(first)) = contents.next() else {
            return false;
        };
        contents.all(|content| content.is_ok_and(|content| content == first))
    }
}
