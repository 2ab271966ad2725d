//! The inputs of a clip that options name as files: a camera path, and the pictures of a folder in the order of their
//! names.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{Camera, Clip, name_parts};

pub(super) fn camera(path: &Path) -> Result<Camera, String> {
    let at = |why: &str| format!("{}: {why}", path.display());
    let bytes = fs::read(path).map_err(|error| at(&error.to_string()))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| at("this is no text; a RealEstate10K camera file is expected"))?;
    if text.trim_start().starts_with(['{', '(']) {
        return Err(at(
            "a RealEstate10K text file is expected; `kinora generate` reads other camera files",
        ));
    }
    Camera::from_realestate(&text).map_err(|why| at(&why))
}

/// The pictures of a folder, ordered by file name: numbers in names by their value. Names that begin with a dot are left out.
pub(super) fn clip(folder: &Path) -> Result<Clip, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let is_picture = |path: &PathBuf| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        let is_hidden = path
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        let kinds = ["png", "jpg", "jpeg", "webp"];
        let is_kind = |extension: &str| {
            kinds
                .iter()
                .any(|kind| extension.eq_ignore_ascii_case(kind))
        };
        !is_hidden && extension.is_some_and(is_kind)
    };
    let mut frames: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(is_picture)
        .collect();
    frames.sort_by_cached_key(|path| name_parts(path));
    if frames.is_empty() {
        Err(format!(
            "{} holds no pictures (png, jpg, webp), one for each frame",
            folder.display()
        ))
    } else {
        Ok(Clip { frames })
    }
}
