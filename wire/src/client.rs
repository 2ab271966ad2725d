//! The studio's side of the protocol: starts an engine process, exchanges messages with it, reports how it ended.
//! Nothing here blocks the caller's thread: four small threads per engine do the waiting.

mod ended;
mod mailbox;
mod process;

use std::collections::HashMap;
use std::path::Path;
use std::sync::mpsc::{Sender, SyncSender, channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use shared_child::SharedChild;

use crate::launch::Launch;
use crate::{Event, JobId, Outcome, PixelShape, Request, SoundShape};
use mailbox::{Inbox, mailbox};
use process::Process;

pub use ended::Ended;

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

type Subscribers = Arc<Mutex<HashMap<JobId, SyncSender<JobMessage>>>>;

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
