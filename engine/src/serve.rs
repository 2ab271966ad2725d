//! Serves one studio: this thread reads requests, a second thread owns the device and runs the jobs.
//! Quick requests are answered at once; jobs go into the queue.

use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use kinora_wire::{
    BadMessage, Event, EventPipe, Failure, FailureKind, Hello, JobId, Outcome, Progress, Request,
    Timings,
};

use crate::catch_panic::catch_job_panic;
use crate::device;
use crate::estimate::Estimator;
use crate::job::{Listener, PreviewPace};
use crate::library::Library;
use crate::prepared::FreeMemory;
use crate::queue::{Cancelled, Queue, StartedJob, Task};
use crate::worker::Worker;

/// Serves until the studio closes the pipe.
pub fn serve<W: Write + Send>(
    requests: &mut impl Read,
    events: W,
    hello: impl FnOnce() -> Hello,
) -> Result<(), BadMessage> {
    let free_memory = FreeMemory::default();
    let server = Server {
        estimator: Estimator::of_user(free_memory.clone()),
        free_memory,
        queue: Queue::default(),
        events: EventPipe::new(events),
        order: Mutex::new(()),
    };
    thread::scope(|scope| {
        let _closes = CloseAtEnd(&server.queue);
        scope.spawn(|| server.run_jobs());
        kinora_wire::serve(requests, &server.events, hello, |request| {
            // A panic in an answer ends the engine with a message; it must not hang.
            let answered = catch_job_panic(|| Ok(server.answer(request)));
            answered.map_err(|failure| io::Error::other(failure.to_string()))?
        })
    })
}

/// Closes the queue however serving ends, so that the job thread ends too.
struct CloseAtEnd<'q>(&'q Queue);

impl Drop for CloseAtEnd<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

struct Server<W> {
    estimator: Estimator,
    /// What both threads know of the free memory.
    free_memory: FreeMemory,
    queue: Queue,
    events: EventPipe<W>,
    /// Held while the queue changes and the change is sent, so that no message follows the end of a job.
    order: Mutex<()>,
}

impl<W: Write> Server<W> {
    /// Answers a request, or adds its job to the queue.
    fn answer(&self, request: Request) -> io::Result<()> {
        match request {
            Request::Hello { .. } => Ok(()),
            Request::Devices => self.events.send(&Event::Devices {
                devices: device::find().0,
            }),
            Request::Models { also } => {
                let library = Library::of_user();
                for bad in library.bad_cards() {
                    eprintln!("{bad}"); // the log of the studio
                }
                self.events
                    .send(&Event::Models(library.list(also.as_deref())))
            }
            Request::Estimate {
                question,
                generation,
            } => self.events.send(&Event::Estimated {
                question,
                estimate: self.estimator.of(&generation),
            }),
            Request::Submit { job, generation } => self.add(job, Task::Generate(generation)),
            Request::Upscale { job, upscale } => self.add(job, Task::Upscale(upscale)),
            Request::Interpolate { job, interpolate } => {
                self.add(job, Task::Interpolate(interpolate))
            }
            Request::Sound { job, sound } => self.add(job, Task::Sound(sound)),
            Request::Embed { job, embed } => self.add(job, Task::Embed(embed)),
            Request::Verify { job, model } => self.add(job, Task::Verify(model)),
            Request::Cancel { job } => {
                let _order = self.lock_order();
                if self.queue.cancel(job) == Cancelled::Waiting {
                    self.events.send(&Event::Ended {
                        job,
                        outcome: Outcome::Cancelled,
                    })?;
                    self.send_queue_positions()?;
                }
                Ok(())
            }
        }
    }

    fn add(&self, job: JobId, task: Task) -> io::Result<()> {
        let _order = self.lock_order();
        if self.queue.push(job, task) {
            return self.send_queue_positions();
        }
        let failure = Failure::bug(format!("the studio used the job number {job} twice"));
        self.events.send(&Event::Ended {
            job,
            outcome: Outcome::Failed { failure },
        })
    }

    /// Sends each waiting job's position in the queue.
    fn send_queue_positions(&self) -> io::Result<()> {
        for (job, ahead) in self.queue.waiting() {
            send_progress(&self.events, job, Progress::Queued { ahead }, Vec::new())?;
        }
        Ok(())
    }

    /// The thread that owns the device: runs jobs until the queue is closed.
    fn run_jobs(&self) {
        let mut worker = Worker::of_user().sharing(self.free_memory.clone());
        while let Some(started) = self.queue.next() {
            let outcome = run_job(&mut worker, &started, &self.events);
            let _order = self.lock_order();
            self.queue.finished();
            let sent = self.events.send(&Event::Ended {
                job: started.job,
                outcome,
            });
            if sent.and_then(|()| self.send_queue_positions()).is_err() {
                return; // the studio has closed the pipe
            }
        }
    }

    fn lock_order(&self) -> MutexGuard<'_, ()> {
        self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn run_job<W: Write>(worker: &mut Worker, started: &StartedJob, events: &EventPipe<W>) -> Outcome {
    let mut listener = WireListener {
        job: started.job,
        cancel: Arc::clone(&started.cancel),
        events,
        pace: PreviewPace::default(),
    };
    let done = match &started.task {
        Task::Generate(request) => worker
            .generate(request, &mut listener)
            .map(|timings| Outcome::Done { timings }),
        Task::Upscale(request) => worker
            .upscale(request, &mut listener)
            .map(|timings| Outcome::Done { timings }),
        Task::Interpolate(request) => worker
            .interpolate(request, &mut listener)
            .map(|timings| Outcome::Done { timings }),
        Task::Sound(request) => worker
            .sound(request, &mut listener)
            .map(|timings| Outcome::Done { timings }),
        Task::Embed(request) => worker
            .embed(request, &mut listener)
            .map(|timings| Outcome::Done { timings }),
        Task::Verify(model) => verify(worker, model, started.job, &mut listener),
    };
    done.unwrap_or_else(|failure| match failure.kind {
        FailureKind::Cancelled => Outcome::Cancelled,
        _ => Outcome::Failed { failure },
    })
}

fn verify<W: Write>(
    worker: &mut Worker,
    model: &str,
    job: JobId,
    listener: &mut WireListener<'_, W>,
) -> Result<Outcome, Failure> {
    let mut reported = 0;
    let files = worker.verify(model, &mut |done, total| {
        listener.check()?;
        if done - reported < (64 << 20) && done != total {
            return Ok(());
        }
        reported = done;
        let (what, done) = ("hashing".into(), done as f64 / total.max(1) as f64);
        listener.receive(Progress::Working { what, done }, Vec::new())
    })?;
    let sent = listener.events.send(&Event::Verified { job, files });
    sent.map_err(|_| Failure::cancelled())?;
    Ok(Outcome::Done {
        timings: Timings::default(),
    })
}

/// Sends the progress of a job to the studio.
struct WireListener<'e, W> {
    job: JobId,
    cancel: Arc<AtomicBool>,
    events: &'e EventPipe<W>,
    pace: PreviewPace,
}

impl<W: Write> Listener for WireListener<'_, W> {
    fn receive(&mut self, progress: Progress, pixels: Vec<u8>) -> Result<(), Failure> {
        self.check()?;
        // A closed pipe cancels the job.
        send_progress(self.events, self.job, progress, pixels).map_err(|_| Failure::cancelled())
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

fn send_progress<W: Write>(
    events: &EventPipe<W>,
    job: JobId,
    progress: Progress,
    pixels: Vec<u8>,
) -> io::Result<()> {
    events.send(&Event::Progress {
        job,
        progress,
        pixels: pixels.into(),
    })
}
