//! Generates one clip without a window or project: starts an engine, submits one job, passes on its progress and
//! frames, and returns the outcome. A crash of the engine is an outcome too.

use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::engine::launch;
use kinora_wire::{
    Embed, Ended, Engine, EngineMessage, Event, Failure, FailureKind, FileVerdict, Generation,
    Hello, Interpolate, JobId, Launch, ModelList, Outcome, Progress, Request, SoundForPicture,
    Upscale,
};

/// How often cancellation is checked.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Called with each progress of a job, and the pixels of previews and frames. A failure ends the job.
pub type OnProgress<'p> = dyn FnMut(&Progress, &Arc<[u8]>) -> Result<(), Failure> + 'p;

/// An engine process; it ends when this is dropped. Calls block until the answer arrives.
pub struct BlockingClient {
    engine: Engine,
    /// Jobs so far.
    jobs: Cell<u64>,
}

impl BlockingClient {
    /// Starts the engine. A failure to start is the result of the first call.
    pub fn with(program: &Path) -> Self {
        Self::launched(launch(program))
    }

    /// The same beside a window, which gets the processor first.
    pub fn beside_window(program: &Path) -> Self {
        Self::launched(Launch {
            is_beside_window: true,
            ..launch(program)
        })
    }

    fn launched(launch: Launch) -> Self {
        Self {
            engine: Engine::launch(launch, || {}),
            jobs: Cell::new(0),
        }
    }

    /// What the engine can run, including the model in the folder `also`.
    pub fn models(&self, also: Option<String>) -> Result<ModelList, Failure> {
        self.engine.send(Request::Models { also });
        loop {
            match self.next() {
                EngineMessage::Event(Event::Models(list)) => return Ok(list),
                EngineMessage::Event(_) => {}
                EngineMessage::Ended(ended) => return Err(failure_of(&ended)),
            }
        }
    }

    /// What the engine is, and what it can run. Only before any other call: an engine greets once.
    pub fn hello_and_models(&self) -> Result<(Hello, ModelList), Failure> {
        self.engine.send(Request::Models { also: None });
        let mut hello = None;
        loop {
            match self.next() {
                EngineMessage::Event(Event::Hello(found)) => hello = Some(found),
                EngineMessage::Event(Event::Models(list)) => {
                    let hello = hello.ok_or_else(|| Failure::bug("the engine has not greeted"))?;
                    return Ok((hello, list));
                }
                EngineMessage::Event(_) => {}
                EngineMessage::Ended(ended) => return Err(failure_of(&ended)),
            }
        }
    }

    /// Generates a clip.
    pub fn generate(
        &self,
        request: Generation,
        is_cancelled: &dyn Fn() -> bool,
        on_progress: &mut OnProgress,
    ) -> Outcome {
        let generation = Box::new(request);
        let request = |job| Request::Submit { job, generation };
        self.run(request, is_cancelled, on_progress).0
    }

    /// Makes the pictures of a clip larger.
    pub fn upscale(
        &self,
        request: Upscale,
        is_cancelled: &dyn Fn() -> bool,
        on_progress: &mut OnProgress,
    ) -> Outcome {
        let upscale = Box::new(request);
        let request = |job| Request::Upscale { job, upscale };
        self.run(request, is_cancelled, on_progress).0
    }

    /// Makes pictures between those of a clip.
    pub fn interpolate(
        &self,
        request: Interpolate,
        is_cancelled: &dyn Fn() -> bool,
        on_progress: &mut OnProgress,
    ) -> Outcome {
        let interpolate = Box::new(request);
        let request = |job| Request::Interpolate { job, interpolate };
        self.run(request, is_cancelled, on_progress).0
    }

    /// Makes sound for the pictures of a clip.
    pub fn sound(
        &self,
        request: SoundForPicture,
        is_cancelled: &dyn Fn() -> bool,
        on_progress: &mut OnProgress,
    ) -> Outcome {
        let sound = Box::new(request);
        let request = |job| Request::Sound { job, sound };
        self.run(request, is_cancelled, on_progress).0
    }

