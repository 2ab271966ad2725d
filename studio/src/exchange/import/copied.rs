//! Copies files into the project under the hash of their content, whole or not at all. A file that changes while it is
//! read is refused.

use std::fs;
use std::io;
use std::path::Path;

use kinora_timeline::ContentHash;
use kinora_timeline::file::{Disk as _, RealDisk, beside};
use kinora_wire::Failure;

use crate::content_hash::hash_of;

/// The longest extension that is kept, in bytes.
const LONGEST_EXTENSION: usize = 16;

/// Copies a file to its content hash and extension, whole or not at all.
pub(super) fn copy_in(file: &Path, content: ContentHash, folder: &Path) -> Result<String, Failure> {
    let extension = file.extension().unwrap_or_default().to_string_lossy();
    // What follows the last dot of a long name may not be an extension.
    let name = match extension.is_empty() || extension.len() > LONGEST_EXTENSION {
        true => content.to_string(),
        false => format!("{content}.{}", extension.to_lowercase()),
    };
    let place = folder.join(&name);
    if hash_of(&place).is_ok_and(|there| there == content) {
        return Ok(name); // a damaged copy is replaced
    }
    copy_to(file, content, &place)?;
    Ok(name)
}

pub(super) fn unreadable(file: &Path, error: &io::Error) -> Failure {
    Failure::bad_file(
        format!("{} cannot be read: {error}", file.display()),
        "check that it is there and may be read",
    )
}

/// Copies a file of this hash to a place, whole or not at all.
pub(super) fn copy_to(file: &Path, content: ContentHash, place: &Path) -> Result<(), Failure> {
    fs::File::open(file).map_err(|error| unreadable(file, &error))?;
    let bytes = fs::metadata(file).map_or(0, |metadata| metadata.len());
    let beside = beside(place);
    let folder = place.parent().unwrap_or(place);
    let copied = fs::create_dir_all(folder)
        .and_then(|()| fs::copy(file, &beside))
        .and_then(|_| hash_of(&beside));
    let settled = match copied {
        Ok(copied) if copied != content => {
            fs::remove_file(&beside).ok();
            return Err(Failure::bad_file(
                format!("{} was changed while it was read", file.display()),
                "wait until it is complete, and import it again",
            ));
        }
        copied => copied.and_then(|_| RealDisk.settle(&beside, place)),
    };
    settled.map_err(|error| {
        fs::remove_file(&beside).ok();
        let remedy = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                "free some disk space, and import it again"
            }
            _ => {
                "check that the file is still there and that the project's folder can be written to"
            }
        };
        let what = format!("cannot be written ({bytes} bytes): {error}");
        Failure::bad_file(format!("{} {what}", place.display()), remedy)
    })
}
