//! Imports the file of a medium again: the same file is put back into its place, another one replaces it. What the artist
//! has set stays.

use std::path::Path;

use kinora_render::project::ProjectFiles;
use kinora_timeline::media::{Extent, Medium};
use kinora_wire::Failure;

use super::copied::{copy_to, unreadable};
use super::numbered::PictureRun;
use super::sequence::{self, Gaps, SequenceSettings};
use super::source::run_of;
use super::{Imported, import_watched};
use crate::content_hash::hash_of;
use crate::exchange::first_contact::forget;

/// Imports the file that is to be the file of a medium, which keeps its id, its name and what the artist has set. A file
/// with the same content is only copied back into its place. The caller applies the edit that changes the medium, if it
/// has changed.
///
/// # Errors
/// The file is not a picture, video or sound; the disk is full. Nothing is left behind.
pub fn relink_medium(
    file: &Path,
    medium: &Medium,
    project_folder: &Path,
) -> Result<Imported, Failure> {
    relink_watched(file, medium, project_folder, &mut |_| true)
}

/// The same; `on_progress` is given the share of the file that was read, as in [`import_watched`].
///
/// # Errors
/// As [`relink_medium`]; it was cancelled.
pub fn relink_watched(
    file: &Path,
    medium: &Medium,
    project_folder: &Path,
    on_progress: &mut dyn FnMut(f64) -> bool,
) -> Result<Imported, Failure> {
    let files = ProjectFiles::of(project_folder);
    let place = files.medium(medium);
    let is_own = place.parent() == Some(files.media().as_path());
    if is_own && hash_of(file).map_err(|error| unreadable(file, &error))? == medium.content {
        copy_to(file, medium.content, &place)?;
        forget(medium.content); // another file was in its place
        return Ok(Imported {
            medium: medium.clone(),
            notes: Vec::new(),
        });
    }
    let mut imported = match sequence_of(file, medium) {
        Some((run, settings)) => sequence::import(&run, settings, project_folder, on_progress)?,
        None => import_watched(file, project_folder, on_progress)?,
    };
    imported.medium = with_file_of(medium, imported.medium);
    Ok(imported)
}

/// The run of numbered pictures that a file belongs to, if it is to be the file of a video: a lost image sequence.
fn sequence_of(file: &Path, medium: &Medium) -> Option<(PictureRun, SequenceSettings)> {
    let Extent::Video { rate, .. } = medium.extent else {
        return None;
    };
    let gaps = Gaps::Hold; // as they may have been held before
    Some((run_of(file)?, SequenceSettings { rate, gaps }))
}

/// A medium with the file of another one. What the artist has set stays.
pub fn with_file_of(medium: &Medium, file: Medium) -> Medium {
    Medium {
        content: file.content,
        path: file.path,
        extent: file.extent,
        has_picture: file.has_picture,
        has_sound: file.has_sound,
        ..medium.clone()
    }
}
