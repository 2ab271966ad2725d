//! What the scheduler does with the messages of the engine and the worker: it reports progress, starts jobs, and marks
//! orders as made or failed.

use std::sync::Arc;
use std::time::Duration;

use kinora_timeline::{ContentHash, ShotId};
use kinora_wire::{EngineMessage, Event, Failure, FileVerdict, JobId, Outcome, Progress, Request};

use super::lora_hashes::{HashingLora, LoraHashes};
use super::{GenerationEvent, GenerationScheduler, Models};
use crate::engine::EngineHost;
use crate::generate::oneshot::failure_of;
use crate::generate::queue::OrderId;
use crate::take::request::EngineWork;
use crate::take::worker::{TakeKind, TakeWorker, WorkerEvent};

impl GenerationScheduler {
    pub(super) fn on_engine_message(&mut self, message: EngineMessage) {
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

    pub(super) fn on_job_ended(&mut self, job: JobId, outcome: Outcome) {
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

    pub(super) fn poll_worker(&mut self, engine: &mut EngineHost) {
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
                WorkerEvent::Unhashed(model) if self.hashed_for == Some(order) => {
                    self.hashed_for = None;
                    self.fail(Failure::bad_file(
                        format!("the hashes of {model} cannot be kept"),
                        "check the cache folder, its permissions and the room on its disk",
                    ));
                }
                WorkerEvent::Unhashed(model) => {
                    self.running = None; // started again when the hashes are known
                    self.hashed_for = Some(order);
                    let job = engine.fresh_job();
                    engine.send(Request::Verify { job, model });
                    self.models = Models::Hashing(job);
                }
                WorkerEvent::Ready(work, subscriber) => {
                    self.hashed_for = None;
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
                WorkerEvent::Finished { take, kind } => {
                    self.running = None;
                    self.finish(order, (shot, take), kind, duration);
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
        kind: TakeKind,
        duration: Duration,
    ) {
        self.queue.note_made(order, take, duration.as_secs_f64());
        self.queue.remove(order);
        self.events.push(match kind {
            TakeKind::Still => GenerationEvent::Still(shot, take),
            TakeKind::Clip => GenerationEvent::Take(shot, take),
            TakeKind::Sound => GenerationEvent::Sound(shot, take),
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
}
