//! The exports of videos: the one that runs on another thread, and those that wait for it.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use kinora_studio::Project;
use kinora_studio::exchange::export::{ExportOutcome, ExportRequest};
use kinora_studio::exchange::export_preparation::{Preparation, Step};
use kinora_studio::wire::Failure;

use crate::background::task::Task;

/// The exports, in the order in which they were started. One runs at a time.
#[derive(Default)]
pub struct ExportQueue {
    pub running: Option<ExportJob>,
    pub waiting: VecDeque<QueuedExport>,
    /// Exports that found a file at their path. The question comes when no dialog is open.
    pub conflicts: VecDeque<QueuedExport>,
    /// The number of exports that were completed since the start of the program.
    pub finished: usize,
}

/// An export with the project as it was when the export was started.
#[derive(Clone)]
pub struct QueuedExport {
    pub request: ExportRequest,
    /// What is made first.
    pub preparation: Preparation,
    pub project: Project,
    /// The project's folder.
    pub folder: PathBuf,
}

/// A running export.
pub struct ExportJob {
    pub export: QueuedExport,
    /// The total number of frames; 0 until it is known.
    pub frames: Arc<AtomicI64>,
    /// Frames written so far.
    pub done: Arc<AtomicI64>,
    /// How far the preparation is; `None` before it and once frames are written.
    pub step: Arc<Mutex<Option<Step>>>,
    pub is_cancelled: Arc<AtomicBool>,
    pub began: Instant,
    pub result: Task<Result<ExportOutcome, Failure>>,
}
