//! How a model likes to be used: what is filled in where a request says nothing.

use std::path::Path;

use kinora_wire::{Failure, Guidance, Sampler};
use serde::{Deserialize, Serialize};

/// A model's own settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Width and height of a frame.
    pub size: [u32; 2],
    /// Frames of a clip, 1 + 4n.
    pub frames: u32,
    /// Frames a second it was trained on.
    pub rate: u32,
    /// Steps.
    pub steps: u32,
    /// Sampler.
    pub sampler: Sampler,
    /// Shift.
    pub shift: f64,
    /// Guidance.
    pub guidance: Guidance,
    /// What is not to be seen.
    #[serde(default)]
    pub negative: String,
}

impl Default for Recipe {
    /// The advice for text to video at 480 lines (Wan2.1, `generate.py`).
    fn default() -> Self {
        Self {
            size: [832, 480],
            frames: 81,
            rate: 16,
            steps: 50,
            sampler: Sampler::UniPc,
            shift: 3.0,
            guidance: Guidance::Classifier { scale: 5.0 },
            negative: String::new(),
        }
    }
}

#[derive(Deserialize)]
struct SchedulerConfig {
    #[serde(rename = "_class_name")]
    class: String,
    flow_shift: Option<f64>,
    shift: Option<f64>,
}

impl Recipe {
    /// The recipe of a folder in diffusers' layout: its scheduler, and diffusers' own defaults.
    pub fn of_diffusers(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join("scheduler/scheduler_config.json");
        let usual = Self {
            sampler: Sampler::UniPcDiffusers,
            ..Self::default()
        };
        let Ok(text) = std::fs::read(&path) else {
            return Ok(usual);
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
            _ => (usual.sampler, config.flow_shift.or(config.shift)),
        };
        Ok(Self {
            sampler,
            shift: shift.filter(|shift| *shift > 0.0).unwrap_or(1.0),
            ..usual
        })
    }
}
