//! The export of a video: its range of the timeline, its format and its path. What its pictures need is made before it
//! is written.

mod clips_showing;
mod parse;
mod place;
mod replaced;

use std::path::{Path, PathBuf};

use kinora_render::export::{Export, Exported, export};
use kinora_render::{ExportSettings, Format};
use kinora_timeline::{FrameRange, Frames, Project};
use kinora_wire::Failure;

use crate::exchange::export_preparation::{Preparation, Step, prepare};
use crate::exchange::subtitles::beside::write_beside;
use crate::generate::clip_file::failure_of;

pub use parse::{format_of, range_of};
pub use place::check_export_place;
pub(crate) use place::free_path;
use place::{is_taken, with_free_path};
use replaced::replaced_texts;

/// A video to export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportRequest {
    /// The file, or the folder for PNG files.
    pub path: PathBuf,
    /// The format.
    pub format: &'static Format,
    /// The range of the timeline. None: from in to out, or all of it.
    pub range: Option<FrameRange>,
    /// What to do with a file that is at the path already.
    pub existing: Existing,
    /// Size, quality and sound.
    pub settings: ExportSettings,
}

/// What an export does with a file that is at its path already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It writes nothing, and reports the file.
    Report,
    /// It replaces the file.
    Replace,
    /// It keeps the file, and adds a number to its own name.
    Keep,
    /// It is refused.
    Refuse,
}

/// How an export ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExportOutcome {
    /// The file is complete.
    Done {
        /// Its path, with a number if an existing file was kept.
        path: PathBuf,
        /// For each medium whose file is missing or cannot be decoded: its name, its clip, and what was shown in its place.
        replaced: Vec<String>,
        /// Why the subtitle files beside it were not written; `None` if they were, or none were wanted.
        not_beside: Option<Failure>,
    },
    /// It was cancelled. Nothing was written.
    Cancelled,
    /// There is a file at the path. Nothing was written.
    Exists,
}

fn has_picture(format: &Format) -> bool {
    format.is_folder() || format.picture.is_some()
}

/// The same as [`export_video`], after what its pictures need is made. `on_step` is called with how far that is. Nothing is
/// made for an export that cannot be written, or has no pictures.
///
/// # Errors
/// As those of [`export_video`] and [`prepare`].
pub fn export_prepared(
    project: &Project,
    folder: &Path,
    (request, preparation): (&ExportRequest, &Preparation),
    is_cancelled: &dyn Fn() -> bool,
    on_step: &mut dyn FnMut(Step),
    on_frame: &mut dyn FnMut(Frames, Frames) -> bool,
) -> Result<ExportOutcome, Failure> {
    if request.existing == Existing::Report && is_taken(project, request, &request.path) {
        return Ok(ExportOutcome::Exists);
    }
    let request = &with_free_path(project, request);
    check_export_place(project, folder, request)?;
    if !has_picture(request.format) {
        return export_video(project, folder, request, on_frame);
    }
    let range = request.range.unwrap_or_else(|| export_range(project));
    let size = request.settings.size.of(project.size());
    let of = (project, folder);
    match prepare(of, (range, size), preparation, is_cancelled, on_step)? {
        Some(prepared) => export_video(&prepared, folder, request, on_frame),
        None => Ok(ExportOutcome::Cancelled),
    }
}

/// Writes a video of the project in `folder`. `on_frame` is called with the number of finished frames and of all
/// frames, twice as many if the sound is measured first; returning false stops the export.
///
/// # Errors
/// The range is empty; the file of a take is missing; a file of the project is damaged; the disk is full.
pub fn export_video(
    project: &Project,
    folder: &Path,
    request: &ExportRequest,
    on_frame: &mut dyn FnMut(Frames, Frames) -> bool,
) -> Result<ExportOutcome, Failure> {
    let range = request.range.unwrap_or_else(|| export_range(project));
    if request.existing == Existing::Report && is_taken(project, request, &request.path) {
        return Ok(ExportOutcome::Exists);
    }
    let wanted = with_free_path(project, request);
    check_export_place(project, folder, &wanted)?;
    let ExportRequest {
        path,
        format,
        settings,
        ..
    } = wanted;
    let job = Export {
        format,
        range,
        path: path.clone(),
        settings,
    };
    let work = job.work();
    let mut report = |done| on_frame(done, work);
    match export(project, folder, &job, &mut report).map_err(|error| failure_of(&error))? {
        Exported::Whole(replaced) => {
            // The video is complete, whatever becomes of the files beside it.
            let beside = write_beside(project, range, &path, settings.subtitles);
            Ok(ExportOutcome::Done {
                path,
                replaced: replaced_texts((project, folder), range, &replaced),
                not_beside: beside.err(),
            })
        }
        Exported::Stopped => Ok(ExportOutcome::Cancelled),
    }
}

/// The range that is exported by default: from in to out, or the whole timeline.
pub fn export_range(project: &Project) -> FrameRange {
    let whole = entire_range(project);
    let marked = project.in_out().and_then(|marked| marked.overlap(whole));
    marked.unwrap_or(whole)
}

/// The whole timeline.
pub fn entire_range(project: &Project) -> FrameRange {
    FrameRange {
        start: Frames::ZERO,
        length: project.end(),
    }
}

#[cfg(test)]
mod tests;
