//! What the whole-program tests share: the real programs, and a person at a virtual screen.

pub mod person;

use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use xtask::shell;

/// The program `name` of this workspace, built if it is not up to date.
///
/// # Panics
/// If it cannot be built.
pub fn program(name: &str) -> PathBuf {
    static BUILDING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = BUILDING.lock();
    let built = shell::cargo()
        .args(["build", "--quiet", "--bin", name])
        .status();
    assert!(
        built.is_ok_and(|status| status.success()),
        "{name} does not build"
    );
    let test = std::env::current_exe().expect("this test is a program");
    let target = test
        .ancestors()
        .nth(2)
        .expect("tests lie in target/<profile>/deps");
    target.join(name)
}

/// `kinora` with folders of its own under `home`, whatever the user's are.
pub fn kinora(home: &std::path::Path) -> Command {
    program("kinora-engine");
    let mut command = Command::new(program("kinora"));
    command
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_RUNTIME_DIR", home)
        .env_remove("KINORA_ENGINE")
        .env_remove("WAYLAND_DISPLAY");
    command
}

/// Looks again and again until `look` finds something, at most `patience`.
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
