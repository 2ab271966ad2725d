//! Serving one studio: this thread hears its requests, another one owns the device and does its jobs.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use kinora_wire::{
    BadMessage, Event, EventPipe, Failure, FailureKind, Hello, JobId, Outcome, Progress, Request,
    Timings,
};

use crate::desk::Desk;
use crate::device;
use crate::job::{Listener, PreviewPace};
use crate::library::Library;
use crate::queue::{Cancelled, Queue, Task, Turn};

/// Serves until the studio hangs up.
pub fn serve<W: Write + Send>(
    requests: &mut impl Read,
    events: W,
    hello: impl FnOnce() -> Hello,
) -> Result<(), BadMessage> {
    let (queue, events) = (Queue::default(), EventPipe::new(events));
    thread::scope(|scope| {
        scope.spawn(|| do_jobs(&queue, &events));
        let served = kinora_wire::serve(requests, &events, hello, |request| {
            answer(request, &queue, &events)
        });
        queue.close();
        served
    })
}

/// What can be answered at once is; what takes time goes into the queue.
fn answer<W: Write>(request: Request, queue: &Queue, events: &EventPipe<W>) -> io::Result<()> {
    match request {
        Request::Hello { .. } => Ok(()),
        Request::Devices => events.say(&Event::Devices {
            devices: device::find().0,
        }),
        Request::Models { also } => {
            let library = Library::of_user();
            let models = library.models_and(also.as_deref());
            let folders = library.folders();
            events.say(&Event::Models { models, folders })
        }
        Request::Submit { job, generation } => add(job, Task::Generate(generation), queue, events),
        Request::Verify { job, model } => add(job, Task::Verify(model), queue, events),
        Request::Cancel { job } => match queue.cancel(job) {
            Cancelled::Waiting => {
                events.say(&Event::Ended {
                    job,
                    outcome: Outcome::Cancelled,
                })?;
                tell_places(queue, events)
            }
            Cancelled::Running | Cancelled::Unknown => Ok(()),
        },
        Request::Reorder { jobs } => {
            queue.reorder(&jobs);
            tell_places(queue, events)
        }
    }
}

fn add<W: Write>(job: JobId, task: Task, queue: &Queue, events: &EventPipe<W>) -> io::Result<()> {
    if queue.push(job, task) {
        return tell_places(queue, events);
    }
    let failure = Failure::bug(format!("the studio used the job number {job} twice"));
    events.say(&Event::Ended {
        job,
        outcome: Outcome::Failed { failure },
    })
}

/// Tells each waiting job how many are before it.
fn tell_places<W: Write>(queue: &Queue, events: &EventPipe<W>) -> io::Result<()> {
    for (job, ahead) in queue.waiting() {
        say(events, job, Progress::Queued { ahead }, Vec::new())?;
    }
    Ok(())
}

/// The life of the thread that owns the device.
fn do_jobs<W: Write>(queue: &Queue, events: &EventPipe<W>) {
    let mut desk = Desk::of_user();
    while let Some(turn) = queue.next() {
        let outcome = do_job(&mut desk, &turn, events);
        let told = events.say(&Event::Ended {
            job: turn.job,
            outcome,
        });
        if told.and_then(|()| tell_places(queue, events)).is_err() {
            return; // the studio is gone
        }
    }
}

fn do_job<W: Write>(desk: &mut Desk, turn: &Turn, events: &EventPipe<W>) -> Outcome {
    let mut listener = WireListener {
        job: turn.job,
        cancel: Arc::clone(&turn.cancel),
        events,
        pace: PreviewPace::default(),
    };
    let done = match &turn.task {
        Task::Generate(request) => desk
            .generate(request, &mut listener)
            .map(|timings| Outcome::Done { timings }),
        Task::Verify(model) => verify(desk, model, turn.job, &mut listener),
    };
    done.unwrap_or_else(|failure| match failure.kind {
        FailureKind::Cancelled => Outcome::Cancelled,
        _ => Outcome::Failed { failure },
    })
}

fn verify<W: Write>(
    desk: &mut Desk,
    model: &str,
    job: JobId,
    listener: &mut WireListener<'_, W>,
) -> Result<Outcome, Failure> {
    let mut told = 0;
    let files = desk.verify(model, &mut |done, total| {
        listener.check()?;
        if done - told < (64 << 20) && done != total {
            return Ok(());
        }
        told = done;
        let (what, done) = ("hashing".into(), done as f64 / total.max(1) as f64);
        listener.hear(Progress::Working { what, done }, Vec::new())
    })?;
    let said = listener.events.say(&Event::Verified { job, files });
    said.map_err(|_| Failure::cancelled())?;
    Ok(Outcome::Done {
        timings: Timings::default(),
    })
}

/// A job's listener at the other end of the pipe.
struct WireListener<'e, W> {
    job: JobId,
    cancel: Arc<AtomicBool>,
    events: &'e EventPipe<W>,
    pace: PreviewPace,
}

impl<W: Write> Listener for WireListener<'_, W> {
    fn hear(&mut self, progress: Progress, pixels: Vec<u8>) -> Result<(), Failure> {
        self.check()?;
        // A studio that is gone wants nothing any more.
        say(self.events, self.job, progress, pixels).map_err(|_| Failure::cancelled())
    }

    fn check(&mut self) -> Result<(), Failure> {
        match self.cancel.load(Ordering::Relaxed) {
            true => Err(Failure::cancelled()),
            false => Ok(()),
        }
    }

    fn wants_preview(&mut self) -> bool {
        self.pace.is_due()
    }
}

fn say<W: Write>(
    events: &EventPipe<W>,
    job: JobId,
    progress: Progress,
    pixels: Vec<u8>,
) -> io::Result<()> {
    events.say(&Event::Progress {
        job,
        progress,
        pixels: pixels.into(),
    })
}
