//! A project on disk: the folder `NAME.kinora/` with `project.ron`, a journal of the edits since the last save, and
//! backups. Data is written first and the name that points to it last, so that a crash or power cut at any moment
//! leaves the old project or the new one, never a mixture.

mod backup;
mod disk;
mod document;
mod journal;
mod lock;
mod seal;
mod store;

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::check::{Problem, check};
use crate::{ContentHash, Project};

pub use disk::{Disk, RealDisk, beside, is_beside};
pub use document::{Document, EditError};
pub use journal::{DAMAGED_FILE, JOURNAL_FILE, Record, is_whole as journal_is_whole};
pub use lock::Lock;
pub use seal::{is_sealed, sealed};
pub use store::{Access, ProjectStore, Recovered};

/// The format version this program writes. Raise it by one when the meaning of the file changes, and let [`upgraded`]
/// convert a file of the version before.
const VERSION: u32 = 1;
/// The project file.
pub const PROJECT_FILE: &str = "project.ron";
/// The file extension of a project's folder.
pub const FOLDER_EXTENSION: &str = "kinora";
/// The folder of older versions.
pub const BACKUP_FOLDER: &str = "backups";

/// Why a project could not be created, opened or saved. Each names the place and, where there is one, the remedy; the
/// project on disk is unchanged.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The folder holds no project.
    #[error("{} is not a Kinora project: there is no {PROJECT_FILE} in it", folder.display())]
    NotAProject {
        /// The folder to be opened.
        folder: PathBuf,
    },
    /// There is a project already where a new one was to be created.
    #[error("{} is there already: open it, or choose another name", folder.display())]
    Exists {
        /// The folder to be created.
        folder: PathBuf,
    },
    /// Written by a later Kinora; the file is not touched.
    #[error("{} was saved by a newer Kinora (format {found}; this one reads up to {VERSION}): update Kinora to open it", file.display())]
    Newer {
        /// The project file.
        file: PathBuf,
        /// The version in the file.
        found: u32,
    },
    /// The text is damaged.
    #[error("{} cannot be read at line {line}, column {column}: {why}; the last versions are in the folder {BACKUP_FOLDER}", file.display())]
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
    /// The text can be parsed, but breaks an invariant of projects.
    #[error("{} makes no sense: {} ({count} such things); the last versions are in the folder {BACKUP_FOLDER}", file.display(), first)]
    Inconsistent {
        /// The project file.
        file: PathBuf,
        /// The first problem.
        first: Problem,
        /// The number of problems.
        count: usize,
    },
    /// The project is open in another program, or its folder is read-only.
    #[error("{} is open elsewhere, or its folder is read-only: it can be viewed but not changed", folder.display())]
    ReadOnly {
        /// The project's folder.
        folder: PathBuf,
    },
    /// The disk reported an error.
    #[error("could not {what} {}: {error}", path.display())]
    Disk {
        /// "read", "write".
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        error: io::Error,
    },
}

/// Only the version, all that may be assumed about a file of unknown age.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct Contents {
    version: u32,
    project: Project,
}

/// The text of `project.ron`, one track item per line.
pub fn to_text(project: &Project) -> Result<String, ron::Error> {
    let contents = Contents {
        version: VERSION,
        project: project.clone(),
    };
    let lines = ron::ser::PrettyConfig::new().depth_limit(5).indentor("  ");
    ron::ser::to_string_pretty(&contents, lines).map(|text| text + "\n")
}

/// Parses a text. `file` is only named in errors.
pub fn from_text(text: &str, file: &Path) -> Result<Project, FileError> {
    let damaged = |error: ron::error::SpannedError| FileError::Damaged {
        file: file.into(),
        line: error.span.start.line,
        column: error.span.start.col,
        why: error.code.to_string(),
    };
    let Versioned { version } = ron::from_str(text).map_err(damaged)?;
    if version > VERSION {
        return Err(FileError::Newer {
            file: file.into(),
            found: version,
        });
    }
    let text = upgraded(text, version);
    let Contents { project, .. } = ron::from_str(&text).map_err(damaged)?;
    let problems = check(&project);
    let count = problems.len();
    match problems.into_iter().next() {
        Some(first) => Err(FileError::Inconsistent {
            file: file.into(),
            first,
            count,
        }),
        None => Ok(project),
    }
}

