//! The generation of takes for the open project, and its finished takes.

mod sound;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::Path;
use std::time::{Duration, Instant};

use egui::Context;
use kinora_studio::engine::EngineHost;
use kinora_studio::generate::queue::{Order, OrderId, Work};
use kinora_studio::generate::ranking::Candidate;
use kinora_studio::generate::scheduler::GenerationScheduler;
use kinora_studio::measure::{self, AppearanceMeasure, CameraMeasure, TakeMeasures};
use kinora_studio::render::project::SmoothClip;
use kinora_studio::take::cost::CostKey;
use kinora_studio::take::estimate_request::estimate_request;
use kinora_studio::take::take_store::{Rating, Take, TakeStore};
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::{ContentHash, Project, ShotId};
use kinora_studio::wire::{Failure, Generation};

use crate::background::note_writer::NoteWriter;
use crate::background::task::Task;
use crate::state::similarity_job::SimilarityJob;
use crate::state::take_notes::TakeNotes;

/// The scheduler, the take that is being generated, and the takes that are finished.
pub struct GenerationState {
    pub scheduler: GenerationScheduler,
    pub progress: Option<GenerationProgress>,
    pub takes: TakeLibrary,
    /// The jobs that were finished while the project was open, the oldest first.
    pub history: Vec<FinishedJob>,
    /// Ratings that are being written.
    pub pending_ratings: Vec<Task<Result<(), Failure>>>,
    pub note_writer: NoteWriter,
    pub loading_takes: Option<Task<TakeLibrary>>,
    /// Takes that were made since the project was opened and whose recipes have not been read, to be made larger.
    pub new_takes: Vec<(ShotId, ContentHash)>,
    /// New takes that are made larger by themselves.
    pub being_enlarged: Vec<ContentHash>,
    /// The take that is being measured, and those that wait for it: one at a time, so that other work goes first.
    pub measuring: Option<Task<MeasuredTake>>,
    waiting_to_measure: VecDeque<ContentHash>,
    /// The comparison of appearances, while it runs.
    pub comparing: Option<SimilarityJob>,
    /// Whether the series of an earlier session go on.
    pub has_resumed: bool,
    /// The generation times that were looked up since the takes were read. The panels use them in every frame.
    estimates: RefCell<HashMap<CostKey, Option<f64>>>,
}

/// A take, and its measures.
pub type MeasuredTake = (ContentHash, Result<TakeMeasures, Failure>);

/// The takes of a project with their ratings, notes and measures, as they were read last.
#[derive(Default)]
pub struct TakeLibrary {
    pub takes: Vec<(ContentHash, Take)>,
    pub ratings: HashMap<ContentHash, Rating>,
    pub notes: TakeNotes,
    /// Whether they follow their camera paths.
    pub measures: HashMap<ContentHash, CameraMeasure>,
    /// Whether their characters keep their colours.
    pub appearances: HashMap<ContentHash, AppearanceMeasure>,
    /// Counts the changes of the takes and their ratings.
    pub revision: u64,
}

/// The take that is being generated.
pub struct GenerationProgress {
    pub order: OrderId,
    /// The title and the seed of the order.
    pub name: String,
    pub seed: u64,
    /// The take that is made larger.
    pub enlarged: Option<ContentHash>,
    pub began: Instant,
    /// The frames of the clip, once the engine has said how many they are.
    pub frames: Option<u32>,
    pub text: String,
    /// From 0 to 1, as far as it is known.
    pub done: f32,
    pub preview: Option<egui::TextureHandle>,
}

/// A job that was finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinishedJob {
    pub name: String,
    pub seed: u64,
    pub duration: Duration,
}

impl GenerationProgress {
    /// The progress of an order that has just begun.
    pub fn begun(order: &Order) -> Self {
        Self {
            order: order.id,
            name: title_of(order),
            seed: order.seed,
            enlarged: match order.work {
                Work::Upscale { take, .. } => Some(take),
                _ => None,
            },
            began: Instant::now(),
            frames: None,
            text: "Starting".into(),
            done: 0.0,
            preview: None,
        }
    }

    /// The job, now that it is finished.
    pub fn finished(self) -> FinishedJob {
        FinishedJob {
            name: self.name,
            seed: self.seed,
            duration: self.began.elapsed(),
        }
    }
}

/// The name of an order's shot, with the kind of the order.
pub fn title_of(order: &Order) -> String {
    match order.work {
        Work::Shot => order.shot.name.clone(),
        Work::Still => format!("{} (still)", order.shot.name),
        Work::Sound { .. } => format!("{} (sound)", order.shot.name),
        Work::Vary { .. } => format!("{} (variation)", order.shot.name),
        Work::Upscale { .. } => format!("{} (upscale)", order.shot.name),
        Work::Reproduce { .. } => format!("{} (reproduce)", order.shot.name),
        Work::Smooth(_) => format!("{} (in-betweens)", order.shot.name),
    }
}

