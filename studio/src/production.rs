//! The work of generating: orders are begun one after the other, their recipes frozen, the engine asked, its answers
//! passed on. Nothing here waits; whoever owns it calls [`Production::poll`] when it is woken.

use std::path::PathBuf;
use std::sync::Arc;

use kinora_timeline::edit::library::Library;
use kinora_timeline::shot::{SeedPolicy, Shot};
use kinora_timeline::{ContentHash, Edit, Project, ShotId};
use kinora_wire::{
    Ended, Event, Failure, Heard, Hello, JobId, ModelInfo, Outcome, PixelShape, Progress, Request,
};

use crate::Session;
use crate::engine::{EngineHost, State};
use crate::generate::failure_of;
use crate::maker::{Maker, Said};
use crate::queue::{Order, OrderId, Queue, Vary, Work};
use crate::reproduce::Reproduced;
use crate::takes::Takes;
use crate::wanted::{Wanted, model_for};

/// What there is to know.
#[derive(Clone, Debug)]
pub enum News {
    /// An order was begun.
    Begun(OrderId),
    /// How far it is.
    Progress(OrderId, Progress),
    /// A rough picture of what is coming: red, green and blue.
    Preview(OrderId, PixelShape, Arc<[u8]>),
    /// A shot has a new take. The edit that chooses it is for the film's history.
    Take(ShotId, ContentHash, Edit),
    /// A take's recipe was followed once more.
    Reproduced(ShotId, Reproduced),
    /// An order came to nothing; it stays on the list.
    Failed(OrderId, Failure),
    /// The engine ended.
    EngineEnded(Ended),
}

/// Generates the shots of one film.
pub struct Production {
    folder: PathBuf,
    takes: Takes,
    queue: Queue,
    wake: Arc<dyn Fn() + Send + Sync>,
    models: Models,
    running: Option<Running>,
    /// Told with the next poll.
    news: Vec<News>,
}

/// What is known of the engine's models.
enum Models {
    Unknown,
    Asked,
    Hashing(JobId),
    Known(Vec<ModelInfo>),
}

struct Running {
    order: OrderId,
    shot: ShotId,
    maker: Maker,
    /// Once the engine was asked.
    job: Option<JobId>,
}

impl Production {
    /// Of an open film. Nothing is started before it is needed, and nothing at all where the film can only be
    /// looked at. `wake` is called on another thread when [`Production::poll`] has news.
    pub fn new(session: &Session, wake: impl Fn() + Send + Sync + 'static) -> Self {
        let folder = session.folder();
        let wake: Arc<dyn Fn() + Send + Sync> = Arc::new(wake);
        Self {
            folder: folder.into(),
            takes: Takes::of(folder),
            queue: match session.can_be_edited() {
                true => Queue::open(folder, Arc::clone(&wake)),
                false => Queue::look(folder),
            },
            wake,
            models: Models::Unknown,
            running: None,
            news: Vec::new(),
        }
    }

    /// The takes that are there.
    pub fn takes(&self) -> &Takes {
        &self.takes
    }

    /// The models of the engine, as far as it has told of them.
    pub fn models(&self) -> &[ModelInfo] {
        match &self.models {
            Models::Known(models) => models,
            _ => &[],
        }
    }

    /// The model that would make a shot, as far as the engine has told of it.
    pub fn model_of(&self, shot: &Shot) -> Option<&ModelInfo> {
        model_for(self.models(), &shot.model).ok()
    }

    /// Asks the engine for its models, once it runs; starts it if it does not.
    pub fn look_for_models(&mut self, engine: &mut EngineHost) {
        engine.ensure_started();
        let is_ready = matches!(engine.state(), State::Ready(_));
        if is_ready && matches!(self.models, Models::Unknown) {
            engine.ask(Request::Models { also: None });
            self.models = Models::Asked;
        }
    }

    /// What waits.
    pub fn queue(&self) -> &Queue {
        &self.queue
    }

    /// What waits, to be reordered, paused and retried. [`Production::cancel`] takes an order off.
    pub fn queue_mut(&mut self) -> &mut Queue {
        &mut self.queue
    }

    /// The order that is being made.
    pub fn running(&self) -> Option<OrderId> {
        self.running.as_ref().map(|running| running.order)
    }

