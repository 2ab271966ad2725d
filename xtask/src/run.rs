//! `cargo xtask run` and `doctor`: set up, build both programs, start the studio. Without a display the sample
//! project is rendered instead.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::display::{Display, display_here};
use crate::shell::{Failed, cargo, run as run_command, timed, workspace_root};

/// Builds `kinora` and `kinora-engine` with optimisations, as artists run them.
pub fn build_release() -> Result<(), Failed> {
    timed("build (release)", || {
        run_command(cargo().args([
            "build",
            "--release",
            "--bin",
            "kinora",
            "--bin",
            "kinora-engine",
        ]))
    })
}

/// Builds `kinora-engine` alone, with optimisations.
pub fn build_release_engine() -> Result<(), Failed> {
    run_command(cargo().args([
        "build",
        "--release",
        "--quiet",
        "--package",
        "kinora-engine",
    ]))
}

/// The `kinora` that [`build_release`] built. Started directly, since `cargo run` would add its own time.
pub fn kinora() -> Command {
    Command::new(target_folder().join("release").join("kinora"))
}

/// Cargo's target folder: this program lies in a profile's folder of it.
pub fn target_folder() -> PathBuf {
    let here = std::env::current_exe().ok();
    let target = here
        .as_deref()
        .and_then(Path::parent)
        .and_then(Path::parent);
    target.map_or_else(|| workspace_root().join("target"), Path::to_path_buf)
}

/// `cargo xtask run`: opens the sample project, generates missing takes and plays it; or runs with `args`.
pub fn run(args: &[&str]) -> Result<ExitCode, Failed> {
    crate::setup::ensure()?;
    build_release()?;
    if display_here() {
        let usual = ["--sample", "--show"];
        let args = if args.is_empty() { &usual } else { args };
        println!("\nOpening the studio");
        return exit_code_of(kinora().args(args));
    }
    println!("\nNo display (neither DISPLAY nor WAYLAND_DISPLAY is set).");
    if !args.is_empty() {
        return pictured(args);
    }
    println!(
        "Rendering the sample project instead: generating its shots, then exporting the video."
    );
    let video = target_folder().join("First light.mp4");
    let render = [
        "render",
        "--sample",
        "--generate",
        "--upscale",
        "starter-upscaler",
        "--overwrite",
        "--output",
    ];
    let code = exit_code_of(kinora().args(render).arg(&video))?;
    if code == ExitCode::SUCCESS {
        println!("The video: {}", video.display());
    }
    Ok(code)
}

/// Runs the window on a virtual display and takes a screenshot.
fn pictured(args: &[&str]) -> Result<ExitCode, Failed> {
    let picture = target_folder().join("kinora-window.png");
    let display = Display::start("1600x1000")?;
    let code = exit_code_of(display.on(kinora().args(args).arg("--screenshot").arg(&picture)))?;
    if code == ExitCode::SUCCESS {
        println!("Screenshot of the window: {}", picture.display());
    }
    Ok(code)
}

/// `cargo xtask doctor`.
pub fn doctor(args: &[&str]) -> Result<ExitCode, Failed> {
    crate::setup::ensure()?;
    build_release()?;
    exit_code_of(kinora().arg("doctor").args(args))
}

fn exit_code_of(command: &mut Command) -> Result<ExitCode, Failed> {
    let status = command
        .status()
        .map_err(|error| Failed(format!("kinora could not be started: {error}")))?;
    Ok(status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .map_or(ExitCode::FAILURE, ExitCode::from))
}
