//! A control clip, such as the render of a stage, as a reference video: an IC-LoRA (in-context LoRA) teaches the transformer
//! to follow it.
//!
//! Sources: diffusers `LTX2InContextPipeline`; Lightricks/LTX-2, `ltx_pipelines/iclora_utils.py` (the factor in the header of
//! the file).

use std::path::Path;

use kinora_wire::{Failure, Lora, StageControl, is_in_context, stage_shown_to};

use super::layout::ReferenceGrid;
use crate::plan::Plan;
use crate::weights::MappedFile;

/// The entry of an IC-LoRA's header that says how many times smaller its reference videos are, along each side.
const FACTOR: &str = "reference_downscale_factor";
/// What names of IC-LoRAs without such a header have in common if the factor is two, in small letters and without punctuation.
const HALF: &str = "ref05";
/// Entries of a header that name a LoRA: by Stability's standard for the metadata of models, and as kohya's sd-scripts
/// write it.
const TITLES: [&str; 2] = ["modelspec.title", "ss_output_name"];
/// The largest factor that is believed.
const MOST_FACTOR: i64 = 8;

/// The factor of a LoRA's reference videos. `None`: it is no IC-LoRA.
fn factor_of(lora: &Lora) -> Option<i64> {
    let file = MappedFile::open(&lora.file).ok();
    factor_in_file(&lora.file, file.as_ref())
}

/// The same of an opened file. `None` for the file: it cannot be read, and its name counts alone.
fn factor_in_file(path: &Path, file: Option<&MappedFile>) -> Option<i64> {
    let written = file.and_then(|file| file.metadata().get(FACTOR));
    let written = written.and_then(|written| written.trim().parse::<f64>().ok());
    if let Some(written) = written {
        return Some((written as i64).clamp(1, MOST_FACTOR));
    }
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    let letters = letters.collect::<String>().to_ascii_lowercase();
    is_in_context(&name).then(|| match letters.contains(HALF) {
        true => 2,
        false => 1,
    })
}

/// How a stage is shown to a model with the LoRA in a file, by its name and the titles in its header. `None`: it is no
/// IC-LoRA.
pub fn stage_control_of(file: &MappedFile) -> Option<StageControl> {
    let path = file.path();
    factor_in_file(path, Some(file))?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let titles = TITLES
        .iter()
        .filter_map(|title| file.metadata().get(*title));
    let words = titles.fold(name.into_owned(), |words, title| words + " " + title);
    Some(stage_shown_to(&words))
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