    /// Whether nothing is being made and nothing could be begun.
    pub fn is_idle(&self) -> bool {
        self.running.is_none() && self.queue.next().is_none()
    }

    /// Wants a take of a shot, as it is now. `fresh` is the seed for a shot that has none of its own.
    pub fn order(&mut self, shot: &Shot, fresh: u64) -> OrderId {
        let seed = match shot.seed {
            SeedPolicy::Fixed(seed) => seed,
            SeedPolicy::Fresh => fresh,
        };
        self.queue.add(shot.clone(), seed, Work::Shot)
    }

    /// Wants a take of a shot by the recipe of another take, with one thing changed; `fresh` is the other seed,
    /// should that be it.
    pub fn vary(&mut self, shot: &Shot, take: ContentHash, change: Vary, fresh: u64) -> OrderId {
        let work = Work::Vary { take, change };
        self.queue.add(shot.clone(), fresh, work)
    }

    /// Wants to know whether a take's recipe still makes the very same frames.
    pub fn reproduce(&mut self, shot: &Shot, take: ContentHash) -> OrderId {
        self.queue.add(shot.clone(), 0, Work::Reproduce { take })
    }

    /// Wants a take of every shot that has none and is not wanted yet, in the order of the film's shots, and tries once
    /// more what came to nothing. How many that are.
    pub fn order_missing(&mut self, film: &Project, mut fresh: impl FnMut() -> u64) -> usize {
        let missing: Vec<Shot> = film
            .shots()
            .filter(|shot| shot.chosen.is_none() && !self.queue.wants(shot.id))
            .map(|shot| Shot::clone(shot))
            .collect();
        for shot in &missing {
            self.order(shot, fresh());
        }
        let is_missing = |order: &&Order| {
            let shot = film.shot(order.shot.id);
            order.failed.is_some() && shot.is_some_and(|shot| shot.chosen.is_none())
        };
        let failed = self.queue.orders().iter().filter(is_missing);
        let failed: Vec<OrderId> = failed.map(|order| order.id).collect();
        for order in &failed {
            self.queue.retry(*order);
        }
        missing.len() + failed.len()
    }

    /// Takes an order off the list, running or not.
    pub fn cancel(&mut self, engine: &mut EngineHost, order: OrderId) {
        if self.running() == Some(order) {
            self.stop(engine);
        }
        self.queue.remove(order);
    }

    /// Stops what is being made, which stays wanted: before the film is closed.
    pub fn stop(&mut self, engine: &mut EngineHost) {
        let running = self.running.take();
        if let Some(job) = running.and_then(|running| running.job) {
            engine.ask(Request::Cancel { job });
        }
    }

    /// Starts the engine anew. What is being made stays wanted, and is begun once more.
    pub fn restart_engine(&mut self, engine: &mut EngineHost) {
        self.running = None;
        self.models = Models::Unknown;
        engine.restart();
    }

    /// Takes in what others have said, and begins what can be begun. `film` is the film as it is now.
    pub fn poll(&mut self, engine: &mut EngineHost, film: &Project) -> Vec<News> {
        for heard in engine.poll() {
            self.hear_engine(heard);
        }
        self.hear_maker(engine);
        self.begin_next(engine, film);
        if self.has_take() {
            (self.wake)(); // the next order is begun when the film has the take
        }
        std::mem::take(&mut self.news)
    }

    fn hear_engine(&mut self, heard: Heard) {
        match heard {
            Heard::Said(Event::Models { models, .. }) => self.models = Models::Known(models),
            Heard::Said(Event::Progress {
                job,
                progress,
                pixels,
            }) if self.is_running(job) => {
                self.hear_progress(progress, pixels);
            }
            Heard::Said(Event::Ended { job, outcome }) => self.hear_end(job, outcome),
            Heard::Said(_) => {}
            Heard::Ended(ended) => {
                self.models = Models::Unknown; // the next engine may be another
                match self.running.is_some() {
                    true => self.fail(failure_of(&ended)),
                    false => self.fail_next(failure_of(&ended)), // it was started for this one
                }
                self.news.push(News::EngineEnded(ended));
            }
        }
    }

    fn is_running(&self, job: JobId) -> bool {
        self.running
            .as_ref()
            .is_some_and(|running| running.job == Some(job))
    }

