//! Fetches one file: tries until all its bytes are there, compares size and hash, and only then gives it its name.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::attempt::attempt;
use crate::disk::sync_folder;
use crate::error::{FetchError, FetchErrorKind, Stop};
use crate::hash::sha256_of;
use crate::job::Job;
use crate::part::{Journal, Part, discard, journal_path, part_path, replace, with_ending};
use crate::progress::Phase;
use crate::retry::{Retries, Trouble};

/// Where a fetched file came from: the content of `NAME.source` beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The address.
    pub address: String,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// Its sha256 in hexadecimal, as it was computed from the bytes on the disk.
    pub sha256: String,
}

/// The file that records where another one came from.
pub fn origin_path(file: &Path) -> PathBuf {
    with_ending(file, ".source")
}

/// Where a file came from, if it was fetched and is still of that size.
pub fn remembered(file: &Path) -> Option<Origin> {
    let text = fs::read(origin_path(file)).ok()?;
    let origin: Origin = serde_json::from_slice(&text).ok()?;
    let size = fs::metadata(file).ok()?.len();
    (origin.size_bytes == size).then_some(origin)
}

/// The part of a file while it is fetched.
pub fn part_of(file: &Path) -> PathBuf {
    part_path(file)
}

/// The journal of the part of a file.
pub fn journal_of(file: &Path) -> PathBuf {
    journal_path(&part_path(file))
}

/// How many bytes of an unfinished file are safe on the disk.
pub fn fetched_bytes(file: &Path) -> u64 {
    let part = part_path(file);
    let length = fs::metadata(&part).map_or(0, |metadata| metadata.len());
    Journal::read(&part).done_bytes.min(length)
}

/// Deletes what was fetched of an unfinished file.
///
/// # Errors
/// The disk refuses.
pub fn discard_part(file: &Path) -> io::Result<()> {
    discard(&part_path(file))
}

/// Whether a name is taken, be it by a link that leads nowhere: a rename would replace it.
pub(crate) fn is_taken(file: &Path) -> bool {
    fs::symlink_metadata(file).is_ok()
}

/// Fetches a file, unless it is there already.
pub(crate) fn fetch_file(job: &Job) -> Result<(), FetchError> {
    if is_taken(&job.file) {
        return accept_present(job);
    }
    let folder = job.file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| FetchError::disk(folder, error))?;
    let opened = Part::open(&job.file, job.settings.block_bytes);
    let mut part = opened.map_err(|error| FetchError::disk(&part_path(&job.file), error))?;
    drop_other_version(job, &mut part)?;
    let fetched = fetch_part(job, &mut part);
    match fetched {
        Ok(()) => complete(job, part),
        Err(error) if error.kind == FetchErrorKind::Stopped(Stop::Cancel) => {
            part.discard()
                .map_err(|error| FetchError::disk(&job.file, error))?;
            Err(error)
        }
        Err(error) => Err(error),
    }
}

/// A file that is there is not fetched again. Its size must be right.
fn accept_present(job: &Job) -> Result<(), FetchError> {
    let found = fs::metadata(&job.file).ok();
    let Some(size) = found.filter(fs::Metadata::is_file).map(|file| file.len()) else {
        return Err(FetchError::refused(
            format!("{} is no file", job.file.display()),
            "move it away, or delete it, and start again",
        ));
    };
    if job.order.size_bytes.is_some_and(|wanted| wanted != size) {
        return Err(FetchError::refused(
            format!(
                "{} is another file: it has {size} bytes",
                job.file.display()
            ),
            "move it away, or delete it, and start again",
        ));
    }
    discard(&part_path(&job.file)).ok(); // left over if a program was killed just after the rename
    job.progress(|file| {
        file.phase = Phase::Done;
        file.done_bytes = size;
        file.size_bytes = Some(size);
    });
    Ok(())
}

