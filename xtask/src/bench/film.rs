//! Finding frames beside bare libavcodec, and writing a film out. The measuring itself is an example of
//! `kinora-render`.

use std::process::ExitCode;

use crate::shell::{Failed, cargo, run};

/// `cargo xtask bench film`.
pub fn film() -> Result<ExitCode, Failed> {
    example("kinora-render", "films")
}

/// `cargo xtask bench window`: how long the window's thread is busy in a frame, an example of `kinora-tests`.
pub fn window() -> Result<ExitCode, Failed> {
    example("kinora-tests", "window")
}

fn example(package: &str, name: &str) -> Result<ExitCode, Failed> {
    crate::setup::ensure()?;
    let words = ["run", "--release", "--quiet", "--package", package];
    run(cargo().args(words).args(["--example", name]))?;
    Ok(ExitCode::SUCCESS)
}
