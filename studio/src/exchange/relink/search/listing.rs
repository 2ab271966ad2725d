//! The files in folders that may be lost media: those with the name or the extension of one, and all other media.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use kinora_timeline::file::PROJECT_FILE;

/// The extensions of media files, in lower case. Only these files are compared by their content, besides those with the
/// name or the extension of a lost medium.
const EXTENSIONS: [&str; 54] = [
    "3g2", "3gp", "aac", "aif", "aiff", "amr", "ape", "apng", "asf", "avi", "bmp", "caf", "dv",
    "exr", "flac", "flv", "gif", "gxf", "h264", "hevc", "ivf", "jfif", "jpeg", "jpg", "m2ts",
    "m4a", "m4v", "mj2", "mjpeg", "mkv", "mov", "mp3", "mp4", "mpeg", "mpg", "mts", "mxf", "nut",
    "oga", "ogg", "ogv", "opus", "png", "rm", "tif", "tiff", "ts", "tta", "wav", "webm", "webp",
    "wma", "wmv", "y4m",
];
/// The folder of a project that has nothing but what can be made again.
const CACHE: &str = "cache";

/// What shows that a file may be one of those that are looked for.
pub struct Likely<'w> {
    names: BTreeSet<&'w str>,
    extensions: BTreeSet<&'w str>,
}

impl<'w> Likely<'w> {
    /// Of names and extensions in lower case. An empty extension is not known.
    pub fn of(
        names: impl Iterator<Item = &'w str>,
        extensions: impl Iterator<Item = &'w str>,
    ) -> Self {
        Self {
            names: names.collect(),
            extensions: extensions.filter(|one| !one.is_empty()).collect(),
        }
    }
}

/// A file that may be one of those that are looked for, the likeliest first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub struct File {
    likeness: Likeness,
    pub path: PathBuf,
    /// In lower case.
    pub name: String,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    Name,
    Extension,
    Media,
}

impl File {
    /// `None`: it is no medium.
    fn of(path: PathBuf, likely: &Likely) -> Option<Self> {
        let name = path.file_name()?.to_string_lossy().to_lowercase();
        let extension = extension_of(&path);
        let likeness = match extension.as_str() {
            _ if likely.names.contains(name.as_str()) => Likeness::Name,
            extension if likely.extensions.contains(extension) => Likeness::Extension,
            extension if EXTENSIONS.contains(&extension) => Likeness::Media,
            _ => return None,
        };
        Some(Self {
            likeness,
            path,
            name,
        })
    }
}

/// The files in folders and the folders in them that may be looked for, the likeliest first.
pub fn files_in(
    folders: &[PathBuf],
    likely: &Likely,
    progress: &mut dyn FnMut(u64, u64),
    is_cancelled: &dyn Fn() -> bool,
) -> Option<Vec<File>> {
    let mut files = Vec::new();
    let mut seen = BTreeSet::new();
    let mut left = folders.to_vec();
    while let Some(folder) = left.pop() {
        if is_cancelled() {
            return None;
        }
        // Each folder is listed once, by whatever links it is reached: links may lead in a circle.
        let Ok(real) = fs::canonicalize(&folder) else {
            continue;
        };
        if !seen.insert(real) {
            continue;
        }
        let is_project = folder.join(PROJECT_FILE).is_file();
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let Ok(found) = fs::metadata(&path) else {
                continue; // a link that leads nowhere
            };
            let is_cache = is_project && entry.file_name() == CACHE;
            if found.is_dir() && !is_cache {
                left.push(path);
            } else if found.is_file() && found.len() > 0 {
                files.extend(File::of(path, likely));
            }
        }
        progress(0, files.len() as u64);
    }
    files.sort();
    Some(files)
}

/// The extension of a path in lower case; empty if it has none.
pub fn extension_of(path: &Path) -> String {
    let extension = path.extension().unwrap_or_default();
    extension.to_string_lossy().to_lowercase()
}
