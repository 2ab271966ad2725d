//! The place of an output, tried before any work: no file of a film, no input and no file that is there is overwritten
//! by mistake, and what cannot be written is refused at once.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use kinora_render::project::ProjectFiles;
use kinora_timeline::Project;
use kinora_timeline::file::{Disk as _, FOLDER_EXTENSION, PROJECT_FILE, RealDisk, beside};
use kinora_wire::Failure;

/// The longest name of a file, in bytes, on all usual disks.
const MOST_NAME_BYTES: usize = 255;
/// Bytes that are written to find out whether there is any space.
const TRIED_BYTES: usize = 4096;

/// What is written at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputKind {
    /// One file.
    File,
    /// A folder of files.
    Folder,
}

/// The place of an output.
#[derive(Clone, Debug)]
pub struct OutputPlace<'p> {
    /// The path of the file or folder.
    pub path: &'p Path,
    /// Which of the two it is.
    pub kind: OutputKind,
    /// Whether a file that is there may be replaced, or is dealt with otherwise.
    pub may_exist: bool,
    /// The files and folders that the work reads.
    pub inputs: Vec<PathBuf>,
    /// The folder of the project that the work reads.
    pub film: Option<&'p Path>,
}

/// The files that a film uses outside its own folder.
pub fn media_of(project: &Project, folder: &Path) -> Vec<PathBuf> {
    let files = ProjectFiles::of(folder);
    project.media().map(|medium| files.medium(medium)).collect()
}

impl OutputPlace<'_> {
    /// Tries the place: its folder is made, and a small file is written there and removed again.
    ///
    /// # Errors
    /// The place lies in a film, is an input or exists; its name is too long; nothing can be written there.
    pub fn check(&self) -> Result<(), Failure> {
        self.refuse_name()?;
        self.refuse_reserved()?;
        self.refuse_existing()?;
        let folder = match self.kind {
            OutputKind::Folder => self.path,
            OutputKind::File => folder_of(self.path),
        };
        fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
        self.refuse_reserved()?; // what is above the folder is known only now
        try_writing(folder).map_err(|error| unwritable(self.path, &error))
    }

    fn refuse_name(&self) -> Result<(), Failure> {
        let Some(name) = self.path.file_name() else {
            return match self.kind {
                OutputKind::Folder => Ok(()), // "." and ".."
                OutputKind::File => Err(Failure::refused(
                    format!("{} is not the name of a file", self.path.display()),
                    "name a file",
                )),
            };
        };
        let bytes = name.len();
        let is_too_long = |error: io::Error| error.kind() == io::ErrorKind::InvalidFilename;
        if bytes > MOST_NAME_BYTES || fs::symlink_metadata(self.path).is_err_and(is_too_long) {
            let begin: String = name.to_string_lossy().chars().take(40).collect();
            return Err(Failure::refused(
                format!("the name {begin}… is too long for the disk: it has {bytes} bytes"),
                format!("use a name of {MOST_NAME_BYTES} bytes or less"),
            ));
        }
        Ok(())
    }

    /// Refuses places in a film, and the files that the work reads.
    fn refuse_reserved(&self) -> Result<(), Failure> {
        let place = resolved(self.path);
        if let Some(film) = place.ancestors().find(|folder| is_film(folder)) {
            return Err(Failure::refused(
                format!(
                    "{} lies in the folder of the project {}",
                    self.path.display(),
                    film.display()
                ),
                "choose a place outside the project's folder, which holds only its own files",
            ));
        }
        let input = self.inputs.iter().find(|input| is_same(input, &place));
        let is_linked = || self.film.is_some_and(|film| is_linked_into(&place, film));
        if input.is_some() || is_linked() {
            return Err(Failure::refused(
                format!(
                    "{} is a file that the output is made of",
                    self.path.display()
                ),
                "choose another name or another folder",
            ));
        }
        Ok(())
    }

    fn refuse_existing(&self) -> Result<(), Failure> {
        let path = self.path;
        match self.kind {
            OutputKind::File if path.is_dir() => Err(Failure::refused(
                format!("{} is a folder", path.display()),
                "name a file",
            )),
            OutputKind::Folder if path.exists() && !path.is_dir() => Err(Failure::refused(
                format!("{} is a file", path.display()),
                "name a folder for the PNG files",
            )),
            OutputKind::File if !self.may_exist && fs::symlink_metadata(path).is_ok() => {
                Err(is_there(path))
            }
            _ => Ok(()),
        }
    }
}

