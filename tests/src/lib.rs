//! Shared by the whole-program tests: the real programs, the window without a screen, and a virtual user.

pub mod microphone;
pub mod model_hub;
pub mod studio;
pub mod virtual_user;

use std::collections::BTreeSet;
use std::f32::consts::TAU;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use kinora_render::compose::Compositor;
use kinora_render::{Content, Format, Writer};
use kinora_timeline::FrameRate;
use xtask::shell;
use xtask::test::PROGRAMS_ARE_BUILT;

/// The program `name` of this workspace, built if it is not up to date. `cargo xtask test` builds all of them first and
/// says so: each test is a process of its own there, and cargo takes half a second to report that nothing changed.
///
/// # Panics
/// If it cannot be built.
pub fn program(name: &str) -> PathBuf {
    static BUILT: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let mut built = BUILT.lock().expect("nobody panicked while building");
    if !built.contains(name) && std::env::var_os(PROGRAMS_ARE_BUILT).is_none() {
        let status = shell::cargo()
            .args(["build", "--quiet", "--bin", name])
            .status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "{name} does not build"
        );
        built.insert(name.to_owned());
    }
    let test = std::env::current_exe().expect("this test is a program");
    let target = test
        .ancestors()
        .nth(2)
        .expect("tests lie in target/<profile>/deps");
    target.join(name)
}

/// A program in `folder` that is an engine following `script` (see src/bin/kinora-fake-engine/scripts.rs).
///
/// # Panics
/// If it cannot be created.
pub fn fake_engine(script: &str, folder: &Path) -> PathBuf {
    let path = folder.join("engine");
    let fake = program("kinora-fake-engine");
    let text = format!("#!/bin/sh\nexec '{}' {script}\n", fake.display());
    fs::write(&path, text).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("made a program");
    path
}

/// `kinora` with all its folders under `home`, instead of the user's.
pub fn kinora(home: &Path) -> Command {
    program("kinora-engine");
    let mut command = Command::new(program("kinora"));
    command
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_CACHE_HOME", home.join("cache"))
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_RUNTIME_DIR", home)
        .env_remove("KINORA_ENGINE")
        .env_remove("WAYLAND_DISPLAY");
    command
}

/// How long a test waits for a disk, a thread or a process. It is not a measurement, and only a failing test waits to
/// the end: a disk that a build has just filled can stall for many seconds.
pub const PATIENCE: Duration = Duration::from_mins(4);

/// Searches for graphics adapters before a window does so on its own thread: a test that ends during that search
/// would crash in the driver, since only the program itself waits for it.
pub fn find_graphics() {
    drop(Compositor::of_this_machine());
}

/// Calls `look` until it finds something, for at most `patience`.
pub fn eventually<T>(patience: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + patience;
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if Instant::now() > end {
            return None;
        }
        #[expect(clippy::disallowed_methods, reason = "a test may wait")]
        std::thread::sleep(Duration::from_millis(30));
    }
}

/// Writes a file with `samples` samples of a tone at 48 kHz.
///
/// # Panics
/// If it cannot be written.
pub fn tone(path: &Path, samples: u32) {
    let content = Content {
        size: [2, 2],
        rate: FrameRate::FPS_24,
        has_sound: true,
    };
    let mut writer = Writer::create(path, Format::WAV, content).expect("a writer");
    let samples: Vec<f32> = (0..samples)
        .flat_map(|at| [0.3 * (at as f32 * 440.0 * TAU / 48_000.0).sin(); 2])
        .collect();
    writer.sound(&samples).expect("sound");
    writer.finish().expect("finished");
}
