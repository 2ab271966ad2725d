//! A virtual display (Xvfb) for machines without one; stopped when dropped.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use crate::shell::Failed;

/// True if there is a display to open a window on.
pub fn display_here() -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// A running Xvfb.
pub struct Display {
    server: Child,
    name: String,
}

impl Display {
    /// Starts Xvfb with one 24-bit screen of `size`, on a free display number.
    pub fn start(size: &str) -> Result<Self, Failed> {
        let mut server = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                &format!("{size}x24"),
                "-nolisten",
                "tcp",
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| {
                Failed(format!(
                    "Xvfb could not be started: {error}; `cargo xtask setup` installs it"
                ))
            })?;
        let mut number = String::new();
        if let Some(stdout) = server.stdout.take() {
            BufReader::new(stdout)
                .read_line(&mut number)
                .map_err(|error| Failed(format!("Xvfb gave no display: {error}")))?;
        }
        if number.trim().is_empty() {
            return Err(Failed("Xvfb ended before it gave a display".into()));
        }
        Ok(Self {
            server,
            name: format!(":{}", number.trim()),
        })
    }

    /// The display name, such as ":99".
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Makes `command` open its windows on this display.
    pub fn on<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        // Without a runtime folder the EGL of some drivers prints warnings to stderr.
        if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
            command.env("XDG_RUNTIME_DIR", std::env::temp_dir());
        }
        command
            .env("DISPLAY", &self.name)
            .env_remove("WAYLAND_DISPLAY")
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}