/// The failure of a command whose output exists.
pub fn is_there(path: &Path) -> Failure {
    Failure::refused(
        format!("{} is there already", path.display()),
        "name another file, or pass --overwrite to replace it",
    )
}

/// The folder of a file; the current one for a name alone.
fn folder_of(path: &Path) -> &Path {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

fn try_writing(folder: &Path) -> io::Result<()> {
    let tried = beside(&folder.join("place"));
    let written = fs::write(&tried, [0; TRIED_BYTES]).and_then(|()| RealDisk.sync(&tried));
    fs::remove_file(&tried).ok();
    written
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    let remedy = match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "choose a folder that you may write to"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "free some disk space, or choose a folder on another disk"
        }
        _ => "choose another folder",
    };
    Failure::bad_file(
        format!("{} cannot be written: {error}", path.display()),
        remedy,
    )
}

/// Whether a folder is that of a film.
fn is_film(folder: &Path) -> bool {
    let extension = folder.extension();
    let is_named_so = extension.is_some_and(|has| has.eq_ignore_ascii_case(FOLDER_EXTENSION));
    (is_named_so && folder.is_dir()) || folder.join(PROJECT_FILE).is_file()
}

/// The path without links, as far as it exists.
fn resolved(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.into());
    let mut rest = Vec::new();
    let mut known = absolute.as_path();
    loop {
        if let Ok(mut whole) = known.canonicalize() {
            whole.extend(rest.iter().rev());
            return whole;
        }
        match (known.parent(), known.file_name()) {
            (Some(above), Some(name)) => {
                rest.push(name);
                known = above;
            }
            _ => return absolute.clone(),
        }
    }
}

/// Whether an input is the file or folder at a resolved place, under this name or another one.
fn is_same(input: &Path, place: &Path) -> bool {
    resolved(input) == *place || is_same_file(input, place)
}

/// Whether two names are links to one file.
#[cfg(unix)]
fn is_same_file(one: &Path, other: &Path) -> bool {
    let (Some(one), Some(other)) = (file_number(one), file_number(other)) else {
        return false;
    };
    one == other
}

/// The device and the number of a file.
#[cfg(unix)]
fn file_number(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    let found = fs::metadata(path).ok()?;
    Some((found.dev(), found.ino()))
}

/// Whether two names are links to one file. The system does not report it.
#[cfg(not(unix))]
fn is_same_file(_: &Path, _: &Path) -> bool {
    false
}

/// Whether a file is a further link to a file in a folder or below it.
#[cfg(unix)]
fn is_linked_into(place: &Path, folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let links = fs::metadata(place).map_or(0, |found| match found.is_file() {
        true => found.nlink(),
        false => 0,
    });
    links > 1 && has_link(place, folder)
}

#[cfg(not(unix))]
fn is_linked_into(_: &Path, _: &Path) -> bool {
    false
}

