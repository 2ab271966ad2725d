//! Imports media: files are copied into the project's folder under the hash of their content, so that the project
//! keeps them for good, and importing a file twice stores it once.

mod copied;
mod numbered;
mod relinked;
mod sequence;
mod source;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use kinora_render::media::{Survey, is_common_still, is_still, still_size};
use kinora_render::project::ProjectFiles;
use kinora_timeline::media::{Extent, Medium, MediumMarks, PictureSettings};
use kinora_timeline::{ContentHash, MediumId};
use kinora_wire::Failure;

use super::first_contact::{Caches, Found, Reading, SOON, admit, notes_of_damage};
use crate::content_hash::hash_of;
use crate::generate::clip_file::failure_of;
use crate::generate::source_clip::write_as_png;
use copied::{copy_in, unreadable};

pub use numbered::PictureRun;
pub use relinked::{relink_medium, relink_watched, with_file_of};
pub use sequence::{Gaps, SequenceSettings};
pub use source::ImportSource;

/// The folder of imported videos, pictures and sounds, inside the project's folder.
const MEDIA: &str = "media";

/// An imported file.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// What the caller's edit adds to the project.
    pub medium: Medium,
    /// What the artist should know of the file: what of it cannot be read or is not shown.
    pub notes: Vec<String>,
}

/// Reads all of a file and copies it into the project's folder. The caller applies the edit that adds it to the project.
///
/// # Errors
/// The file is not a picture, video or sound, or crashes or hangs its reader; the disk is full. Nothing is left behind.
pub fn import_medium(file: &Path, project_folder: &Path) -> Result<Imported, Failure> {
    import_watched(file, project_folder, &mut |_| true)
}

/// The same; `on_progress` is given the share of the file that was read, from 0 to 1, several times a second, and cancels
/// the import by returning false.
///
/// # Errors
/// As [`import_medium`]; it was cancelled.
pub fn import_watched(
    file: &Path,
    project_folder: &Path,
    on_progress: &mut dyn FnMut(f64) -> bool,
) -> Result<Imported, Failure> {
    BegunImport::of(file, project_folder)?.all(on_progress)
}

/// Imports a file of which a first part was read, so that a long one is on the timeline soon. What is left is to be read
/// from its copy: its end shows what of the file is damaged.
///
/// # Errors
/// As [`import_medium`].
pub fn import_soon(
    file: &Path,
    project_folder: &Path,
) -> Result<(Imported, Option<RestOfImport>), Failure> {
    BegunImport::of(file, project_folder)?.soon(project_folder)
}

/// What is left of a file that is imported already. Its original may be gone by now.
#[derive(Debug)]
pub struct RestOfImport {
    copy: PathBuf,
    caches: Caches,
    name: String,
}

/// Held while the rest of a file is read: many long files that are imported together are read one after the other.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

impl RestOfImport {
    /// Reads all of the file; what of it is damaged.
    ///
    /// # Errors
    /// The file crashes or hangs its reader, or nothing of it can be decoded: it is not to be used.
    pub fn finish(self) -> Result<Vec<String>, Failure> {
        let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let named = |mut failure: Failure| {
            let copy = self.copy.display().to_string();
            failure.cause = failure.cause.replace(&copy, &self.name);
            failure
        };
        let mut reading = Reading::begin(&self.copy, Some(self.caches.clone())).map_err(named)?;
        let survey = reading.finish(&mut |_| true).map_err(named)?;
        Ok(damage_notes(&self.name, reading.found(), &survey))
    }
}

/// A file that is being read.
struct BegunImport<'a> {
    file: &'a Path,
    /// What the medium is called.
    name: String,
    files: ProjectFiles,
    content: ContentHash,
    reading: Reading,
}

impl<'a> BegunImport<'a> {
    fn of(file: &'a Path, project_folder: &Path) -> Result<Self, Failure> {
        let content = hash_of(file).map_err(|error| unreadable(file, &error))?;
        Self::known(file, (file_name(file), content), project_folder)
    }

