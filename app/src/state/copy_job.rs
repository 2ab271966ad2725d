//! The copy of a project that runs on another thread.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

use kinora_studio::Project;
use kinora_studio::project::copy::CopyOutcome;
use kinora_studio::wire::Failure;

use super::action::CopyRequest;
use crate::background::task::Task;

/// A running copy.
pub struct CopyJob {
    pub request: CopyRequest,
    /// The folder of the project that is copied.
    pub from: PathBuf,
    /// The project as it is copied.
    pub project: Project,
    /// The size of all files; 0 until it is known.
    pub all_bytes: Arc<AtomicU64>,
    /// The bytes written so far.
    pub done_bytes: Arc<AtomicU64>,
    pub is_cancelled: Arc<AtomicBool>,
    pub result: Task<Result<CopyOutcome, Failure>>,
}

/// A size such as "12.3 MB" or "4.5 GB".
pub fn size_text(bytes: u64) -> String {
    match bytes as f64 / 1e6 {
        size if size < 1000.0 => format!("{size:.1} MB"),
        size => format!("{:.1} GB", size / 1e3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_a_unit_that_fits() {
        assert_eq!(size_text(340_000), "0.3 MB");
        assert_eq!(size_text(12_340_000), "12.3 MB");
        assert_eq!(size_text(4_520_000_000), "4.5 GB");
    }
}
