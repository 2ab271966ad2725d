//! Makes the recipe of a shot at the moment of Generate. Later edits of the shot do not change it.

use kinora_timeline::cast::mentions;
use kinora_timeline::edit::shot_change::ShotChange;
use kinora_timeline::shot::{End, FrameRule, Origin, RetakeStreams, Shot};
use kinora_timeline::stage::{Form, Stage};
use kinora_timeline::{ContentHash, FrameRate, Frames, Project};
use kinora_wire::{
    Ability, ClipInputs, Failure, GenerationSettings, Hello, Keyframe, Lora, Makes, ModelInfo,
    Reference, Source, StageControl,
};

use super::control::control_of;
use super::recipe::{LoraUsed, MadeWith, ModelUsed, PictureUsed, Recipe, VERSION};
use super::shot_settings::settings_of;
use super::take_store::{NotReproducible, TakeStore};
use crate::camera;
use crate::stage::prompt::{ShotStage, shot_stage};
use crate::stage::{CastColours, StageShown};

/// The frames of an extended take that its new part is conditioned on.
const OVERLAP_FRAMES: u32 = 9;
/// The same for sound alone, in seconds: what is heard before a continuation says more than nine pictures do.
const OVERLAP_SECONDS: u32 = 3;

/// The frames that an extended take and its extension have in common.
pub fn overlap_frames(makes: Makes, rate: u32) -> u32 {
    match makes {
        Makes::Sound => OVERLAP_SECONDS.saturating_mul(rate),
        Makes::Picture | Makes::Both => OVERLAP_FRAMES,
    }
}
/// Replaces a character's name in the prompt of a model with a small vocabulary.
pub(super) const PLAIN_NAME: &str = "the character";

/// The inputs of a recipe beside the shot.
#[derive(Clone, Copy, Debug)]
pub struct RecipeInputs<'a> {
    /// The project.
    pub project: &'a Project,
    /// Its takes.
    pub takes: &'a TakeStore,
    /// The LoRAs.
    pub loras: &'a [Lora<LoraUsed>],
    /// The model.
    pub model: &'a ModelInfo,
    /// The engine that will run it.
    pub engine: &'a Hello,
    /// The id of the device.
    pub device: &'a str,
}

/// The recipe of a shot with this seed.
///
/// # Errors
/// The model is not hashed; the device or the sampler is unknown; the shot continues or extends a take that does not exist.
pub fn recipe_of_shot(shot: &Shot, seed: u64, inputs: RecipeInputs) -> Result<Recipe, Failure> {
    let RecipeInputs { project, model, .. } = inputs;
    let shot = &fitted(shot, project, model);
    let frames = shot.length.frames;
    let (rate, _) = shot.length.rate.as_fraction();
    let own = settings_of(&shot.settings, &model.defaults, &model.spec)?;
    let size = own.size;
    let keyframes = shot.keyframes.iter().map(|key| Keyframe {
        frame: i64::from(key.frame),
        image: PictureUsed::File(key.image),
    });
    let can = |ability| model.abilities.contains(&ability);
    let control = control_of(project, shot)?.filter(|_| can(Ability::Control));
    // A model that does not get the camera itself sees it in the control clip, which may show any move.
    let camera = shot
        .camera
        .as_ref()
        .filter(|_| control.is_none() || can(Ability::Camera))
        .map(|path| camera::sampled(path, frames, shot.length.rate, size));
    let stage = stage_of(project, shot, model)
        .map(|stage| project.with_figures(stage))
        .filter(|_| can(Ability::Control) && control.is_none())
        .map(|stage| Stage {
            strength: control_strength(&stage, model),
            ..stage
        });
    let mut recipe = Recipe {
        version: VERSION,
        model: model_used(model, model.spec.makes(), own.two_stages)?,
        made_with: made_with(inputs.engine, inputs.device)?,
        settings: GenerationSettings {
            negative: match shot.negative.is_empty() {
                true => model.defaults.negative.clone(),
                false => shot.negative.clone(),
            },
            frames,
            rate,
            control_strength: match (&stage, control) {
                (Some(stage), _) => f64::from(stage.strength),
                (None, Some(_)) => model.defaults.control_strength,
                (None, None) => 1.0,
            },
            ..own
        },
        // A model without camera control can still follow the stage through the moving camera.
        has_rays: camera.is_some() && (can(Ability::Camera) || stage.is_none()),
        inputs: ClipInputs {
            prompt: prompt_text(project, shot, model),
            seed,
            keyframes: keyframes.collect(),
            references: references(project, shot),
            camera,
            source: None,
            loras: inputs.loras.to_vec(),
            makes: model.spec.makes(),
        },
        stage_shown: match (&stage, model.stage_control) {
            (Some(stage), StageControl::Picture) => {
                StageShown::Picture(cast_colours(project, stage))
            }
            _ => StageShown::Depth,
        },
        stage,
        control,
        voice: None,
        upscaled: None,
        retake_in: None,
        is_still: false,
    };
    apply_origin(&mut recipe, &shot.origin, inputs)?;
    Ok(recipe)
}

