//! The seconds of a clip before it starts, from the speed of earlier clips of the same networks on the same device: the
//! operations of its forward passes, and the pixels of its frames.

use kinora_wire::GenerationSettings;

use crate::experts::{guidance_of, runs};
use crate::family::ClipWork;
use crate::guidance::{is_zero_step, needs_negative};
use crate::job::SpeedHistory;
use crate::memory::{MemoryPlan, NetworkForm, PictureForm, TransformerForm};
use crate::plan::Plan;
use crate::sampler::Schedule;

/// The seconds of denoising and decoding; with a step cache, at most. Reading the model's files is not counted. `None`: the
/// device has not run these networks in this form yet.
pub fn expected_seconds(
    speed: &SpeedHistory,
    work: &ClipWork,
    plan: &Plan,
    memory: &MemoryPlan,
) -> Option<f64> {
    let rate = |work: &str| speed.rates.of(&speed.device, work);
    let denoising = denoising_operations(work, plan) / rate(&denoising_work(work, memory))?;
    let decoding = pixels(plan) / rate(&decoding_work(work, memory.decoding))?;
    Some(denoising + decoding)
}

/// Keeps the speed of a clip's denoising, all steps of which were computed.
pub fn keep_denoising(
    speed: &mut SpeedHistory,
    work: &ClipWork,
    plan: &Plan,
    memory: &MemoryPlan,
    seconds: f64,
) {
    let (name, operations) = (
        denoising_work(work, memory),
        denoising_operations(work, plan),
    );
    let device = &speed.device;
    speed.rates.keep(device, &name, operations, seconds);
}

/// Keeps the speed of a clip's decoding.
pub fn keep_decoding(
    speed: &mut SpeedHistory,
    work: &ClipWork,
    plan: &Plan,
    form: PictureForm,
    seconds: f64,
) {
    let name = decoding_work(work, form);
    let device = &speed.device;
    speed.rates.keep(device, &name, pixels(plan), seconds);
}

/// The name of a denoising: the transformer and how it is in memory.
fn denoising_work(work: &ClipWork, memory: &MemoryPlan) -> String {
    let place = match memory.transformers {
        TransformerForm::One(NetworkForm::Streamed { .. }) => "in blocks",
        TransformerForm::One(NetworkForm::Resident) | TransformerForm::All => "in memory",
    };
    let packing = if memory.is_packed() { ", packed" } else { "" };
    format!("{}, {place}{packing}", work.transformer)
}

/// The name of a denoising with the whole transformer in memory, as benchmarks run it.
pub fn resident_denoising(work: &ClipWork) -> String {
    format!("{}, in memory", work.transformer)
}

/// The name of a decoding: the decoder, and whether it is given tiles.
pub fn decoding_work(work: &ClipWork, form: PictureForm) -> String {
    let form = match form {
        PictureForm::Whole => "whole",
        PictureForm::Tiled => "in tiles",
    };
    format!("{}, {form}", work.decoder)
}

/// The operations of all forward passes of a clip.
fn denoising_operations(work: &ClipWork, plan: &Plan) -> f64 {
    work.operations_per_pass * forward_passes(plan.settings()) as f64
}

/// The forward passes of a clip for one prompt each, if no step is skipped.
fn forward_passes(settings: &GenerationSettings) -> usize {
    let schedule = Schedule::new(settings.sampler, settings.steps as usize, settings.shift);
    let runs = runs(settings.expert_switch, &schedule.timesteps);
    let passes = runs.into_iter().map(|run| {
        let guidance = guidance_of(run.expert, settings);
        let computed = run.steps.filter(|&step| !is_zero_step(guidance, step));
        computed.count() * (1 + usize::from(needs_negative(guidance)))
    });
    passes.sum()
}

/// The pixels of all frames.
fn pixels(plan: &Plan) -> f64 {
    (plan.frames() * plan.width() * plan.height()) as f64
}

#[cfg(test)]
mod tests {
    use kinora_wire::{ExpertSwitch, Guidance, LowNoiseGuidance, Sampler, StepCache};

    use super::*;

    fn settings() -> GenerationSettings {
        GenerationSettings {
            negative: String::new(),
            size: [64, 64],
            frames: 9,
            rate: 8,
            steps: 10,
            guidance: Guidance::Classifier { scale: 4.0 },
            sampler: Sampler::Euler,
            shift: 3.0,
            control_strength: 1.0,
            guidance_low: LowNoiseGuidance::Same,
            expert_switch: ExpertSwitch::Never,
            step_cache: StepCache::Off,
        }
    }

    #[test]
    fn each_step_is_a_pass_and_one_more_with_guidance_and_zero_steps_are_none() {
        assert_eq!(forward_passes(&settings()), 20);
        let unguided = GenerationSettings {
            guidance: Guidance::Off,
            ..settings()
        };
        assert_eq!(forward_passes(&unguided), 10);
        let zero = GenerationSettings {
            guidance: Guidance::ZeroStar {
                scale: 4.0,
                zero_steps: 2,
            },
            ..settings()
        };
        assert_eq!(forward_passes(&zero), 16);
        let experts = GenerationSettings {
            guidance_low: LowNoiseGuidance::Scale(1.0),
            expert_switch: ExpertSwitch::Step(4),
            ..settings()
        };
        assert_eq!(forward_passes(&experts), 2 * 4 + 6);
    }
}
