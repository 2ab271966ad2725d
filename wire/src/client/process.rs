//! The life of an engine process, on a thread of its own: it is started, its events are delivered, and its end is
//! reported. Two more threads write requests and read stderr.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader};
use std::process::{ChildStderr, ChildStdin, ChildStdout, Stdio};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};

use shared_child::SharedChild;

use super::ended::{Ended, stopped};
use super::mailbox::Outbox;
use super::{EngineMessage, JobMessage, Subscribers, locked};
use crate::framing::{read_event, write};
use crate::launch::Launch;
use crate::{Event, JobId, PROTOCOL, Progress, Request};

/// Last lines of stderr that are kept for the report of an engine's end.
const STDERR_TAIL_LINES: usize = 20;

/// The life of an engine process, on a thread of its own.
pub(super) struct Process {
    pub(super) launch: Launch,
    pub(super) child: Arc<OnceLock<SharedChild>>,
    pub(super) subscribers: Subscribers,
    pub(super) outbox: Outbox,
    pub(super) wake: Box<dyn Fn() + Send>,
}

impl Process {
    pub(super) fn run(self, to_send: Receiver<Request>) {
        let ended = self.serve(to_send);
        locked(&self.subscribers).clear(); // closes the subscribers' channels
        self.outbox.send(EngineMessage::Ended(ended));
        (self.wake)();
    }

    fn serve(&self, to_send: Receiver<Request>) -> Ended {
        let (child, stdin, mut stdout, stderr) = match self.spawn() {
            Ok(started) => started,
            Err(why) => {
                return Ended::NotStarted {
                    program: self.launch.program.clone(),
                    why: why.to_string(),
                };
            }
        };
        thread::spawn(move || send_all(to_send, stdin));
        let stderr_tail = thread::spawn(move || read_stderr(stderr));
        let fault = self.read_events(&mut stdout).err();
        if fault.is_some() {
            child.kill().ok();
        }
        let status = child.wait();
        let stderr_tail = joined(stderr_tail);
        match fault {
            None => stopped(status, stderr_tail),
            Some(Fault::OtherProtocol(engine)) => Ended::OtherProtocol { engine },
            Some(Fault::Protocol(why)) => Ended::ProtocolError { why, stderr_tail },
        }
    }

    fn spawn(&self) -> std::io::Result<(&SharedChild, ChildStdin, ChildStdout, ChildStderr)> {
        let mut command = self.launch.command();
        // Ctrl+C in a terminal goes to the whole process group. The studio decides what it means for its engine.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command
            .arg("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let child = SharedChild::spawn(&mut command)?;
        let child = self.child.get_or_init(|| child);
        let pipes = (child.take_stdin(), child.take_stdout(), child.take_stderr());
        match pipes {
            (Some(stdin), Some(stdout), Some(stderr)) => Ok((child, stdin, stdout, stderr)),
            _ => Err(std::io::Error::other("the system gave no pipes")),
        }
    }

    /// Delivers events until the pipe ends. A pipe that breaks in the middle of a message means that the process died
    /// there, so it counts as an end too.
    fn read_events(&self, stdout: &mut ChildStdout) -> Result<(), Fault> {
        loop {
            match read_event(stdout) {
                Ok(None) | Err(crate::BadMessage::Pipe(_)) => return Ok(()),
                Ok(Some(Event::Hello(hello))) if hello.protocol != PROTOCOL => {
                    return Err(Fault::OtherProtocol(hello.protocol));
                }
                Ok(Some(event)) => self.deliver(event),
                Err(error) => return Err(Fault::Protocol(error.to_string())),
            }
            (self.wake)();
        }
    }

    /// An event of a subscribed job goes to its subscriber first, and to the caller without the pixels of frames.
    fn deliver(&self, event: Event) {
        let subscriber = job_of(&event).and_then(|job| {
            let subscriber = locked(&self.subscribers).get(&job).cloned();
            Some((job, subscriber?))
        });
        let Some((job, subscriber)) = subscriber else {
            return self.outbox.send(EngineMessage::Event(event));
        };
        let (message, event) = for_subscriber(event);
        let has_ended = matches!(message, Some(JobMessage::Ended(_)));
        let is_delivered = message.is_none_or(|message| subscriber.send(message).is_ok());
        if has_ended || !is_delivered {
            locked(&self.subscribers).remove(&job);
        }
        self.outbox.send_or_drop(EngineMessage::Event(event));
    }
}

/// Splits an event into the subscriber's message and the event for the caller, without pixels of frames and samples.
fn for_subscriber(event: Event) -> (Option<JobMessage>, Event) {
    match event {
        Event::Progress {
            job,
            progress: progress @ Progress::Frames { picture, .. },
            pixels,
        } => {
            let event = Event::Progress {
                job,
                progress,
                pixels: Arc::default(),
            };
            (Some(JobMessage::Frames(picture, pixels)), event)
        }
        Event::Progress {
            job,
            progress:
                progress @ Progress::Sound {
                    first_sample,
                    sound,
                },
            pixels,
        } => {
            let event = Event::Progress {
                job,
                progress,
                pixels: Arc::default(),
            };
            (Some(JobMessage::Sound(first_sample, sound, pixels)), event)
        }
        Event::Progress {
            progress: Progress::Begun { ref hint, .. },
            ..
        } => (Some(JobMessage::Hint(hint.clone())), event),
        Event::Ended { ref outcome, .. } => (Some(JobMessage::Ended(outcome.clone())), event),
        other => (None, other),
    }
}

fn job_of(event: &Event) -> Option<JobId> {
    match event {
        Event::Progress { job, .. } | Event::Ended { job, .. } => Some(*job),
        _ => None,
    }
}

/// Why a running engine is stopped.
enum Fault {
    OtherProtocol(u32),
    Protocol(String),
}

/// Writes requests until the connection is closed or the engine stops reading.
fn send_all(to_send: Receiver<Request>, mut stdin: ChildStdin) {
    for request in to_send {
        if write(&mut stdin, &request).is_err() {
            return; // the reader's thread finds out from stdout how the engine ended
        }
    }
}

/// Reads stderr to its end, copies it to our log, and returns the last lines.
fn read_stderr(stderr: ChildStderr) -> Vec<String> {
    let mut last = VecDeque::new();
    let mut reader = BufReader::new(stderr);
    let mut line = Vec::new();
    while reader
        .read_until(b'\n', &mut line)
        .is_ok_and(|count| count > 0)
    {
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        tracing::info!(target: "kinora_engine", "{text}");
        last.push_back(text);
        if last.len() > STDERR_TAIL_LINES {
            last.pop_front();
        }
        line.clear();
    }
    last.into()
}

fn joined(stderr_tail: JoinHandle<Vec<String>>) -> Vec<String> {
    stderr_tail.join().unwrap_or_default()
}
