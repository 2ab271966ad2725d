//! Imports a timeline of another editor into a new project: its file or package is read, and its files are brought in.
//! An import that is cancelled or fails leaves nothing behind.

use std::fs;
use std::path::{MAIN_SEPARATOR, Path};

use kinora_timeline::file::{FileError, PROJECT_FILE};
use kinora_timeline::otio::{self, Loss, ReadError};
use kinora_wire::{Failure, FailureKind};

use super::{bring_in, cut_file, package, parent, real};
use crate::Session;

/// Reads a timeline into a new project in `folder`, brings its files in, and returns what of it Kinora cannot show and
/// which files are missing. `on_file` is called with the number of files that are brought in and of all, 0 while they are
/// unknown; returning false cancels the import. `None`: it was cancelled. The window and the command line both import with
/// it.
///
/// # Errors
/// The file cannot be read, or is not a timeline; the message has the position in it. There is a project or something
/// else in the folder already, or nothing can be written there. What was made for the import is removed again.
pub fn import(
    cut: &Path,
    folder: &Path,
    on_file: &mut dyn FnMut(usize, usize) -> bool,
) -> Result<Option<(Session, Vec<Loss>)>, Failure> {
    if folder.join(PROJECT_FILE).exists() {
        let folder = folder.into();
        return Err(failed(&FileError::Exists { folder }));
    }
    if fs::read_dir(folder).into_iter().flatten().next().is_some() {
        return Err(Failure::bad_file(
            format!("{} is there already, and is not empty", folder.display()),
            "choose another name",
        ));
    }
    let was_there = fs::symlink_metadata(folder).is_ok();
    let imported = import_into(cut, folder, on_file);
    // Another window may have made a project of it meanwhile.
    if !matches!(imported, Ok(Some(_))) && !folder.join(PROJECT_FILE).exists() {
        remove(folder, was_there);
    }
    imported
}

/// Removes what an import has made, whose space may be needed: the folder, or the folders within one that was there.
fn remove(folder: &Path, was_there: bool) {
    if !was_there {
        fs::remove_dir_all(folder).ok();
        return;
    }
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        fs::remove_dir_all(entry.path()).ok();
    }
}

fn import_into(
    cut: &Path,
    folder: &Path,
    on_file: &mut dyn FnMut(usize, usize) -> bool,
) -> Result<Option<(Session, Vec<Loss>)>, Failure> {
    let mut package = None;
    if package::is_package(cut) {
        make(folder)?;
        let Some(unpacked) = package::unpack(cut, folder, &mut || on_file(0, 0))? else {
            return Ok(None);
        };
        package = Some(unpacked);
    }
    // The folder of a package is removed at the end of the import: the package is named instead.
    let named = cut;
    let place = package.as_ref().map(|unpacked| unpacked.folder.path());
    let read = cut_file::read(place.unwrap_or(cut)).map_err(|mut failure| {
        if let Some(place) = place {
            let content = place.join(cut_file::CONTENT).display().to_string();
            let named = named.display().to_string();
            failure.cause = failure.cause.replace(&content, &named);
        }
        failure
    });
    let (file, text) = read?;
    let cut = otio::read(&text).map_err(|error| {
        let remedy = match error {
            ReadError::SeveralTimelines(_) => "export one of them by itself",
            ReadError::NotText | ReadError::NotJson { .. } => {
                "check that the file is whole, and copy or export it again"
            }
            ReadError::NotATimeline { .. } | ReadError::Inconsistent(_) => {
                "export the timeline from the other editor again, as OpenTimelineIO"
            }
        };
        let named = match package.is_some() {
            true => named,
            false => file.as_path(),
        };
        Failure::bad_file(format!("{}: {error}", named.display()), remedy)
    })?;
    make(folder)?; // before the media are copied, which may take long
    let mut losses = cut.losses.clone();
    let beside = real(parent(&file));
    let Some((project, mut more)) = bring_in::bring_in(&cut, &beside, folder, on_file) else {
        return Ok(None);
    };
    if let Some(unpacked) = package {
        let folder = format!("{}{MAIN_SEPARATOR}", beside.display());
        for loss in &mut more {
            loss.what = loss.what.replace(&folder, ""); // as it is named inside the package
        }
        losses.extend(unpacked.losses);
    }
    losses.extend(more);
    let session = Session::create(folder, &project).map_err(|error| failed(&error))?;
    Ok(Some((session, losses)))
}

/// Makes the folder of the new project.
fn make(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| {
        Failure::bad_file(
            format!("{} cannot be created: {error}", folder.display()),
            "choose a location that you may write to and that has free space",
        )
    })
}

fn failed(error: &FileError) -> Failure {
    Failure {
        kind: FailureKind::BadFile,
        cause: error.to_string(),
        remedy: None, // the message has it
    }
}
