//! Files other than weights: the user's folders, shipped files, listing, reading and writing.
//! Files are written whole or not at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

/// The user's folders for Kinora. `None` without a home folder.
pub fn of_user() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", "Kinora")
}

/// Folders of files that are shipped with the program: its own folder, `models` in it, `../share/kinora` of an
/// installation, `assets` of the checkout it was built in, and the folders inside these.
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

/// The `assets` folder of the checkout above a folder. For a program built outside the checkout, cargo names the
/// crate's folder in an environment variable.
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

/// The paths in a folder, sorted. Empty if the folder cannot be read.
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// Whether a folder is one for LoRAs, by its name.
pub fn is_lora_folder(folder: &Path) -> bool {
    let name = folder.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.eq_ignore_ascii_case("loras"))
}

/// Reads a small file. Fails if it is larger than `most_bytes`.
pub fn read_small(path: &Path, most_bytes: u64) -> Result<Vec<u8>, String> {
    let length = fs::metadata(path).map_err(|error| error.to_string())?.len();
    if length > most_bytes {
        return Err(format!("{length} bytes are too many for it"));
    }
    fs::read(path).map_err(|error| error.to_string())
}

/// Writes a temporary file and renames it, so that a reader sees the whole old or the whole new file.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    let temporary = path.with_extension("part");
    fs::write(&temporary, bytes)?;
    fs::rename(&temporary, path)
}