    fn hear_progress(&mut self, progress: Progress, pixels: Arc<[u8]>) {
        let Some(running) = &self.running else { return };
        match &progress {
            Progress::Frames { picture, .. } => running.maker.frames(*picture, Arc::clone(&pixels)),
            Progress::Begun { hint, .. } => running.maker.hint(hint.clone()),
            Progress::Preview { picture } => {
                self.news
                    .push(News::Preview(running.order, *picture, Arc::clone(&pixels)));
            }
            _ => {}
        }
        self.news.push(News::Progress(running.order, progress));
    }

    fn hear_end(&mut self, job: JobId, outcome: Outcome) {
        if matches!(self.models, Models::Hashing(hashing) if hashing == job) {
            self.models = Models::Unknown; // asked for once more, with the hashes
            if let Outcome::Failed { failure } = outcome {
                self.fail_next(failure);
            }
            return;
        }
        if !self.is_running(job) {
            return;
        }
        match outcome {
            Outcome::Done { timings } => {
                if let Some(running) = &self.running {
                    running.maker.done(timings);
                }
            }
            Outcome::Failed { failure } => self.fail(failure),
            Outcome::Cancelled => self.running = None,
        }
    }

    fn hear_maker(&mut self, engine: &mut EngineHost) {
        while let Some(running) = &mut self.running {
            match running.maker.heard() {
                None => break,
                Some(Said::Unhashed(model)) => {
                    self.running = None; // begun once more when its hashes are known
                    let job = engine.fresh_job();
                    engine.ask(Request::Verify { job, model });
                    self.models = Models::Hashing(job);
                }
                Some(Said::Ready(generation)) => {
                    let job = engine.fresh_job();
                    running.job = Some(job);
                    engine.ask(Request::Submit { job, generation });
                }
                Some(Said::Made(take)) => {
                    let (order, shot) = (running.order, running.shot);
                    self.running = None;
                    self.made(order, shot, take);
                }
                Some(Said::Compared(found)) => {
                    let (order, shot) = (running.order, running.shot);
                    self.running = None;
                    self.queue.remove(order);
                    self.news.push(News::Reproduced(shot, found));
                }
                Some(Said::Failed(failure)) => {
                    if let Some(job) = running.job {
                        engine.ask(Request::Cancel { job });
                    }
                    self.fail(failure);
                }
            }
        }
    }

    fn made(&mut self, order: OrderId, shot: ShotId, take: ContentHash) {
        self.queue.remove(order);
        let edit = Edit::Library(Library::ChooseTake(shot, Some(take)));
        self.news.push(News::Take(shot, take, edit));
    }

    /// What runs came to nothing.
    fn fail(&mut self, failure: Failure) {
        if let Some(running) = self.running.take() {
            self.queue.fail(running.order, failure.clone());
            self.news.push(News::Failed(running.order, failure));
        }
    }

    /// What would be next cannot be begun.
    fn fail_next(&mut self, failure: Failure) {
        if let Some(order) = self.queue.next().map(|order| order.id) {
            self.queue.fail(order, failure.clone());
            self.news.push(News::Failed(order, failure));
        }
    }

    fn has_take(&self) -> bool {
        self.news.iter().any(|news| matches!(news, News::Take(..)))
    }

    fn begin_next(&mut self, engine: &mut EngineHost, film: &Project) {
        // A shot may go on from a take that the film has yet to choose.
        if self.running.is_some() || self.has_take() || !self.queue.is_settled() {
            return;
        }
        let Some(order) = self.queue.next().cloned() else {
            return;
        };
        let Some((engine, models)) = self.who_makes(engine) else {
            return; // something is asked for first
        };
        let (id, shot) = (order.id, order.shot.id);
        let wanted = Wanted {
            order,
            film: film.clone(),
            models,
            engine,
        };
        let wake = Arc::clone(&self.wake);
        self.running = Some(Running {
            order: id,
            shot,
            maker: Maker::start(wanted, self.folder.clone(), wake),
            job: None,
        });
        self.news.push(News::Begun(id));
    }

    /// The engine and its models, as soon as both are known; asks for what is missing.
    fn who_makes(&mut self, engine: &mut EngineHost) -> Option<(Hello, Vec<ModelInfo>)> {
        self.look_for_models(engine);
        match (engine.state(), &self.models) {
            (State::Ready(hello), Models::Known(models)) => Some((hello.clone(), models.clone())),
            _ => None,
        }
    }
}
