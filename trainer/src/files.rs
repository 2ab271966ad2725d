//! Files written whole or not at all: beside their place first, then into it.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use kinora_wire::Failure;

/// Bytes.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    placed(path, |beside| {
        fs::write(beside, bytes).map_err(|error| error.to_string())
    })
}

/// Whatever `write` writes to the path it is given.
pub fn placed(path: &Path, write: impl FnOnce(&Path) -> Result<(), String>) -> Result<(), Failure> {
    let beside = path.with_extension("part");
    let settled = || -> io::Result<()> {
        File::open(&beside)?.sync_all()?;
        fs::rename(&beside, path)?;
        File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
    };
    write(&beside)
        .and_then(|()| settled().map_err(|error| error.to_string()))
        .map_err(|why| unwritable(path, &why))
}

/// A safetensors file.
pub fn write_tensors<V: safetensors::tensor::View>(
    path: &Path,
    tensors: impl IntoIterator<Item = (String, V)>,
    metadata: HashMap<String, String>,
) -> Result<(), Failure> {
    placed(path, |beside| {
        safetensors::serialize_to_file(tensors, Some(metadata), beside)
            .map_err(|error| error.to_string())
    })
}

/// The failure of a file that cannot be written.
pub fn unwritable(path: &Path, why: &str) -> Failure {
    Failure::bad_file(
        format!("{} cannot be written: {why}", path.display()),
        "check the folder, its permissions and the room on the disk",
    )
}
