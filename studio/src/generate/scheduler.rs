//! The scheduler: generates the queued orders of a project, one after the other. It starts a worker for the next
//! order, sends the worker's request to the engine, and reports progress. Nothing here waits; the owner calls
//! [`GenerationScheduler::poll`] when woken.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use kinora_render::project::SmoothClip;
use kinora_timeline::shot::{FrameRule, ModelLength, SeedPolicy, Shot};
use kinora_timeline::{Clip, ContentHash, FrameRate, Project, ShotId, Source};
use kinora_wire::{
    Ended, EngineMessage, Event, Failure, FileVerdict, Hello, InterpolatorInfo, JobId, LoraInfo,
    ModelInfo, ModelList, Outcome, PixelShape, Progress, Request, UpscalerInfo,
};

use super::oneshot::failure_of;
use super::queue::{Order, OrderId, Queue, Vary, Work};
use super::shot_check::prevention;
use super::source_clip::Part;
use crate::Session;
use crate::engine::{EngineHost, State};
use crate::take::recipe_builder::frame_rule_of;
use crate::take::reproduce::Reproduced;
use crate::take::request::EngineWork;
use crate::take::resolve::{ResolveContext, model_for};
use crate::take::take_store::TakeStore;
use crate::take::worker::{TakeWorker, WorkerEvent};

/// An event of [`GenerationScheduler::poll`].
#[derive(Clone, Debug)]
pub enum GenerationEvent {
    /// An order has started.
    Begun(OrderId),
    /// The progress of an order.
    Progress(OrderId, Progress),
    /// A preview of the clip, as RGB bytes.
    Preview(OrderId, PixelShape, Arc<[u8]>),
    /// A shot has a new take. The owner amends the project with it: a shot without a chosen take gets it.
    Take(ShotId, ContentHash),
    /// A shot has a new still. It is not chosen, and changes nothing in the project.
    Still(ShotId, ContentHash),
    /// A take's recipe was repeated, and the frames were compared.
    Reproduced(ShotId, Reproduced),
    /// In-betweens are made.
    Smoothed(SmoothClip),
    /// An order has failed; it stays in the queue.
    Failed(OrderId, Failure),
    /// The engine process has ended.
    EngineEnded(Ended),
}

/// Generates the shots of one project.
pub struct GenerationScheduler {
    folder: PathBuf,
    takes: TakeStore,
    queue: Queue,
    wake: Arc<dyn Fn() + Send + Sync>,
    models: Models,
    hashing_lora: Option<HashingLora>,
    lora_hashes: LoraHashes,
    running: Option<Running>,
    /// Reported by the next poll.
    events: Vec<GenerationEvent>,
}

/// The frame rule that is assumed before the engine has reported its models.
fn unknown_model() -> FrameRule {
    static RULE: OnceLock<FrameRule> = OnceLock::new();
    *RULE.get_or_init(|| {
        let text = include_str!("../../../assets/unknown_model.ron");
        ron::from_str(text).unwrap_or(FrameRule {
            step: 1,
            first: 1,
            longest: u32::MAX,
            rate: FrameRate::FPS_24,
        })
    })
}

/// The seed of a shot; `fresh` if it has none of its own.
pub(super) fn seed_of(shot: &Shot, fresh: u64) -> u64 {
    match shot.seed {
        SeedPolicy::Fixed(seed) => seed,
        SeedPolicy::Fresh => fresh,
    }
}

/// The state of the list of models.
enum Models {
    Unknown,
    Asked,
    Hashing(JobId),
    Known(ModelList),
}

struct Running {
    order: OrderId,
    shot: ShotId,
    began: Instant,
    /// None: the worker has ended.
    worker: Option<TakeWorker>,
    /// None: the request has not been sent yet.
    job: Option<JobId>,
    /// The part of the work that the job does. None: all of it.
    part: Option<Part>,
}

/// A LoRA file that is being hashed.
struct HashingLora {
    job: JobId,
    /// The order that needs its hash. It may be cancelled meanwhile.
    order: OrderId,
    file: PathBuf,
}

