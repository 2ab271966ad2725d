//! The search for missing media that runs on another thread.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use kinora_studio::exchange::relink::Report;

use crate::background::task::Task;

/// A running search. The files that it finds are copied into the project's folder.
pub struct RelinkJob {
    /// The folder of the project.
    pub project: PathBuf,
    /// The folder that is searched.
    pub folder: PathBuf,
    /// The number of files that were looked at so far.
    pub done: Arc<AtomicU64>,
    /// The number of all files; it grows while the folder is listed.
    pub all: Arc<AtomicU64>,
    pub is_cancelled: Arc<AtomicBool>,
    /// `None`: it was cancelled.
    pub result: Task<Option<Vec<Report>>>,
}

impl RelinkJob {
    pub fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
    }

    /// The name of the folder that is searched.
    pub fn name(&self) -> String {
        let name = self.folder.file_name();
        name.unwrap_or(self.folder.as_os_str())
            .to_string_lossy()
            .into_owned()
    }
}
