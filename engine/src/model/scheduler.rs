//! Default settings of a model in the Diffusers layout.
//! Sampler and timestep shift come from its scheduler configuration.

use std::path::Path;

use kinora_wire::{ExpertSwitch, Failure, GenerationSettings, Sampler};
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

/// What `model_index.json` says of two experts. Everything in it may be missing.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ModelIndex {
    /// Share of the timesteps at which the second transformer takes over.
    boundary_ratio: Option<f64>,
    /// Library and class of the second transformer, or nulls.
    transformer_2: Vec<Option<String>>,
}

impl ModelIndex {
    /// An index that cannot be read says nothing: the folders count.
    fn of(folder: &Path) -> Self {
        let text = read_small(&folder.join("model_index.json"), LONGEST_JSON_BYTES);
        let text = text.unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }
}

/// Whether the index of a folder in the Diffusers layout lists a second transformer.
pub fn names_second_transformer(folder: &Path) -> bool {
    ModelIndex::of(folder)
        .transformer_2
        .iter()
        .any(Option::is_some)
}

/// Default settings of a folder in the Diffusers layout: sampler and shift of its scheduler configuration, the switch of
/// two experts of its index, the rest from `fallback_defaults`, the family's defaults for it.
pub fn of_diffusers(
    folder: &Path,
    fallback_defaults: GenerationSettings,
) -> Result<GenerationSettings, Failure> {
    let path = folder.join("scheduler/scheduler_config.json");
    let has_experts = fallback_defaults.expert_switch != ExpertSwitch::Never;
    let boundary = ModelIndex::of(folder)
        .boundary_ratio
        .filter(|_| has_experts);
    let switch = boundary.map(ExpertSwitch::Timestep);
    let theirs = GenerationSettings {
        // Of UniPC there are two forms. Another solver is the advice for this model.
        sampler: match fallback_defaults.sampler {
            Sampler::UniPc => Sampler::UniPcDiffusers,
            other => other,
        },
        expert_switch: switch
            .filter(|switch| switch.is_possible())
            .unwrap_or(fallback_defaults.expert_switch),
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
    let shift = match has_experts {
        true => theirs.shift, // repositories of experts carry the shift of smaller models, 3
        false => shift.filter(|shift| *shift > 0.0).unwrap_or(1.0),
    };
    Ok(GenerationSettings {
        sampler,
        shift,
        ..theirs
    })
}
