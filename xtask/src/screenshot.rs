//! `cargo xtask screenshot`: takes a picture of the welcome page from the real program.

use std::process::ExitCode;

use crate::display::Display;
use crate::run::{build_release, kinora, target_folder};
use crate::shell::{Failed, run};

/// `cargo xtask screenshot`.
pub fn renew() -> Result<ExitCode, Failed> {
    crate::setup::ensure()?;
    build_release()?;
    // A home folder of its own, without the user's recent projects.
    let home = target_folder().join("screenshot-home");
    let display = Display::start("1600x1000")?;
    let picture = target_folder().join("welcome.png");
    run(display.on(kinora()
        .arg("--screenshot")
        .arg(&picture)
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_DATA_HOME", home.join("data"))))?;
    println!("written: {}", picture.display());
    Ok(ExitCode::SUCCESS)
}
