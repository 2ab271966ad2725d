//! The engine process as the studio sees it: not started until somebody needs it, watched while it
//! runs, and started anew by the next need after it has died.

mod estimates;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use kinora_wire::{
    Device, Ended, Engine, EngineMessage, Estimate, Event, Failure, Generation, Hello, JobId,
    JobMessage, Launch, Request,
};

use estimates::Estimates;

/// Where the engine stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Nobody has needed it yet.
    #[default]
    NotStarted,
    /// The process is being started and has not greeted yet.
    Starting,
    /// It runs, and has said what it is.
    Ready(Hello),
    /// It is gone. The next need starts a new one.
    Gone(Ended),
}

/// Keeps at most one engine process.
pub struct EngineHost {
    launch: Launch,
    wake: Arc<dyn Fn() + Send + Sync>,
    engine: Option<Engine>,
    state: State,
    /// The id of the device that the user has chosen.
    wanted_device: Option<String>,
    next_job: u64,
    estimates: Estimates,
    bad_cards: Vec<Failure>,
}

impl EngineHost {
    /// Starts nothing. `wake` is called on another thread when [`EngineHost::poll`] has messages.
    pub fn new(program: PathBuf, wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            launch: launch(&program),
            wake: Arc::new(wake),
            engine: None,
            state: State::NotStarted,
            wanted_device: None,
            next_job: 1,
            estimates: Estimates::default(),
            bad_cards: Vec::new(),
        }
    }

    /// The window gets the processor before an engine that is started from now on.
    #[must_use]
    pub fn beside_window(mut self) -> Self {
        self.launch.is_beside_window = true;
        self
    }

    /// Where it stands, as of the last poll.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// True from the start of the process until its end is received.
    pub fn is_running(&self) -> bool {
        self.engine.is_some()
    }

    /// The engine's program.
    pub fn program(&self) -> &Path {
        &self.launch.program
    }

    /// The number of the engine's process while it runs.
    pub fn process_id(&self) -> Option<u32> {
        self.engine.as_ref()?.process_id()
    }

    /// Chooses the device for the next jobs by its id; `None` leaves the choice to Kinora.
    pub fn use_device(&mut self, device: Option<String>) {
        self.wanted_device = device;
    }

    /// Limits the memory that an engine may use that is started from now on, in whole GB; `None`: what is free.
    pub fn use_memory(&mut self, limit_gb: Option<u32>) {
        self.launch.memory = limit_gb.map(|limit| format!("{limit}GB"));
    }

    /// The device for the next jobs: the chosen one, or the default while the engine has no such device. `None` until the
    /// engine has reported its devices.
    pub fn device(&self) -> Option<&Device> {
        let State::Ready(hello) = &self.state else {
            return None;
        };
        hello.device_or_best(self.wanted_device.as_deref())
    }

    /// Starts the engine unless it runs. Returns at once.
    pub fn ensure_started(&mut self) {
        if self.engine.is_none() {
            let wake = Arc::clone(&self.wake);
            self.engine = Some(Engine::launch(self.launch.clone(), move || wake()));
            self.state = State::Starting;
        }
    }

    /// Ends the engine if it runs, and starts a new one.
    pub fn restart(&mut self) {
        self.engine = None;
        self.estimates = Estimates::default();
        self.ensure_started();
    }

    /// A number for a job that no other job of the engine has.
    pub fn fresh_job(&mut self) -> JobId {
        self.next_job += 1;
        JobId(self.next_job)
    }

    /// The model cards that the engine does not use, each with the reason and the remedy, as it reported last.
    pub fn bad_cards(&self) -> &[Failure] {
        &self.bad_cards
    }

    /// What the clip of a request would take, as the engine reported last. `None`: there was no request, or no answer
    /// yet.
    pub fn estimate(&self, request: &Generation) -> Option<&Estimate> {
        self.estimates.of(request)
    }

    /// Requests from a running engine what a clip would take, unless its answer still holds. While the answer to another
    /// request is awaited, nothing is sent: call it again.
    pub fn ask_for_estimate(&mut self, request: &Generation) {
        let (State::Ready(_), Some(engine)) = (&self.state, &self.engine) else {
            return;
        };
        if let Some(question) = self.estimates.ask(request) {
            let generation = Box::new(request.clone());
            engine.send(Request::Estimate {
                question,
                generation,
            });
        }
    }

    /// Sends a request; starts the engine if need be.
    pub fn send(&mut self, request: Request) {
        self.ensure_started();
        if let Some(engine) = &self.engine {
            engine.send(request);
        }
    }

    /// Submits a job whose frames go straight to `subscriber`.
    pub fn submit(&mut self, job: JobId, request: Request, subscriber: SyncSender<JobMessage>) {
        self.ensure_started();
        if let Some(engine) = &self.engine {
            engine.subscribe(job, subscriber);
            engine.send(request);
        }
    }

    /// Takes in what the engine has said, and passes it on. Its end is the last of it. Never waits.
    pub fn poll(&mut self) -> Vec<EngineMessage> {
        let Some(engine) = &self.engine else {
            return Vec::new();
        };
        let messages: Vec<EngineMessage> = engine.poll().collect();
        for message in &messages {
            match message {
                EngineMessage::Event(Event::Hello(hello)) => {
                    self.state = State::Ready(hello.clone());
                }
                EngineMessage::Event(Event::Estimated { question, estimate }) => {
                    self.estimates.answered(*question, estimate.clone());
                }
                EngineMessage::Event(Event::Models(list)) => {
                    self.estimates.grow_old(); // other files
                    self.bad_cards.clone_from(&list.bad_cards);
                }
                EngineMessage::Event(Event::Ended { .. }) => {
                    self.estimates.grow_old(); // other speeds
                }
                EngineMessage::Event(Event::Devices { devices }) => {
                    self.estimates.grow_old();
                    if let State::Ready(hello) = &mut self.state {
                        hello.devices.clone_from(devices);
                    }
                }
                EngineMessage::Event(_) => {}
                EngineMessage::Ended(ended) => {
                    self.engine = None;
                    self.estimates = Estimates::default();
                    self.state = State::Gone(ended.clone());
                }
            }
        }
        messages
    }
}

