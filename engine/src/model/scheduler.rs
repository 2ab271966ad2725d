//! The defaults of a model in diffusers' layout, read from its scheduler's configuration.

use std::path::Path;

use kinora_wire::{Failure, ModelDefaults, Sampler};
use serde::Deserialize;

use crate::files::read_small;
use crate::weights::LONGEST_JSON_BYTES;

#[derive(Deserialize)]
struct SchedulerConfig {
    #[serde(rename = "_class_name")]
    class: String,
    flow_shift: Option<f64>,
    shift: Option<f64>,
}

/// The defaults of a folder in diffusers' layout: those of its scheduler, and diffusers' own for the rest. `usual` are
/// its family's.
pub fn of_diffusers(folder: &Path, usual: ModelDefaults) -> Result<ModelDefaults, Failure> {
    let path = folder.join("scheduler/scheduler_config.json");
    let theirs = ModelDefaults {
        sampler: Sampler::UniPcDiffusers,
        ..usual
    };
    let Ok(text) = read_small(&path, LONGEST_JSON_BYTES) else {
        return Ok(theirs);
    };
    let config: SchedulerConfig = serde_json::from_slice(&text).map_err(|error| {
        Failure::bad_file(
            format!("{}: {error}", path.display()),
            "fetch it again; it came with the model",
        )
    })?;
    let (sampler, shift) = match config.class.as_str() {
        "UniPCMultistepScheduler" => (Sampler::UniPcDiffusers, config.flow_shift),
        "FlowMatchEulerDiscreteScheduler" => (Sampler::Euler, config.shift),
        _ => (theirs.sampler, config.flow_shift.or(config.shift)),
    };
    Ok(ModelDefaults {
        sampler,
        shift: shift.filter(|shift| *shift > 0.0).unwrap_or(1.0),
        ..theirs
    })
}
