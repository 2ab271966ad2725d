//! A control clip, such as the render of a stage, as a reference video: an IC-LoRA (in-context LoRA) teaches the transformer
//! to follow it.
//!
//! Sources: diffusers `LTX2InContextPipeline`; Lightricks/LTX-2, `ltx_pipelines/iclora_utils.py` (the factor in the header of
//! the file).

use kinora_wire::{Failure, Lora};

use super::layout::ReferenceGrid;
use crate::plan::Plan;
use crate::weights::MappedFile;

/// The entry of an IC-LoRA's header that says how many times smaller its reference videos are, along each side.
const FACTOR: &str = "reference_downscale_factor";
/// What names of IC-LoRAs without such a header have in common, in small letters and without punctuation.
const NAME: &str = "iclora";
/// The same for a factor of two.
const HALF: &str = "ref05";
/// The largest factor that is believed.
const MOST_FACTOR: i64 = 8;

/// The factor of a LoRA's reference videos. `None`: it is no IC-LoRA.
fn factor_of(lora: &Lora) -> Option<i64> {
    let name = lora.file.file_stem().unwrap_or_default();
    let letters = name.to_string_lossy().to_lowercase();
    let letters: String = letters
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let written = MappedFile::open(&lora.file).ok().and_then(|file| {
        let written = file.metadata().get(FACTOR)?;
        written.trim().parse::<f64>().ok()
    });
    if let Some(written) = written {
        return Some((written as i64).clamp(1, MOST_FACTOR));
    }
    letters
        .contains(NAME)
        .then(|| match letters.contains(HALF) {
            true => 2,
            false => 1,
        })
}

/// Whether one of these LoRAs follows a reference video.
pub fn follow_one(loras: &[Lora]) -> bool {
    loras.iter().any(|lora| factor_of(lora).is_some())
}

/// The LoRAs of a request for its later stage: without those that follow a reference video, which the first stage has
/// followed.
pub fn others(loras: &[Lora]) -> Vec<Lora> {
    let others = loras.iter().filter(|lora| factor_of(lora).is_none());
    others.cloned().collect()
}

/// The tokens of a plan's control clip. `None`: there is none, or its strength is 0.
pub fn grid_of(plan: &Plan) -> Option<ReferenceGrid> {
    let strength = plan.settings().control_strength;
    let is_followed = plan.request.control.is_some() && strength > 0.0;
    is_followed.then(|| {
        let factor = factor_in(plan);
        let [frames, rows, columns] = plan.latent();
        ReferenceGrid {
            grid: [frames, rows / factor, columns / factor],
            factor,
            strength,
        }
    })
}

/// The width and height of the reference video of a plan, in pixels.
pub fn size_of(plan: &Plan, factor: i64) -> [u32; 2] {
    plan.settings()
        .size
        .map(|side| side / u32::try_from(factor).unwrap_or(1).max(1))
}

/// The largest factor of the LoRAs of a plan.
fn factor_in(plan: &Plan) -> i64 {
    let loras = plan.request.inputs.loras.iter();
    loras.filter_map(factor_of).max().unwrap_or(1)
}

/// Refuses a control clip that has no whole number of latent positions, one that is to be followed more than exactly, and
/// one for a sound alone.
pub fn refuse_unusable(plan: &Plan) -> Result<(), Failure> {
    if plan.request.control.is_none() {
        return Ok(());
    }
    if !plan.request.inputs.makes.has_picture() {
        return Err(Failure::refused(
            "sound alone follows no control clip",
            "leave it out, or make the picture too",
        ));
    }
    let strength = plan.settings().control_strength;
    if strength > 1.0 {
        return Err(Failure::refused(
            format!("LTX-2 cannot follow a control clip with a strength of {strength}"),
            "use 0 (ignored) to 1 (as the IC-LoRA was trained)",
        ));
    }
    let factor = factor_in(plan);
    let [_, rows, columns] = plan.latent();
    if rows % factor == 0 && columns % factor == 0 {
        return Ok(());
    }
    let [width, height] = plan.settings().size;
    Err(Failure::refused(
        format!(
            "the IC-LoRA reads control clips {factor} times smaller than the clip, and {width}x{height} cannot be divided so"
        ),
        format!("use sides that are multiples of {}", 32 * factor),
    ))
}
