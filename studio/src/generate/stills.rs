//! Stills: one frame of a shot by its own model, to choose the look before the clip is generated. A still is a take with a
//! recipe of its own.

use std::ops::RangeInclusive;

use kinora_timeline::Project;
use kinora_timeline::shot::{ModelLength, Origin, Shot};
use kinora_wire::{Failure, Makes, ModelInfo};

use crate::stage::prompt::shot_stage;
use crate::take::recipe::Recipe;
use crate::take::recipe_builder::{RecipeInputs, frame_rule_of, model_used, recipe_of_shot};

/// The numbers of stills that can be made at once.
pub const STILL_COUNTS: RangeInclusive<u32> = 1..=16;
/// The number of stills that are made at once by default.
pub const DEFAULT_STILLS: u32 = 4;

/// The recipe of a still with this seed.
///
/// # Errors
/// As [`recipe_of_shot`].
pub fn recipe_of_still(shot: &Shot, seed: u64, inputs: RecipeInputs) -> Result<Recipe, Failure> {
    let still = still_of(shot, inputs.project, inputs.model);
    let mut recipe = recipe_of_shot(&still, seed, inputs)?;
    recipe.inputs.makes = Makes::Picture;
    recipe.model = model_used(inputs.model, Makes::Picture, recipe.settings.two_stages)?;
    recipe.is_still = true;
    Ok(recipe)
}

/// The shot as a still: as long as the shortest clip of the model, of which only the first frame counts, and without the
/// pictures that would be repeated. A model that needs a first frame keeps the one that there is.
fn still_of(shot: &Shot, project: &Project, model: &ModelInfo) -> Shot {
    let needs_first = model.spec.needs_first_frame;
    let is_kept = |frame: u32| needs_first && frame == 0;
    let keyframes = shot.keyframes.iter().filter(|key| is_kept(key.frame));
    let bare = Shot {
        keyframes: keyframes.cloned().collect(),
        origin: match &shot.origin {
            Origin::Continues(before) if needs_first => Origin::Continues(*before),
            _ => Origin::Scratch,
        },
        ..shot.clone()
    };
    // Of the whole shot, before it is shortened: whoever walks begins at the side.
    let found = shot_stage(project, &bare, Some(model));
    let stage = match found.is_from_prompt {
        true => found.stage,
        false => bare.stage.clone(),
    };
    let rule = frame_rule_of(model, shot.length.rate);
    Shot {
        stage,
        length: ModelLength {
            frames: rule.first,
            rate: rule.rate,
        },
        ..bare
    }
}

#[cfg(test)]
mod tests {
    use kinora_timeline::camera::{CameraKey, CameraPath, Pose};
    use kinora_timeline::shot::ImageKey;
    use kinora_timeline::{ContentHash, FrameRate, Frames, ShotId};
    use kinora_wire::{Ability, FrameRule, WordList};

    use super::*;
    use crate::generate::shot_check::tests::model;

    fn shot() -> Shot {
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::FPS_24,
        };
        let key = CameraKey::new(Frames::ZERO, Pose::START);
        let key_image = |frame| ImageKey {
            frame,
            image: ContentHash::of(b"a picture"),
        };
        Shot {
            camera: Some(CameraPath::of_keys(vec![key])),
            keyframes: vec![key_image(0), key_image(16)],
            origin: Origin::Continues(ShotId::from(2)),
            ..Shot::new("a", "a red robot walks left", length)
        }
    }

    fn with_rule(first: u32) -> ModelInfo {
        let mut model = model(false);
        model.spec.frame_rule = FrameRule {
            step: 8,
            first,
            longest: 97,
        };
        model
    }

    #[test]
    fn a_still_is_the_shortest_clip_of_the_model_without_the_pictures_it_would_repeat() {
        for first in [1, 9] {
            let still = still_of(&shot(), &Project::default(), &with_rule(first));
            assert_eq!(still.length.frames, first);
            assert!(still.keyframes.is_empty() && still.origin == Origin::Scratch);
            assert_eq!(
                (&still.camera, &still.prompt),
                (&shot().camera, &shot().prompt)
            );
        }
        let mut needs_first = with_rule(1);
        needs_first.spec.needs_first_frame = true;
        let still = still_of(&shot(), &Project::default(), &needs_first);
        assert_eq!(still.keyframes.len(), 1, "the first");
        assert_eq!(still.origin, shot().origin);
    }

    #[test]
    fn a_still_shows_the_first_moment_of_the_prompts_stage() {
        let list = |what: &str, words: &[&str]| WordList {
            what: what.into(),
            words: words.iter().map(|&word| word.to_owned()).collect(),
        };
        let knows = ModelInfo {
            vocabulary: vec![list("who", &["robot"]), list("does", &["walks left"])],
            abilities: vec![Ability::Control],
            ..with_rule(1)
        };
        let still = still_of(&shot(), &Project::default(), &knows);
        let (foot, _) = still.stage.stand_ins[0].at(Frames::ZERO);
        assert!(foot.x > 0.3, "it begins at the right: {foot}");
    }
}
