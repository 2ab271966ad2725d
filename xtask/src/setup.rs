//! `cargo xtask setup`: prepares a machine with Rust, Python and a C compiler for building Kinora. Every step checks
//! first and changes only what is missing, so that a second run takes a moment.

mod apt;
mod gpu;
mod libtorch;
mod wheel;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use crate::shell::{Failed, seconds};

/// Whether to install the CUDA libraries (2 GB more).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cuda {
    IfGpuSeen,
    Always,
    Never,
}

/// `cargo xtask setup`.
pub fn setup(options: &[&str]) -> Result<ExitCode, Failed> {
    let cuda = match options {
        [] => Cuda::IfGpuSeen,
        ["--cuda"] => Cuda::Always,
        ["--no-cuda"] => Cuda::Never,
        other => {
            eprintln!(
                "error: setup has no option {}; see `cargo xtask help`",
                other.join(" ")
            );
            return Ok(ExitCode::from(2));
        }
    };
    bring_everything(cuda)?;
    Ok(ExitCode::SUCCESS)
}

/// Called first by `run`, `test` and `bench`.
pub fn ensure() -> Result<(), Failed> {
    bring_everything(Cuda::IfGpuSeen)
}

fn bring_everything(cuda: Cuda) -> Result<(), Failed> {
    let start = Instant::now();
    println!("Setting up Kinora");
    step("packages", apt::ensure)?;
    step("libtorch", libtorch::ensure)?;
    step("CUDA", || gpu::ensure(cuda))?;
    println!("  ready in {}\n", seconds(start.elapsed()));
    Ok(())
}

/// Runs one step and prints a line with its result and its time.
fn step(name: &str, work: impl FnOnce() -> Result<String, Failed>) -> Result<(), Failed> {
    let start = Instant::now();
    let outcome = work()?;
    println!("  {name:<9} {outcome} ({})", seconds(start.elapsed()));
    Ok(())
}

/// The folder of downloads and unpacked libraries, shared by all clones of one user.
pub fn cache_folder() -> Result<PathBuf, Failed> {
    let from = |variable: &str| {
        std::env::var_os(variable)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    from("XDG_CACHE_HOME")
        .or_else(|| from("HOME").map(|home| home.join(".cache")))
        .map(|cache| cache.join("kinora"))
        .ok_or_else(|| {
            Failed("neither HOME nor XDG_CACHE_HOME is set: where should downloads be kept?".into())
        })
}
