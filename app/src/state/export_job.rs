//! The export of a video that runs on another thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64};
use std::time::Instant;

use kinora_studio::exchange::export::{ExportOutcome, ExportRequest};
use kinora_studio::wire::Failure;

use crate::background::task::Task;

/// A running export.
pub struct ExportJob {
    pub request: ExportRequest,
    /// The total number of frames; 0 until it is known.
    pub frames: Arc<AtomicI64>,
    /// Frames written so far.
    pub done: Arc<AtomicI64>,
    pub is_cancelled: Arc<AtomicBool>,
    pub began: Instant,
    pub result: Task<Result<ExportOutcome, Failure>>,
}
