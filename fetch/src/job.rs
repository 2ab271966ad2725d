//! One file of a download, with what is needed to fetch it.

use std::path::{Path, PathBuf};

use crate::client::Client;
use crate::control::Control;
use crate::disk::free_bytes;
use crate::error::{FetchError, FetchErrorKind};
use crate::order::Order;
use crate::progress::{FileProgress, Progress};
use crate::settings::Settings;

/// Space that a download leaves free on the disk.
const SPARE_BYTES: u64 = 64 << 20;

/// One file of a download.
pub(crate) struct Job<'j> {
    pub order: &'j Order,
    /// Its name, without a folder.
    pub name: String,
    /// Its final path.
    pub file: PathBuf,
    /// Its number among the orders.
    pub number: usize,
    pub settings: &'j Settings,
    pub client: &'j Client,
    pub control: &'j Control,
    pub all: &'j Progress,
}

impl Job<'_> {
    pub fn progress(&self, change: impl FnOnce(&mut FileProgress)) {
        self.all.change(self.number, change);
    }

    /// # Errors
    /// The disk has too little space for so many more bytes.
    pub fn check_space(&self, wanted_bytes: u64) -> Result<(), FetchError> {
        let folder = self.file.parent().unwrap_or(Path::new("."));
        match free_bytes(folder) {
            Some(free) => check_space(folder, wanted_bytes, free),
            None => Ok(()),
        }
    }
}

/// # Errors
/// `free_bytes` are too few.
pub(crate) fn check_space(folder: &Path, wanted_bytes: u64, free: u64) -> Result<(), FetchError> {
    if wanted_bytes == 0 || wanted_bytes.saturating_add(SPARE_BYTES) <= free {
        return Ok(());
    }
    let gigabytes = |bytes: u64| bytes as f64 / 1e9;
    Err(FetchError::new(
        FetchErrorKind::Disk,
        format!(
            "{:.1} GB are to be fetched, but only {:.1} GB are free in {}",
            gigabytes(wanted_bytes),
            gigabytes(free),
            folder.display()
        ),
        "free some disk space, or choose another folder",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_little_space_is_reported_with_both_numbers() {
        let folder = Path::new("/models");
        assert!(check_space(folder, 1 << 30, 2 << 30).is_ok());
        assert!(check_space(folder, 0, 0).is_ok());
        let full = check_space(folder, 14_300_000_000, 2_000_000_000).expect_err("full");
        assert!(
            full.cause.contains("14.3 GB") && full.cause.contains("2.0 GB"),
            "{full}"
        );
    }
}