/// The shot with a length that the model can generate, of about the same duration. The length may have been chosen
/// before the model was known.
pub(super) fn fitted(shot: &Shot, project: &Project, model: &ModelInfo) -> Shot {
    let rule = frame_rule_of(model, shot.length.rate);
    if rule.allows(shot.length) {
        return shot.clone();
    }
    let frames = Frames(i64::from(shot.length.frames));
    let length = rule.snap(frames, shot.length.rate);
    ShotChange::Length(length).of(shot, project)
}

/// The frame rule of a model. `rate` is used if the model reports none.
pub fn frame_rule_of(model: &ModelInfo, rate: FrameRate) -> FrameRule {
    let rule = model.spec.frame_rule;
    let own = model.spec.native_rate();
    FrameRule {
        step: rule.step.max(1),
        first: rule.first,
        longest: rule.longest,
        rate: own.and_then(|own| FrameRate::new(own, 1)).unwrap_or(rate),
    }
}

/// The model and the files that a clip depends on: those of its sound only for one with sound, those of a second stage only
/// for one with two.
pub(crate) fn model_used(
    model: &ModelInfo,
    makes: Makes,
    has_two_stages: bool,
) -> Result<ModelUsed, Failure> {
    let files = model.files.iter();
    let files = files.filter(|file| !file.is_for_sound || makes.has_sound());
    let files = files.filter(|file| !file.is_for_two_stages || has_two_stages);
    let files = files.map(|file| {
        let sha256 = file.sha256.clone();
        sha256.map(|sha256| (file.name.clone(), sha256))
    });
    let files = files.collect::<Option<_>>();
    Ok(ModelUsed {
        id: model.id.clone(),
        files: files.ok_or_else(|| Failure::bug(format!("{} was not hashed", model.name)))?,
    })
}

