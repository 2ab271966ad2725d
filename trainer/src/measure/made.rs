//! Generating clips with the shipped model through the engine, as an artist would: all conditions go through picture
//! files.

use std::path::{Path, PathBuf};

use image::ExtendedColorType;
use kinora_engine::job::Listener;
use kinora_engine::worker::Worker;
use kinora_wire::{
    Clip as ClipFiles, ClipInputs, Failure, Generation, GenerationSettings, Keyframe,
    PartialSettings, Progress, Reference,
};
use tch::Tensor;

use crate::rays;
use crate::world::{Clip, Format, Scene, Staging};

/// The conditions given besides the prompt.
#[derive(Clone, Copy, Debug, Default)]
pub struct Given {
    /// The stage, as it is given.
    pub stage: Option<Staging>,
    /// What stands on it.
    pub staged: Staged,
    /// The camera's path.
    pub camera: bool,
    /// The first frame.
    pub first_frame: bool,
    /// The last frame.
    pub last_frame: bool,
    /// The number of portraits of the character.
    pub portraits: usize,
}

/// What stands on a stage that is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Staged {
    /// The figure with the objects around.
    #[default]
    Everything,
    /// The figure alone.
    Figure,
}

impl Given {
    /// A complete stage, as an artist would block it out, in the character's colours, and the camera.
    pub const STAGE: Self = Self {
        stage: Some(Staging::Painted),
        staged: Staged::Everything,
        camera: true,
        first_frame: false,
        last_frame: false,
        portraits: 0,
    };
}

/// Generates clips.
#[derive(Debug)]
pub struct Maker {
    worker: Worker,
    /// The model's folder.
    model: PathBuf,
    defaults: GenerationSettings,
    device: String,
    folder: tempfile::TempDir,
}

impl Maker {
    /// With the model in this folder, used with the defaults of its card.
    pub fn new(model: &Path, defaults: GenerationSettings, device: &str) -> Result<Self, Failure> {
        let folder = tempfile::tempdir().map_err(|error| {
            crate::files::unwritable(Path::new("the folder for pictures"), &error.to_string())
        })?;
        Ok(Self {
            worker: Worker::with_cache(None),
            model: model.to_owned(),
            defaults,
            device: device.to_owned(),
            folder,
        })
    }

    /// Generates a clip of a scene: 3 x t x h x w in [-1, 1].
    pub fn make(
        &mut self,
        scene: &Scene,
        truth: &Clip,
        words: &str,
        given: Given,
        seed: u64,
    ) -> Result<Tensor, Failure> {
        let size = self.defaults.size;
        let mut request = Generation {
            model: Some(self.model.display().to_string()),
            device: Some(self.device.clone()),
            settings: PartialSettings {
                control_strength: None,
                ..self.defaults.clone().into()
            },
            inputs: ClipInputs {
                prompt: words.to_owned(),
                seed,
                ..ClipInputs::default()
            },
            ..Generation::default()
        };
        if let Some(staging) = given.stage {
            let mut stage = scene.figure_stage(self.format());
            if given.staged == Staged::Figure {
                stage.stand_ins.truncate(1);
            }
            let staged = scene.staged(&stage, staging, 0..self.defaults.frames, self.format());
            let frames = staged.iter().enumerate();
            let frames =
                frames.map(|(at, rgb)| self.write(&format!("stage{at:03}.png"), rgb, size));
            request.settings.control_strength = Some(self.defaults.control_strength);
            request.control = Some(ClipFiles {
                frames: frames.collect::<Result<_, _>>()?,
            });
        }
        if given.camera {
            request.inputs.camera = Some(rays::camera(&scene.shooting.poses, size));
        }
        for (is_given, frame, name) in [
            (given.first_frame, 0, "first.png"),
            (given.last_frame, -1, "last.png"),
        ] {
            let picture = if frame == 0 {
                truth.frames.first()
            } else {
                truth.frames.last()
            };
            if let Some(picture) = picture.filter(|_| is_given) {
                let image = self.write(name, &picture.rgb, size)?;
                request.inputs.keyframes.push(Keyframe { frame, image });
            }
        }
        if given.portraits > 0 {
            let format = self.format();
            let portraits = scene.character.portraits(format);
            let images = portraits.iter().take(given.portraits).enumerate();
            let images = images.map(|(at, portrait)| {
                self.write(
                    &format!("portrait{at}.png"),
                    &portrait.rgb,
                    format.portrait(),
                )
            });
            request.inputs.references.push(Reference {
                name: "hero".into(),
                images: images.collect::<Result<_, _>>()?,
            });
        }
        let mut frames = Frames::default();
        self.worker.generate(&request, &mut frames)?;
        let [width, height] = size.map(i64::from);
        let bytes = Tensor::from_slice(&frames.0).view([-1, height, width, 3]);
        Ok(crate::pixels::signed(&bytes.permute([3, 0, 1, 2])))
    }

    fn format(&self) -> Format {
        let GenerationSettings {
            frames, size, rate, ..
        } = self.defaults;
        Format { frames, size, rate }
    }

    fn write(&self, name: &str, rgb: &[u8], [width, height]: [u32; 2]) -> Result<PathBuf, Failure> {
        let path = self.folder.path().join(name);
        image::save_buffer(&path, rgb, width, height, ExtendedColorType::Rgb8)
            .map_err(|error| crate::files::unwritable(&path, &error.to_string()))?;
        Ok(path)
    }
}

/// Collects the bytes of the frames.
#[derive(Default)]
struct Frames(Vec<u8>);

impl Listener for Frames {
    fn receive(&mut self, progress: Progress, pixels: Vec<u8>) -> Result<(), Failure> {
        if matches!(progress, Progress::Frames { .. }) {
            self.0.extend(pixels);
        }
        Ok(())
    }

    fn check(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}
