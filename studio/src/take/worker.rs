//! The worker of an order, on a thread of its own: resolves the recipe, renders the pictures of the request, writes the
//! frames as they arrive from the engine, and finishes the take. No frame passes through the window's thread.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, TryRecvError, channel, sync_channel};
use std::time::{SystemTime, UNIX_EPOCH};

use kinora_render::project::SmoothClip;
use kinora_timeline::{ContentHash, ShotId};
use kinora_wire::{Failure, JobMessage, Makes, Outcome, Timings};

use super::loras::LoraFiles;
use super::recipe::Recipe;
use super::recipe_builder::made_with;
use super::reproduce::{Comparison, Reproduced};
use super::request::{EngineWork, Prepared, prepare_request};
use super::resolve::{ResolveContext, Resolved};
use super::take_store::TakeStore;
use super::take_writer::TakeWriter;
use crate::generate::queue::Work;
use crate::generate::smooth::{self, SmoothedBy};

/// Messages of the engine that may wait for the disk. When the channel is full, the engine waits.
const FRAME_MESSAGE_CAPACITY: usize = 4;

/// An event of the worker.
pub enum WorkerEvent {
    /// The files of this model must be hashed first. The worker has ended.
    Unhashed(String),
    /// This LoRA file must be hashed first. The worker has ended.
    UnhashedLora(PathBuf),
    /// The work for the engine, and the channel for the messages of its job. The pictures of the request exist
    /// until the worker ends.
    Ready(EngineWork, SyncSender<JobMessage>),
    /// The take is complete.
    Finished {
        /// Its name.
        take: ContentHash,
        /// What it is.
        kind: TakeKind,
    },
    /// The recipe was repeated, and the frames were compared.
    Reproduced(Reproduced),
    /// The in-betweens are made.
    Smoothed(SmoothClip),
    /// The take cannot be made.
    Failed(Failure),
    /// The job was cancelled, or failed in the engine, which reports the failure itself.
    Stopped,
}

/// What a finished take is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakeKind {
    /// Frames, with or without sound.
    Clip,
    /// One frame of which more may be made.
    Still,
    /// Sound alone.
    Sound,
}

impl TakeKind {
    fn of(recipe: &Recipe) -> Self {
        match (recipe.is_still, recipe.inputs.makes) {
            (true, _) => Self::Still,
            (false, Makes::Sound) => Self::Sound,
            (false, Makes::Picture | Makes::Both) => Self::Clip,
        }
    }
}

/// The handle of a worker. Dropping it early stops the worker without a take.
pub struct TakeWorker {
    events: Receiver<WorkerEvent>,
    is_cancelled: Arc<AtomicBool>,
}

impl TakeWorker {
    /// Starts the thread. `wake` is called on it when there is an event to poll.
    pub fn start(
        context: ResolveContext,
        folder: PathBuf,
        wake: Arc<dyn Fn() + Send + Sync>,
    ) -> Self {
        let (report, events) = channel();
        let is_cancelled = Arc::new(AtomicBool::new(false));
        let job = Job {
            folder,
            report: report.clone(),
            wake: Arc::clone(&wake),
            is_cancelled: Arc::clone(&is_cancelled),
        };
        std::thread::spawn(move || {
            let last = job.run(&context).unwrap_or_else(WorkerEvent::Failed);
            report.send(last).ok();
            wake();
        });
        Self {
            events,
            is_cancelled,
        }
    }

    /// The next event, if there is one. Never waits.
    pub fn poll(&self) -> Option<WorkerEvent> {
        match self.events.try_recv() {
            Ok(event) => Some(event),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(WorkerEvent::Failed(Failure::bug(
                "the worker of a take has crashed",
            ))),
        }
    }
}

impl Drop for TakeWorker {
    fn drop(&mut self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
    }
}

/// The state of the worker's thread.
struct Job {
    folder: PathBuf,
    report: Sender<WorkerEvent>,
    wake: Arc<dyn Fn() + Send + Sync>,
    is_cancelled: Arc<AtomicBool>,
}

impl Job {
    /// Does the work and returns the last event.
    fn run(&self, context: &ResolveContext) -> Result<WorkerEvent, Failure> {
        let repeated = match &context.order.work {
            Work::Smooth(smooth) => return self.smooth(context, smooth),
            Work::Reproduce { take } => Some(*take),
            Work::Shot
            | Work::Still
            | Work::Sound { .. }
            | Work::Vary { .. }
            | Work::Upscale { .. } => None,
        };
        let (recipe, loras) = match context.resolve(&TakeStore::of(&self.folder))? {
            Resolved::Recipe(recipe, loras) => (*recipe, loras),
            Resolved::Unhashed(model) => return Ok(WorkerEvent::Unhashed(model)),
            Resolved::UnhashedLora(file) => return Ok(WorkerEvent::UnhashedLora(file)),
        };
        match repeated {
            None => self.make(recipe, &loras, context.order.shot.id),
            Some(take) => self.reproduce(&recipe, &loras, take),
        }
    }

