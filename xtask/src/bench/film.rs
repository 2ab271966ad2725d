//! Finding frames, writing a film out, and the window's frames. The measuring itself is in examples of `kinora-render`
//! and `kinora-tests`.

use std::process::ExitCode;

use crate::shell::{Failed, cargo, run};

/// `cargo xtask bench seeks`: any frame of a film, beside bare libavcodec.
pub fn seeks() -> Result<ExitCode, Failed> {
    example("kinora-render", "seeks")
}

/// `cargo xtask bench export`: a film written out, beside `melt` and `ffmpeg`.
pub fn export() -> Result<ExitCode, Failed> {
    example("kinora-render", "exports")
}

/// `cargo xtask bench window`: how long the window's thread is busy in a frame, an example of `kinora-tests`.
pub fn window() -> Result<ExitCode, Failed> {
    crate::setup::ensure()?;
    let engine = [
        "build",
        "--release",
        "--quiet",
        "--package",
        "kinora-engine",
    ];
    run(cargo().args(engine))?; // it generates while the window is measured
    example("kinora-tests", "window")
}

fn example(package: &str, name: &str) -> Result<ExitCode, Failed> {
    crate::setup::ensure()?;
    let words = ["run", "--release", "--quiet", "--package", package];
    run(cargo().args(words).args(["--example", name]))?;
    Ok(ExitCode::SUCCESS)
}
