//! What the measure of the cast is worth in a ranking, and what makes takes of a shot that can be ranked by it.

use kinora_timeline::Project;
use kinora_timeline::shot::Shot;
use kinora_timeline::stage::{Form, Stage};
use kinora_wire::{Ability, ModelInfo};

use super::Candidate;
use crate::measure::{CastVerdict, unseen_words};
use crate::stage::prompt::shot_stage;

/// How far the characters of a take are from their appearance. 0: they keep it; 1: the limit beyond which they have
/// drifted; lower is better.
///
/// # Errors
/// It is not measured, or nobody in it can be: why, as a sentence without its full stop.
pub fn appearance_score(take: &Candidate) -> Result<f64, String> {
    let measure = take.appearance.ok_or("its cast is not measured yet")?;
    if let Some(score) = measure.cast_score() {
        return Ok(score);
    }
    Err(match measure.cast_verdict() {
        Some(CastVerdict::NotMeasurable(reason)) => {
            format!("its cast cannot be measured: {}", unseen_words(reason))
        }
        Some(CastVerdict::Kept | CastVerdict::Drifted(..)) | None => {
            "it has no characters".to_owned()
        }
    })
}

/// Whether the characters of a take have drifted. `None`: it is not known.
pub fn has_drifted(take: &Candidate) -> Option<bool> {
    match take.appearance?.cast_verdict()? {
        CastVerdict::Drifted(..) => Some(true),
        CastVerdict::Kept => Some(false),
        CastVerdict::NotMeasurable(_) => None,
    }
}

/// Whether a stage has a character that a model follows.
pub fn has_character(stage: &Stage) -> bool {
    let mut forms = stage.stand_ins.iter().map(|stand_in| stand_in.form);
    stage.strength > 0.0 && forms.any(|form| matches!(form, Form::Mannequin(Some(_))))
}

/// Whether takes of a shot as it is now would have a character on their stage, which is where it is measured. A model that
/// is not known yet counts as one that follows a stage.
pub fn has_cast_on_stage(project: &Project, shot: &Shot, model: Option<&ModelInfo>) -> bool {
    let follows = model.is_none_or(|model| model.abilities.contains(&Ability::Control));
    // The mannequins of a cast stand on the stage of a moving camera alone.
    let is_used = !shot.stage.stand_ins.is_empty() || shot.camera.is_some();
    follows && is_used && has_character(&shot_stage(project, shot, model).stage)
}
