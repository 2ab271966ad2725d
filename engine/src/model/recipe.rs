//! How a model likes to be used: what is filled in where a request says nothing.

use std::path::Path;

use kinora_wire::{Failure, Guidance, Recipe, Sampler};
use serde::Deserialize;

use crate::files::read_small;
use crate::weights::LONGEST_JSON_BYTES;

/// The advice for text to video at 480 lines (Wan2.1, `generate.py`).
pub fn usual() -> Recipe {
    Recipe {
        size: [832, 480],
        frames: 81,
        rate: 16,
        steps: 50,
        sampler: Sampler::UniPc,
        shift: 3.0,
        guidance: Guidance::Classifier { scale: 5.0 },
        negative: String::new(),
        control_strength: 1.0,
    }
}

#[derive(Deserialize)]
struct SchedulerConfig {
    #[serde(rename = "_class_name")]
    class: String,
    flow_shift: Option<f64>,
    shift: Option<f64>,
}

/// The recipe of a folder in diffusers' layout: its scheduler, and diffusers' own defaults.
pub fn of_diffusers(folder: &Path) -> Result<Recipe, Failure> {
    let path = folder.join("scheduler/scheduler_config.json");
    let theirs = Recipe {
        sampler: Sampler::UniPcDiffusers,
        ..usual()
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
    Ok(Recipe {
        sampler,
        shift: shift.filter(|shift| *shift > 0.0).unwrap_or(1.0),
        ..theirs
    })
}
