//! `NAME.kinora/project.ron`: the film on disk. Written beside itself, synced, then renamed over the
//! old one, so that a crash at any moment leaves the old film or the new one, never half of each.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::Project;

/// The version this program writes. One higher for each change of the file's meaning.
const VERSION: u32 = 1;
const FILE_NAME: &str = "project.ron";
/// What the name of a project's folder ends with.
pub const FOLDER_EXTENSION: &str = "kinora";

/// Why a project could not be made, opened or saved. Each names the place and, where there is one,
/// the remedy; the disk is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The folder holds no project.
    #[error("{} is not a Kinora project: there is no {FILE_NAME} in it", folder.display())]
    NotAProject {
        /// The folder that was to be opened.
        folder: PathBuf,
    },
    /// A new project was to be made where one is.
    #[error("{} is there already: open it, or choose another name", folder.display())]
    Exists {
        /// The folder that was to be made.
        folder: PathBuf,
    },
    /// Written by a later Kinora. It is left alone.
    #[error("{} was saved by a newer Kinora (format {found}; this one reads up to {VERSION}): update Kinora to open it", file.display())]
    Newer {
        /// The project file.
        file: PathBuf,
        /// The version it names.
        found: u32,
    },
    /// The text is damaged.
    #[error("{} cannot be read at line {line}, column {column}: {why}", file.display())]
    Damaged {
        /// The project file.
        file: PathBuf,
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
        /// What the parser expected.
        why: String,
    },
    /// The disk refused.
    #[error("could not {what} {}: {error}", path.display())]
    Disk {
        /// "read", "write".
        what: &'static str,
        /// What it was about.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

/// Only the version: all that may be assumed about a file of unknown age.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct Contents {
    version: u32,
    project: Project,
}

/// Makes the folder and writes the first `project.ron` into it.
pub fn create(folder: &Path, project: &Project) -> Result<(), FileError> {
    if folder.join(FILE_NAME).exists() {
        return Err(FileError::Exists {
            folder: folder.into(),
        });
    }
    fs::create_dir_all(folder).map_err(disk("make the folder", folder))?;
    save(folder, project)
}

/// Writes `project.ron`; when this returns, the film is safe from a power cut.
pub fn save(folder: &Path, project: &Project) -> Result<(), FileError> {
    let file = folder.join(FILE_NAME);
    let contents = Contents {
        version: VERSION,
        project: project.clone(),
    };
    let text = ron::ser::to_string_pretty(&contents, ron::ser::PrettyConfig::default())
        .map_err(|error| disk("write", &file)(io::Error::other(error)))?;
    let replace = || -> io::Result<()> {
        let mut new = tempfile::NamedTempFile::new_in(folder)?;
        new.write_all(text.as_bytes())?;
        new.write_all(b"\n")?;
        new.as_file().sync_all()?;
        new.persist(&file)?;
        File::open(folder)?.sync_all() // the new name, too, must reach the disk
    };
    replace().map_err(disk("write", &file))
}

/// Reads `project.ron` of this folder.
pub fn open(folder: &Path) -> Result<Project, FileError> {
    let file = folder.join(FILE_NAME);
    let text = match fs::read_to_string(&file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(FileError::NotAProject {
                folder: folder.into(),
            });
        }
        read => read.map_err(disk("read", &file))?,
    };
    let damaged = |error: ron::error::SpannedError| FileError::Damaged {
        file: file.clone(),
        line: error.span.start.line,
        column: error.span.start.col,
        why: error.code.to_string(),
    };
    let Versioned { version } = ron::from_str(&text).map_err(damaged)?;
    if version > VERSION {
        return Err(FileError::Newer {
            file: file.clone(),
            found: version,
        });
    }
    let Contents { project, .. } = ron::from_str(&text).map_err(damaged)?;
    Ok(project)
}

fn disk<'a>(what: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> FileError + 'a {
    move |error| FileError::Disk {
        what,
        path: path.into(),
        error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FrameRate, Size};

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary folder")
    }

    fn write(folder: &Path, text: &str) {
        fs::write(folder.join(FILE_NAME), text).expect("write");
    }

    #[test]
    fn a_saved_film_opens_as_it_was() {
        let folder = folder();
        let film = Project {
            rate: FrameRate::new(24000, 1001).expect("a rate"),
            size: Size::new(832, 480).expect("a size"),
        };
        create(&folder.path().join("a/b.kinora"), &film).expect("create");
        assert_eq!(open(&folder.path().join("a/b.kinora")).expect("open"), film);
    }

    #[test]
    fn a_new_film_never_overwrites_one_that_is_there() {
        let folder = folder();
        create(folder.path(), &Project::default()).expect("create");
        let refused = create(folder.path(), &Project::default()).expect_err("exists");
        assert!(matches!(refused, FileError::Exists { .. }), "{refused}");
    }

    #[test]
    fn a_folder_without_a_film_says_so() {
        let folder = folder();
        let refused = open(folder.path()).expect_err("nothing there");
        assert!(
            refused
                .to_string()
                .ends_with("is not a Kinora project: there is no project.ron in it")
        );
    }

    #[test]
    fn a_newer_film_is_refused_and_left_untouched() {
        let folder = folder();
        write(
            folder.path(),
            "(version: 7, project: (something: (entirely: \"new\")))",
        );
        let refused = open(folder.path()).expect_err("newer");
        assert!(
            matches!(refused, FileError::Newer { found: 7, .. }),
            "{refused}"
        );
        assert!(
            fs::read_to_string(folder.path().join(FILE_NAME))
                .expect("read")
                .contains("entirely")
        );
    }

    #[test]
    fn a_damaged_film_is_told_with_its_line() {
        let folder = folder();
        write(
            folder.path(),
            "(\n    version: 1,\n    project: (rate: (24, 0), size: (1280, 720)),\n)",
        );
        let refused = open(folder.path()).expect_err("damaged");
        assert!(
            matches!(refused, FileError::Damaged { line: 3, .. }),
            "{refused}"
        );
        assert!(
            refused.to_string().contains("24/0 is not a frame rate"),
            "{refused}"
        );
    }

    #[test]
    fn saving_leaves_nothing_but_the_film() {
        let folder = folder();
        create(folder.path(), &Project::default()).expect("create");
        save(folder.path(), &Project::default()).expect("save");
        let names: Vec<_> = fs::read_dir(folder.path())
            .expect("list")
            .flatten()
            .map(|entry| entry.file_name())
            .collect();
        assert_eq!(names, [FILE_NAME]);
    }
}