pub(crate) fn made_with(engine: &Hello, device: &str) -> Result<MadeWith, Failure> {
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

/// The prompt, with each @mention replaced by a name that the model understands.
pub(crate) fn prompt_text(project: &Project, shot: &Shot, model: &ModelInfo) -> String {
    let mut prompt = shot.prompt.clone();
    // From the end, so that the earlier positions stay valid.
    for mention in mentions(&shot.prompt).into_iter().rev() {
        let Some(character) = project.character_called(mention.tag) else {
            continue;
        };
        let name = match model.vocabulary.is_empty() {
            true => character.name.as_str(),
            false => PLAIN_NAME,
        };
        prompt.replace_range(mention.place, name);
    }
    prompt
}

/// The tag and the reference pictures of each cast member.
fn references(project: &Project, shot: &Shot) -> Vec<Reference<PictureUsed>> {
    let cast = shot
        .cast
        .iter()
        .filter_map(|member| project.character(member.character));
    cast.map(|character| Reference {
        name: character.tag.clone(),
        images: character
            .references
            .iter()
            .map(|&picture| PictureUsed::File(picture))
            .collect(),
    })
    .collect()
}

/// The control stage: one that was built, the default mannequins under a moving camera, or the subjects of the prompt.
pub(super) fn stage_of(project: &Project, shot: &Shot, model: &ModelInfo) -> Option<Stage> {
    let ShotStage {
        stage,
        is_from_prompt,
    } = shot_stage(project, shot, Some(model));
    let is_built = !shot.stage.stand_ins.is_empty();
    let is_moving = shot.camera.is_some() && !stage.stand_ins.is_empty();
    (is_built || is_moving || is_from_prompt).then_some(stage)
}

/// The colours of the characters on a stage, each once.
pub(super) fn cast_colours(project: &Project, stage: &Stage) -> Vec<CastColours> {
    let characters = stage.stand_ins.iter().filter_map(|stand_in| {
        let Form::Mannequin(Some(who)) = stand_in.form else {
            return None;
        };
        project.character(who)
    });
    let mut colours: Vec<CastColours> = Vec::new();
    for character in characters {
        if colours.iter().all(|known| known.character != character.id) {
            let [body, limbs] = character.colours.map(<[u8; 3]>::from);
            colours.push(CastColours {
                character: character.id,
                body,
                limbs,
            });
        }
    }
    colours
}

/// The control strength of a stage for a model: 0 is off, 1 is full.
pub fn control_strength(stage: &Stage, model: &ModelInfo) -> f32 {
    stage.strength * model.defaults.control_strength as f32
}

/// Adds the frames that the shot continues, extends or keeps from a take.
fn apply_origin(recipe: &mut Recipe, origin: &Origin, inputs: RecipeInputs) -> Result<(), Failure> {
    let made = |take: ContentHash| {
        let found = inputs.takes.find(take);
        let missing = || Failure::refused("a take it depends on is missing", "choose another take");
        let recipe = found.ok_or_else(missing)?.recipe;
        recipe.map_err(not_reproducible)
    };
    let length = |take: ContentHash| made(take).map(|recipe| recipe.settings.frames);
    // A take of both gives its sound with its pictures to a model that keeps both.
    let takes_sound = inputs.model.abilities.contains(&Ability::SourceSound);
    let gives_sound = |makes: Makes| takes_sound && makes == Makes::Both;
    match *origin {
        Origin::Scratch => {}
        Origin::Continues(before) => {
            let shot = inputs.project.shot(before);
            let take = shot.and_then(|shot| shot.chosen).ok_or_else(|| {
                let name = shot.map_or("a shot", |shot| shot.name.as_str());
                Failure::refused(
                    format!("it continues from {name}, which has no take"),
                    "generate that shot first",
                )
            })?;
            let frame = length(take)?.saturating_sub(1);
            let first = Keyframe {
                frame: 0,
                image: PictureUsed::FrameOf { take, frame },
            };
            recipe.inputs.keyframes.retain(|key| key.frame != 0);
            recipe.inputs.keyframes.insert(0, first);
        }
        Origin::Extends { take, end } => {
            let before = made(take)?;
            let old = i64::from(before.settings.frames);
            let new = i64::from(recipe.settings.frames);
            recipe.retake_in = gives_sound(before.inputs.makes).then_some(Makes::Both);
            let makes = inputs.model.spec.makes();
            let overlap = overlap_frames(makes, recipe.settings.rate);
            let overlap = i64::from(overlap).min(old);
            let at = match end {
                End::Tail => overlap - old,
                End::Head => new - overlap,
            };
            recipe.inputs.source = Some(Source {
                clip: take,
                at,
                retake: None,
            });
        }
        Origin::Retakes {
            take,
            range,
            streams,
        } => {
            let both = gives_sound(made(take)?.inputs.makes);
            recipe.retake_in = both.then_some(match streams {
                RetakeStreams::Both => Makes::Both,
                RetakeStreams::Picture => Makes::Picture,
                RetakeStreams::Sound => Makes::Sound,
            });
            let frame = |frames: Frames| u32::try_from(frames.0.max(0)).unwrap_or(u32::MAX);
            let retake = Some([frame(range.start), frame(range.end())]);
            recipe.inputs.source = Some(Source {
                clip: take,
                at: 0,
                retake,
            });
        }
    }
    Ok(())
}

/// The failure for a take whose recipe cannot be repeated.
pub(crate) fn not_reproducible(reason: NotReproducible) -> Failure {
    Failure::refused(reason.to_string(), "choose another take")
}