/// The SHA-256 of the LoRA files that were hashed for an order. Each order has them hashed anew, since a file may be
/// replaced while the program runs; the engine remembers the hashes of files that have not changed.
#[derive(Default)]
struct LoraHashes {
    /// None: of no order.
    order: Option<OrderId>,
    known: BTreeMap<PathBuf, String>,
}

impl LoraHashes {
    /// Those of an order. They replace those of any other.
    fn of(&mut self, order: OrderId) -> &mut BTreeMap<PathBuf, String> {
        if self.order != Some(order) {
            self.order = Some(order);
            self.known.clear();
        }
        &mut self.known
    }
}

impl GenerationScheduler {
    /// The scheduler of an open project; of a read-only project it starts nothing. The engine is started when it is
    /// first needed. `wake` is called on another thread when [`GenerationScheduler::poll`] has events.
    pub fn new(session: &Session, wake: impl Fn() + Send + Sync + 'static) -> Self {
        let folder = session.folder();
        let wake: Arc<dyn Fn() + Send + Sync> = Arc::new(wake);
        Self {
            folder: folder.into(),
            takes: TakeStore::of(folder),
            queue: match session.can_be_edited() {
                true => Queue::open(folder, Arc::clone(&wake)),
                false => Queue::open_read_only(folder),
            },
            wake,
            models: Models::Unknown,
            hashing_lora: None,
            lora_hashes: LoraHashes::default(),
            running: None,
            events: Vec::new(),
        }
    }

    /// The takes of the project.
    pub fn takes(&self) -> &TakeStore {
        &self.takes
    }

    /// The engine's models. Empty: it has not reported them yet.
    pub fn models(&self) -> &[ModelInfo] {
        match &self.models {
            Models::Known(known) => &known.models,
            _ => &[],
        }
    }

    /// The installed upscalers, once the engine has reported them.
    pub fn upscalers(&self) -> &[UpscalerInfo] {
        match &self.models {
            Models::Known(known) => &known.upscalers,
            _ => &[],
        }
    }

    /// The installed frame interpolators, once the engine has reported them.
    pub fn interpolators(&self) -> &[InterpolatorInfo] {
        match &self.models {
            Models::Known(known) => &known.interpolators,
            _ => &[],
        }
    }

    /// The LoRAs in the LoRA folders, once the engine has reported them.
    pub fn loras(&self) -> &[LoraInfo] {
        match &self.models {
            Models::Known(known) => &known.loras,
            _ => &[],
        }
    }

    /// Whether the engine has reported what it can run.
    pub fn is_listed(&self) -> bool {
        matches!(self.models, Models::Known(_))
    }

    /// The model that a shot would be generated with, if the engine has reported it.
    pub fn model_of(&self, shot: &Shot) -> Option<&ModelInfo> {
        model_for(self.models(), &shot.model).ok()
    }

    /// The frame rule of a model; of the first installed one if the id is empty. Before the engine has reported its
    /// models this is an assumption; the recipe of a shot is fitted to the actual model.
    pub fn frame_rule(&self, model: &str) -> FrameRule {
        let known = model_for(self.models(), model).ok();
        known.map_or_else(unknown_model, |model| {
            frame_rule_of(model, unknown_model().rate)
        })
    }

    /// Starts the engine if necessary, and requests its models once it is ready.
    pub fn load_models(&mut self, engine: &mut EngineHost) {
        engine.ensure_started();
        let is_ready = matches!(engine.state(), State::Ready(_));
        if is_ready && matches!(self.models, Models::Unknown) {
            engine.send(Request::Models { also: None });
            self.models = Models::Asked;
        }
    }

    /// Requests the models, upscalers and LoRAs again from a running engine: files may have been added to the folders. Until
    /// it answers, the list stays as it is.
    pub fn reload_models(&mut self, engine: &mut EngineHost) {
        if matches!(engine.state(), State::Ready(_)) && !matches!(self.models, Models::Hashing(_)) {
            engine.send(Request::Models { also: None });
        }
    }

    /// The queue.
    pub fn queue(&self) -> &Queue {
        &self.queue
    }

    /// The queue, for reordering, pausing and retrying. To remove an order, use [`GenerationScheduler::cancel`].
    pub fn queue_mut(&mut self) -> &mut Queue {
        &mut self.queue
    }

