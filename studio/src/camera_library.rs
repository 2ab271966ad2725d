//! The user's library of camera paths: a file per path in the data folder, named like the path. It is used by all
//! projects.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use kinora_timeline::camera::CameraPath;

use crate::folders::write_config;

const FOLDER: &str = "camera paths";
const EXTENSION: &str = "ron";

/// The names of all paths, in alphabetical order. None if there is no library yet.
///
/// # Errors
/// The folder cannot be read.
pub fn names(data: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(data.join(FOLDER)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut names = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == EXTENSION)
            && let Some(name) = path.file_stem().and_then(|stem| stem.to_str())
        {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Saves a path under a name. A path of the same name is replaced.
///
/// # Errors
/// The name is empty or cannot be the name of a file; the file cannot be written.
pub fn save(data: &Path, name: &str, path: &CameraPath) -> io::Result<()> {
    let file = file_name(name)?;
    write_config(&data.join(FOLDER), &file, path)
}

/// Reads the path of this name.
///
/// # Errors
/// The file cannot be read, or what it holds is no camera path.
pub fn load(data: &Path, name: &str) -> io::Result<CameraPath> {
    let file: PathBuf = data.join(FOLDER).join(file_name(name)?);
    let text = fs::read_to_string(file)?;
    let damaged = |why: String| io::Error::new(io::ErrorKind::InvalidData, why);
    let path: CameraPath = ron::from_str(&text).map_err(|error| damaged(error.to_string()))?;
    path.check().map_err(damaged)?;
    Ok(path)
}

/// The name of the file of a path.
fn file_name(name: &str) -> io::Result<String> {
    let is_kept = |letter: char| letter.is_alphanumeric() || " -_().,".contains(letter);
    match name.trim() == name && !name.starts_with('.') && !name.is_empty() {
        true if name.chars().all(is_kept) => Ok(format!("{name}.{EXTENSION}")),
        _ => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "a name has letters, digits, spaces and - _ ( ) . , only",
        )),
    }
}

#[cfg(test)]
mod tests {
    use kinora_timeline::Frames;
    use kinora_timeline::camera::{Move, Pose, preset};

    use super::*;

    #[test]
    fn paths_are_saved_by_name_and_read_again() {
        let data = tempfile::tempdir().expect("a folder");
        assert!(names(data.path()).expect("no library yet").is_empty());
        let path = |which| preset(which, 1.0, Frames(17), Pose::START);
        let save = |name, which| save(data.path(), name, &path(which)).expect("written");
        save("Reveal", Move::CraneUp);
        save("Approach 2", Move::PullOut);
        save("Approach 2", Move::PushIn);
        fs::write(data.path().join(FOLDER).join("notes.txt"), "").expect("written");
        let all = names(data.path()).expect("read");
        assert_eq!(all, ["Approach 2", "Reveal"]);
        let read = load(data.path(), "Approach 2").expect("read");
        assert_eq!(read, path(Move::PushIn));
    }

    #[test]
    fn a_name_cannot_lead_out_of_the_folder() {
        let data = tempfile::tempdir().expect("a folder");
        let path = preset(Move::PushIn, 1.0, Frames(17), Pose::START);
        for name in ["", " ", "../other", "a/b", "..", "a\\b", "C:x"] {
            assert!(save(data.path(), name, &path).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_damaged_file_is_refused() {
        let data = tempfile::tempdir().expect("a folder");
        let folder = data.path().join(FOLDER);
        fs::create_dir_all(&folder).expect("made");
        for text in ["", "7", "(keys: [])"] {
            fs::write(folder.join("x.ron"), text).expect("written");
            assert!(load(data.path(), "x").is_err(), "{text}");
        }
        assert!(load(data.path(), "missing").is_err());
    }
}
