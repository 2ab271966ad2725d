//! Unpacks the package of a cut that is one file (.otioz, a ZIP file): the cut and its media. No path in it leads out of
//! the folder that it is unpacked into.

use std::fs::{self, File};
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use kinora_timeline::otio::Loss;
use kinora_wire::Failure;
use tempfile::TempDir;
use zip::ZipArchive;

use super::cut_file::{CONTENT, MOST_BYTES};

/// The folder of the media inside a package.
const MEDIA: &str = "media";
/// The first bytes of a ZIP file.
const ZIP: &[u8] = b"PK\x03\x04";

/// The bytes between which an unpacking can be cancelled.
const PIECE: u64 = 16 << 20;

/// The files of a package.
pub(super) struct Unpacked {
    /// They lie in it. It is removed when it is dropped.
    pub folder: TempDir,
    /// The media that could not be unpacked.
    pub losses: Vec<Loss>,
}

/// Whether a cut is a package in one file, by its content.
pub(super) fn is_package(cut: &Path) -> bool {
    let mut start = Vec::new();
    let read = File::open(cut).and_then(|file| file.take(ZIP.len() as u64).read_to_end(&mut start));
    read.is_ok() && start == ZIP
}

/// Unpacks a package into a folder within the one of the new project. A medium that is damaged is left out, and reported.
/// `goes_on` is called before each piece of a file; returning false cancels the work. `None`: it was cancelled.
pub(super) fn unpack(
    package: &Path,
    folder: &Path,
    goes_on: &mut dyn FnMut() -> bool,
) -> Result<Option<Unpacked>, Failure> {
    let name = package.display();
    let damaged = |error: String| {
        let cause = format!("{name} cannot be unpacked: {error}");
        Failure::bad_file(cause, "check that it is whole, and copy or export it again")
    };
    let left_out = |place: &Path, error: String| {
        if place == Path::new(CONTENT) {
            return Err(damaged(error));
        }
        tracing::warn!("{name}: {}: {error}", place.display());
        Ok(Loss {
            place: format!("file \"{}\"", place.display()),
            what: format!("it cannot be unpacked: {error}"),
        })
    };
    let file = File::open(package).map_err(|error| damaged(error.to_string()))?;
    let archive = ZipArchive::new(BufReader::new(file));
    let mut archive = archive.map_err(|error| damaged(error.to_string()))?;
    let into = tempfile::tempdir_in(folder).map_err(|error| unwritable(folder, &error))?;
    let mut losses = Vec::new();
    for number in 0..archive.len() {
        let named = archive.name_for_index(number).and_then(Result::ok);
        let named = named.map(|named| PathBuf::from(named.into_owned()));
        let entry = match archive.by_index(number) {
            Ok(entry) => entry,
            Err(error) => {
                if let Some(place) = named.filter(|place| is_of_cut(place)) {
                    losses.push(left_out(&place, error.to_string())?);
                }
                continue;
            }
        };
        let place = entry.enclosed_name().filter(|_| entry.is_file());
        let Some(place) = place.filter(|place| is_of_cut(place)) else {
            continue;
        };
        let copy = into.path().join(&place);
        let most = match place == Path::new(CONTENT) {
            true => MOST_BYTES + 1, // a longer one is refused when it is read
            false => u64::MAX,
        };
        match write(&mut entry.take(most), &copy, goes_on) {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(error) if is_full(&error) => return Err(unwritable(folder, &error)),
            Err(error) => {
                losses.push(left_out(&place, error.to_string())?);
                fs::remove_file(&copy).ok();
            }
        }
    }
    match into.path().join(CONTENT).is_file() {
        true => Ok(Some(Unpacked {
            folder: into,
            losses,
        })),
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

/// Writes a file piece by piece. False: it was cancelled.
fn write(
    entry: &mut impl Read,
    place: &Path,
    goes_on: &mut dyn FnMut() -> bool,
) -> io::Result<bool> {
    if let Some(folder) = place.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut copy = File::create(place)?;
    while goes_on() {
        if io::copy(&mut entry.by_ref().take(PIECE), &mut copy)? == 0 {
            return Ok(true);
        }
    }
    Ok(false)
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
