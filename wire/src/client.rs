//! The studio's side of the protocol: starts an engine process, exchanges messages with it, reports how it ended.
//! Nothing here blocks the caller's thread: four small threads per engine do the waiting.

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{ChildStderr, ChildStdin, ChildStdout, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use shared_child::SharedChild;

use crate::framing::{read_event, write};
use crate::launch::Launch;
use crate::{Event, JobId, Outcome, PROTOCOL, PixelShape, Progress, Request, SoundShape};

/// Last lines of stderr that are kept for the report of an engine's end.
const STDERR_TAIL_LINES: usize = 20;
/// Messages with pixels that may wait for the caller. After that the pipe fills and the engine waits with its next
/// frames, which are large. Messages without pixels are small and never wait.
const PIXEL_MESSAGE_CAPACITY: usize = 8;
/// Time an engine has to end by itself after its studio has closed the connection.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(3);

/// What arrives from an engine.
#[derive(Clone, Debug, PartialEq)]
pub enum EngineMessage {
    /// An event.
    Event(Event),
    /// The process has ended. Nothing follows.
    Ended(Ended),
}

/// What the subscriber of a job receives, on the reader's thread, before the caller of [`Engine::poll`].
#[derive(Clone, Debug, PartialEq)]
pub enum JobMessage {
    /// A note on the prompt, sent when the job begins.
    Hint(Option<String>),
    /// Finished frames: red, green and blue, frame after frame.
    Frames(PixelShape, Arc<[u8]>),
    /// Finished sound: the number of its first sample, its form and its bytes.
    Sound(u64, SoundShape, Arc<[u8]>),
    /// The job has ended. Nothing follows.
    Ended(Outcome),
}

/// How an engine ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// It could not be started.
    #[error("{} could not be started: {why}", program.display())]
    NotStarted {
        /// The program that was to be started.
        program: PathBuf,
        /// The system's error.
        why: String,
    },
    /// It uses another protocol version, so the connection was closed.
    #[error(
        "the engine speaks protocol {engine} and this studio {PROTOCOL}: both must come from one build of Kinora"
    )]
    OtherProtocol {
        /// The protocol version in its hello.
        engine: u32,
    },
    /// It sent bytes that do not follow the protocol, and was killed.
    #[error("the engine was stopped: {why}")]
    ProtocolError {
        /// What was wrong with the message.
        why: String,
        /// The end of what it wrote to stderr.
        stderr_tail: Vec<String>,
    },
    /// The process exited by itself, or was killed.
    #[error("the engine ended ({how})")]
    Stopped {
        /// "exit status: 1", "signal: 9 (SIGKILL)".
        how: String,
        /// The signal that ended it, if one did.
        signal: Option<i32>,
        /// The end of what it wrote to stderr.
        stderr_tail: Vec<String>,
    },
}

impl Ended {
    /// The end of what the engine wrote to stderr.
    pub fn stderr_tail(&self) -> &[String] {
        match self {
            Self::ProtocolError { stderr_tail, .. } | Self::Stopped { stderr_tail, .. } => {
                stderr_tail
            }
            Self::NotStarted { .. } | Self::OtherProtocol { .. } => &[],
        }
    }

    /// Whether SIGKILL ended it: sent by a person, or by the system when memory ran out.
    pub fn was_killed(&self) -> bool {
        const SIGKILL: i32 = 9;
        matches!(self, Self::Stopped { signal, .. } if *signal == Some(SIGKILL))
    }
}

/// An engine process, from its start to its end. Dropping it closes the connection: the engine ends by itself, or is
/// killed a few seconds later.
#[derive(Debug)]
pub struct Engine {
    /// `None` once the connection is closed.
    requests: Option<Sender<Request>>,
    inbox: Inbox,
    subscribers: Subscribers,
    child: Arc<OnceLock<SharedChild>>,
}

impl Engine {
    /// Starts `program` and returns at once. What happens next is reported by [`Engine::poll`]; `wake` is called, on
    /// another thread, each time a message has arrived.
    pub fn start(program: &Path, wake: impl Fn() + Send + 'static) -> Self {
        Self::launch(Launch::of(program), wake)
    }

    /// As [`Engine::start`], with a library folder and a priority.
    pub fn launch(launch: Launch, wake: impl Fn() + Send + 'static) -> Self {
        let (requests, to_send) = channel();
        let (outbox, inbox) = mailbox();
        let child = Arc::new(OnceLock::new());
        let subscribers = Subscribers::default();
        let process = Process {
            launch,
            child: Arc::clone(&child),
            subscribers: Arc::clone(&subscribers),
            outbox,
            wake: Box::new(wake),
        };
        // The hello waits in the channel until the process has started.
        requests.send(Request::hello()).ok();
        thread::spawn(move || process.run(to_send));
        Self {
            requests: Some(requests),
            inbox,
            subscribers,
            child,
        }
    }

