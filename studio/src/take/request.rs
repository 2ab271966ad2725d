//! Turns a recipe into a request for the engine, and provides the pictures that the request names, until it is
//! dropped.

use std::path::{Path, PathBuf};

use kinora_render::VideoReader;
use kinora_render::project::ProjectFiles;
use kinora_timeline::ContentHash;
use kinora_wire::{
    Camera, Clip, ClipInputs, Failure, Generation, GenerationSettings, Interpolate, Keyframe, Lora,
    Reference, Source, Upscale,
};
use tempfile::TempDir;

use super::control::control_clip;
use super::loras::LoraFiles;
use super::recipe::{PictureUsed, Recipe};
use super::recipe_builder::not_reproducible;
use super::take_store::TakeStore;
use crate::camera;
use crate::generate::clip_file::failure_of;
use crate::generate::source_clip::{Part, write_pictures};
use crate::stage::StageClip;

/// The work of the engine for an order.
#[derive(Clone, Debug)]
pub enum EngineWork {
    /// Generate its clip.
    Generate(Box<Generation>),
    /// Make the pictures of another take larger.
    Upscale(Box<Upscale>),
    /// Make pictures between those of a source: a part of the work.
    Interpolate(Box<Interpolate>, Part),
}

/// A request and its pictures.
#[derive(Debug)]
pub struct Prepared {
    /// The request.
    pub work: EngineWork,
    _stage: Option<StageClip>,
    _frames: TempDir,
}

/// The request of a recipe with the files of its LoRAs. Decodes and renders pictures: not for the window's thread.
///
/// # Errors
/// A picture, a take or a LoRA is missing; there is no space for temporary files.
pub fn prepare_request(
    recipe: &Recipe,
    lora_files: &LoraFiles,
    project_folder: &Path,
) -> Result<Prepared, Failure> {
    let files = ProjectFiles::of(project_folder);
    let frames = tempfile::tempdir().map_err(|error| {
        Failure::bad_file(
            format!("pictures for the engine cannot be written: {error}"),
            "free some space in the folder for temporary files",
        )
    })?;
    if let Some(upscaled) = &recipe.upscaled {
        let count = recipe.settings.frames;
        let upscale = Upscale {
            model: Some(upscaled.upscaler.id.clone()),
            clip: Clip {
                frames: frames_of(&files, upscaled.take, 0..count, frames.path())?,
            },
            device: Some(recipe.made_with.device.clone()),
        };
        return Ok(Prepared {
            work: EngineWork::Upscale(Box::new(upscale)),
            _stage: None,
            _frames: frames,
        });
    }
    let stage = recipe
        .stage
        .as_ref()
        .map(|stage| {
            let camera = camera_over(recipe)?;
            StageClip::of(stage, &recipe.stage_shown, &camera, recipe.settings.size)
        })
        .transpose()?;
    let control = recipe.control.as_ref().map(|control| {
        let GenerationSettings {
            frames: count,
            rate,
            ..
        } = recipe.settings;
        control_clip(control, &files, (count, rate), frames.path())
    });
    let control = control.transpose()?;
    let picture = |picture: &PictureUsed| match *picture {
        PictureUsed::File(content) => picture_file(&files, content),
        PictureUsed::FrameOf { take, frame } => {
            Ok(frames_of(&files, take, frame..frame + 1, frames.path())?.swap_remove(0))
        }
    };
    let inputs = &recipe.inputs;
    let keyframes = inputs.keyframes.iter().map(|key| {
        Ok(Keyframe {
            frame: key.frame,
            image: picture(&key.image)?,
        })
    });
    let pictured = |reference: &&Reference<_>| !reference.images.is_empty();
    let references = inputs.references.iter().filter(pictured).map(|reference| {
        let images = reference.images.iter().map(picture);
        Ok(Reference {
            name: reference.name.clone(),
            images: images.collect::<Result<_, Failure>>()?,
        })
    });
    let source = inputs.source.as_ref().map(|source| {
        let take = TakeStore::of(project_folder).find(source.clip);
        let recipe = take.map(|take| take.recipe).transpose();
        let count = recipe
            .map_err(not_reproducible)?
            .map_or(0, |recipe| recipe.settings.frames);
        Ok(Source {
            clip: Clip {
                frames: frames_of(&files, source.clip, 0..count, frames.path())?,
            },
            at: source.at,
            retake: source.retake,
        })
    });
    let loras = inputs.loras.iter().map(|lora| {
        let found = lora_files.get(&lora.file.sha256);
        let missing = || Failure::bug(format!("the LoRA {} was not found", lora.file.name));
        Ok(Lora {
            file: found.ok_or_else(missing)?.clone(),
            strength: lora.strength,
            expert: lora.expert,
        })
    });
    let request = Generation {
        model: Some(recipe.model.id.clone()),
        settings: recipe.settings.clone().into(),
        inputs: ClipInputs {
            prompt: inputs.prompt.clone(),
            seed: inputs.seed,
            keyframes: keyframes.collect::<Result<_, Failure>>()?,
            references: references.collect::<Result<_, Failure>>()?,
            camera: inputs.camera.clone().filter(|_| recipe.has_rays),
            source: source.transpose()?,
            loras: loras.collect::<Result<_, Failure>>()?,
            makes: inputs.makes,
        },
        control: control.or_else(|| stage.as_ref().map(|stage| stage.clip.clone())),
        device: Some(recipe.made_with.device.clone()),
        memory_limit_bytes: None,
        latents_out: None,
    };
    Ok(Prepared {
        work: EngineWork::Generate(Box::new(request)),
        _stage: stage,
        _frames: frames,
    })
}

/// The recipe's camera, or a static one.
pub(crate) fn camera_over(recipe: &Recipe) -> Result<Camera, Failure> {
    if let Some(camera) = &recipe.inputs.camera {
        return Ok(camera.clone());
    }
    let GenerationSettings {
        frames, rate, size, ..
    } = recipe.settings;
    camera::camera_of_move("static", frames, rate, size).map_err(Failure::bug)
}

fn picture_file(files: &ProjectFiles, content: ContentHash) -> Result<PathBuf, Failure> {
    files.picture(content).ok_or_else(|| {
        Failure::bad_file(
            format!("the picture {content} is missing in the project's folder"),
            "import it again",
        )
    })
}

/// Writes frames of a take as PNG files into a folder.
fn frames_of(
    files: &ProjectFiles,
    take: ContentHash,
    frames: std::ops::Range<u32>,
    folder: &Path,
) -> Result<Vec<PathBuf>, Failure> {
    let reader = VideoReader::open(&files.take_clip(take));
    let mut reader = reader.map_err(|error| failure_of(&error))?;
    write_pictures(&mut reader, frames, folder, &take.to_string())
}
