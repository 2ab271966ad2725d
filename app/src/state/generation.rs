//! The generation of takes for the open project, and its finished takes.

use std::collections::HashMap;
use std::path::Path;

use egui::Context;
use kinora_studio::generate::queue::OrderId;
use kinora_studio::generate::scheduler::GenerationScheduler;
use kinora_studio::take::take_store::{Rating, Take, TakeStore};
use kinora_studio::timeline::{ContentHash, ShotId};
use kinora_studio::wire::Failure;

use crate::background::task::Task;

/// The scheduler, the take that is being generated, and the takes that are finished.
pub struct GenerationState {
    pub scheduler: GenerationScheduler,
    pub progress: Option<GenerationProgress>,
    pub takes: TakeLibrary,
    /// Ratings that are being written.
    pub pending_ratings: Vec<Task<Result<(), Failure>>>,
    pub loading_takes: Option<Task<TakeLibrary>>,
}

/// The takes of a project and their ratings, as they were read last.
#[derive(Default)]
pub struct TakeLibrary {
    pub takes: Vec<(ContentHash, Take)>,
    pub ratings: HashMap<ContentHash, Rating>,
}

/// The take that is being generated.
pub struct GenerationProgress {
    pub order: OrderId,
    pub text: String,
    /// From 0 to 1, as far as it is known.
    pub done: f32,
    pub preview: Option<egui::TextureHandle>,
}

impl GenerationState {
    /// The state for the project in `folder`. Starts reading its takes on another thread.
    pub fn new(scheduler: GenerationScheduler, folder: &Path, ctx: &Context) -> Self {
        Self {
            scheduler,
            progress: None,
            takes: TakeLibrary::default(),
            pending_ratings: Vec::new(),
            loading_takes: Some(TakeLibrary::load(folder, ctx)),
        }
    }

    /// The progress of a shot; `None` while it is not being generated.
    pub fn progress_of(&self, shot: ShotId) -> Option<&GenerationProgress> {
        let progress = self.progress.as_ref()?;
        let order = self.scheduler.queue().get(progress.order)?;
        (order.shot.id == shot).then_some(progress)
    }

    /// The rating of a take; the default if it has none.
    pub fn rating(&self, take: ContentHash) -> Rating {
        self.takes.ratings.get(&take).copied().unwrap_or_default()
    }
}

impl TakeLibrary {
    /// Reads the takes of the project in `folder`, on another thread.
    pub fn load(folder: &Path, ctx: &Context) -> Task<Self> {
        let store = TakeStore::of(folder);
        Task::start(ctx, move || Self {
            takes: store.all(),
            ratings: store.ratings(),
        })
    }
}