/// A text upgraded from an older version, one version at a time. There is none older than 1 yet.
fn upgraded(text: &str, _version: u32) -> std::borrow::Cow<'_, str> {
    text.into()
}

/// Creates the folder and writes the first `project.ron` into it.
pub fn create(disk: &impl Disk, folder: &Path, project: &Project) -> Result<(), FileError> {
    if disk.exists(&folder.join(PROJECT_FILE)) {
        return Err(FileError::Exists {
            folder: folder.into(),
        });
    }
    disk.make_folder(folder)
        .map_err(failed("make the folder", folder))?;
    write_project(disk, folder, project).map(|_| ())
}

/// Writes `project.ron`; when this returns, the project survives a power cut. Returns the hash of the text.
fn write_project(
    disk: &impl Disk,
    folder: &Path,
    project: &Project,
) -> Result<ContentHash, FileError> {
    let file = folder.join(PROJECT_FILE);
    let text = to_text(project).map_err(|error| failed("write", &file)(io::Error::other(error)))?;
    let text = sealed(&text);
    disk.replace(&file, text.as_bytes())
        .map_err(failed("write", &file))?;
    Ok(ContentHash::of(text.as_bytes()))
}

/// Reads `project.ron` of a folder. Also returns the hash of its text.
fn read_project(disk: &impl Disk, folder: &Path) -> Result<(Project, ContentHash), FileError> {
    let file = folder.join(PROJECT_FILE);
    let bytes = match disk.read(&file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(FileError::NotAProject {
                folder: folder.into(),
            });
        }
        read => read.map_err(failed("read", &file))?,
    };
    let hash = ContentHash::of(&bytes);
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
        FileError::Damaged {
            file: file.clone(),
            line,
            column: 1,
            why: "what stands here is not text".into(),
        }
    })?;
    Ok((from_text(&text, &file)?, hash))
}

fn failed<'a>(what: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> FileError + 'a {
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

    fn read(text: &str) -> Result<Project, FileError> {
        from_text(text, Path::new("film.kinora/project.ron"))
    }

    #[test]
    fn a_film_reads_back_from_its_text() {
        let project = Project::new(
            FrameRate::new(24000, 1001).expect("a rate"),
            Size::new(832, 480).expect("a size"),
        );
        assert_eq!(
            read(&to_text(&project).expect("text")).expect("a project"),
            project
        );
    }

    #[test]
    fn a_newer_film_is_refused() {
        let refused =
            read("(version: 7, project: (something: (entirely: \"new\")))").expect_err("newer");
        assert!(
            matches!(refused, FileError::Newer { found: 7, .. }),
            "{refused}"
        );
    }

    #[test]
    fn a_damaged_film_is_reported_with_its_line_and_where_help_is() {
        let text = to_text(&Project::default())
            .expect("text")
            .replace("(24, 1)", "(24, 0)");
        let refused = read(&text).expect_err("damaged");
        assert!(
            matches!(refused, FileError::Damaged { line: 4, .. }),
            "{refused}"
        );
        assert!(
            refused.to_string().contains("24/0 is not a frame rate")
                && refused.to_string().contains("backups"),
            "{refused}"
        );
    }

    #[test]
    fn a_film_that_makes_no_sense_is_refused_with_the_reason() {
        let text = to_text(&Project::default())
            .expect("text")
            .replace("name: \"V1\",", "name: \"V1\", items: [Gap(0)],");
        let refused = read(&text).expect_err("inconsistent");
        assert!(
            refused
                .to_string()
                .contains("track V1, frame 0: an item of no length"),
            "{refused}"
        );
        let text = to_text(&Project::default()).expect("text").replace(
            "name: \"V1\",",
            "name: \"V1\", items: [Gap(9000000000000000000)],",
        );
        assert!(
            read(&text)
                .is_err_and(|error| error.to_string().contains("more than any timeline has"))
        );
    }
}
