//! The installation, verification and removal of models that runs on other threads.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

use kinora_studio::install::fetch::{Control, Meter, Progress};
use kinora_studio::wire::{Failure, FileVerdict};

use crate::background::task::Task;

/// The jobs, and what they have reported of each release.
#[derive(Default)]
pub struct ModelJobs {
    pub installing: Option<InstallJob>,
    /// The releases that are installed next, with the hash of the licence that was accepted just now.
    pub waiting: VecDeque<(String, Option<String>)>,
    pub verifying: Option<VerifyJob>,
    pub removing: Option<Task<Result<String, Failure>>>,
    /// The last news of each release.
    pub news: BTreeMap<String, News>,
}

/// What is reported of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    pub text: String,
    pub is_good: bool,
}

/// A release that is being installed.
pub struct InstallJob {
    pub id: String,
    pub control: Control,
    pub progress: Progress,
    pub meter: Meter,
    /// The name of the release.
    pub result: Task<Result<String, Failure>>,
}

/// A release that is being verified.
pub struct VerifyJob {
    pub id: String,
    pub done_bytes: Arc<AtomicU64>,
    /// The size of all files; 0 until it is known.
    pub all_bytes: Arc<AtomicU64>,
    pub is_cancelled: Arc<AtomicBool>,
    pub result: Task<Result<Vec<FileVerdict>, Failure>>,
}

impl ModelJobs {
    /// Whether a release is being installed, or waits for it.
    pub fn is_installing(&self, id: &str) -> bool {
        self.is_running(id) || self.waiting.iter().any(|(waiting, _)| waiting == id)
    }

    /// Whether a release is being installed now.
    pub fn is_running(&self, id: &str) -> bool {
        self.installing.as_ref().is_some_and(|job| job.id == id)
    }
}
