//! `cargo xtask bench NAME`: benchmarks of the release builds, one file each.

mod engine;
mod media;
mod spin;
mod startup;
mod timeline;

use std::process::ExitCode;

use crate::shell::Failed;

/// `cargo xtask bench NAME`.
pub fn bench(name: &str, options: &[&str]) -> Result<ExitCode, Failed> {
    match name {
        "engine" => engine::engine(options),
        "step-cache" => engine::step_cache(options),
        "seeks" => media::seeks(),
        "export" => media::export(),
        "spin" => spin::spin(),
        "window" => media::window(),
        "startup" => startup::startup(),
        "timeline" => timeline::timeline(),
        other => Err(Failed(format!(
            "there is no benchmark {other}; there are: startup, timeline, engine, step-cache, seeks, export, window, spin"
        ))),
    }
}
