//! The studio's end of the wire: starts an engine process, talks to it, and tells how it ended.
//! Nothing here waits on the caller's thread: three small threads per engine do the waiting.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::framing::{read_event, write};
use crate::{Event, PROTOCOL, Request};

/// How many lines of stderr are kept to be told when an engine dies.
const LAST_WORDS_LINES: usize = 20;
/// How many messages may wait to be heard. After that the pipe fills and the engine waits with its next
/// frames, which are large.
const MESSAGES_WAITING: usize = 8;
/// How long an engine may take to end by itself once its studio has hung up.
const FAREWELL: Duration = Duration::from_secs(3);

/// What a studio hears from an engine.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// It said something.
    Said(Event),
    /// It is gone; nothing will follow.
    Ended(Ended),
}

/// How an engine came to be gone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// It never ran.
    #[error("{} could not be started: {why}", program.display())]
    NotStarted {
        /// The program that was to be started.
        program: PathBuf,
        /// What the system said.
        why: String,
    },
    /// It speaks another protocol and was sent away.
    #[error(
        "the engine speaks protocol {engine} and this studio {PROTOCOL}: both must come from one build of Kinora"
    )]
    OtherProtocol {
        /// The protocol it named.
        engine: u32,
    },
    /// It said something that is not of the protocol, and was stopped.
    #[error("the engine was stopped: {why}")]
    Babbled {
        /// What was wrong with it.
        why: String,
        /// The end of what it wrote to stderr.
        last_words: Vec<String>,
    },
    /// It ended by itself, or was killed.
    #[error("the engine ended ({how})")]
    Stopped {
        /// "exit status: 1", "signal: 9 (SIGKILL)".
        how: String,
        /// The end of what it wrote to stderr.
        last_words: Vec<String>,
    },
}

impl Ended {
    /// The end of what the engine wrote to stderr.
    pub fn last_words(&self) -> &[String] {
        match self {
            Self::Babbled { last_words, .. } | Self::Stopped { last_words, .. } => last_words,
            Self::NotStarted { .. } | Self::OtherProtocol { .. } => &[],
        }
    }
}

/// An engine process, from its start to its end. Dropping it hangs up: the engine ends by
/// itself, or is killed a few seconds later.
#[derive(Debug)]
pub struct Engine {
    /// `None` once hung up.
    requests: Option<Sender<Request>>,
    heard: Receiver<Heard>,
    child: Arc<Mutex<Option<Child>>>,
}

impl Engine {
    /// Starts `program` and returns at once. What happens next is told by [`Engine::heard`];
    /// `wake` is called, on another thread, each time there is something to hear.
    pub fn start(program: &Path, wake: impl Fn() + Send + 'static) -> Self {
        let (requests, to_send) = channel();
        let (tell, heard) = sync_channel(MESSAGES_WAITING);
        let child = Arc::new(Mutex::new(None));
        let shared_child = Arc::clone(&child);
        let program = program.to_path_buf();
        // The greeting waits in the channel until the process is there to hear it.
        requests.send(Request::hello()).ok();
        thread::spawn(move || {
            let tell = |heard| {
                tell.send(heard).ok();
                wake();
            };
            let ended = watch(&program, &shared_child, to_send, &tell);
            tell(Heard::Ended(ended));
        });
        Self {
            requests: Some(requests),
            heard,
            child,
        }
    }

    /// Asks for something. An engine that is gone hears nothing: its end is told by `heard`.
    pub fn ask(&self, request: Request) {
        if let Some(requests) = &self.requests {
            requests.send(request).ok();
        }
    }

    /// All that has arrived since the last look. Never waits.
    pub fn heard(&self) -> impl Iterator<Item = Heard> + '_ {
        self.heard.try_iter()
    }

    /// Waits for the next thing to arrive, at most `patience`. For programs without a window.
    pub fn wait(&self, patience: Duration) -> Option<Heard> {
        self.heard.recv_timeout(patience).ok()
    }

    /// The number of the process while it runs.
    pub fn process_id(&self) -> Option<u32> {
        locked(&self.child).as_ref().map(Child::id)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.requests = None; // the writer ends, stdin closes, the engine reads its end
        let child = Arc::clone(&self.child);
        let heard = std::mem::replace(&mut self.heard, channel().1);
        thread::spawn(move || {
            let patience = Instant::now() + FAREWELL;
            // The watcher's last message is the end, and its silence after that is final.
            while heard
                .recv_timeout(patience.saturating_duration_since(Instant::now()))
                .is_ok()
            {}
            if let Some(stubborn) = locked(&child).as_mut() {
                stubborn.kill().ok();
            }
        });
    }
}

