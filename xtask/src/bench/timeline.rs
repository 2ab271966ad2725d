//! The cost of cutting, undoing, asking, saving and opening, on films of 100 to 10,000 clips, and opening
//! against the OTIO library of reference. The measuring itself is an example of `kinora-timeline`.

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