/// Bytes from another address are of use only if the hash says that they are of the same file.
fn drop_other_version(job: &Job, part: &mut Part) -> Result<(), FetchError> {
    let journal = part.journal();
    if part.bytes() == 0 {
        return Ok(());
    }
    let is_same_file = match (&job.order.sha256, &journal.sha256) {
        (Some(_), None) => true, // the hash is compared at the end
        (Some(wanted), Some(reported)) => wanted.eq_ignore_ascii_case(reported),
        (None, _) => journal.address == job.order.address,
    };
    let has_right_size = match (job.order.size_bytes, journal.size_bytes) {
        (Some(wanted), Some(reported)) => wanted == reported,
        _ => true,
    };
    if !(is_same_file && has_right_size) {
        return part
            .restart()
            .map_err(|error| FetchError::disk(part.path(), error));
    }
    if journal.address != job.order.address {
        part.note(|journal| journal.etag = None); // a tag is the server's own
    }
    Ok(())
}

/// Tries until the part has all its bytes. What came is kept, whatever happens.
fn fetch_part(job: &Job, part: &mut Part) -> Result<(), FetchError> {
    let (pauses, block) = (&job.settings.pauses, job.settings.block_bytes);
    let mut retries = Retries::new(pauses, block, part.bytes());
    job.progress(|file| {
        file.phase = Phase::Fetching;
        file.done_bytes = part.bytes();
        file.size_bytes = part.journal().size_bytes.or(file.size_bytes);
    });
    while part.journal().size_bytes != Some(part.bytes()) || part.bytes() == 0 {
        job.control.check()?;
        let tried = attempt(job, part);
        part.keep()
            .map_err(|error| FetchError::disk(part.path(), error))?;
        job.control.check()?;
        match tried {
            Ok(()) => break,
            Err(Trouble::Final(error)) => return Err(error),
            Err(Trouble::Again { why, after }) => {
                job.progress(|file| {
                    file.phase = Phase::Retrying;
                    file.done_bytes = part.bytes();
                    file.note = Some(why.clone());
                });
                retries.wait(&why, after, part.bytes(), job.control)?;
            }
        }
    }
    Ok(())
}

/// Compares the bytes on the disk, and gives the file its name. Wrong bytes are deleted.
fn complete(job: &Job, part: Part) -> Result<(), FetchError> {
    job.progress(|file| file.phase = Phase::Checking);
    let path = part.path().to_owned();
    let hashed = sha256_of(&path, &mut |_| job.control.stopped().is_none());
    let sha256 = match (hashed, job.control.stopped()) {
        (Ok(sha256), _) => sha256,
        (Err(_), Some(how)) => {
            if how == Stop::Cancel {
                part.discard()
                    .map_err(|error| FetchError::disk(&path, error))?;
            }
            return Err(FetchError::stopped(how));
        }
        (Err(error), None) => return Err(FetchError::disk(&path, error)),
    };
    let journal = part.journal();
    let wanted = job.order.sha256.as_ref().or(journal.sha256.as_ref());
    let size = part.bytes();
    let is_right = wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(&sha256))
        && job.order.size_bytes.is_none_or(|wanted| wanted == size);
    if !is_right {
        part.discard()
            .map_err(|error| FetchError::disk(&path, error))?;
        return Err(FetchError::new(
            FetchErrorKind::WrongBytes,
            format!("the bytes of {} are wrong, so they were deleted", job.name),
            "start it again; if it happens twice, use another mirror",
        ));
    }
    let origin = Origin {
        address: job.order.address.clone(),
        size_bytes: size,
        sha256,
    };
    drop(part);
    give_name(&path, &job.file, &origin).map_err(|error| FetchError::disk(&job.file, error))?;
    job.progress(|file| {
        file.phase = Phase::Done;
        file.done_bytes = size;
        file.size_bytes = Some(size);
        file.note = None;
    });
    Ok(())
}

/// The record of its origin first, then the name, then the journal goes.
fn give_name(part: &Path, file: &Path, origin: &Origin) -> io::Result<()> {
    if is_taken(file) {
        return Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            "another file came there meanwhile",
        ));
    }
    let text = serde_json::to_vec_pretty(origin).map_err(io::Error::other)?;
    replace(&origin_path(file), &text)?;
    fs::rename(part, file)?;
    sync_folder(file.parent().unwrap_or(Path::new(".")))?;
    discard(part)
}