/// Has the engine look for models in `folder` too, from now on. Returns what is to be said of the folder.
pub fn add_models(folder: &Path) -> Result<String, Failure> {
    run_models(&["add".as_ref(), folder.as_os_str()])
}

/// Converts weights saved by `torch.save` to safetensors. Returns what is to be said of it.
///
/// # Errors
/// The file holds more than tensors, or is damaged; the new file is there already or cannot be written.
pub fn convert_weights(file: &Path, to: Option<&Path>) -> Result<String, Failure> {
    let mut arguments: Vec<&OsStr> = vec!["convert".as_ref(), file.as_os_str()];
    if let Some(to) = to {
        arguments.extend(["--output".as_ref(), to.as_os_str()]);
    }
    run_models(&arguments)
}

/// Runs `kinora-engine models` with these arguments, and returns what it printed.
fn run_models(arguments: &[&OsStr]) -> Result<String, Failure> {
    let output = launch(&program())
        .command()
        .arg("models")
        .args(arguments)
        .output();
    let output = output.map_err(|error| {
        Failure::bad_file(
            format!("{} could not be started: {error}", program().display()),
            "install kinora-engine beside kinora, or name it in KINORA_ENGINE",
        )
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    let words = words.trim().trim_start_matches("error: ");
    let (cause, remedy) = words
        .split_once("\n  ")
        .unwrap_or((words, "see `kinora doctor`"));
    Err(Failure::bad_file(cause, remedy))
}

/// How an engine's program is started: with libtorch of the user's cache, where it has none beside it.
pub fn launch(program: &Path) -> Launch {
    Launch {
        library_folder: cached_libraries(program),
        ..Launch::of(program)
    }
}

/// The library of libtorch that the engine needs.
const LIBTORCH: &str = "libtorch_cpu.so";

/// The newest libtorch of the user's cache, if the program does not find one from its own folder.
fn cached_libraries(program: &Path) -> Option<PathBuf> {
    let program = program.canonicalize().ok()?;
    let own = program.parent()?;
    let found_by_itself = ["", "../lib/kinora", "../../.libtorch/lib"];
    let has_libtorch = |folder: &Path| folder.join(LIBTORCH).exists();
    if found_by_itself
        .iter()
        .any(|folder| has_libtorch(&own.join(folder)))
    {
        return None;
    }
    let ours = directories::ProjectDirs::from("", "", "Kinora")?;
    let unpacked = std::fs::read_dir(ours.cache_dir()).ok()?.flatten();
    let libraries = unpacked.map(|entry| entry.path().join("view/lib"));
    libraries.filter(|folder| has_libtorch(folder)).max()
}

/// The engine's program: the one `KINORA_ENGINE` names, else `kinora-engine` beside this program.
pub fn program() -> PathBuf {
    if let Some(named) = std::env::var_os("KINORA_ENGINE").filter(|named| !named.is_empty()) {
        return named.into();
    }
    let name = format!("kinora-engine{}", std::env::consts::EXE_SUFFIX);
    std::env::current_exe()
        .ok()
        .and_then(|here| here.parent().map(|folder| folder.join(&name)))
        .unwrap_or_else(|| Path::new(&name).into())
}
