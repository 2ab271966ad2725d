//! How an engine process is started: the program, and environment variables that let it share the CPU.
//! Variables that the user has set are kept.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::memory::MEMORY_VARIABLE;

/// How many times a libtorch (OpenMP) thread polls for work before it sleeps. The default is unlimited: on a busy
/// machine waiting threads then take CPU time from working ones. Measured by `cargo xtask bench spin`; results stay
/// the same to the bit.
const SPIN_COUNT: &str = "1000";
/// Read by `kinora-engine`: the nice level it gives itself.
pub const NICE_VARIABLE: &str = "KINORA_NICE";
/// Nice level of an engine next to a window, so that the window stays responsive.
const NICE_BESIDE_WINDOW: &str = "5";

/// A program to start, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// The program.
    pub program: PathBuf,
    /// A folder with libtorch, if the program does not find it by itself.
    pub library_folder: Option<PathBuf>,
    /// Whether a window on this machine shares the CPU with it.
    pub is_beside_window: bool,
    /// The memory of its device that it may use, as `--memory` writes it. `None`: what is free.
    pub memory: Option<String>,
}

impl Launch {
    /// A program that finds its libraries by itself, without a window.
    pub fn of(program: &Path) -> Self {
        Self {
            program: program.into(),
            library_folder: None,
            is_beside_window: false,
            memory: None,
        }
    }

    /// The command, without arguments. Environment variables that the user has set are kept.
    pub fn command(&self) -> Command {
        self.command_in(|name| std::env::var_os(name))
    }

    /// [`Launch::command`] in an environment where a variable has the value that `variable` returns.
    fn command_in(&self, variable: impl Fn(&str) -> Option<OsString>) -> Command {
        let mut command = Command::new(&self.program);
        let mut set = |name: &str, value: &str| {
            if variable(name).is_none() {
                command.env(name, value);
            }
        };
        // Makes CUDA number cards in the order of NVML, which reports their names and memory.
        set("CUDA_DEVICE_ORDER", "PCI_BUS_ID");
        if variable("OMP_WAIT_POLICY").is_none() {
            set("GOMP_SPINCOUNT", SPIN_COUNT);
        }
        if self.is_beside_window {
            set(NICE_VARIABLE, NICE_BESIDE_WINDOW);
        }
        if let Some(memory) = &self.memory {
            set(MEMORY_VARIABLE, memory);
        }
        if let Some(folder) = &self.library_folder {
            const VARIABLE: &str = "LD_LIBRARY_PATH";
            let mut folders = vec![folder.clone()];
            let others = variable(VARIABLE);
            folders.extend(std::env::split_paths(&others.unwrap_or_default()));
            let joined = std::env::join_paths(folders);
            command.env(VARIABLE, joined.unwrap_or_else(|_| OsString::from(folder)));
        }
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(command: &Command, name: &str) -> Option<String> {
        let set = command.get_envs().find(|(key, _)| *key == name)?.1?;
        Some(set.to_string_lossy().into_owned())
    }

    #[test]
    fn an_engine_spins_briefly_and_lets_the_window_go_first() {
        let mut launch = Launch::of(Path::new("kinora-engine"));
        let alone = launch.command_in(|_| None);
        let spins = variable(&alone, "GOMP_SPINCOUNT");
        assert_eq!(spins.as_deref(), Some(SPIN_COUNT));
        assert_eq!(variable(&alone, NICE_VARIABLE), None);
        assert_eq!(variable(&alone, MEMORY_VARIABLE), None);
        launch.is_beside_window = true;
        launch.memory = Some("8GB".into());
        launch.library_folder = Some("/libraries".into());
        let beside = launch.command_in(|_| Some("/others".into()));
        let libraries = variable(&beside, "LD_LIBRARY_PATH");
        assert_eq!(libraries.as_deref(), Some("/libraries:/others"));
        let beside = launch.command_in(|_| None);
        let nice = variable(&beside, NICE_VARIABLE);
        assert_eq!(nice.as_deref(), Some(NICE_BESIDE_WINDOW));
        let memory = variable(&beside, MEMORY_VARIABLE);
        assert_eq!(memory.as_deref(), Some("8GB"));
    }

    #[test]
    fn what_the_user_has_set_is_kept() {
        let mut launch = Launch::of(Path::new("kinora-engine"));
        launch.memory = Some("8GB".into());
        let user_set = launch.command_in(|_| Some("1".into()));
        assert_eq!(user_set.get_envs().count(), 0);
        let passive =
            launch.command_in(|name| (name == "OMP_WAIT_POLICY").then(|| "passive".into()));
        assert_eq!(variable(&passive, "GOMP_SPINCOUNT"), None);
    }
}
