//! From a shot to a recipe, at the moment of Generate: later edits do not race it. And from a recipe to a request,
//! with the pictures a request needs on the disk for as long as it lasts.

use std::path::{Path, PathBuf};

use kinora_render::VideoReader;
use kinora_render::export::write_png;
use kinora_render::film::FilmFiles;
use kinora_timeline::cast::mentions;
use kinora_timeline::shot::{End, Origin, Shot};
use kinora_timeline::stage::Stage;
use kinora_timeline::{ContentHash, Frames, Project};
use kinora_wire::{
    Ability, Camera, Clip, Failure, Generation, Hello, Keyframe, ModelInfo, Reference, Source,
};
use tempfile::TempDir;

use crate::clip_file::failure_of;
use crate::recipe::{MadeWith, ModelUsed, PictureUsed, Recipe, SourceUsed, VERSION};
use crate::shot_camera;
use crate::shot_stage::DepthClip;
use crate::takes::Takes;

/// Frames of a take that is made longer which its new part sees.
const OVERLAP: i64 = 9;
/// What somebody of the cast is called in a prompt whose model knows few words.
const PLAIN_NAME: &str = "the character";

/// What a shot is frozen with.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// The film it belongs to.
    pub film: &'a Project,
    /// The takes of that film.
    pub takes: &'a Takes,
    /// The model that will make it.
    pub model: &'a ModelInfo,
    /// The engine that will run it.
    pub engine: &'a Hello,
    /// The device, by its id.
    pub device: &'a str,
}

/// Freezes a shot.
///
/// # Errors
/// A model that was not hashed; a shot that grows out of one without a take.
pub fn freeze(shot: &Shot, seed: u64, around: Around) -> Result<Recipe, Failure> {
    let Around { film, model, .. } = around;
    let frames = shot.length.frames;
    let (rate, _) = shot.length.rate.as_fraction();
    let size = model.recipe.size;
    let cast = references(film, shot);
    let camera = shot
        .camera
        .as_ref()
        .map(|path| shot_camera::sampled(path, frames, shot.length.rate, size));
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
        made_with: made_with(around)?,
        prompt: words(film, shot, model),
        negative: match shot.negative.is_empty() {
            true => model.recipe.negative.clone(),
            false => shot.negative.clone(),
        },
        size,
        frames,
        rate,
        seed,
        steps: model.recipe.steps,
        guidance: model.recipe.guidance,
        sampler: model.recipe.sampler,
        shift: model.recipe.shift,
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
    grow(&mut recipe, &shot.origin, around)?;
    Ok(recipe)
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

pub(crate) fn made_with(around: Around) -> Result<MadeWith, Failure> {
    let Around { engine, device, .. } = around;
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
    stage.strength * model.recipe.control_strength as f32
}

/// What a shot takes over from a take.
fn grow(recipe: &mut Recipe, origin: &Origin, around: Around) -> Result<(), Failure> {
    let length = |take: ContentHash| {
        let found = around.takes.find(take);
        let missing =
            || Failure::refused("the take it grows out of is gone", "choose another take");
        found.map(|take| take.recipe.frames).ok_or_else(missing)
    };
    match *origin {
        Origin::Scratch => {}
        Origin::Continues(before) => {
            let shot = around.film.shot(before);
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

/// A request, and the pictures it names.
#[derive(Debug)]
pub struct Prepared {
    /// For the engine.
    pub request: Generation,
    _stage: Option<DepthClip>,
    _frames: TempDir,
}

/// A recipe as the engine takes it. Decodes and draws: not for the window's thread.
///
/// # Errors
/// A picture or a take that is gone; no room for temporary files.
pub fn prepare(recipe: &Recipe, project_folder: &Path) -> Result<Prepared, Failure> {
    let files = FilmFiles::of(project_folder);
    let frames = tempfile::tempdir().map_err(|error| {
        Failure::bad_file(
            format!("pictures for the engine cannot be written: {error}"),
            "make room in the folder for temporary files",
        )
    })?;
    let stage = recipe
        .stage
        .as_ref()
        .map(|stage| {
            let camera = camera_over(recipe)?;
            DepthClip::of(stage, &camera, recipe.size)
        })
        .transpose()?;
    let keyframes = recipe.keyframes.iter().map(|(frame, picture)| {
        let image = match *picture {
            PictureUsed::File(content) => picture_file(&files, content)?,
            PictureUsed::FrameOf { take, frame } => {
                frames_of(&files, take, frame..frame + 1, frames.path())?.swap_remove(0)
            }
        };
        Ok(Keyframe {
            frame: *frame,
            image,
        })
    });
    let references = recipe.references.iter().map(|(name, pictures)| {
        let images = pictures
            .iter()
            .map(|&content| picture_file(&files, content));
        Ok(Reference {
            name: name.clone(),
            images: images.collect::<Result<_, Failure>>()?,
        })
    });
    let source = recipe.source.map(|source| {
        let count = Takes::of(project_folder)
            .find(source.take)
            .map_or(0, |take| take.recipe.frames);
        Ok(Source {
            clip: Clip {
                frames: frames_of(&files, source.take, 0..count, frames.path())?,
            },
            at: source.at,
            retake: source.retake,
        })
    });
    let request = Generation {
        model: Some(recipe.model.id.clone()),
        prompt: recipe.prompt.clone(),
        negative: Some(recipe.negative.clone()),
        size: Some(recipe.size),
        frames: Some(recipe.frames),
        seed: recipe.seed,
        steps: Some(recipe.steps),
        guidance: Some(recipe.guidance),
        sampler: Some(recipe.sampler),
        shift: Some(recipe.shift),
        keyframes: keyframes.collect::<Result<_, Failure>>()?,
        references: references
            .collect::<Result<Vec<Reference>, Failure>>()?
            .into_iter()
            .filter(|reference| !reference.images.is_empty())
            .collect(),
        camera: recipe.camera.clone().filter(|_| recipe.has_rays),
        source: source.transpose()?,
        control: stage.as_ref().map(|stage| stage.clip.clone()),
        control_strength: recipe.stage.as_ref().map(|stage| f64::from(stage.strength)),
        device: Some(recipe.made_with.device.clone()),
        latents_out: None,
    };
    Ok(Prepared {
        request,
        _stage: stage,
        _frames: frames,
    })
}

/// The camera over all frames; one that stands where nobody moves it.
fn camera_over(recipe: &Recipe) -> Result<Camera, Failure> {
    match &recipe.camera {
        Some(camera) => Ok(camera.clone()),
        None => shot_camera::of_move("static", recipe.frames, recipe.rate, recipe.size)
            .map_err(Failure::bug),
    }
}

fn picture_file(files: &FilmFiles, content: ContentHash) -> Result<PathBuf, Failure> {
    files.picture(content).ok_or_else(|| {
        Failure::bad_file(
            format!("the picture {content} is not in the film's folder any more"),
            "bring it in again",
        )
    })
}

/// Frames of a take as picture files in a folder.
fn frames_of(
    files: &FilmFiles,
    take: ContentHash,
    frames: std::ops::Range<u32>,
    folder: &Path,
) -> Result<Vec<PathBuf>, Failure> {
    let told = |error| failure_of(&error);
    let mut reader = VideoReader::open(&files.take_clip(take)).map_err(told)?;
    let written = frames.map(|frame| {
        let picture = reader.frame(Frames(i64::from(frame))).map_err(told)?;
        let path = folder.join(format!("{take}-{frame:05}.png"));
        write_png(&path, &picture).map_err(told)?;
        Ok(path)
    });
    written.collect()
}
