//! Small results about media that are kept as text files in the project's caches.

use std::path::Path;

use kinora_timeline::file::{Disk as _, RealDisk, beside};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What is kept at a place; `None` if there is nothing, or nothing of this form.
pub(super) fn kept<T: DeserializeOwned>(place: &Path) -> Option<T> {
    let text = std::fs::read_to_string(place).ok()?;
    ron::from_str(&text).ok()
}

/// Keeps something at a place, whole or not at all.
///
/// # Errors
/// The folder cannot be written to.
pub(super) fn keep<T: Serialize>(what: &T, place: &Path) -> std::io::Result<()> {
    let text = ron::to_string(what).map_err(std::io::Error::other)?;
    if let Some(folder) = place.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let beside = beside(place);
    let kept = std::fs::write(&beside, text).and_then(|()| RealDisk.settle(&beside, place));
    if kept.is_err() {
        std::fs::remove_file(&beside).ok();
    }
    kept
}
