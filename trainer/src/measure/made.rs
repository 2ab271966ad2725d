//! Generating clips with the shipped model through the engine, as an artist would: all conditions go through picture
//! files.

use std::path::{Path, PathBuf};

use image::{GrayImage, RgbImage};
use kinora_engine::job::Listener;
use kinora_engine::worker::Worker;
use kinora_wire::{
    Clip as ClipFiles, ClipInputs, Failure, Generation, GenerationSettings, Keyframe,
    PartialSettings, Progress, Reference,
};
use tch::Tensor;

use crate::rays;
use crate::world::{Clip, Format, Picture, Scene};

/// The conditions given besides the prompt.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is given or not, whatever the others are"
)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Given {
    /// The stage's depth.
    pub stage: bool,
    /// The camera's path.
    pub camera: bool,
    /// The first frame.
    pub first_frame: bool,
    /// The last frame.
    pub last_frame: bool,
    /// The number of portraits of the character.
    pub portraits: usize,
}

impl Given {
    /// A complete stage, as an artist would block it out, and the camera.
    pub const STAGE: Self = Self {
        stage: true,
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
        if given.stage {
            let frames = truth.depth.iter().enumerate();
            let frames =
                frames.map(|(at, depth)| self.write_grey(&format!("depth{at:03}.png"), depth));
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
                let image = self.write(name, picture, size)?;
                request.inputs.keyframes.push(Keyframe { frame, image });
            }
        }
        if given.portraits > 0 {
            let GenerationSettings {
                frames, size, rate, ..
            } = self.defaults;
            let format = Format { frames, size, rate };
            let portraits = scene.character.portraits(format);
            let images = portraits.iter().take(given.portraits).enumerate();
            let images = images.map(|(at, portrait)| {
                self.write(&format!("portrait{at}.png"), portrait, format.portrait())
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

    fn write(
        &self,
        name: &str,
        picture: &Picture,
        [width, height]: [u32; 2],
    ) -> Result<PathBuf, Failure> {
        let image = RgbImage::from_raw(width, height, picture.rgb.clone());
        self.saved(name, |path| {
            image
                .ok_or("its size is wrong".into())
                .and_then(|image| image.save(path).map_err(|error| error.to_string()))
        })
    }

    fn write_grey(&self, name: &str, grey: &[u8]) -> Result<PathBuf, Failure> {
        let [width, height] = self.defaults.size;
        let image = GrayImage::from_raw(width, height, grey.to_vec());
        self.saved(name, |path| {
            image
                .ok_or("its size is wrong".into())
                .and_then(|image| image.save(path).map_err(|error| error.to_string()))
        })
    }

    fn saved(
        &self,
        name: &str,
        save: impl FnOnce(&Path) -> Result<(), String>,
    ) -> Result<PathBuf, Failure> {
        let path = self.folder.path().join(name);
        save(&path).map_err(|why| crate::files::unwritable(&path, &why))?;
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
