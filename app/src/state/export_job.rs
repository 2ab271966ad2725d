//! The export of a video that runs on another thread.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64};
use std::time::Instant;

use kinora_studio::Exported;
use kinora_studio::wire::Failure;

use crate::background::task::Task;

/// A running export.
pub struct ExportJob {
    pub path: PathBuf,
    /// The total number of frames; 0 until it is known.
    pub frames: Arc<AtomicI64>,
    /// Frames written so far.
    pub done: Arc<AtomicI64>,
    pub is_cancelled: Arc<AtomicBool>,
    pub began: Instant,
    pub result: Task<Result<Exported, Failure>>,
}