    fn smooth(
        &self,
        context: &ResolveContext,
        smooth: &SmoothClip,
    ) -> Result<WorkerEvent, Failure> {
        let made_with = made_with(&context.engine, &context.device)?;
        let by = SmoothedBy::first(&context.known.interpolators, made_with)?;
        let is_made = smooth::make(
            &self.folder,
            &context.project,
            smooth,
            &by,
            &mut |request, part, on_pictures| {
                let work = EngineWork::Interpolate(Box::new(request), part);
                let timings = self.receive(work, |message| match message {
                    JobMessage::Frames(shape, pixels) => on_pictures(shape, &pixels),
                    JobMessage::Sound(..) | JobMessage::Hint(_) | JobMessage::Ended(_) => Ok(()),
                })?;
                Ok(timings.is_some())
            },
        )?;
        Ok(match is_made {
            true => WorkerEvent::Smoothed(*smooth),
            false => WorkerEvent::Stopped,
        })
    }

    fn make(
        &self,
        recipe: Recipe,
        loras: &LoraFiles,
        shot: ShotId,
    ) -> Result<WorkerEvent, Failure> {
        let takes = TakeStore::of(&self.folder);
        let kind = TakeKind::of(&recipe);
        if let Some(take) = takes.made_from(&recipe) {
            return Ok(WorkerEvent::Finished { take, kind });
        }
        let prepared: Prepared = prepare_request(&recipe, loras, &self.folder)?;
        let mut writer: TakeWriter = takes.begin(recipe, shot)?;
        let mut hint = None;
        let timings = self.receive(prepared.work.clone(), |message| {
            match message {
                JobMessage::Frames(shape, pixels) => writer.add(shape, &pixels)?,
                JobMessage::Hint(note) => hint = note,
                JobMessage::Sound(first, shape, bytes) => writer.add_sound(first, shape, &bytes)?,
                JobMessage::Ended(_) => {}
            }
            Ok(())
        })?;
        let Some(timings) = timings else {
            return Ok(WorkerEvent::Stopped);
        };
        let take = writer.finish(timings, hint, unix_seconds())?;
        Ok(WorkerEvent::Finished { take, kind })
    }

    fn reproduce(
        &self,
        recipe: &Recipe,
        loras: &LoraFiles,
        take: ContentHash,
    ) -> Result<WorkerEvent, Failure> {
        let prepared: Prepared = prepare_request(recipe, loras, &self.folder)?;
        let mut comparison = Comparison::with(&self.folder, take, &recipe.settings)?;
        let timings = self.receive(prepared.work.clone(), |message| match message {
            JobMessage::Frames(shape, pixels) => comparison.add(shape, &pixels),
            JobMessage::Sound(first, shape, bytes) => comparison.add_sound(first, shape, &bytes),
            JobMessage::Hint(_) | JobMessage::Ended(_) => Ok(()),
        })?;
        Ok(match timings {
            Some(_) => WorkerEvent::Reproduced(comparison.finish()?),
            None => WorkerEvent::Stopped,
        })
    }

    /// Has the work done by the engine and passes on its messages. None: the job was cancelled or failed.
    fn receive(
        &self,
        work: EngineWork,
        mut on_message: impl FnMut(JobMessage) -> Result<(), Failure>,
    ) -> Result<Option<Timings>, Failure> {
        let (subscriber, messages) = sync_channel(FRAME_MESSAGE_CAPACITY);
        self.report.send(WorkerEvent::Ready(work, subscriber)).ok();
        (self.wake)();
        for message in messages {
            if self.is_cancelled.load(Ordering::Relaxed) {
                return Ok(None);
            }
            if let JobMessage::Ended(outcome) = message {
                return Ok(match outcome {
                    Outcome::Done { timings } => Some(timings),
                    Outcome::Failed { .. } | Outcome::Cancelled => None,
                });
            }
            on_message(message)?;
        }
        Ok(None) // the engine has ended
    }
}

/// The time, in seconds since 1970.
pub fn unix_seconds() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap_or_default().as_secs()
}
