//! The recipe: a shot frozen at the moment of Generate, with every input of the clip, files by their hashes. The
//! hash of a recipe names its take; the same recipe makes the same clip.

use std::collections::BTreeMap;

use kinora_timeline::ContentHash;
use kinora_timeline::stage::Stage;
use kinora_wire::{Camera, Guidance, Sampler};
use serde::{Deserialize, Serialize};

/// The version of a recipe: of its fields' meaning, and of the bytes that are hashed for its take's name
/// (`identity.rs`). 1: Kinora 0.1, named by RON text. 2: named by canonical bytes.
pub const VERSION: u32 = 2;

/// Every input of a clip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// The version it was written with.
    pub version: u32,
    /// The model and its weights.
    pub model: ModelUsed,
    /// The program, library and device that computed it.
    pub made_with: MadeWith,
    /// The prompt, as the model gets it: characters by name.
    pub prompt: String,
    /// The negative prompt.
    pub negative: String,
    /// Width and height, in pixels.
    pub size: [u32; 2],
    /// The number of frames that the model generates.
    pub frames: u32,
    /// Frames per second.
    pub rate: u32,
    /// The seed of the initial noise.
    pub seed: u64,
    /// Sampling steps.
    pub steps: u32,
    /// The CFG scale, or none.
    pub guidance: Guidance,
    /// The sampler.
    pub sampler: Sampler,
    /// The timestep shift of the flow-matching schedule: sigma' = shift · sigma / (1 + (shift - 1) · sigma).
    pub shift: f64,
    /// Pictures at given frames, counted from 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keyframes: Vec<(i64, PictureUsed)>,
    /// The cast: tag and reference pictures of each character.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<(String, Vec<ContentHash>)>,
    /// The camera: one view per frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub camera: Option<Camera>,
    /// Whether the model gets the camera itself, as rays. False: it only sees the stage through it.
    #[serde(default)]
    pub has_rays: bool,
    /// The stage that the camera sees, with its control strength.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// The take that frames are kept from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceUsed>,
}

/// The model of a clip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelUsed {
    /// The engine's id of the model.
    pub id: String,
    /// The SHA-256 of each file, by file name.
    pub files: BTreeMap<String, String>,
}

/// The program, library and device of a clip. The last bits of the frames may differ between devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeWith {
    /// The version of kinora-engine.
    pub engine: String,
    /// The version of libtorch.
    pub libtorch: String,
    /// The device's id: "cpu", "cuda:0".
    pub device: String,
    /// The device's name, as the driver reports it.
    pub device_name: String,
}

/// A picture in a recipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PictureUsed {
    /// An imported picture.
    File(ContentHash),
    /// A frame of a take.
    FrameOf {
        /// The take.
        take: ContentHash,
        /// The frame, counted from 0.
        frame: u32,
    },
}

/// A take whose frames are kept in the new clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceUsed {
    /// The take.
    pub take: ContentHash,
    /// The frame of the new clip at which the take's first frame is; may be negative.
    pub at: i64,
    /// First frame and end (not included) of the part to generate again. None: the whole take is kept.
    pub retake: Option<[u32; 2]>,
}

impl Recipe {
    /// Whether another recipe makes the same clip. The version is ignored: it only affects the take's name.
    pub fn makes_the_same_clip(&self, other: &Self) -> bool {
        let version = self.version;
        *self
            == Self {
                version,
                ..other.clone()
            }
    }

    /// The fields that differ in another recipe: name, value here, value there.
    pub fn differences(&self, other: &Self) -> Vec<(&'static str, String, String)> {
        fn row<T: PartialEq + std::fmt::Debug>(
            rows: &mut Vec<(&'static str, String, String)>,
            what: &'static str,
            (here, there): (&T, &T),
        ) {
            if here != there {
                rows.push((what, format!("{here:?}"), format!("{there:?}")));
            }
        }
        let mut rows = Vec::new();
        row(&mut rows, "model", (&self.model, &other.model));
        row(&mut rows, "made with", (&self.made_with, &other.made_with));
        row(&mut rows, "prompt", (&self.prompt, &other.prompt));
        row(&mut rows, "negative", (&self.negative, &other.negative));
        row(&mut rows, "size", (&self.size, &other.size));
        row(&mut rows, "frames", (&self.frames, &other.frames));
        row(&mut rows, "rate", (&self.rate, &other.rate));
        row(&mut rows, "seed", (&self.seed, &other.seed));
        row(&mut rows, "steps", (&self.steps, &other.steps));
        row(&mut rows, "guidance", (&self.guidance, &other.guidance));
        row(&mut rows, "sampler", (&self.sampler, &other.sampler));
        row(&mut rows, "shift", (&self.shift, &other.shift));
        row(&mut rows, "keyframes", (&self.keyframes, &other.keyframes));
        row(&mut rows, "cast", (&self.references, &other.references));
        row(&mut rows, "camera", (&self.camera, &other.camera));
        row(&mut rows, "stage", (&self.stage, &other.stage));
        row(&mut rows, "source", (&self.source, &other.source));
        rows
    }
}

/// The guidance with its CFG scale changed by `by`; at least 1, which is no guidance.
pub fn with_guidance_change(guidance: Guidance, by: f64) -> Guidance {
    let more = |scale: f64| (scale + by).max(1.0);
    match guidance {
        Guidance::Off => match by > 0.0 {
            true => Guidance::Classifier { scale: 1.0 + by },
            false => Guidance::Off,
        },
        Guidance::Classifier { scale } => Guidance::Classifier { scale: more(scale) },
        Guidance::ZeroStar { scale, zero_steps } => Guidance::ZeroStar {
            scale: more(scale),
            zero_steps,
        },
    }
}
