//! Unpacks the package of a cut that is one file (.otioz, a ZIP file): the cut and its media. No path in it leads out of
//! the folder that it is unpacked into.

use std::fs::{self, File};
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::Path;

use kinora_wire::Failure;
use tempfile::TempDir;
use zip::ZipArchive;

use super::cut_file::CONTENT;

/// The folder of the media inside a package.
const MEDIA: &str = "media";
/// The first bytes of a ZIP file.
const ZIP: &[u8] = b"PK\x03\x04";

/// Whether a cut is a package in one file, by its content.
pub(super) fn is_package(cut: &Path) -> bool {
    let mut start = Vec::new();
    let read = File::open(cut).and_then(|file| file.take(ZIP.len() as u64).read_to_end(&mut start));
    read.is_ok() && start == ZIP
}

/// Unpacks a package into a folder within the one of the new project, which is removed when it is dropped. A medium that
/// is damaged is left out. `goes_on` is called before each file; returning false cancels the work. `None`: it was
/// cancelled.
pub(super) fn unpack(
    package: &Path,
    folder: &Path,
    goes_on: &mut dyn FnMut() -> bool,
) -> Result<Option<TempDir>, Failure> {
    let name = package.display();
    let damaged = |error: String| {
        let cause = format!("{name} cannot be unpacked: {error}");
        Failure::bad_file(cause, "check that it is whole, and copy or export it again")
    };
    let file = File::open(package).map_err(|error| damaged(error.to_string()))?;
    let archive = ZipArchive::new(BufReader::new(file));
    let mut archive = archive.map_err(|error| damaged(error.to_string()))?;
    let into = tempfile::tempdir_in(folder).map_err(|error| unwritable(folder, &error))?;
    for number in 0..archive.len() {
        if !goes_on() {
            return Ok(None);
        }
        let Ok(mut entry) = archive.by_index(number) else {
            continue; // the cut is asked for below; a medium is told to be missing
        };
        let place = entry.enclosed_name().filter(|_| entry.is_file());
        let Some(place) = place.filter(|place| is_of_cut(place)) else {
            continue;
        };
        let copy = into.path().join(&place);
        match write(&mut entry, &copy) {
            Ok(()) => {}
            Err(error) if is_full(&error) => return Err(unwritable(folder, &error)),
            Err(error) if place == Path::new(CONTENT) => return Err(damaged(error.to_string())),
            Err(error) => {
                tracing::warn!("{name}: {}: {error}", place.display());
                fs::remove_file(&copy).ok();
            }
        }
    }
    match into.path().join(CONTENT).is_file() {
        true => Ok(Some(into)),
        false => Err(Failure::bad_file(
            format!(
                "{name} is a ZIP file, and no OpenTimelineIO package: there is no {CONTENT} in it"
            ),
            "choose the .otioz or .otio file that the other editor has written",
        )),
    }
}

/// Whether a file of a package is the cut or one of its media.
fn is_of_cut(place: &Path) -> bool {
    place == Path::new(CONTENT) || place.starts_with(MEDIA)
}

fn write(entry: &mut impl Read, place: &Path) -> io::Result<()> {
    if let Some(folder) = place.parent() {
        fs::create_dir_all(folder)?;
    }
    io::copy(entry, &mut File::create(place)?).map(|_| ())
}

fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded
    )
}

fn unwritable(folder: &Path, error: &io::Error) -> Failure {
    Failure::bad_file(
        format!("{} cannot be written: {error}", folder.display()),
        "free some disk space, or choose a location on another disk",
    )
}
