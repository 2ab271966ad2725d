//! The place of an export, tried before any work: what may not be overwritten, what is there already, and a free path
//! beside it.

use std::path::{Path, PathBuf};

use kinora_render::Still;
use kinora_render::export::stem_paths;
use kinora_timeline::Project;
use kinora_wire::Failure;

use super::{Existing, ExportRequest};
use crate::exchange::output_place::{OutputKind, OutputPlace, media_of};
use crate::exchange::subtitles::beside::beside_paths;

/// Tries the place of an export before any work.
///
/// # Errors
/// Nothing can be written there, or a file of the film or the pictures of another export would be overwritten.
pub fn check_export_place(
    project: &Project,
    folder: &Path,
    request: &ExportRequest,
) -> Result<(), Failure> {
    let path = &request.path;
    let is_folder = request.format.is_folder();
    let place = OutputPlace {
        path,
        kind: match is_folder {
            true => OutputKind::Folder,
            false => OutputKind::File,
        },
        may_exist: request.existing != Existing::Refuse,
        inputs: media_of(project, folder),
        film: Some(folder),
    };
    place.check()?;
    if request.settings.has_stems {
        for (_, path) in stem_paths(project, path) {
            let stem = OutputPlace {
                path: &path,
                kind: OutputKind::File,
                may_exist: request.existing != Existing::Refuse,
                inputs: media_of(project, folder),
                film: Some(folder),
            };
            stem.check()?;
        }
    }
    for (_, path) in beside_paths(project, path, request.settings.subtitles) {
        let subtitles = OutputPlace {
            path: &path,
            kind: OutputKind::File,
            may_exist: request.existing != Existing::Refuse,
            inputs: media_of(project, folder),
            film: Some(folder),
        };
        subtitles.check()?;
    }
    if is_folder && has_pictures(path) {
        return Err(Failure::refused(
            format!("{} has the pictures of another export", path.display()),
            "name another folder: pictures of the longer export would remain",
        ));
    }
    Ok(())
}

/// Whether a folder has the pictures of an export.
fn has_pictures(folder: &Path) -> bool {
    let first = |still: Still| folder.join(still.file_name(0));
    Still::ALL.into_iter().any(|still| first(still).exists())
}

/// Whether an export as asked for would meet another one, its stems or its subtitles, at a path.
pub(super) fn is_taken(project: &Project, request: &ExportRequest, path: &Path) -> bool {
    let has_stem = || {
        let stems = stem_paths(project, path);
        request.settings.has_stems && stems.iter().any(|(_, stem)| stem.exists())
    };
    let has_film = match request.format.is_folder() {
        true => has_pictures(path),
        false => path.exists(),
    };
    let has_subtitles = || {
        let files = beside_paths(project, path, request.settings.subtitles);
        files.iter().any(|(_, file)| file.exists())
    };
    has_film || has_stem() || has_subtitles()
}

/// The request with the path that it writes to: one with a number, if it is to keep what is there.
pub(super) fn with_free_path(project: &Project, request: &ExportRequest) -> ExportRequest {
    let mut wanted = request.clone();
    if wanted.existing == Existing::Keep {
        wanted.path = free_path(&request.path, |path| is_taken(project, request, path));
    }
    wanted
}

/// The path, or the first one with a number that is not taken: "film.mp4", "film 2.mp4", "film 3.mp4".
pub(crate) fn free_path(path: &Path, is_taken: impl Fn(&Path) -> bool) -> PathBuf {
    if !is_taken(path) {
        return path.into();
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let numbered = (2..).map(|number: u32| {
        let mut name = format!("{stem} {number}");
        if let Some(extension) = path.extension() {
            name = format!("{name}.{}", extension.to_string_lossy());
        }
        path.with_file_name(name)
    });
    let mut free = numbered.filter(|path| !is_taken(path));
    free.next().unwrap_or_else(|| path.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_existing_file_is_kept_by_a_number_in_the_name() {
        let taken = ["film.mp4", "film 2.mp4", "frames"];
        let is_taken = |path: &Path| taken.iter().any(|name| path == Path::new(name));
        let of = |path: &str| free_path(Path::new(path), is_taken);
        assert_eq!(of("film.mp4"), Path::new("film 3.mp4"));
        assert_eq!(of("film.mov"), Path::new("film.mov"));
        assert_eq!(of("frames"), Path::new("frames 2"));
    }
}