    /// Describes pictures by vectors.
    pub fn embed(
        &self,
        request: Embed,
        is_cancelled: &dyn Fn() -> bool,
        on_progress: &mut OnProgress,
    ) -> Outcome {
        let embed = Box::new(request);
        let request = |job| Request::Embed { job, embed };
        self.run(request, is_cancelled, on_progress).0
    }

    /// Hashes a model's files.
    pub fn verify(
        &self,
        model: String,
        is_cancelled: &dyn Fn() -> bool,
        on_progress: &mut OnProgress,
    ) -> (Outcome, Vec<FileVerdict>) {
        self.run(
            |job| Request::Verify { job, model },
            is_cancelled,
            on_progress,
        )
    }

    /// Sends the request of a job under an id that no job of this engine has had, and waits for its end. The verdicts
    /// are those of a verification.
    fn run(
        &self,
        request: impl FnOnce(JobId) -> Request,
        is_cancelled: &dyn Fn() -> bool,
        on_progress: &mut OnProgress,
    ) -> (Outcome, Vec<FileVerdict>) {
        self.jobs.set(self.jobs.get() + 1);
        let job = JobId(self.jobs.get());
        self.engine.send(request(job));
        let mut verdicts = Vec::new();
        let outcome = self.wait_for_end(job, is_cancelled, on_progress, &mut verdicts);
        (outcome, verdicts)
    }

    /// Passes the job's progress on until its end. A failure of `on_progress` cancels the job and is the outcome.
    fn wait_for_end(
        &self,
        job: JobId,
        is_cancelled: &dyn Fn() -> bool,
        on_progress: &mut OnProgress,
        verdicts: &mut Vec<FileVerdict>,
    ) -> Outcome {
        let mut failed = None;
        let mut has_cancelled = false;
        loop {
            if !has_cancelled && (failed.is_some() || is_cancelled()) {
                self.engine.send(Request::Cancel { job });
                has_cancelled = true;
            }
            match self.engine.wait(POLL_INTERVAL) {
                Some(EngineMessage::Event(Event::Progress {
                    progress, pixels, ..
                })) if failed.is_none() => {
                    failed = on_progress(&progress, &pixels).err();
                }
                Some(EngineMessage::Event(Event::Verified { files, .. })) => *verdicts = files,
                Some(EngineMessage::Event(Event::Ended { outcome, .. })) => {
                    return failed.map_or(outcome, |failure| Outcome::Failed { failure });
                }
                Some(EngineMessage::Event(_)) | None => {}
                Some(EngineMessage::Ended(ended)) => {
                    let failure = failed.unwrap_or_else(|| failure_of(&ended));
                    return Outcome::Failed { failure };
                }
            }
        }
    }

    fn next(&self) -> EngineMessage {
        loop {
            if let Some(message) = self.engine.wait(POLL_INTERVAL) {
                return message;
            }
        }
    }
}

/// Whether an engine ended because memory ran out, as far as its end shows.
pub fn ran_out_of_memory(ended: &Ended) -> bool {
    let mut log = ended.stderr_tail().iter();
    ended.was_killed() || log.any(|line| line.to_lowercase().contains("out of memory"))
}

/// The end of an engine as the failure of its job, with the end of its log.
pub fn failure_of(ended: &Ended) -> Failure {
    if ran_out_of_memory(ended) {
        return Failure {
            kind: FailureKind::OutOfMemory,
            cause: "the engine stopped, probably out of memory".into(),
            remedy: Some("try fewer frames or a smaller size".into()),
        };
    }
    let log = ended.stderr_tail();
    let remedy = match ended {
        Ended::NotStarted { .. } => {
            "install kinora-engine beside kinora, or set KINORA_ENGINE to its path"
        }
        Ended::OtherProtocol { .. } => "build or install both programs together",
        _ => "try again; `kinora doctor` checks this machine",
    };
    let cause = match log {
        [] => ended.to_string(),
        _ => format!("{ended}; the end of its log: {}", log.join(" / ")),
    };
    Failure {
        kind: FailureKind::Bug,
        cause,
        remedy: Some(remedy.into()),
    }
}
