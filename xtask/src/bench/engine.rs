//! The engine compared with diffusers on the same model: one forward pass, fifty steps, a cold start, a decode by either
//! autoencoder; and loading of packed weights compared with `cat`. The pairing and the table are in
//! engine/benches/compare.py; this file provides both programs.

use std::process::{Command, ExitCode};

use crate::reference::python_with_reference;
use crate::run::{build_release_engine, target_folder};
use crate::setup::cache_folder;
use crate::shell::{Failed, run, workspace_root};

/// `cargo xtask bench engine [--quick] [NAME...]`.
pub fn engine(options: &[&str]) -> Result<ExitCode, Failed> {
    crate::setup::ensure()?;
    let python = python_with_reference()?;
    build_release_engine()?;
    let root = workspace_root();
    let status = Command::new(python)
        .arg(root.join("engine/benches/compare.py"))
        .arg(root.join("target/release/kinora-engine"))
        .arg(cache_folder()?.join("bench"))
        .args(options)
        .status()
        .map_err(|error| Failed(format!("Python could not be started: {error}")))?;
    Ok(match status.success() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// `cargo xtask bench step-cache [OPTIONS]`: clips of the starter model with and without the step cache. Prints seconds and
/// PSNR as JSON. The options are those of `kinora-engine bench`.
pub fn step_cache(options: &[&str]) -> Result<ExitCode, Failed> {
    crate::setup::ensure()?;
    build_release_engine()?;
    let engine = target_folder().join("release").join("kinora-engine");
    let mut command = Command::new(engine);
    run(command
        .args(["bench", "step-cache", "starter"])
        .args(options))?;
    Ok(ExitCode::SUCCESS)
}
