//! How an engine process is started: its program, and the environment that lets it share a processor.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Turns that a thread of libtorch waits in a loop for the next piece of work before it sleeps. Unlimited, which is
/// usual, threads of a busy machine take the processor from one another just to wait. Measured in
/// `cargo xtask bench engine`; the results have the same bits.
const SPIN_COUNT: &str = "10000";
/// Read by `kinora-engine`: the nice level it gives itself.
pub const NICE_VARIABLE: &str = "KINORA_NICE";
/// A window beside the engine gets the processor first.
const NICE_BESIDE_WINDOW: &str = "5";

/// What is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// The program.
    pub program: PathBuf,
    /// A folder with libtorch, for a program that does not find it by itself.
    pub library_folder: Option<PathBuf>,
    /// Whether a window shares the processor with it.
    pub is_beside_window: bool,
}

impl Launch {
    /// A program that finds its libraries, without a window.
    pub fn of(program: &Path) -> Self {
        Self {
            program: program.into(),
            library_folder: None,
            is_beside_window: false,
        }
    }

    /// The command, without arguments. What the user has set in the environment is left as it is.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        let mut set = |name: &str, value: &str| {
            if std::env::var_os(name).is_none() {
                command.env(name, value);
            }
        };
        // CUDA then counts cards as the driver's own library does, which reports their names and memory.
        set("CUDA_DEVICE_ORDER", "PCI_BUS_ID");
        if std::env::var_os("OMP_WAIT_POLICY").is_none() {
            set("GOMP_SPINCOUNT", SPIN_COUNT);
        }
        if self.is_beside_window {
            set(NICE_VARIABLE, NICE_BESIDE_WINDOW);
        }
        if let Some(folder) = &self.library_folder {
            const VARIABLE: &str = "LD_LIBRARY_PATH";
            let mut folders = vec![folder.clone()];
            let others = std::env::var_os(VARIABLE);
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
    fn an_engine_waits_politely_and_beside_a_window_behind_it() {
        let mut launch = Launch::of(Path::new("kinora-engine"));
        let alone = launch.command();
        assert_eq!(variable(&alone, "GOMP_SPINCOUNT").as_deref(), Some("10000"));
        assert_eq!(variable(&alone, NICE_VARIABLE), None);
        launch.is_beside_window = true;
        launch.library_folder = Some("/libraries".into());
        let beside = launch.command();
        assert_eq!(variable(&beside, NICE_VARIABLE).as_deref(), Some("5"));
        let libraries = variable(&beside, "LD_LIBRARY_PATH").expect("set");
        assert!(libraries.starts_with("/libraries"), "{libraries}");
    }
}
