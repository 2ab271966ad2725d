//! How an engine process is started: the program, and environment variables that let it share the CPU.
//! Variables that the user has set are kept.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How many times a libtorch (OpenMP) thread polls for work before it sleeps. The default is unlimited: on a busy
/// machine waiting threads then take CPU time from working ones. Measured in `cargo xtask bench engine`; results stay
/// the same to the bit.
const SPIN_COUNT: &str = "10000";
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
}

impl Launch {
    /// A program that finds its libraries by itself, without a window.
    pub fn of(program: &Path) -> Self {
        Self {
            program: program.into(),
            library_folder: None,
            is_beside_window: false,
        }
    }

    /// The command, without arguments. Environment variables that the user has set are kept.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        let mut set = |name: &str, value: &str| {
            if std::env::var_os(name).is_none() {
                command.env(name, value);
            }
        };
        // Makes CUDA number cards in the order of NVML, which reports their names and memory.
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