#[cfg(unix)]
fn has_link(place: &Path, folder: &Path) -> bool {
    let mut entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.any(|entry| {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => has_link(place, &path),
            Ok(_) => is_same_file(&path, place),
            Err(_) => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &Path) -> OutputPlace<'_> {
        OutputPlace {
            path,
            kind: OutputKind::File,
            may_exist: false,
            inputs: Vec::new(),
            film: None,
        }
    }

    /// A folder with the film "Sea.kinora", which has a medium.
    fn with_film() -> (tempfile::TempDir, PathBuf) {
        let root = tempfile::tempdir().expect("a folder");
        let film = root.path().join("Sea.kinora");
        fs::create_dir_all(film.join("media")).expect("made");
        fs::write(film.join(PROJECT_FILE), "film").expect("written");
        fs::write(film.join("media/wave.mp4"), "medium").expect("written");
        (root, film)
    }

    #[track_caller]
    fn refused(place: &OutputPlace, words: &str) {
        let failure = place.check().expect_err("refused");
        assert!(failure.cause.contains(words), "{failure}");
        assert!(failure.remedy.is_some());
    }

    #[test]
    fn a_folder_is_made_and_nothing_else_is_left() {
        let root = tempfile::tempdir().expect("a folder");
        let path = root.path().join("new/films/fox.mp4");
        assert_eq!(file(&path).check(), Ok(()));
        let left = fs::read_dir(root.path().join("new/films")).expect("made");
        assert_eq!(left.count(), 0);
    }

    #[test]
    fn a_name_of_255_bytes_is_taken_and_a_longer_one_refused_before_anything_is_made() {
        let root = tempfile::tempdir().expect("a folder");
        let named = |letters: usize| {
            let name = format!("{}.mp4", "n".repeat(letters));
            root.path().join("films").join(name)
        };
        refused(&file(&named(252)), "256 bytes");
        assert!(!root.path().join("films").exists());
        assert_eq!(file(&named(251)).check(), Ok(()));
    }

    #[test]
    fn a_place_in_a_film_is_refused_however_it_is_named() {
        let (root, film) = with_film();
        let places = [
            film.join(PROJECT_FILE),
            film.join("media/wave.mp4"),
            film.join("takes/new.mp4"),
            film.join("media/../new.mp4"),
        ];
        for path in places {
            let place = OutputPlace {
                may_exist: true,
                ..file(&path)
            };
            refused(&place, "folder of the project");
        }
        let renamed = root.path().join("renamed");
        fs::rename(&film, &renamed).expect("renamed");
        refused(&file(&renamed.join("x.mp4")), "folder of the project");
    }

    #[cfg(unix)]
    #[test]
    fn links_into_a_film_are_refused() {
        let (root, film) = with_film();
        let soft = root.path().join("soft.mp4");
        std::os::unix::fs::symlink(film.join("media/wave.mp4"), &soft).expect("linked");
        let hard = root.path().join("hard.mp4");
        fs::hard_link(film.join("media/wave.mp4"), &hard).expect("linked");
        let to_folder = root.path().join("folder");
        std::os::unix::fs::symlink(film.join("media"), &to_folder).expect("linked");
        let through = to_folder.join("x.mp4");
        for (path, words) in [
            (&soft, "folder of the project"),
            (&through, "folder of the project"),
            (&hard, "made of"),
        ] {
            let place = OutputPlace {
                may_exist: true,
                film: Some(&film),
                ..file(path)
            };
            refused(&place, words);
        }
    }

    #[test]
    fn an_input_is_never_the_output() {
        let root = tempfile::tempdir().expect("a folder");
        let path = root.path().join("fox.mp4");
        fs::write(&path, "clip").expect("written");
        let place = OutputPlace {
            may_exist: true,
            inputs: vec![root.path().join(".").join("fox.mp4")],
            ..file(&path)
        };
        refused(&place, "made of");
    }

    #[test]
    fn a_file_that_is_there_needs_leave_to_be_replaced() {
        let root = tempfile::tempdir().expect("a folder");
        let path = root.path().join("fox.mp4");
        fs::write(&path, "clip").expect("written");
        refused(&file(&path), "is there already");
        let place = OutputPlace {
            may_exist: true,
            ..file(&path)
        };
        assert_eq!(place.check(), Ok(()));
        let folder = OutputPlace {
            kind: OutputKind::Folder,
            ..file(&path)
        };
        refused(&folder, "is a file");
        refused(&file(root.path()), "is a folder");
        refused(&file(&path.join("within.mp4")), "cannot be written");
    }
}
