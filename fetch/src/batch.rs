//! Fetches several files into one folder, a few at a time. Two programs do not fetch into the same folder at once.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use ureq::http::Uri;

use crate::client::Client;
use crate::control::Control;
use crate::disk::free_bytes;
use crate::error::{FetchError, FetchErrorKind, Stop};
use crate::job::{Job, check_space};
use crate::one_file::{discard_part, fetch_file, fetched_bytes, is_taken};
use crate::order::{Order, check_address, check_place, is_this_machine};
use crate::progress::{FileProgress, Phase, Progress};
use crate::settings::Settings;

const LOCK_FILE: &str = ".fetch-lock";

/// The right to write into a folder of fetched files; given back when dropped, however a program ends.
#[derive(Debug)]
pub struct FolderLock {
    _held: File,
}

impl FolderLock {
    /// Takes the lock of a folder.
    ///
    /// # Errors
    /// Another program has it, or the folder cannot be written.
    pub fn take(folder: &Path) -> Result<Self, FetchError> {
        let path = folder.join(LOCK_FILE);
        let opened = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path);
        let file = opened.map_err(|error| FetchError::disk(&path, error))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => Err(FetchError::refused(
                format!(
                    "the models in {} are being changed, here or by another Kinora",
                    folder.display()
                ),
                "wait until it has finished, or stop it",
            )),
            Err(TryLockError::Error(error)) if error.kind() != io::ErrorKind::Unsupported => {
                Err(FetchError::disk(&path, error))
            }
            Ok(()) | Err(TryLockError::Error(_)) => Ok(Self { _held: file }),
        }
    }
}

/// Fetches files into a folder. A file that is there is left alone. If one fails, the others stop and keep what they
/// have. A `control` is for one call.
///
/// # Errors
/// The first failure. Whatever it is, no file has its final name without its right bytes.
pub fn fetch_all(
    orders: &[Order],
    folder: &Path,
    settings: &Settings,
    control: &Control,
    progress: &Progress,
) -> Result<(), FetchError> {
    check_orders(orders)?;
    progress.begin(orders.iter().map(|order| waiting(order, folder)).collect());
    fs::create_dir_all(folder).map_err(|error| FetchError::disk(folder, error))?;
    let _lock = FolderLock::take(folder)?;
    check_free_space(orders, folder)?;
    let client = Client::new(settings, are_local(orders));
    control.interrupts(client.agent())?;
    let next = AtomicUsize::new(0);
    let failure = Mutex::new(None);
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(order) = orders.get(number) else {
                return;
            };
            let job = Job {
                order,
                name: name_of(order),
                file: folder.join(&order.place),
                number,
                settings,
                client: &client,
                control,
                all: progress,
            };
            if let Err(error) = control.check().and_then(|()| fetch_file(&job)) {
                fail(&job, error, &failure);
                return;
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..settings.at_once.clamp(1, orders.len().max(1)) {
            scope.spawn(work);
        }
    });
    let failure = failure.into_inner().unwrap_or_else(PoisonError::into_inner);
    match failure {
        None => Ok(()),
        Some(error) => {
            if control.stopped() == Some(Stop::Cancel) {
                discard_unfinished(orders, folder);
            }
            Err(error)
        }
    }
}

/// Notes a failure, and stops the other files. What they say of being stopped is no news.
fn fail(job: &Job, error: FetchError, failure: &Mutex<Option<FetchError>>) {
    job.progress(|file| {
        file.phase = match error.kind {
            FetchErrorKind::Stopped(_) => Phase::Waiting,
            _ => Phase::Failed,
        };
        file.note = Some(error.cause.clone());
    });
    failure
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get_or_insert(error);
    job.control.stop(Stop::Pause);
}

/// A cancelled download leaves nothing of the files that had not begun again either.
fn discard_unfinished(orders: &[Order], folder: &Path) {
    for order in orders {
        let file = folder.join(&order.place);
        if !is_taken(&file) {
            discard_part(&file).ok();
        }
    }
}

fn check_orders(orders: &[Order]) -> Result<(), FetchError> {
    let remedy = "look at the model's card and at the address of the hub";
    let mut places = BTreeSet::new();
    for order in orders {
        if !places.insert(&order.place) {
            let why = format!("two files are to become {}", order.place.display());
            return Err(FetchError::refused(why, remedy));
        }
        check_place(&order.place).map_err(|why| FetchError::refused(why, remedy))?;
        check_address(&order.address).map_err(|why| FetchError::refused(why, remedy))?;
        let is_hash =
            |text: &String| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !order.sha256.as_ref().is_none_or(is_hash) {
            let why = format!("the hash of {} is no sha256", order.place.display());
            return Err(FetchError::refused(why, remedy));
        }
    }
    Ok(())
}

fn name_of(order: &Order) -> String {
    let name = order.place.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn waiting(order: &Order, folder: &Path) -> FileProgress {
    let file = folder.join(&order.place);
    let whole = fs::metadata(&file).map(|metadata| metadata.len());
    FileProgress {
        name: name_of(order),
        done_bytes: whole.unwrap_or_else(|_| fetched_bytes(&file)),
        size_bytes: order.likely_bytes(),
        ..FileProgress::default()
    }
}

fn check_free_space(orders: &[Order], folder: &Path) -> Result<(), FetchError> {
    let missing = orders.iter().map(|order| {
        let file = folder.join(&order.place);
        let size = order.likely_bytes().unwrap_or_default();
        match is_taken(&file) {
            true => 0,
            false => size.saturating_sub(fetched_bytes(&file)),
        }
    });
    let wanted: u64 = missing.sum();
    free_bytes(folder).map_or(Ok(()), |free| check_space(folder, wanted, free))
}

/// Whether all files are fetched from this machine itself.
fn are_local(orders: &[Order]) -> bool {
    let is_local = |order: &Order| {
        let uri = order.address.parse::<Uri>().ok();
        uri.as_ref()
            .and_then(Uri::host)
            .is_some_and(is_this_machine)
    };
    orders.iter().all(is_local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_program_writes_into_a_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = FolderLock::take(folder.path()).expect("free");
        let second = FolderLock::take(folder.path()).expect_err("taken");
        assert_eq!(second.kind, FetchErrorKind::Refused);
        drop(first);
        assert!(FolderLock::take(folder.path()).is_ok());
    }
}
