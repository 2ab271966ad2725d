//! A measured take: its camera path and its measure, or why there is nothing to show.

use kinora_studio::measure::{CameraMeasure, MeasuredPath, Verdict, reason_words};
use kinora_studio::take::recipe::Recipe;
use kinora_studio::take::take_store::Take;
use kinora_studio::timeline::ContentHash;
use kinora_studio::wire::Camera;

use super::generation::GenerationState;

/// A take that was asked to follow a camera path, and measured.
#[derive(Clone, Copy)]
pub struct MeasuredClip<'g> {
    pub take: ContentHash,
    pub recipe: &'g Recipe,
    pub camera: &'g Camera,
    pub measure: &'g CameraMeasure,
}

impl<'g> MeasuredClip<'g> {
    /// The measure of a take, also one that refuses to give numbers; or why there is none.
    pub fn of(
        generation: &'g GenerationState,
        take: Option<ContentHash>,
    ) -> Result<Self, &'static str> {
        let take = take.ok_or("The shot has no take yet")?;
        let recipe = generation.takes.find(take).and_then(Take::readable);
        let recipe = recipe.ok_or("The recipe of the take cannot be read")?;
        let camera = recipe.inputs.camera.as_ref();
        let measure = generation.takes.measures.get(&take);
        Ok(Self {
            take,
            recipe,
            camera: camera.ok_or("The take was made without a camera path")?,
            measure: measure.ok_or("The take is not measured yet")?,
        })
    }
}

/// The paths of a take, asked and achieved, with its measure; or why they cannot be shown.
pub fn measured_take(
    generation: &GenerationState,
    take: Option<ContentHash>,
) -> Result<(MeasuredPath, &CameraMeasure), String> {
    let clip = MeasuredClip::of(generation, take)?;
    if let Verdict::NotMeasurable { reason } = clip.measure.report.verdict {
        let why = reason_words(reason);
        return Err(format!("The camera of the take cannot be measured: {why}"));
    }
    let path = MeasuredPath::of(clip.camera, &clip.measure.report).ok_or(
        "An earlier Kinora measured the take and kept no path: `kinora measure PROJECT --save` measures it again",
    )?;
    Ok((path, clip.measure))
}