    /// The running order.
    pub fn running(&self) -> Option<OrderId> {
        self.running.as_ref().map(|running| running.order)
    }

    /// Whether no order is running and none can be started.
    pub fn is_idle(&self) -> bool {
        self.running.is_none() && self.queue.next().is_none()
    }

    /// Queues a take of a shot as it is now. `fresh` is the seed of a shot without one of its own.
    pub fn queue_take(&mut self, shot: &Shot, fresh: u64) -> OrderId {
        self.queue
            .add(shot.clone(), seed_of(shot, fresh), Work::Shot)
    }

    /// Queues several takes of a shot as it is now, with consecutive seeds. The first seed is that of the shot, or
    /// `fresh`.
    pub fn queue_takes(&mut self, shot: &Shot, count: u32, fresh: u64) {
        let first = seed_of(shot, fresh);
        for number in 0..u64::from(count) {
            let seed = first.wrapping_add(number);
            self.queue.add(shot.clone(), seed, Work::Shot);
        }
    }

    /// Queues several stills of a shot as it is now, with consecutive seeds. The first seed is that of the shot, or
    /// `fresh`.
    pub fn queue_stills(&mut self, shot: &Shot, count: u32, fresh: u64) {
        let first = seed_of(shot, fresh);
        for number in 0..u64::from(count) {
            let seed = first.wrapping_add(number);
            self.queue.add(shot.clone(), seed, Work::Still);
        }
    }

    /// Queues a take by the recipe of another take, with one change. `fresh` is the seed if the change is
    /// [`Vary::Seed`].
    pub fn vary(&mut self, shot: &Shot, take: ContentHash, change: Vary, fresh: u64) -> OrderId {
        let work = Work::Vary { take, change };
        self.queue.add(shot.clone(), fresh, work)
    }

    /// Queues a take with the pictures of another take, made larger by the upscaler with this id.
    pub fn upscale(&mut self, shot: &Shot, take: ContentHash, upscaler: &str) -> OrderId {
        let upscaler = upscaler.to_owned();
        let work = Work::Upscale { take, upscaler };
        self.queue.add(shot.clone(), 0, work)
    }

    /// Queues the in-betweens of a clip, or retries the order that has failed to make them. `None`: the clip needs none.
    pub fn smooth(&mut self, project: &Project, clip: &Clip) -> Option<OrderId> {
        let smooth = SmoothClip::of(project, clip)?;
        if let Some(order) = self.order_of_smooth(&smooth).map(|order| order.id) {
            self.queue.retry(order);
            return Some(order);
        }
        let shot = match clip.source {
            Source::Shot(id) => Shot::clone(project.shot(id)?),
            Source::Medium(id) => {
                let length = ModelLength {
                    frames: 1,
                    rate: project.rate(),
                };
                Shot::new(&project.medium(id)?.name, "", length)
            }
            Source::Title(_) | Source::Sequence(_) => return None,
        };
        Some(self.queue.add(shot, 0, Work::Smooth(smooth)))
    }

    /// The order that makes these in-betweens.
    pub fn order_of_smooth(&self, smooth: &SmoothClip) -> Option<&Order> {
        let mut orders = self.queue.orders().iter();
        orders.find(|order| matches!(&order.work, Work::Smooth(other) if other == smooth))
    }

    /// Queues a repeat of a take's recipe, to compare the frames.
    pub fn reproduce(&mut self, shot: &Shot, take: ContentHash) -> OrderId {
        self.queue.add(shot.clone(), 0, Work::Reproduce { take })
    }

