//! What the engine does with the user's files besides weights: list, read the small ones, write whole
//! ones; and where its own lie.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

/// The user's folders for Kinora; None where there is no home.
pub fn of_user() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", "Kinora")
}

/// The folders of what is shipped with the program: its own folder and `models` in it, `../share/kinora` of an installed
/// tree, and `assets` of the checkout that the program was built in; and all folders in these.
pub fn shipped() -> Vec<PathBuf> {
    let Ok(program) = std::env::current_exe().and_then(fs::canonicalize) else {
        return Vec::new();
    };
    let Some(own) = program.parent() else {
        return Vec::new();
    };
    let installed = own.parent().map(|tree| tree.join("share/kinora"));
    let roots = [Some(own.join("models")), installed, checkout(own)];
    let below = roots.into_iter().flatten().flat_map(|root| {
        let inner = entries(&root);
        std::iter::once(root).chain(inner)
    });
    std::iter::once(own.to_owned()).chain(below).collect()
}

/// The `assets` of the checkout above a folder. A program that is built elsewhere is started by cargo, which names its
/// crate.
fn checkout(folder: &Path) -> Option<PathBuf> {
    let crate_folder = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let above = folder.ancestors().map(Path::to_path_buf);
    let above = above.chain(crate_folder.into_iter().flat_map(|folder| {
        let above: Vec<PathBuf> = folder.ancestors().map(Path::to_path_buf).collect();
        above
    }));
    let mut assets = above
        .filter(|folder| folder.join("Cargo.toml").is_file())
        .map(|folder| folder.join("assets"));
    assets.find(|assets| assets.join("models").is_dir())
}

/// What lies in a folder, by name. A folder that cannot be read holds nothing.
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// Reads a file that describes something, unless it is longer than any such file is.
pub fn read_small(path: &Path, most_bytes: u64) -> Result<Vec<u8>, String> {
    let length = fs::metadata(path).map_err(|error| error.to_string())?.len();
    if length > most_bytes {
        return Err(format!("{length} bytes are too many for it"));
    }
    fs::read(path).map_err(|error| error.to_string())
}

/// Writes beside its place and renames, so that a reader sees the old or the new, whole.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    let beside = path.with_extension("part");
    fs::write(&beside, bytes)?;
    fs::rename(&beside, path)
}
