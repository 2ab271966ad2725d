//! The cost of editing, undoing, querying, saving and opening projects of 100 to 10,000 clips, and of opening compared
//! with the OTIO reference library. The benchmark itself is an example of `kinora-timeline`.

use std::process::ExitCode;

use crate::shell::{Failed, cargo, run};
use crate::test::python_with_otio;

/// `cargo xtask bench timeline`.
pub fn timeline() -> Result<ExitCode, Failed> {
    crate::setup::ensure()?;
    run(cargo()
        .args([
            "run",
            "--release",
            "--quiet",
            "--package",
            "kinora-timeline",
            "--example",
            "measure",
        ])
        .envs(python_with_otio()?))?;
    Ok(ExitCode::SUCCESS)
}
