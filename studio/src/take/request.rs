//! Turns a recipe into a request for the engine, and provides the pictures that the request names, until it is
//! dropped.

use std::path::{Path, PathBuf};

use kinora_render::VideoReader;
use kinora_render::export::write_png;
use kinora_render::film::ProjectFiles;
use kinora_timeline::{ContentHash, Frames};
use kinora_wire::{Camera, Clip, Failure, Generation, Keyframe, Reference, Source};
use tempfile::TempDir;

use super::recipe::{PictureUsed, Recipe};
use super::recipe_builder::not_reproducible;
use super::take_store::TakeStore;
use crate::camera;
use crate::generate::clip_file::failure_of;
use crate::stage::DepthClip;

/// A request and its pictures.
#[derive(Debug)]
pub struct Prepared {
    /// The request.
    pub request: Generation,
    _stage: Option<DepthClip>,
    _frames: TempDir,
}

/// The request of a recipe. Decodes and renders pictures: not for the window's thread.
///
/// # Errors
/// A picture or a take is missing; there is no space for temporary files.
pub fn prepare_request(recipe: &Recipe, project_folder: &Path) -> Result<Prepared, Failure> {
    let files = ProjectFiles::of(project_folder);
    let frames = tempfile::tempdir().map_err(|error| {
        Failure::bad_file(
            format!("pictures for the engine cannot be written: {error}"),
            "free some space in the folder for temporary files",
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
        let take = TakeStore::of(project_folder).find(source.take);
        let recipe = take.map(|take| take.recipe).transpose();
        let count = recipe
            .map_err(not_reproducible)?
            .map_or(0, |recipe| recipe.frames);
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

/// The recipe's camera, or a static one.
fn camera_over(recipe: &Recipe) -> Result<Camera, Failure> {
    match &recipe.camera {
        Some(camera) => Ok(camera.clone()),
        None => camera::camera_of_move("static", recipe.frames, recipe.rate, recipe.size)
            .map_err(Failure::bug),
    }
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
    let failed = |error| failure_of(&error);
    let mut reader = VideoReader::open(&files.take_clip(take)).map_err(failed)?;
    let written = frames.map(|frame| {
        let picture = reader.frame(Frames(i64::from(frame))).map_err(failed)?;
        let path = folder.join(format!("{take}-{frame:05}.png"));
        write_png(&path, &picture).map_err(failed)?;
        Ok(path)
    });
    written.collect()
}