    /// Queues a take of every shot that has neither a take nor an order, in the order of the project's shots, and
    /// retries failed orders of shots without a take. Returns the number of both. Shots that cannot be generated
    /// ([`prevention`]) are left out.
    pub fn queue_missing(&mut self, project: &Project, mut fresh: impl FnMut() -> u64) -> usize {
        let missing: Vec<Shot> = project
            .shots()
            .filter(|shot| shot.chosen.is_none() && !self.queue.has_take_order(shot.id))
            .filter(|shot| prevention(shot, project, self.model_of(shot)).is_none())
            .map(|shot| Shot::clone(shot))
            .collect();
        for shot in &missing {
            self.queue_take(shot, fresh());
        }
        let is_missing = |order: &&Order| {
            let shot = project.shot(order.shot.id);
            order.failed.is_some() && shot.is_some_and(|shot| shot.chosen.is_none())
        };
        let failed = self.queue.orders().iter().filter(is_missing);
        let failed: Vec<OrderId> = failed.map(|order| order.id).collect();
        for order in &failed {
            self.queue.retry(*order);
        }
        missing.len() + failed.len()
    }

    /// Removes an order from the queue; if it is running, it is stopped.
    pub fn cancel(&mut self, engine: &mut EngineHost, order: OrderId) {
        if self.running() == Some(order) {
            self.stop(engine);
        }
        self.queue.remove(order);
    }

    /// Stops the running order, which stays in the queue. Called before the project is closed.
    pub fn stop(&mut self, engine: &mut EngineHost) {
        let running = self.running.take();
        if let Some(job) = running.and_then(|running| running.job) {
            engine.send(Request::Cancel { job });
        }
    }

    /// Restarts the engine. The running order stays in the queue and is started again.
    pub fn restart_engine(&mut self, engine: &mut EngineHost) {
        self.running = None;
        self.models = Models::Unknown;
        self.hashing_lora = None;
        engine.restart();
    }

    /// Handles the messages of the engine and the worker, and starts the next order. `project` is the current
    /// project. While `is_editing` (a gesture is in progress) finished takes are held back, because the edit that
    /// chooses one would end the gesture; everything else continues.
    pub fn poll(
        &mut self,
        engine: &mut EngineHost,
        project: &Project,
        is_editing: bool,
    ) -> Vec<GenerationEvent> {
        for message in engine.poll() {
            self.on_engine_message(message);
        }
        self.poll_worker(engine);
        self.begin_next(engine, project);
        let (held_back, reported): (Vec<_>, Vec<_>) = std::mem::take(&mut self.events)
            .into_iter()
            .partition(|event| is_editing && matches!(event, GenerationEvent::Take(..)));
        self.events = held_back;
        let is_take = |event: &GenerationEvent| matches!(event, GenerationEvent::Take(..));
        if reported.iter().any(is_take) {
            (self.wake)(); // the next order starts when the project has the take
        }
        reported
    }

    fn on_engine_message(&mut self, message: EngineMessage) {
        match message {
            EngineMessage::Event(Event::Models(list)) => self.models = Models::Known(list),
            EngineMessage::Event(Event::Progress {
                job,
                progress,
                pixels,
            }) if self.is_running(job) => {
                self.on_progress(progress, pixels);
            }
            EngineMessage::Event(Event::Verified { job, files }) => self.on_verified(job, &files),
            EngineMessage::Event(Event::Ended { job, outcome }) => self.on_job_ended(job, outcome),
            EngineMessage::Event(_) => {}
            EngineMessage::Ended(ended) => {
                self.models = Models::Unknown; // the next engine may have other models
                self.hashing_lora = None;
                match self.running.is_some() {
                    true => self.fail(failure_of(&ended)),
                    false => self.fail_next(failure_of(&ended)), // the engine was started for this order
                }
                self.events.push(GenerationEvent::EngineEnded(ended));
            }
        }
    }

    fn is_running(&self, job: JobId) -> bool {
        self.running
            .as_ref()
            .is_some_and(|running| running.job == Some(job))
    }

    fn on_progress(&mut self, progress: Progress, pixels: Arc<[u8]>) {
        let Some(running) = &self.running else { return };
        let order = running.order;
        let whole = match running.part {
            Some(part) => part.of_whole_clip(&progress),
            None => Some(progress),
        };
        let Some(progress) = whole else { return };
        if let Progress::Preview { picture } = progress {
            let preview = GenerationEvent::Preview(order, picture, pixels);
            self.events.push(preview);
        }
        self.events.push(GenerationEvent::Progress(order, progress));
    }

