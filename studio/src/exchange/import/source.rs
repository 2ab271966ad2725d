//! What is imported as one medium: a file, or a run of numbered pictures. Which of the chosen files belong together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kinora_render::media::is_still;
use kinora_wire::Failure;

use super::copied::unreadable;
use super::numbered::PictureRun;
use super::sequence::{self, SequenceSettings};
use super::{Imported, RestOfImport, file_name, import_soon, import_watched};

/// What is imported as one medium.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportSource {
    /// A file.
    File(PathBuf),
    /// An image sequence.
    Run(PictureRun),
}

impl ImportSource {
    /// Of a chosen file: the run of numbered pictures that it belongs to, or the file itself. Reads its folder.
    pub fn of(file: PathBuf) -> Self {
        run_of(&file).map_or(Self::File(file), Self::Run)
    }

    /// Of files that were chosen together. Of a run, one picture or all of them stand for the whole run; some of them are
    /// pictures by themselves.
    pub fn of_all(files: &[PathBuf]) -> Vec<Self> {
        let mut folders: BTreeMap<PathBuf, Vec<PictureRun>> = BTreeMap::new();
        let mut sources = Vec::new();
        for file in files {
            let folder = file.parent().unwrap_or(file).to_owned();
            let known = folders.entry(folder).or_default();
            let is_known = known.iter().any(|run| run.contains(file));
            if !is_known {
                known.extend(run_of(file));
            }
            let Some(run) = known.iter().find(|run| run.contains(file)) else {
                sources.push(Self::File(file.clone()));
                continue;
            };
            let chosen = files.iter().filter(|file| run.contains(file)).count();
            let source = match chosen == 1 || chosen == run.numbers().len() {
                true => Self::Run(run.clone()),
                false => Self::File(file.clone()),
            };
            if !sources.contains(&source) {
                sources.push(source);
            }
        }
        sources
    }

    /// The image sequences of a folder.
    ///
    /// # Errors
    /// The folder cannot be read, or holds no numbered pictures.
    pub fn in_folder(folder: &Path) -> Result<Vec<Self>, Failure> {
        let runs = PictureRun::all_in(folder).map_err(|error| unreadable(folder, &error))?;
        match runs.is_empty() {
            true => Err(Failure::refused(
                format!("{} holds no numbered pictures", folder.display()),
                "name the files to import",
            )),
            false => Ok(runs.into_iter().map(Self::Run).collect()),
        }
    }

    /// Its file, or the first one of a sequence.
    pub fn path(&self) -> PathBuf {
        match self {
            Self::File(file) => file.clone(),
            Self::Run(run) => {
                let [first, _] = run.ends();
                run.file_of(first)
            }
        }
    }

    /// Its name: that of the file, or "shot.[0001-0120].exr".
    pub fn name(&self) -> String {
        match self {
            Self::File(file) => file_name(file),
            Self::Run(run) => run.name(),
        }
    }

    /// Imports it, as [`import_watched`] imports a file. A sequence is first written into one file; the progress counts
    /// that as its first half.
    ///
    /// # Errors
    /// As [`import_watched`]; a picture of a sequence is missing, or has another size than the first.
    pub fn import(
        &self,
        settings: SequenceSettings,
        project_folder: &Path,
        on_progress: &mut dyn FnMut(f64) -> bool,
    ) -> Result<Imported, Failure> {
        match self {
            Self::File(file) => import_watched(file, project_folder, on_progress),
            Self::Run(run) => sequence::import(run, settings, project_folder, on_progress),
        }
    }

    /// The number of pictures of a sequence. `None`: it is a file.
    pub fn pictures(&self) -> Option<usize> {
        match self {
            Self::File(_) => None,
            Self::Run(run) => Some(run.numbers().len()),
        }
    }

    /// The same with a first part that is read, as [`import_soon`] imports a file. The progress is that of the pictures that
    /// are written; a file has none, and is not cancelled.
    ///
    /// # Errors
    /// As [`ImportSource::import`].
    pub fn import_soon(
        &self,
        settings: SequenceSettings,
        project_folder: &Path,
        on_progress: &mut dyn FnMut(f64) -> bool,
    ) -> Result<(Imported, Option<RestOfImport>), Failure> {
        match self {
            Self::File(file) => import_soon(file, project_folder),
            Self::Run(run) => sequence::import_soon(run, settings, project_folder, on_progress),
        }
    }
}

/// The run of numbered pictures that a file belongs to. A numbered animation is a video by itself.
pub(super) fn run_of(file: &Path) -> Option<PictureRun> {
    is_still(file).then(|| PictureRun::of(file)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_or_all_pictures_of_a_run_are_the_run_and_some_are_stills() {
        let root = tempfile::tempdir().expect("a folder");
        let files: Vec<PathBuf> = ["s1.png", "s2.png", "s3.png", "door.png"]
            .map(|name| root.path().join(name))
            .into();
        for file in &files {
            image::RgbImage::new(2, 2).save(file).expect("saved");
        }
        let of = |chosen: &[usize]| -> Vec<String> {
            let chosen: Vec<PathBuf> = chosen.iter().map(|at| files[*at].clone()).collect();
            let sources = ImportSource::of_all(&chosen);
            sources.iter().map(ImportSource::name).collect()
        };
        assert_eq!(of(&[3]), ["door.png"]);
        assert_eq!(of(&[1, 3]), ["s[1-3].png", "door.png"]);
        assert_eq!(of(&[0, 1, 2, 3]), ["s[1-3].png", "door.png"]);
        assert_eq!(of(&[0, 2]), ["s1.png", "s3.png"]);
        let found = ImportSource::in_folder(root.path()).expect("a sequence");
        assert_eq!(found, [ImportSource::of(files[0].clone())]);
        let empty = tempfile::tempdir().expect("a folder");
        let refused = ImportSource::in_folder(empty.path()).expect_err("no pictures");
        assert!(refused.cause.contains("no numbered pictures"), "{refused}");
    }
}
