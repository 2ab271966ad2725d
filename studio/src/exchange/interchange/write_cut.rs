//! Writes the timeline of a project for other editors: one OpenTimelineIO file that names the files of media and takes.
//! It returns what the other editor will not show.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kinora_render::project::ProjectFiles;
use kinora_timeline::Project;
use kinora_timeline::file::{Disk as _, RealDisk};
use kinora_timeline::otio::address::relative;
use kinora_timeline::otio::{self, Loss, ProjectAddresses, TakeFile};
use kinora_wire::Failure;

use super::{parent, real};
use crate::exchange::export::free_path;
use crate::exchange::output_place::{OutputKind, OutputPlace, media_of};
use crate::{Session, name_of};

/// The extension of a timeline that is written.
const EXTENSION: &str = "otio";

/// How a cut names its files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AddressForm {
    /// By file URLs: the cut can lie anywhere on this machine.
    #[default]
    Absolute,
    /// Relative to the cut: cut and project can be moved together.
    Relative,
}

/// Writes the timeline, whole or not at all, and returns what the other editor will not show.
///
/// # Errors
/// The path cannot be written to.
pub fn export(session: &Session, path: &Path, form: AddressForm) -> Result<Vec<Loss>, Failure> {
    write(session.project(), session.folder(), path, form)
}

/// A timeline that was written for other editors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenTimeline {
    /// Its file.
    pub file: PathBuf,
    /// What the other editor will not show.
    pub losses: Vec<Loss>,
}

/// Writes the timeline of a project in this folder, with file URLs. A path without an extension gets that of
/// OpenTimelineIO. With `replaces`, the file at the path may be replaced; otherwise it is kept, and the new one gets a number.
///
/// # Errors
/// The path has another extension, lies in a project, or cannot be written to.
pub fn export_to_free_path(
    project: &Project,
    folder: &Path,
    path: &Path,
    replaces: bool,
) -> Result<WrittenTimeline, Failure> {
    let ending = path.extension().unwrap_or_default();
    let named = match ending.is_empty() {
        true => path.with_extension(EXTENSION),
        false => path.to_owned(),
    };
    if !ending.is_empty() && !ending.eq_ignore_ascii_case(EXTENSION) {
        return Err(Failure::refused(
            format!("{} is no name of an OpenTimelineIO file", path.display()),
            "name a file that ends in .otio",
        ));
    }
    let may_exist = replaces && named == path;
    let file = match may_exist {
        true => named,
        false => free_path(&named, Path::exists),
    };
    let place = OutputPlace {
        path: &file,
        kind: OutputKind::File,
        may_exist,
        inputs: media_of(project, folder),
        film: Some(folder),
    };
    place.check()?;
    let losses = write(project, folder, &file, AddressForm::Absolute)?;
    Ok(WrittenTimeline { file, losses })
}

pub(super) fn write(
    project: &Project,
    folder: &Path,
    path: &Path,
    form: AddressForm,
) -> Result<Vec<Loss>, Failure> {
    let addresses = addresses(project, folder, path, form);
    let (text, losses) = otio::write(project, &name_of(folder), &addresses);
    let result = RealDisk.replace(path, text.as_bytes());
    result.map(|()| losses).map_err(|error| {
        Failure::bad_file(
            format!("{} cannot be written: {error}", path.display()),
            "check that the folder exists, is writable and has free space",
        )
    })
}

/// The files of a project that are there, as a cut at `path` names them.
fn addresses(project: &Project, folder: &Path, path: &Path, form: AddressForm) -> ProjectAddresses {
    let folder = real(folder);
    let files = ProjectFiles::of(&folder);
    let beside = real(parent(path));
    let address = |file: &Path| {
        let way = match form {
            AddressForm::Absolute => None,
            AddressForm::Relative => relative(file, &beside),
        };
        way.unwrap_or_else(|| file.to_string_lossy().into_owned())
    };
    let media = project.media().filter_map(|medium| {
        let file = files.medium(medium);
        file.is_file().then(|| (medium.id, address(&file)))
    });
    let takes = project.shots().filter_map(|shot| {
        let take = shot.chosen?;
        let path = address(&files.take_clip(take));
        Some((shot.id, vec![TakeFile { take, path }]))
    });
    let sounds = project.shots().filter_map(|shot| {
        let take = shot.sound_take()?;
        let file = files.take_sound(take);
        let path = file.is_file().then(|| address(&file))?; // a silent take has no such file
        Some((shot.id, vec![TakeFile { take, path }]))
    });
    ProjectAddresses {
        folder: Some(address(&folder)),
        media: media.collect(),
        takes: takes.collect::<BTreeMap<_, _>>(),
        sounds: sounds.collect::<BTreeMap<_, _>>(),
    }
}