    fn on_verified(&mut self, job: JobId, files: &[FileVerdict]) {
        if let Some(hashing) = &self.hashing_lora
            && hashing.job == job
            && let Some(verdict) = files.first()
        {
            let hashes = self.lora_hashes.of(hashing.order);
            hashes.insert(hashing.file.clone(), verdict.sha256.clone());
        }
    }

    /// The order starts again, now with the hash of the LoRA, or fails without it. Nothing else does: it may have been
    /// cancelled.
    fn on_lora_hashed(&mut self, hashing: &HashingLora, outcome: Outcome) {
        let HashingLora { order, file, .. } = hashing;
        let failure = match outcome {
            Outcome::Failed { failure } => failure,
            _ if self.lora_hashes.of(*order).contains_key(file) => return,
            _ => Failure::bug(format!("{} was not hashed", file.display())),
        };
        if self.queue.get(*order).is_some() {
            self.fail_order(*order, failure);
        }
    }

    fn on_job_ended(&mut self, job: JobId, outcome: Outcome) {
        if let Some(hashing) = self.hashing_lora.take_if(|hashing| hashing.job == job) {
            return self.on_lora_hashed(&hashing, outcome);
        }
        if matches!(self.models, Models::Hashing(hashing) if hashing == job) {
            self.models = Models::Unknown; // the models are requested again, now with hashes
            if let Outcome::Failed { failure } = outcome {
                self.fail_next(failure);
            }
            return;
        }
        if !self.is_running(job) {
            return;
        }
        match outcome {
            Outcome::Done { .. } => {} // the worker finishes the take, and reports it
            Outcome::Failed { failure } => self.fail(failure),
            Outcome::Cancelled => self.running = None,
        }
    }

    fn poll_worker(&mut self, engine: &mut EngineHost) {
        while let Some(running) = &mut self.running {
            let (order, shot) = (running.order, running.shot);
            let duration = running.began.elapsed();
            let Some(event) = running.worker.as_ref().and_then(TakeWorker::poll) else {
                break;
            };
            if !matches!(event, WorkerEvent::UnhashedLora(_)) {
                self.lora_hashes = LoraHashes::default();
            }
            match event {
                WorkerEvent::UnhashedLora(file) => {
                    self.running = None; // started again when the hash is known
                    let (job, model) = (engine.fresh_job(), file.display().to_string());
                    engine.send(Request::Verify { job, model });
                    self.hashing_lora = Some(HashingLora { job, order, file });
                }
                WorkerEvent::Unhashed(model) => {
                    self.running = None; // started again when the hashes are known
                    let job = engine.fresh_job();
                    engine.send(Request::Verify { job, model });
                    self.models = Models::Hashing(job);
                }
                WorkerEvent::Ready(work, subscriber) => {
                    let job = engine.fresh_job();
                    running.job = Some(job);
                    let request = match work {
                        EngineWork::Generate(generation) => Request::Submit { job, generation },
                        EngineWork::Upscale(upscale) => Request::Upscale { job, upscale },
                        EngineWork::Interpolate(interpolate, part) => {
                            running.part = Some(part);
                            Request::Interpolate { job, interpolate }
                        }
                    };
                    engine.submit(job, request, subscriber);
                }
                WorkerEvent::Finished { take, is_still } => {
                    self.running = None;
                    self.finish(order, (shot, take), is_still, duration);
                }
                WorkerEvent::Reproduced(result) => {
                    self.running = None;
                    self.queue.remove(order);
                    self.events.push(GenerationEvent::Reproduced(shot, result));
                }
                WorkerEvent::Smoothed(smooth) => {
                    self.running = None;
                    self.queue.remove(order);
                    self.events.push(GenerationEvent::Smoothed(smooth));
                }
                WorkerEvent::Failed(failure) => {
                    if let Some(job) = running.job {
                        engine.send(Request::Cancel { job });
                    }
                    self.fail(failure);
                }
                WorkerEvent::Stopped => running.worker = None, // the engine reports why
            }
        }
    }

    fn finish(
        &mut self,
        order: OrderId,
        (shot, take): (ShotId, ContentHash),
        is_still: bool,
        duration: Duration,
    ) {
        self.queue.note_made(order, take, duration.as_secs_f64());
        self.queue.remove(order);
        self.events.push(match is_still {
            true => GenerationEvent::Still(shot, take),
            false => GenerationEvent::Take(shot, take),
        });
    }

