//! Running other programs: announced, timed, and with failures that name the whole command.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Why a chore failed: one sentence for the user.
#[derive(Debug)]
pub struct Failed(pub String);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Failed {
    /// `what` could not be done to `path`.
    pub fn io(what: &str, path: &Path, error: &std::io::Error) -> Self {
        Self(format!("could not {what} {}: {error}", path.display()))
    }
}

/// The root of the workspace.
pub fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(Path::to_path_buf)
        .unwrap_or_default()
}

/// Cargo, with the workspace root as its working folder.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(workspace_root());
    command
}

/// Runs `command` with its output shown; an exit status other than 0 is a failure.
pub fn run(command: &mut Command) -> Result<(), Failed> {
    let status = command
        .status()
        .map_err(|error| not_started(command, &error))?;
    if status.success() {
        return Ok(());
    }
    Err(Failed(format!(
        "`{}` failed ({status})",
        command_line(command)
    )))
}

/// Runs `command` and returns what it wrote to stdout; its stderr is shown.
pub fn output_of(command: &mut Command) -> Result<String, Failed> {
    let output = command
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| not_started(command, &error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(Failed(format!(
        "`{}` failed ({})",
        command_line(command),
        output.status
    )))
}

/// True if `program` starts and exits with success. Its output is not shown.
pub fn works(program: &str, args: &[&str]) -> bool {
    Command::new(program)
        .args(args)
        .output()
        .is_ok_and(|output| output.status.success())
}

/// Prints the name of a step, runs it, and prints its time.
pub fn timed<T>(step: &str, work: impl FnOnce() -> Result<T, Failed>) -> Result<T, Failed> {
    println!("\n== {step}");
    let start = Instant::now();
    let outcome = work()?;
    println!("== {step}: {}", seconds(start.elapsed()));
    Ok(outcome)
}

/// "0.4 s", "2 min 05 s".
pub fn seconds(time: Duration) -> String {
    let secs = time.as_secs_f64();
    if secs < 60.0 {
        format!("{secs:.1} s")
    } else {
        format!("{} min {:02} s", time.as_secs() / 60, time.as_secs() % 60)
    }
}

fn not_started(command: &Command, error: &std::io::Error) -> Failed {
    Failed(format!(
        "`{}` could not be started: {error}",
        command_line(command)
    ))
}

fn command_line(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}
