//! One open film: where it lies and what it is.

use std::fs;
use std::path::{Path, PathBuf};

use kinora_timeline::Project;
use kinora_timeline::file::{self, FileError};

use crate::folders::Folders;

const SAMPLE_NAME: &str = "First light.kinora";
const SAMPLE_FILE: &str = include_str!("../../assets/sample/First light.kinora/project.ron");

/// An open film.
#[derive(Debug)]
pub struct Session {
    folder: PathBuf,
    project: Project,
}

impl Session {
    /// Makes a new film in `folder` and opens it.
    pub fn create(folder: &Path, project: Project) -> Result<Self, FileError> {
        file::create(folder, &project)?;
        Ok(Self {
            folder: absolute(folder),
            project,
        })
    }

    /// Opens the film in `folder`.
    pub fn open(folder: &Path) -> Result<Self, FileError> {
        Ok(Self {
            project: file::open(folder)?,
            folder: absolute(folder),
        })
    }

    /// Opens the user's own copy of the sample film, made the first time.
    pub fn open_sample(folders: &Folders) -> Result<Self, FileError> {
        let folder = folders.data.join(SAMPLE_NAME);
        if !folder.exists() {
            let place = folder.join("project.ron");
            fs::create_dir_all(&folder)
                .and_then(|()| fs::write(&place, SAMPLE_FILE))
                .map_err(|error| FileError::Disk {
                    what: "write",
                    path: place,
                    error,
                })?;
        }
        Self::open(&folder)
    }

    /// The film's folder, absolute.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The film.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// The film's name: that of its folder.
    pub fn name(&self) -> String {
        name_of(&self.folder)
    }
}

/// "My film" for `/somewhere/My film.kinora`.
pub fn name_of(folder: &Path) -> String {
    folder.file_stem().map_or_else(
        || folder.display().to_string(),
        |stem| stem.to_string_lossy().into_owned(),
    )
}

fn absolute(folder: &Path) -> PathBuf {
    std::path::absolute(folder).unwrap_or_else(|_| folder.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_film_opens_and_keeps_what_was_done_to_it() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let folders = Folders::under(root.path());
        let session = Session::open_sample(&folders).expect("the sample");
        assert_eq!(session.name(), "First light");
        let changed = Project {
            size: kinora_timeline::Size::COMMON[0],
            ..session.project().clone()
        };
        file::save(session.folder(), &changed).expect("save");
        assert_eq!(
            Session::open_sample(&folders).expect("again").project(),
            &changed
        );
    }

    #[test]
    fn a_new_film_opens_under_the_name_of_its_folder() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let folder = root.path().join("Night train.kinora");
        Session::create(&folder, Project::default()).expect("create");
        assert_eq!(Session::open(&folder).expect("open").name(), "Night train");
    }
}
