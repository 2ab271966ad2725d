//! From a shot to its recipe, at the moment of Generate: later edits of the shot do not change it.

use kinora_timeline::cast::mentions;
use kinora_timeline::edit::shot_change::ShotChange;
use kinora_timeline::shot::{End, FrameRule, Origin, Shot};
use kinora_timeline::stage::Stage;
use kinora_timeline::{ContentHash, FrameRate, Frames, Project};
use kinora_wire::{Ability, Failure, Hello, ModelInfo};

use super::recipe::{MadeWith, ModelUsed, PictureUsed, Recipe, SourceUsed, VERSION};
use super::take_store::{NotReproducible, TakeStore};
use crate::camera;

/// Frames of a take that is made longer which its new part sees.
const OVERLAP: i64 = 9;
/// What somebody of the cast is called in a prompt whose model knows few words.
const PLAIN_NAME: &str = "the character";

/// What a recipe depends on beside the shot.
#[derive(Clone, Copy, Debug)]
pub struct RecipeInputs<'a> {
    /// The film it belongs to.
    pub film: &'a Project,
    /// The takes of that film.
    pub takes: &'a TakeStore,
    /// The model that will make it.
    pub model: &'a ModelInfo,
    /// The engine that will run it.
    pub engine: &'a Hello,
    /// The device, by its id.
    pub device: &'a str,
}

/// The recipe of a shot with this seed.
///
/// # Errors
/// A model that was not hashed; a shot that grows out of one without a take.
pub fn recipe_of_shot(shot: &Shot, seed: u64, inputs: RecipeInputs) -> Result<Recipe, Failure> {
    let RecipeInputs { film, model, .. } = inputs;
    let shot = &fitted(shot, film, model);
    let frames = shot.length.frames;
    let (rate, _) = shot.length.rate.as_fraction();
    let size = model.defaults.size;
    let cast = references(film, shot);
    let camera = shot
        .camera
        .as_ref()
        .map(|path| camera::sampled(path, frames, shot.length.rate, size));
    let can = |ability| model.abilities.contains(&ability);
    let stage = stage_of(film, shot)
        .filter(|_| can(Ability::Control))
        .map(|stage| Stage {
            strength: followed(&stage, model),
            ..stage
        });
    let mut recipe = Recipe {
        version: VERSION,
        model: model_used(model)?,
        made_with: made_with(inputs)?,
        prompt: words(film, shot, model),
        negative: match shot.negative.is_empty() {
            true => model.defaults.negative.clone(),
            false => shot.negative.clone(),
        },
        size,
        frames,
        rate,
        seed,
        steps: model.defaults.steps,
        guidance: model.defaults.guidance,
        sampler: model.defaults.sampler,
        shift: model.defaults.shift,
        keyframes: shot
            .keyframes
            .iter()
            .map(|key| (i64::from(key.frame), PictureUsed::File(key.image)))
            .collect(),
        references: cast,
        // Without the camera itself a model can still see the stage move.
        has_rays: camera.is_some() && (can(Ability::Camera) || stage.is_none()),
        camera,
        stage,
        source: None,
    };
    grow(&mut recipe, &shot.origin, inputs)?;
    Ok(recipe)
}

/// The shot with a length that its model can make, as many seconds as before. The length may have been chosen before
/// the model was known.
fn fitted(shot: &Shot, film: &Project, model: &ModelInfo) -> Shot {
    let rule = frame_rule_of(model, shot.length.rate);
    if rule.allows(shot.length) {
        return shot.clone();
    }
    let frames = Frames(i64::from(shot.length.frames));
    let length = rule.snap(frames, shot.length.rate);
    ShotChange::Length(length).of(shot, film)
}

/// The lengths that a model can make. `rate` is used for a model that reports none.
pub fn frame_rule_of(model: &ModelInfo, rate: FrameRate) -> FrameRule {
    let rule = model.spec.frame_rule;
    let own = model.spec.usual_rate();
    FrameRule {
        step: rule.step.max(1),
        first: rule.first,
        longest: rule.longest,
        rate: own.and_then(|own| FrameRate::new(own, 1)).unwrap_or(rate),
    }
}

