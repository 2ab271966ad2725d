//! Turns a recipe into a request for the engine, and provides the pictures that the request names, until it is
//! dropped.

use std::path::{Path, PathBuf};

use kinora_render::VideoReader;
use kinora_render::project::ProjectFiles;
use kinora_timeline::ContentHash;
use kinora_wire::{
    Camera, Clip, ClipInputs, Failure, Generation, GenerationSettings, Interpolate, Keyframe, Lora,
    Makes, Reference, Source, Upscale, UpscaleGuide, Voice,
};
use tempfile::TempDir;

use super::control::control_clip;
use super::loras::LoraFiles;
use super::recipe::{GuideUsed, PictureUsed, Recipe};
use super::recipe_builder::not_reproducible;
use super::take_store::TakeStore;
use crate::camera;
use crate::generate::clip_file::failure_of;
use crate::generate::given_sound::{write_voice, write_wav};
use crate::generate::source_clip::{Part, write_pictures};
use crate::stage::StageClip;
use crate::stage::guide::{GuidePictures, GuideStage};

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
    _guide_stage: Option<GuidePictures>,
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
        let used = upscaled.guide.as_ref();
        let guide = used.map(|used| guide(recipe, used)).transpose()?;
        let (guide, guide_stage) = guide.unzip();
        let upscale = Upscale {
            model: Some(upscaled.upscaler.id.clone()),
            clip: Clip {
                frames: frames_of(&files, upscaled.take, 0..count, frames.path())?,
            },
            wanted: None,
            guide,
            device: Some(recipe.made_with.device.clone()),
        };
        return Ok(Prepared {
            work: EngineWork::Upscale(Box::new(upscale)),
            _stage: None,
            _guide_stage: guide_stage.flatten(),
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
    let (inputs, settings) = (&recipe.inputs, recipe.settings.clone());
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
    let is_sound_alone = inputs.source.as_ref().is_some_and(|source| {
        let take = TakeStore::of(project_folder).find(source.clip);
        take.is_some_and(|take| take.is_sound_alone())
    });
    let retaken = recipe.retake_in.unwrap_or(Makes::Both);
    let given = inputs.source.as_ref();
    let given = given.filter(|_| is_sound_alone || recipe.retake_in.is_some());
    let sound = given.map(|source| {
        let clip = frames.path().join("given.wav");
        write_wav(&files.take_sound(source.clip), &clip)?;
        Ok::<_, Failure>(Source {
            clip,
            at: source.at,
            retake: source.retake.filter(|_| retaken.has_sound()),
        })
    });
    let source = inputs.source.as_ref().filter(|_| !is_sound_alone);
    let source = source.map(|source| {
        let take = TakeStore::of(project_folder).find(source.clip);
        let recipe = take.map(|take| take.recipe).transpose();
        let made = recipe.map_err(not_reproducible)?;
        let made = made.map(|made| made.settings);
        let count = made.as_ref().map_or(0, |made| made.frames);
        let all = frames_of(&files, source.clip, 0..count, frames.path())?;
        let clip = match made.filter(|_| inputs.makes == Makes::Sound) {
            Some(made) => at_rate(&all, made.rate, &settings),
            None => all,
        };
        Ok(Source {
            clip: Clip { frames: clip },
            at: source.at,
            retake: source.retake.filter(|_| retaken.has_picture()),
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
        settings: settings.clone().into(),
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
        sound: sound.transpose()?,
        voice: recipe
            .voice
            .as_ref()
            .map(|voice| voice_file(voice, &files, frames.path()))
            .transpose()?,
        device: Some(recipe.made_with.device.clone()),
        memory_limit_bytes: None,
        latents_out: None,
    };
    Ok(Prepared {
        work: EngineWork::Generate(Box::new(request)),
        _stage: stage,
        _guide_stage: None,
        _frames: frames,
    })
}

/// The guide of an upscaled take, and the pictures of its stage.
fn guide(
    recipe: &Recipe,
    used: &GuideUsed,
) -> Result<(UpscaleGuide, Option<GuidePictures>), Failure> {
    let stage = recipe.stage.as_ref().map(|stage| {
        let guide = GuideStage {
            stage: stage.clone(),
            colours: used.colours.clone(),
            camera: camera_over(recipe)?,
        };
        let all = 0..guide.camera.views.len();
        GuidePictures::of(&guide, recipe.picture_size(), all)
    });
    let stage = stage.transpose()?.flatten();
    let guide = UpscaleGuide {
        prompt: recipe.inputs.prompt.clone(),
        rate: recipe.settings.rate,
        first_frame: 0,
        stage: stage.as_ref().map(GuidePictures::pictures),
    };
    Ok((guide, stage))
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

/// The frames of a take at another rate: those that a player would show at the times of the clip. The last one is held.
fn at_rate(frames: &[PathBuf], rate: u32, clip: &GenerationSettings) -> Vec<PathBuf> {
    let shown = (0..u64::from(clip.frames)).filter_map(|frame| {
        let at = frame * u64::from(rate) / u64::from(clip.rate.max(1));
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        frames.get(at).or(frames.last()).cloned()
    });
    shown.collect()
}

/// A voice with its recording as a WAV file in a folder. One that is to be cloned without consent is refused here too: a
/// recipe may come from elsewhere.
fn voice_file(
    voice: &Voice<ContentHash>,
    files: &ProjectFiles,
    folder: &Path,
) -> Result<Voice, Failure> {
    if voice.sample.is_some() && !voice.has_consent() {
        return Err(voice.without_consent());
    }
    let Voice {
        name,
        description,
        language,
        sample,
        consent,
    } = voice.clone();
    let missing = || {
        let cause = format!("the recording of the voice of {name} is missing");
        Failure::bad_file(cause, "import it again")
    };
    let sample = sample.map(|sample| {
        let file = files.picture(sample).ok_or_else(missing)?;
        let recording = folder.join("voice.wav");
        write_voice(&file, &recording).map(|()| recording)
    });
    Ok(Voice {
        sample: sample.transpose()?,
        name,
        description,
        language,
        consent,
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::take::based_shot::tests::recipe;

    #[test]
    fn the_frames_of_a_take_are_shown_at_the_times_of_another_rate() {
        let frames: Vec<PathBuf> = (0..4).map(|frame| format!("{frame}").into()).collect();
        let shown = |frames_out, rate_out, rate| {
            let clip = GenerationSettings {
                frames: frames_out,
                rate: rate_out,
                ..recipe().settings
            };
            let shown = at_rate(&frames, rate, &clip);
            let names = shown.iter().map(|path| path.display().to_string());
            names.collect::<String>()
        };
        assert_eq!(shown(4, 8, 8), "0123");
        assert_eq!(shown(7, 12, 8), "0012233", "the last one is held");
        assert_eq!(shown(3, 4, 8), "023", "the last one is held");
    }

    #[test]
    fn a_recipe_that_clones_a_voice_without_consent_is_refused() {
        let root = tempfile::tempdir().expect("a folder");
        let files = ProjectFiles::of(root.path());
        let voice = Voice {
            name: "Mia".into(),
            sample: Some(ContentHash::of(b"mia")),
            consent: " ".into(),
            description: String::new(),
            language: String::new(),
        };
        let refused = voice_file(&voice, &files, root.path()).expect_err("refused");
        assert!(refused.cause.contains("cannot be cloned"), "{refused}");
        let described = Voice {
            sample: None,
            ..voice
        };
        assert!(voice_file(&described, &files, root.path()).is_ok());
    }
}