/// The whole life of an engine process, on a thread of its own.
fn watch(
    program: &Path,
    shared_child: &Mutex<Option<Child>>,
    to_send: Receiver<Request>,
    tell: &impl Fn(Heard),
) -> Ended {
    let (stdin, mut stdout, stderr) = match spawn(program, shared_child) {
        Ok(pipes) => pipes,
        Err(why) => {
            return Ended::NotStarted {
                program: program.to_path_buf(),
                why: why.to_string(),
            };
        }
    };
    thread::spawn(move || send_all(to_send, stdin));
    let last_words = thread::spawn(move || keep_last_lines(stderr));
    let stopped_by_us = listen(&mut stdout, tell).err();
    if stopped_by_us.is_some()
        && let Some(child) = locked(shared_child).as_mut()
    {
        child.kill().ok();
    }
    let how = wait_for_end(shared_child);
    let last_words = joined(last_words);
    match stopped_by_us {
        None => Ended::Stopped { how, last_words },
        Some(Unwelcome::OtherProtocol(engine)) => Ended::OtherProtocol { engine },
        Some(Unwelcome::Babble(why)) => Ended::Babbled { why, last_words },
    }
}

fn spawn(
    program: &Path,
    shared_child: &Mutex<Option<Child>>,
) -> std::io::Result<(ChildStdin, ChildStdout, ChildStderr)> {
    let mut command = Command::new(program);
    // CUDA then counts cards as the driver's own library does, which tells their names and memory.
    if std::env::var_os("CUDA_DEVICE_ORDER").is_none() {
        command.env("CUDA_DEVICE_ORDER", "PCI_BUS_ID");
    }
    // Ctrl+C in a terminal goes to a whole group: the studio decides what it means for its engine.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command
        .arg("serve")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    *locked(shared_child) = Some(child);
    match pipes {
        (Some(stdin), Some(stdout), Some(stderr)) => Ok((stdin, stdout, stderr)),
        _ => Err(std::io::Error::other("the system gave no pipes")),
    }
}

/// Why an engine that still talks is sent away.
enum Unwelcome {
    OtherProtocol(u32),
    Babble(String),
}

/// Tells what arrives until the pipe ends. A pipe that breaks in the middle of a message is the
/// end of an engine that died there, so it counts as an end.
fn listen(stdout: &mut ChildStdout, tell: &impl Fn(Heard)) -> Result<(), Unwelcome> {
    loop {
        match read_event(stdout) {
            Ok(None) | Err(crate::BadMessage::Pipe(_)) => return Ok(()),
            Ok(Some(Event::Hello(hello))) if hello.protocol != PROTOCOL => {
                return Err(Unwelcome::OtherProtocol(hello.protocol));
            }
            Ok(Some(event)) => tell(Heard::Said(event)),
            Err(error) => return Err(Unwelcome::Babble(error.to_string())),
        }
    }
}

/// Writes requests until the studio hangs up or the engine stops listening.
fn send_all(to_send: Receiver<Request>, mut stdin: ChildStdin) {
    for request in to_send {
        if write(&mut stdin, &request).is_err() {
            return; // the watcher learns from stdout how the engine ended
        }
    }
}

/// Reads stderr to its end, passes it on to our log, and keeps the last lines.
fn keep_last_lines(stderr: ChildStderr) -> Vec<String> {
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
        if last.len() > LAST_WORDS_LINES {
            last.pop_front();
        }
        line.clear();
    }
    last.into()
}

/// Waits without holding the lock, so that `Drop` can kill meanwhile.
fn wait_for_end(shared_child: &Mutex<Option<Child>>) -> String {
    loop {
        let mut child = locked(shared_child);
        let status = match child.as_mut().map(Child::try_wait) {
            Some(Ok(None)) => {
                drop(child);
                #[expect(clippy::disallowed_methods, reason = "the watcher's own thread")]
                thread::sleep(Duration::from_millis(5));
                continue;
            }
            Some(Ok(Some(status))) => status.to_string(),
            Some(Err(error)) => error.to_string(),
            None => "nobody saw how".to_owned(),
        };
        *child = None;
        return status;
    }
}

fn joined(last_words: JoinHandle<Vec<String>>) -> Vec<String> {
    last_words.join().unwrap_or_default()
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
