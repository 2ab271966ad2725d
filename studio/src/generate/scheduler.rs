//! The scheduler: generates the queued orders of a project, one after the other. It starts a worker for the next
//! order, sends the worker's request to the engine, and reports progress. Nothing here waits; the owner calls
//! [`GenerationScheduler::poll`] when woken.

mod lora_hashes;
mod ordering;
mod reaction;

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use kinora_render::project::SmoothClip;
use kinora_timeline::shot::{FrameRule, SeedPolicy, Shot};
use kinora_timeline::{ContentHash, FrameRate, Project, ShotId};
use kinora_wire::{
    Ended, Failure, Hello, InterpolatorInfo, JobId, LoraInfo, ModelInfo, ModelList, PixelShape,
    Progress, Request, UpscalerInfo,
};

use super::queue::{OrderId, Queue};
use super::shot_sound::SoundUse;
use super::source_clip::Part;
use crate::Session;
use crate::engine::{EngineHost, State};
use crate::take::lora_reference::model_with;
use crate::take::recipe_builder::frame_rule_of;
use crate::take::reproduce::Reproduced;
use crate::take::resolve::{ResolveContext, model_for};
use crate::take::take_store::TakeStore;
use crate::take::worker::TakeWorker;
use lora_hashes::{HashingLora, LoraHashes};

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
    /// A shot has a new take of sound alone. The owner amends the project with it: a shot without a chosen sound gets it.
    Sound(ShotId, ContentHash),
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

/// Whether the owner amends the project with an event: not while a gesture is held.
fn changes_project(event: &GenerationEvent) -> bool {
    matches!(
        event,
        GenerationEvent::Take(..) | GenerationEvent::Sound(..)
    )
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
    /// The order for which a model was hashed last.
    hashed_for: Option<OrderId>,
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
            hashed_for: None,
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

    /// The model that a take of a shot would be made with in this project, if the engine has reported it. A line needs one
    /// that has such a voice as its character.
    pub fn model_in(&self, project: &Project, shot: &Shot) -> Option<&ModelInfo> {
        let models = self.models();
        let found = match SoundUse::in_project(shot.kind, project) {
            Some(sound_use) => sound_use.model(models, &shot.model),
            None => model_for(models, &shot.model),
        };
        found.ok()
    }

    /// Why no model can make a take of a shot of sound alone: none is installed that does, such as one that has the kind of
    /// voice of its character. `None`: one can, the shot has pictures, or the engine has not reported its models.
    pub fn sound_refusal(&self, project: &Project, shot: &Shot) -> Option<Failure> {
        let sound_use = SoundUse::in_project(shot.kind, project).filter(|_| self.is_listed())?;
        sound_use.model(self.models(), &shot.model).err()
    }

    /// The same as it is with the LoRAs of the shot: one of them may make it follow a stage.
    pub fn model_with_loras(&self, project: &Project, shot: &Shot) -> Option<Cow<'_, ModelInfo>> {
        let model = self.model_in(project, shot)?;
        Some(model_with(model, &shot.loras, self.loras()))
    }

    /// The model that would make the sound for the pictures of a shot, if the engine has reported one.
    pub fn sound_model_of(&self, shot: &Shot) -> Option<&ModelInfo> {
        let found = SoundUse::Pictures.model(self.models(), &shot.sound.model);
        found.ok()
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
            .partition(|event| is_editing && changes_project(event));
        self.events = held_back;
        if reported.iter().any(changes_project) {
            (self.wake)(); // the next order starts when the project has the take
        }
        reported
    }

    fn has_take(&self) -> bool {
        self.events.iter().any(changes_project)
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
mod tests;
