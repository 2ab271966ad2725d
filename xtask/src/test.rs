//! `cargo xtask test`: the whole check, in the order that fails soonest. CI runs exactly this.

use std::process::ExitCode;

use crate::shell::{Failed, cargo, run, timed, works};

/// `cargo xtask test`.
pub fn test() -> Result<ExitCode, Failed> {
    crate::setup::ensure()?;
    timed("format", || run(cargo().args(["fmt", "--all", "--check"])))?;
    timed("clippy", || {
        run(cargo().args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "--deny",
            "warnings",
        ]))
    })?;
    // The whole-program tests start the programs themselves.
    timed("programs", || {
        run(cargo().args(["build", "--workspace", "--bins"]))
    })?;
    timed("tests", || {
        if works("cargo", &["nextest", "--version"]) {
            run(cargo().args(["nextest", "run", "--workspace"]))
        } else {
            run(cargo().args(["test", "--workspace"]))
        }
    })?;
    timed("docs", || {
        run(cargo()
            .args([
                "doc",
                "--workspace",
                "--no-deps",
                "--document-private-items",
            ])
            .env("RUSTDOCFLAGS", "--deny warnings"))
    })?;
    println!("\nAll checks passed.");
    Ok(ExitCode::SUCCESS)
}
