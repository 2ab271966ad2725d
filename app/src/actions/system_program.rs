//! Opens files and folders with the programs that the system has for them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use egui::Context;

use crate::background::task::{Task, take_all_finished};
use crate::state::app::AppState;

/// The program that finds the right program.
const OPENER: &str = if cfg!(target_os = "macos") {
    "open"
} else if cfg!(windows) {
    "explorer"
} else {
    "xdg-open"
};

/// Opens a file or folder. On another thread, since some openers end with the program that they started.
pub fn open(path: PathBuf, state: &mut AppState, ctx: &Context) {
    let task = Task::start(ctx, move || run(&path));
    state.tasks.system_programs.push(task);
}

fn run(path: &Path) -> Result<(), String> {
    let not_opened = |why: String| format!("{} was not opened: {why}", path.display());
    let ended = Command::new(OPENER)
        .arg(path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map_err(|error| not_opened(format!("{OPENER}: {error}")))?;
    // The explorer of Windows reports a failure even if it succeeds.
    match ended.success() || cfg!(windows) {
        true => Ok(()),
        false => Err(not_opened("the system has no program for it".into())),
    }
}

/// Shows the errors of the openers that have ended.
pub fn poll(state: &mut AppState) {
    for result in take_all_finished(&mut state.tasks.system_programs) {
        if let Err(why) = result {
            state.notifications.error(why);
        }
    }
}
