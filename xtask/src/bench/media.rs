//! Seeking, exporting, and the window's frame times. The benchmarks themselves are examples of `kinora-render` and
//! `kinora-tests`.

use std::process::ExitCode;

use crate::shell::{Failed, cargo, run};

/// `cargo xtask bench seeks`: seeking to any frame of a video, compared with bare libavcodec.
pub fn seeks() -> Result<ExitCode, Failed> {
    example("kinora-render", "seeks")
}

/// `cargo xtask bench export`: exporting a project, compared with `melt` and `ffmpeg`.
pub fn export() -> Result<ExitCode, Failed> {
    example("kinora-render", "exports")
}

/// `cargo xtask bench window`: the time of the UI thread per frame, an example of `kinora-tests`.
pub fn window() -> Result<ExitCode, Failed> {
    crate::setup::ensure()?;
    let engine = [
        "build",
        "--release",
        "--quiet",
        "--package",
        "kinora-engine",
    ];
    run(cargo().args(engine))?; // generates while the window is measured
    example("kinora-tests", "window")
}

fn example(package: &str, name: &str) -> Result<ExitCode, Failed> {
    crate::setup::ensure()?;
    let release = ["run", "--release", "--quiet", "--package", package];
    run(cargo().args(release).args(["--example", name]))?;
    Ok(ExitCode::SUCCESS)
}
