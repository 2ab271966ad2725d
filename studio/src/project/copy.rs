//! Copies a project into a new folder: everything, or only the files that the project needs. A copy is written beside
//! its place and renamed at the end, so that a copy that was interrupted is never taken for a project.

mod plan;
mod stop;
mod writer;

use std::fs;
use std::path::{Path, PathBuf};

use kinora_timeline::Project;
use kinora_timeline::file::{Disk as _, RealDisk, beside};
use kinora_wire::Failure;

use plan::{Plan, below};
use stop::{Stop, unwritable};
use writer::write_copy;

use crate::take::take_store::TAKE_FILE;

/// What a copy contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyContent {
    /// All takes with their ratings, all media and pictures, and the queue. Caches and backups are left out.
    Everything,
    /// The takes that the shots name, the media of the project, the in-betweens that its clips show, and the pictures of its
    /// cast and shots.
    Needed,
}

/// How a copy ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyOutcome {
    /// The copy is complete.
    Done {
        /// Its folder, absolute.
        folder: PathBuf,
        /// The files that the project needs but does not have: "door.mp4", "a take of Shot 2".
        missing: Vec<String>,
    },
    /// It was cancelled. Nothing was left behind.
    Cancelled,
}

/// What a copy will contain, counted before it is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CopySummary {
    /// The number of takes.
    pub takes: usize,
    /// The number of imported files.
    pub media: usize,
    /// The number of pictures of characters and shots.
    pub pictures: usize,
    /// The size of all files.
    pub bytes: u64,
    /// The files that the project needs but does not have.
    pub missing: Vec<String>,
}

/// Counts the files of a copy, without reading them. Not for the window's thread.
///
/// # Errors
/// A folder of the project cannot be read.
pub fn summarize(
    from: &Path,
    project: &Project,
    what: CopyContent,
) -> Result<CopySummary, Failure> {
    let plan = Plan::of(from, project, what)?;
    let files = below();
    let count = |folder: PathBuf| {
        let paths = plan.files.keys();
        paths.filter(|path| path.starts_with(&folder)).count()
    };
    let takes = plan.files.keys().filter(|path| path.ends_with(TAKE_FILE));
    Ok(CopySummary {
        takes: takes.count(),
        media: count(files.media()) + plan.outside.len(),
        pictures: count(files.characters()),
        bytes: plan.bytes(),
        missing: plan.missing,
    })
}

/// Copies the project in the folder `from` to the folder `to`, with the project file as `project` is now. `on_progress`
/// is called with the number of copied bytes and of all bytes; returning false cancels the copy.
///
/// # Errors
/// There is something at `to` already; a file cannot be read; the disk is full. Nothing is left behind.
pub fn copy_project(
    from: &Path,
    project: &Project,
    to: &Path,
    what: CopyContent,
    on_progress: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<CopyOutcome, Failure> {
    let (from, to) = (plain(from), plain(to));
    refuse_place(&from, &to)?;
    let plan = Plan::of(&from, project, what)?;
    let part = beside(&to);
    let written = write_copy(&from, project, plan, &part, on_progress);
    let written = written.and_then(|missing| {
        let placed = RealDisk.settle(&part, &to);
        placed.map_err(|error| unwritable(&to, &error))?;
        Ok(missing)
    });
    match written {
        Ok(missing) => Ok(CopyOutcome::Done {
            folder: to,
            missing,
        }),
        Err(stop) => {
            fs::remove_dir_all(&part).ok(); // its space may be needed
            match stop {
                Stop::Cancelled => Ok(CopyOutcome::Cancelled),
                Stop::Failed(failure) => Err(failure),
            }
        }
    }
}

fn refuse_place(from: &Path, to: &Path) -> Result<(), Failure> {
    let remedy = "choose another name or location";
    if fs::symlink_metadata(to).is_ok() {
        let cause = format!("{} is there already", to.display());
        return Err(Failure::refused(cause, remedy));
    }
    if to.starts_with(from) {
        let cause = format!("{} lies inside the project that is copied", to.display());
        return Err(Failure::refused(cause, remedy));
    }
    Ok(())
}

/// An absolute path without a slash at its end, which would put a temporary name inside the folder.
fn plain(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.into());
    absolute.components().collect()
}

#[cfg(test)]
mod tests;