    /// Marks the running order as failed.
    fn fail(&mut self, failure: Failure) {
        if let Some(running) = self.running.take() {
            self.fail_order(running.order, failure);
        }
    }

    /// Marks the next order as failed: it cannot be started.
    fn fail_next(&mut self, failure: Failure) {
        if let Some(order) = self.queue.next().map(|order| order.id) {
            self.fail_order(order, failure);
        }
    }

    fn fail_order(&mut self, order: OrderId, failure: Failure) {
        self.queue.fail(order, failure.clone());
        self.events.push(GenerationEvent::Failed(order, failure));
    }

    fn has_take(&self) -> bool {
        self.events
            .iter()
            .any(|event| matches!(event, GenerationEvent::Take(..)))
    }

    fn begin_next(&mut self, engine: &mut EngineHost, project: &Project) {
        // A shot may continue from a take that the project has yet to choose.
        let is_busy = self.running.is_some() || self.hashing_lora.is_some();
        if is_busy || self.has_take() || !self.queue.is_settled() {
            return;
        }
        let Some(order) = self.queue.next().cloned() else {
            return;
        };
        let device = engine.device().map_or("cpu", |device| device.id.as_str());
        let device = device.to_owned();
        let Some((engine, known)) = self.engine_and_models(engine) else {
            return; // the engine or its models are not ready
        };
        let (id, shot) = (order.id, order.shot.id);
        let context = ResolveContext {
            order,
            project: project.clone(),
            known,
            lora_hashes: self.lora_hashes.of(id).clone(),
            engine,
            device,
        };
        let wake = Arc::clone(&self.wake);
        self.running = Some(Running {
            order: id,
            shot,
            began: Instant::now(),
            worker: Some(TakeWorker::start(context, self.folder.clone(), wake)),
            job: None,
            part: None,
        });
        self.events.push(GenerationEvent::Begun(id));
    }

    /// The engine and its models once both are known; requests what is missing.
    fn engine_and_models(&mut self, engine: &mut EngineHost) -> Option<(Hello, ModelList)> {
        self.load_models(engine);
        match (engine.state(), &self.models) {
            (State::Ready(hello), Models::Known(known)) => Some((hello.clone(), known.clone())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_rule_of_an_unknown_model_can_be_read() {
        assert_ne!(unknown_model().longest, u32::MAX);
    }

    #[test]
    fn only_the_order_that_needs_a_lora_fails_with_its_file() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = root.path().join("film.kinora");
        let session = Session::create(&folder, &Project::default()).expect("a project");
        let mut scheduler = GenerationScheduler::new(&session, || {});
        let length = ModelLength {
            frames: 9,
            rate: FrameRate::FPS_24,
        };
        let shot = Shot::new("a", "a fox", length);
        let cancelled = scheduler.queue_take(&shot, 1);
        let other = scheduler.queue_take(&shot, 2);
        let mut fails = |order: OrderId, is_removed: bool| {
            if is_removed {
                scheduler.queue.remove(order);
            }
            let job = JobId(order.0);
            scheduler.hashing_lora = Some(HashingLora {
                job,
                order,
                file: "style.safetensors".into(),
            });
            let failure = Failure::bad_file("it cannot be read", "put it back");
            scheduler.on_job_ended(job, Outcome::Failed { failure });
            let orders = scheduler.queue.orders().iter();
            let failed = orders.filter(|order| order.failed.is_some());
            failed.map(|order| order.id).collect::<Vec<_>>()
        };
        assert_eq!(fails(cancelled, true), []);
        assert_eq!(fails(other, false), [other]);
    }

    #[test]
    fn hashes_of_one_order_do_not_count_for_the_next() {
        let mut hashes = LoraHashes::default();
        let file = PathBuf::from("style.safetensors");
        hashes.of(OrderId(1)).insert(file, "5e".into());
        assert_eq!(hashes.of(OrderId(1)).len(), 1);
        assert!(hashes.of(OrderId(2)).is_empty());
    }
}
