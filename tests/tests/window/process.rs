//! The real window on a virtual display: it opens, and it survives its engine's death.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use kinora_tests::virtual_user::{RETURN, VirtualUser};
use kinora_tests::{PATIENCE, eventually, kinora};
use xtask::display::Display;

/// An open studio; closed when dropped.
struct Studio(Child);

impl Studio {
    fn open(home: &Path, display: &Display, arguments: &[&str]) -> Self {
        let log = fs::File::create(home.join("log")).expect("a log");
        let mut command = kinora(home);
        let command = display.on(command.args(arguments).stderr(log).stdout(Stdio::null()));
        Self(command.spawn().expect("kinora starts"))
    }

    fn is_open(&mut self) -> bool {
        self.0.try_wait().expect("asked").is_none()
    }

    /// Its child processes that still run.
    fn children(&self) -> Vec<String> {
        let process = self.0.id();
        let list = fs::read_to_string(format!("/proc/{process}/task/{process}/children"))
            .unwrap_or_default();
        // Children started by other threads are listed there.
        let threads = fs::read_dir(format!("/proc/{process}/task"))
            .into_iter()
            .flatten()
            .flatten();
        let of_threads =
            threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
        std::iter::once(list)
            .chain(of_threads)
            .flat_map(|list| {
                list.split_whitespace()
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            })
            .collect()
    }
}

impl Drop for Studio {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[test]
fn the_window_opens_and_shows_something() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let display = Display::start("1280x720").expect("Xvfb");
    let user = VirtualUser::at(display.name());
    assert_eq!(
        user.screenshot().colours(),
        1,
        "the screen is blank at first"
    );
    let mut studio = Studio::open(home.path(), &display, &[]);
    user.wait_for_window();
    assert!(
        user.screenshot().colours() > 1000,
        "the welcome picture has many colours"
    );
    assert!(studio.is_open());
    assert!(
        studio.children().is_empty(),
        "the engine is not started before it is needed"
    );
}

#[test]
fn a_killed_engine_leaves_the_window_alive_and_is_reported() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let display = Display::start("1280x720").expect("Xvfb");
    let user = VirtualUser::at(display.name());
    let mut studio = Studio::open(home.path(), &display, &[]);
    user.wait_for_window();
    user.see_change(|| user.press_with_control('k'));
    user.see_change(|| user.type_text("start the engine"));
    user.press(RETURN);
    let engine =
        eventually(PATIENCE, || studio.children().first().cloned()).expect("an engine process");
    let before = user.screenshot();
    Command::new("kill")
        .args(["-9", &engine])
        .status()
        .expect("kill");
    let log = || fs::read_to_string(home.path().join("log")).unwrap_or_default();
    eventually(PATIENCE, || {
        log().contains("the engine ended (signal: 9").then_some(())
    })
    .expect("the end is reported");
    eventually(PATIENCE, || {
        (user.screenshot().difference(&before) > 0.01).then_some(())
    })
    .expect("and shown");
    assert!(studio.is_open());
    assert!(studio.children().is_empty());
}

#[test]
fn the_sample_film_opens_from_the_command_line() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let display = Display::start("1280x720").expect("Xvfb");
    let _studio = Studio::open(home.path(), &display, &["--sample"]);
    let project = home
        .path()
        .join("data/kinora/First light.kinora/project.ron");
    eventually(PATIENCE, || project.exists().then_some(())).expect("the user's copy of the sample");
    let recent = home.path().join("config/kinora/recent.ron");
    eventually(PATIENCE, || {
        fs::read_to_string(&recent)
            .is_ok_and(|list| list.contains("First light"))
            .then_some(())
    })
    .expect("it is remembered");
}
