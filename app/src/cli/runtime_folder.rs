//! A runtime folder on machines without one. Mesa looks for a Wayland display there, and libwayland prints an error to
//! stderr of every command if `XDG_RUNTIME_DIR` is not set.

use std::process::Command;

use kinora_studio::folders::Folders;

const VARIABLE: &str = "XDG_RUNTIME_DIR";

/// If the variable is not set, executes this program again with a folder of the user's data as runtime folder: a running
/// program cannot change its environment without unsafe code. Returns if nothing is to be done, or if it cannot be done,
/// since the program works either way.
pub fn ensure_runtime_folder() {
    use std::os::unix::fs::DirBuilderExt as _;
    use std::os::unix::process::CommandExt as _;

    if cfg!(not(target_os = "linux")) || std::env::var_os(VARIABLE).is_some() {
        return;
    }
    let folder = Folders::of_user().data.join("runtime");
    let mut builder = std::fs::DirBuilder::new();
    // Readable by the user alone, as the XDG base directory specification requires.
    if builder.recursive(true).mode(0o700).create(&folder).is_err() {
        return;
    }
    let Ok(program) = std::env::current_exe() else {
        return;
    };
    let mut arguments = std::env::args_os();
    let mut command = Command::new(program);
    if let Some(name) = arguments.next() {
        command.arg0(name);
    }
    let error = command.args(arguments).env(VARIABLE, folder).exec();
    tracing::warn!("the program could not be started again with a {VARIABLE}: {error}");
}