pub(crate) fn model_used(model: &ModelInfo) -> Result<ModelUsed, Failure> {
    let files = model.files.iter().map(|file| {
        let sha256 = file.sha256.clone();
        sha256.map(|sha256| (file.name.clone(), sha256))
    });
    let files = files.collect::<Option<_>>();
    Ok(ModelUsed {
        id: model.id.clone(),
        files: files.ok_or_else(|| Failure::bug(format!("{} was not hashed", model.name)))?,
    })
}

pub(crate) fn made_with(inputs: RecipeInputs) -> Result<MadeWith, Failure> {
    let RecipeInputs { engine, device, .. } = inputs;
    let found = engine.devices.iter().find(|known| known.id == device);
    let found = found.ok_or_else(|| {
        Failure::refused(
            format!("the engine has no device {device}"),
            "see `kinora doctor`",
        )
    })?;
    Ok(MadeWith {
        engine: engine.engine.clone(),
        libtorch: engine.libtorch.clone(),
        device: device.into(),
        device_name: found.name.clone(),
    })
}

/// The prompt as a model reads it: members of the cast by a name it knows.
fn words(film: &Project, shot: &Shot, model: &ModelInfo) -> String {
    let mut words = shot.prompt.clone();
    // From the end, so that the places before stay what they are.
    for mention in mentions(&shot.prompt).into_iter().rev() {
        let Some(character) = film.character_called(mention.tag) else {
            continue;
        };
        let name = match model.vocabulary.is_empty() {
            true => character.name.as_str(),
            false => PLAIN_NAME,
        };
        words.replace_range(mention.place, name);
    }
    words
}

/// Names and pictures of the cast, as far as there are pictures.
fn references(film: &Project, shot: &Shot) -> Vec<(String, Vec<ContentHash>)> {
    let cast = shot
        .cast
        .iter()
        .filter_map(|member| film.character(member.character));
    cast.map(|character| (character.tag.clone(), character.references.clone()))
        .collect()
}

/// The stage a model is to follow: one that was built, or the cast's mannequins under a moving camera.
fn stage_of(film: &Project, shot: &Shot) -> Option<Stage> {
    let stage = film.stage_of(shot);
    let is_built = !shot.stage.stand_ins.is_empty();
    let is_moving = shot.camera.is_some() && !stage.stand_ins.is_empty();
    (is_built || is_moving).then_some(stage)
}

/// How strongly a model is given a stage: from not at all to as exactly as it can.
pub fn followed(stage: &Stage, model: &ModelInfo) -> f32 {
    stage.strength * model.defaults.control_strength as f32
}

/// What a shot takes over from a take.
fn grow(recipe: &mut Recipe, origin: &Origin, inputs: RecipeInputs) -> Result<(), Failure> {
    let length = |take: ContentHash| {
        let found = inputs.takes.find(take);
        let missing =
            || Failure::refused("the take it grows out of is gone", "choose another take");
        let recipe = found.ok_or_else(missing)?.recipe;
        recipe.map(|recipe| recipe.frames).map_err(not_reproducible)
    };
    match *origin {
        Origin::Scratch => {}
        Origin::Continues(before) => {
            let shot = inputs.film.shot(before);
            let take = shot.and_then(|shot| shot.chosen).ok_or_else(|| {
                let name = shot.map_or("a shot", |shot| shot.name.as_str());
                Failure::refused(
                    format!("it goes on from {name}, which has no take"),
                    "generate that shot first",
                )
            })?;
            let frame = length(take)?.saturating_sub(1);
            recipe.keyframes.retain(|(at, _)| *at != 0);
            recipe
                .keyframes
                .insert(0, (0, PictureUsed::FrameOf { take, frame }));
        }
        Origin::Extends { take, end } => {
            let (old, new) = (i64::from(length(take)?), i64::from(recipe.frames));
            let at = match end {
                End::Tail => OVERLAP.min(old) - old,
                End::Head => new - OVERLAP.min(old),
            };
            recipe.source = Some(SourceUsed {
                take,
                at,
                retake: None,
            });
        }
        Origin::Retakes { take, range } => {
            let frame = |frames: Frames| u32::try_from(frames.0.max(0)).unwrap_or(u32::MAX);
            let retake = Some([frame(range.start), frame(range.end())]);
            recipe.source = Some(SourceUsed {
                take,
                at: 0,
                retake,
            });
        }
    }
    Ok(())
}

/// A recipe is needed that this version of Kinora cannot read.
pub(super) fn not_reproducible(reason: NotReproducible) -> Failure {
    Failure::refused(reason.to_string(), "choose another take")
}
