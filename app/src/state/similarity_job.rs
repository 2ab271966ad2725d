//! The comparison of appearances that runs for the open project: an engine of its own, on another thread.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use egui::Context;
use kinora_studio::Project;
use kinora_studio::measure::{
    EmbeddingEngine, EmbeddingWanted, FilmSimilarity, measure_film_similarity,
};

use crate::background::task::{Progress, Task};

/// A comparison that runs. It stops when this is dropped.
pub struct SimilarityJob {
    result: Task<FilmSimilarity>,
    is_cancelled: Arc<AtomicBool>,
}

impl SimilarityJob {
    /// Compares the chosen takes of the project in this folder. The processor is used, so that the memory of the graphics
    /// card stays with the engine of the window; the window goes first.
    pub fn start(ctx: &Context, folder: &Path, project: Project, engine: &Path) -> Self {
        let is_cancelled = Arc::new(AtomicBool::new(false));
        let cancelled = Arc::clone(&is_cancelled);
        let folder = folder.to_owned();
        let wanted = EmbeddingWanted {
            program: engine.to_owned(),
            model: None,
            device: Some("cpu".to_owned()),
            is_beside_window: true,
        };
        let result = Task::start(ctx, move || {
            let mut engine = EmbeddingEngine::of(wanted);
            let is_cancelled = || cancelled.load(Ordering::Relaxed);
            measure_film_similarity(&folder, &project, &mut engine, &is_cancelled)
        });
        Self {
            result,
            is_cancelled,
        }
    }

    /// Its progress, or its result. Never waits.
    pub fn poll(&self) -> Progress<FilmSimilarity> {
        self.result.poll()
    }

    /// Stops it after the picture that is being described.
    pub fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
    }
}

impl Drop for SimilarityJob {
    fn drop(&mut self) {
        self.cancel();
    }
}