/// "12 s", "4 min", "1 h 20 min".
pub fn duration_words(seconds: f64) -> String {
    let seconds = seconds.max(1.0).round() as u64;
    match seconds {
        0..90 => format!("{seconds} s"),
        90..3600 => format!("{} min", (seconds + 30) / 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

impl GenerationState {
    /// The state for the project in `folder`. Starts reading its takes on another thread.
    pub fn new(scheduler: GenerationScheduler, folder: &Path, ctx: &Context) -> Self {
        Self {
            note_writer: NoteWriter::start(scheduler.takes().clone(), ctx),
            scheduler,
            progress: None,
            takes: TakeLibrary::default(),
            history: Vec::new(),
            pending_ratings: Vec::new(),
            loading_takes: Some(TakeLibrary::load(folder, ctx)),
            new_takes: Vec::new(),
            being_enlarged: Vec::new(),
            measuring: None,
            waiting_to_measure: VecDeque::new(),
            comparing: None,
            has_resumed: false,
            estimates: RefCell::default(),
        }
    }

    /// The progress of a shot; `None` while it is not being generated.
    pub fn progress_of(&self, shot: ShotId) -> Option<&GenerationProgress> {
        let progress = self.progress.as_ref()?;
        let order = self.scheduler.queue().get(progress.order)?;
        let is_take = !matches!(order.work, Work::Smooth(_));
        (order.shot.id == shot && is_take).then_some(progress)
    }

    /// The progress of in-betweens; `None` while they are not being made.
    pub fn progress_of_smooth(&self, smooth: &SmoothClip) -> Option<&GenerationProgress> {
        let progress = self.progress.as_ref()?;
        let order = self.scheduler.order_of_smooth(smooth)?;
        (order.id == progress.order).then_some(progress)
    }

    /// Moves the job in progress to the finished ones.
    pub fn finish_job(&mut self) {
        let finished = self.progress.take();
        self.history
            .extend(finished.map(GenerationProgress::finished));
    }

    /// Drops the progress of a job whose order is gone.
    pub fn forget_stopped_job(&mut self) {
        let queue = self.scheduler.queue();
        let is_gone = |progress: &GenerationProgress| queue.get(progress.order).is_none();
        if self.progress.as_ref().is_some_and(is_gone) {
            self.progress = None;
        }
    }

    /// What is known of a take for its rank. A take that was not read yet counts as one with a camera path.
    pub fn candidate(&self, take: ContentHash) -> Candidate<'_> {
        let camera = self.takes.measures.get(&take);
        let has_path = |take: &Take| {
            let recipe = take.readable();
            recipe.is_some_and(|recipe| recipe.inputs.camera.is_some())
        };
        Candidate {
            has_path: camera.is_some() || self.takes.find(take).is_none_or(has_path),
            is_rejected: self.rating(take).is_rejected,
            camera,
            appearance: self.takes.appearances.get(&take),
        }
    }

    /// Measures a take on another thread, before all that wait, and keeps the measure beside it.
    pub fn measure(&mut self, folder: &Path, take: ContentHash, ctx: &Context) {
        self.waiting_to_measure.retain(|other| *other != take);
        self.waiting_to_measure.push_front(take);
        self.measure_next(folder, ctx);
    }

    /// Measures all takes that have no measure, after those that wait. Returns how many they are.
    pub fn measure_all(&mut self, folder: &Path, ctx: &Context) -> usize {
        let mut takes: Vec<ContentHash> = self.unmeasured().collect();
        takes.retain(|take| !self.waiting_to_measure.contains(take));
        self.waiting_to_measure.extend(&takes);
        self.measure_next(folder, ctx);
        takes.len()
    }

    /// Starts the measure of the next take that waits, unless one is being measured.
    pub fn measure_next(&mut self, folder: &Path, ctx: &Context) {
        if self.measuring.is_some() {
            return;
        }
        let Some(take) = self.waiting_to_measure.pop_front() else {
            return;
        };
        let folder = folder.to_owned();
        self.measuring = Some(Task::start(ctx, move || {
            (take, measure::measure_in_background(&folder, take))
        }));
    }

    /// The number of takes that are being measured or wait for it.
    pub fn measures_left(&self) -> usize {
        self.waiting_to_measure.len() + usize::from(self.measuring.is_some())
    }

    /// Whether the appearances of the chosen takes can be compared now: a measured one has characters, and no take is being
    /// generated.
    pub fn can_compare(&self, project: &Project) -> bool {
        let has_cast = |take: ContentHash| {
            let measure = self.takes.appearances.get(&take);
            measure.is_some_and(|measure| !measure.identity.is_empty())
        };
        let mut chosen = project.shots().filter_map(|shot| shot.chosen);
        self.progress.is_none() && chosen.any(has_cast)
    }

    /// The takes of videos that lack a measure, of any solver.
    pub fn unmeasured(&self) -> impl Iterator<Item = ContentHash> {
        let library = &self.takes;
        let takes = library.takes.iter();
        let lacking = takes.filter(move |(name, take)| library.lacks_measure(*name, take));
        lacking.map(|(name, _)| *name)
    }

    /// Takes over the takes that were read. Ratings, notes and measures that came meanwhile are newer than those that were read.
    pub fn use_takes(&mut self, read: TakeLibrary) {
        let newer = std::mem::replace(&mut self.takes, read);
        self.takes.revision = newer.revision + 1;
        self.takes.ratings.extend(newer.ratings);
        self.takes.notes.extend(newer.notes);
        self.takes.measures.extend(newer.measures);
        self.takes.appearances.extend(newer.appearances);
        self.estimates.get_mut().clear();
    }

    /// The expected generation time of a shot: that of the last take of the same cost. `None`: there is no such take, or the
    /// model of the shot is not known.
    pub fn expected_seconds(&self, shot: &Shot, project: &Project) -> Option<f64> {
        let model = self.scheduler.model_in(project, shot)?;
        self.last_seconds(CostKey::of_shot(shot, model)?)
    }

    /// The time of the last take of this cost.
    fn last_seconds(&self, cost: CostKey) -> Option<f64> {
        let mut estimates = self.estimates.borrow_mut();
        if let Some(known) = estimates.get(&cost) {
            return *known;
        }
        let costs_the_same = |take: &Take| {
            let made = take.readable().and_then(CostKey::of_recipe);
            made.is_some_and(|made| made == cost)
        };
        let takes = self.takes.takes.iter().map(|(_, take)| take);
        let takes = takes.filter(|take| costs_the_same(take));
        let last = takes.max_by_key(|take| take.made_at);
        let seconds = last.map(|take| take.timings.total);
        estimates.insert(cost, seconds);
        seconds
    }

    /// The request for the engine's estimate of a shot. `None`: the model of the shot is not known.
    pub fn question_of(
        &self,
        shot: &Shot,
        project: &Project,
        engine: &EngineHost,
    ) -> Option<Generation> {
        let model = self.scheduler.model_with_loras(project, shot)?;
        let device = engine.device().map(|device| device.id.as_str());
        estimate_request(shot, project, &model, device)
    }

    /// The rating of a take; the default if it has none.
    pub fn rating(&self, take: ContentHash) -> Rating {
        self.takes.ratings.get(&take).copied().unwrap_or_default()
    }
}

impl TakeLibrary {
    /// Whether a take of a video lacks a measure, of any solver. One that cannot be measured lacks none.
    pub fn lacks_measure(&self, name: ContentHash, take: &Take) -> bool {
        let has_video = !take.is_sound_alone();
        let recipe = take
            .readable()
            .filter(|recipe| has_video && !recipe.is_still);
        recipe.is_some_and(|recipe| {
            let has_path = recipe.inputs.camera.is_some();
            let lacks_camera = has_path && !self.measures.contains_key(&name);
            lacks_camera || !self.appearances.contains_key(&name)
        })
    }

    /// Changes the rating of a take.
    pub fn rate(&mut self, take: ContentHash, rating: Rating) {
        self.ratings.insert(take, rating);
        self.revision += 1;
    }

    /// The take of this name, if it was read.
    pub fn find(&self, take: ContentHash) -> Option<&Take> {
        let at = self.takes.binary_search_by_key(&take, |(name, _)| *name);
        self.takes.get(at.ok()?).map(|(_, take)| take)
    }

    /// The notes on the takes of each shot that has some.
    pub fn notes_by_shot(&self) -> BTreeMap<ShotId, String> {
        let mut notes = BTreeMap::<ShotId, String>::new();
        for (name, take) in &self.takes {
            let note = self.notes.of(*name);
            if let Some(shot) = take.shot.filter(|_| !note.is_empty()) {
                let all = notes.entry(shot).or_default();
                all.push(' ');
                all.push_str(note);
            }
        }
        notes
    }

    /// The takes of a shot, in the order in which they were made.
    pub fn of_shot(&self, shot: ShotId) -> Vec<ContentHash> {
        let own = self
            .takes
            .iter()
            .filter(|(_, take)| take.shot == Some(shot));
        let mut own: Vec<(u64, ContentHash)> =
            own.map(|(name, take)| (take.made_at, *name)).collect();
        own.sort_unstable();
        own.into_iter().map(|(_, name)| name).collect()
    }

    /// Reads the takes of the project in `folder`, on another thread.
    pub fn load(folder: &Path, ctx: &Context) -> Task<Self> {
        let store = TakeStore::of(folder);
        Task::start(ctx, move || Self {
            takes: store.all(),
            ratings: store.ratings(),
            notes: TakeNotes::read(store.notes()),
            measures: measure::read_all(&store),
            appearances: measure::read_all_appearances(&store),
            revision: 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_shown_in_the_unit_of_its_size() {
        for (seconds, words) in [
            (0.2, "1 s"),
            (12.4, "12 s"),
            (240.0, "4 min"),
            (4800.0, "1 h 20 min"),
        ] {
            assert_eq!(duration_words(seconds), words);
        }
    }
}