    /// Sends a request. If the process has ended, the request is dropped; `poll` reports the end.
    pub fn send(&self, request: Request) {
        if let Some(requests) = &self.requests {
            requests.send(request).ok();
        }
    }

    /// Sends a job's frames to `subscriber`, straight from the reader's thread. The caller of [`Engine::poll`] then
    /// gets the same events without pixels. A full channel makes the engine wait; a dropped receiver ends the
    /// subscription. Call it before the job is submitted.
    pub fn subscribe(&self, job: JobId, subscriber: SyncSender<JobMessage>) {
        locked(&self.subscribers).insert(job, subscriber);
    }

    /// All messages that have arrived since the last poll. Never waits.
    pub fn poll(&self) -> impl Iterator<Item = EngineMessage> + '_ {
        std::iter::from_fn(|| self.inbox.receive(Duration::ZERO))
    }

    /// Waits for the next message, at most `timeout`. For programs without a window.
    pub fn wait(&self, timeout: Duration) -> Option<EngineMessage> {
        self.inbox.receive(timeout)
    }

    /// The process id, while the process runs.
    pub fn process_id(&self) -> Option<u32> {
        let child = self.child.get()?;
        matches!(child.try_wait(), Ok(None)).then(|| child.id())
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.requests = None; // the writer ends, stdin closes, the engine reads its end
        locked(&self.subscribers).clear();
        let child = Arc::clone(&self.child);
        let inbox = std::mem::replace(&mut self.inbox, mailbox().1);
        thread::spawn(move || {
            let end = Instant::now() + SHUTDOWN_TIMEOUT;
            // The last message is the end of the process; after it the channel closes.
            while inbox
                .receive(end.saturating_duration_since(Instant::now()))
                .is_some()
            {}
            if let Some(child) = child.get()
                && matches!(child.try_wait(), Ok(None))
            {
                child.kill().ok();
            }
        });
    }
}

/// Messages on their way from the reader's thread to the caller.
#[derive(Debug)]
struct Inbox {
    messages: Receiver<EngineMessage>,
    /// One entry for each message with pixels that waits.
    pixel_slots: Receiver<()>,
}

struct Outbox {
    messages: Sender<EngineMessage>,
    pixel_slots: SyncSender<()>,
}

fn mailbox() -> (Outbox, Inbox) {
    let (to_caller, messages) = channel();
    let (slot, pixel_slots) = sync_channel(PIXEL_MESSAGE_CAPACITY);
    let outbox = Outbox {
        messages: to_caller,
        pixel_slots: slot,
    };
    let inbox = Inbox {
        messages,
        pixel_slots,
    };
    (outbox, inbox)
}

impl Inbox {
    fn receive(&self, timeout: Duration) -> Option<EngineMessage> {
        let message = match self.messages.recv_timeout(timeout) {
            Ok(message) => message,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
        };
        if has_pixels(&message) {
            self.pixel_slots.try_recv().ok();
        }
        Some(message)
    }
}

impl Outbox {
    /// Blocks while too many messages with pixels wait.
    fn send(&self, message: EngineMessage) {
        if !has_pixels(&message) || self.pixel_slots.send(()).is_ok() {
            self.messages.send(message).ok();
        }
    }

    /// Never blocks: if too many messages with pixels wait, this one is dropped.
    fn send_or_drop(&self, message: EngineMessage) {
        if !has_pixels(&message) || self.pixel_slots.try_send(()).is_ok() {
            self.messages.send(message).ok();
        }
    }
}

fn has_pixels(message: &EngineMessage) -> bool {
    matches!(message, EngineMessage::Event(Event::Progress { pixels, .. }) if !pixels.is_empty())
}

type Subscribers = Arc<Mutex<HashMap<JobId, SyncSender<JobMessage>>>>;

/// The life of an engine process, on a thread of its own.
struct Process {
    launch: Launch,
    child: Arc<OnceLock<SharedChild>>,
    subscribers: Subscribers,
    outbox: Outbox,
    wake: Box<dyn Fn() + Send>,
}

impl Process {
    fn run(self, to_send: Receiver<Request>) {
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

fn stopped(status: std::io::Result<ExitStatus>, stderr_tail: Vec<String>) -> Ended {
    let (how, signal) = match status {
        Ok(status) => (status.to_string(), signal_of(status)),
        Err(error) => (error.to_string(), None),
    };
    Ended::Stopped {
        how,
        signal,
        stderr_tail,
    }
}

#[cfg(unix)]
fn signal_of(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal_of(_: ExitStatus) -> Option<i32> {
    None
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

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