    /// Of a file whose content is known, as a medium of this name.
    fn known(
        file: &'a Path,
        (name, content): (String, ContentHash),
        project_folder: &Path,
    ) -> Result<Self, Failure> {
        let caches = Caches {
            folder: project_folder.into(),
            content,
        };
        Ok(Self {
            file,
            name,
            files: ProjectFiles::of(project_folder),
            content,
            reading: Reading::begin(file, Some(caches))?,
        })
    }

    /// Reads all of the file.
    fn all(mut self, on_progress: &mut dyn FnMut(f64) -> bool) -> Result<Imported, Failure> {
        let survey = self.reading.finish(on_progress)?;
        self.finished(Some(survey))
    }

    /// Reads a first part of the file.
    fn soon(mut self, project_folder: &Path) -> Result<(Imported, Option<RestOfImport>), Failure> {
        if let Some(survey) = self.reading.wait(SOON, &mut |_| {})? {
            return Ok((self.finished(Some(survey))?, None));
        }
        let imported = self.finished(None)?;
        let rest = RestOfImport {
            copy: project_folder.join(&imported.medium.path),
            caches: Caches {
                folder: project_folder.into(),
                content: self.content,
            },
            name: imported.medium.name.clone(),
        };
        Ok((imported, Some(rest)))
    }

    /// Copies the file into the project's folder.
    fn finished(&self, survey: Option<Survey>) -> Result<Imported, Failure> {
        let name = self.name.clone();
        let found = self.reading.found();
        let (extent, has_picture, has_sound) = found.extent()?;
        let path = copy_in(self.file, self.content, &self.files.media())?;
        admit(self.content);
        let mut notes = found.notes(&name);
        if let Some(survey) = survey {
            notes.extend(damage_notes(&name, found, &survey));
        }
        Ok(Imported {
            notes,
            medium: Medium {
                id: MediumId::from(0), // assigned by the edit
                name,
                content: self.content,
                path: format!("{MEDIA}/{path}"),
                extent,
                has_picture,
                has_sound,
                marks: MediumMarks::default(),
                picture: PictureSettings::default(),
            },
        })
    }
}

/// The name of a file, without its folder.
fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn damage_notes(name: &str, found: &Found, survey: &Survey) -> Vec<String> {
    match found {
        Found::Film(probe) => notes_of_damage(name, probe, survey),
        Found::Still => Vec::new(),
    }
}

/// The length of a file that can be imported, and whether it has a picture and sound.
///
/// # Errors
/// The file is not a picture, video or sound.
pub(crate) fn contents_of(file: &Path) -> Result<(Extent, bool, bool), Failure> {
    Reading::begin(file, None)?.found().extent()
}

/// Copies a picture for a character or a keyframe into the project's folder, and returns its hash. One that the engine does
/// not read, such as TIFF or `OpenEXR`, becomes a PNG file.
///
/// # Errors
/// The file is not a picture; the disk is full. Nothing is left behind.
pub fn import_picture(file: &Path, project_folder: &Path) -> Result<ContentHash, Failure> {
    still_size(file).map_err(|error| failure_of(&error))?;
    let pictures = ProjectFiles::of(project_folder).characters();
    if !is_still(file) || is_common_still(file) {
        let content = hash_of(file).map_err(|error| unreadable(file, &error))?;
        copy_in(file, content, &pictures)?;
        return Ok(content);
    }
    let converted = tempfile::Builder::new().suffix(".png").tempfile();
    let converted = converted.map_err(|error| {
        let what = format!("{} cannot be converted: {error}", file.display());
        Failure::bad_file(what, "free some space in the folder for temporary files")
    })?;
    write_as_png(file, converted.path())?;
    let content = hash_of(converted.path()).map_err(|error| unreadable(file, &error))?;
    copy_in(converted.path(), content, &pictures)?;
    Ok(content)
}

#[cfg(test)]
mod tests;
