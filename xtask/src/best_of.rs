//! `cargo xtask best-of`: what the best of N takes is worth on the starter model. The experiment is an example of
//! `kinora-tests`; it runs the real program.

use std::process::ExitCode;

use crate::run::{build_release, target_folder};
use crate::shell::{Failed, cargo, run};

/// `cargo xtask best-of [OPTIONS]`; the options are those of the example.
pub fn best_of(options: &[&str]) -> Result<ExitCode, Failed> {
    crate::setup::ensure()?;
    build_release()?;
    let release = ["run", "--release", "--quiet", "--package", "kinora-tests"];
    run(cargo()
        .args(release)
        .args(["--example", "best_of", "--", "--kinora"])
        .arg(target_folder().join("release").join("kinora")) // where it was built; an option replaces it
        .args(options))?;
    Ok(ExitCode::SUCCESS)
}
