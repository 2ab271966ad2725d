//! The seconds of a clip before it starts, from the speed of earlier clips of the same networks on the same device: the
//! operations of its forward passes, and the pixels of its frames.

use crate::family::ClipWork;
use crate::job::SpeedHistory;
use crate::memory::{MemoryPlan, NetworkForm, PictureForm, TransformerForm};
use crate::plan::Plan;

/// The seconds of denoising and decoding; with a step cache, at most. Reading the model's files is not counted. `None`: the
/// device has not run these networks in this form yet.
pub fn expected_seconds(
    speed: &SpeedHistory,
    work: &ClipWork,
    plan: &Plan,
    memory: &MemoryPlan,
) -> Option<f64> {
    let rate = |work: &str| speed.rates.of(&speed.device, work);
    let denoising = denoising_operations(work) / rate(&denoising_work(work, memory))?;
    let decoding = pixels(plan) / rate(&decoding_work(work, memory.decoding))?;
    Some(denoising + decoding)
}

/// Keeps the speed of a clip's denoising, all steps of which were computed.
pub fn keep_denoising(
    speed: &mut SpeedHistory,
    work: &ClipWork,
    memory: &MemoryPlan,
    seconds: f64,
) {
    let (name, operations) = (denoising_work(work, memory), denoising_operations(work));
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
fn denoising_operations(work: &ClipWork) -> f64 {
    work.operations_per_pass * work.passes as f64
}

/// The pixels of all frames.
fn pixels(plan: &Plan) -> f64 {
    (plan.frames() * plan.width() * plan.height()) as f64
}
