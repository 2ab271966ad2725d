//! Default settings of a model in the Diffusers layout.
//! Sampler and timestep shift come from its scheduler configuration.

use std::path::Path;

use kinora_wire::{Failure, GenerationSettings, Sampler};
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

/// Default settings of a folder in the Diffusers layout: sampler and shift of its scheduler configuration, the rest
/// from `fallback_defaults`, the family's defaults.
pub fn of_diffusers(
    folder: &Path,
    fallback_defaults: GenerationSettings,
) -> Result<GenerationSettings, Failure> {
    let path = folder.join("scheduler/scheduler_config.json");
    let theirs = GenerationSettings {
        sampler: Sampler::UniPcDiffusers,
        ..fallback_defaults
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
    Ok(GenerationSettings {
        sampler,
        shift: shift.filter(|shift| *shift > 0.0).unwrap_or(1.0),
        ..theirs
    })
}
