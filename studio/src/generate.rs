//! One clip without a window: an engine is started, asked, listened to, and sent home. Whatever happens
//! to it, the answer is an outcome.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use kinora_wire::{
    Ended, Engine, Event, Failure, FailureKind, FileVerdict, Generation, Heard, JobId, ModelInfo,
    Outcome, Progress, Request,
};

/// How often a wish to cancel is looked for.
const GLANCE: Duration = Duration::from_millis(100);
/// The only job of such an engine.
const JOB: JobId = JobId(1);

/// Who hears of a job: progress, and the pixels of previews and frames. A failure ends the job.
pub type Hear<'h> = dyn FnMut(&Progress, &Arc<[u8]>) -> Result<(), Failure> + 'h;

/// An engine of one's own for as long as this lives.
pub struct Talk {
    engine: Engine,
}

impl Talk {
    /// Starts the engine; that it could not be started is heard with the first answer.
    pub fn with(program: &Path) -> Self {
        let engine = Engine::start(program, || {});
        Self { engine }
    }

    /// The models the engine knows, `also` this folder's, and where it looks for them.
    pub fn models(&self, also: Option<String>) -> Result<(Vec<ModelInfo>, Vec<String>), Failure> {
        self.engine.ask(Request::Models { also });
        loop {
            match self.next() {
                Heard::Said(Event::Models { models, folders }) => return Ok((models, folders)),
                Heard::Said(_) => {}
                Heard::Ended(ended) => return Err(failure_of(&ended)),
            }
        }
    }

    /// Makes a clip and tells how it ended.
    pub fn generate(
        &self,
        request: Generation,
        is_cancelled: &dyn Fn() -> bool,
        hear: &mut Hear,
    ) -> Outcome {
        let generation = Box::new(request);
        self.engine.ask(Request::Submit {
            job: JOB,
            generation,
        });
        self.listen(is_cancelled, hear, &mut Vec::new())
    }

    /// Hashes a model's files.
    pub fn verify(
        &self,
        model: String,
        is_cancelled: &dyn Fn() -> bool,
        hear: &mut Hear,
    ) -> (Outcome, Vec<FileVerdict>) {
        self.engine.ask(Request::Verify { job: JOB, model });
        let mut verdicts = Vec::new();
        (self.listen(is_cancelled, hear, &mut verdicts), verdicts)
    }

    /// Hears everything of the job until its end. A listener that fails has the job cancelled, and its
    /// failure is the outcome.
    fn listen(
        &self,
        is_cancelled: &dyn Fn() -> bool,
        hear: &mut Hear,
        verdicts: &mut Vec<FileVerdict>,
    ) -> Outcome {
        let mut failed = None;
        let mut has_asked = false;
        loop {
            if !has_asked && (failed.is_some() || is_cancelled()) {
                self.engine.ask(Request::Cancel { job: JOB });
                has_asked = true;
            }
            match self.engine.wait(GLANCE) {
                Some(Heard::Said(Event::Progress {
                    progress, pixels, ..
                })) if failed.is_none() => {
                    failed = hear(&progress, &pixels).err();
                }
                Some(Heard::Said(Event::Verified { files, .. })) => *verdicts = files,
                Some(Heard::Said(Event::Ended { outcome, .. })) => {
                    return failed.map_or(outcome, |failure| Outcome::Failed { failure });
                }
                Some(Heard::Said(_)) | None => {}
                Some(Heard::Ended(ended)) => {
                    let failure = failed.unwrap_or_else(|| failure_of(&ended));
                    return Outcome::Failed { failure };
                }
            }
        }
    }

    fn next(&self) -> Heard {
        loop {
            if let Some(heard) = self.engine.wait(GLANCE) {
                return heard;
            }
        }
    }
}

/// The end of an engine as the failure of what it was doing, with its last words.
pub fn failure_of(ended: &Ended) -> Failure {
    let words = ended.last_words();
    let was_killed = ended.to_string().contains("SIGKILL");
    let remedy = match ended {
        Ended::NotStarted { .. } => {
            "install kinora-engine beside kinora, or name it in KINORA_ENGINE"
        }
        Ended::OtherProtocol { .. } => "build or install both together",
        _ if was_killed => {
            "it was killed, by someone or because memory ran out: a smaller clip may do"
        }
        _ => "`kinora doctor` tells what is wrong with this machine; try again",
    };
    let cause = match words {
        [] => ended.to_string(),
        _ => format!("{ended}; its last words: {}", words.join(" / ")),
    };
    Failure {
        kind: FailureKind::Bug,
        cause,
        remedy: Some(remedy.into()),
    }
}
