//! A shot frozen at the moment of Generate: everything a clip depends on, pictures and weights by their hashes.
//! The hash of a recipe is the name of its take; the same recipe makes the same clip.

use std::collections::BTreeMap;

use kinora_timeline::ContentHash;
use kinora_timeline::stage::Stage;
use kinora_wire::{Camera, Guidance, Sampler};
use serde::{Deserialize, Serialize};

/// The version of a recipe: of its fields' meaning, and of the bytes that name its take (`identity.rs`).
/// 1: Kinora 0.1, named by RON text. 2: named by canonical bytes.
pub const VERSION: u32 = 2;

/// Everything a clip depends on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Of this format.
    pub version: u32,
    /// The weights.
    pub model: ModelUsed,
    /// The program and the libraries that computed it.
    pub made_with: MadeWith,
    /// What is to be seen, as the model reads it.
    pub prompt: String,
    /// What is not to be seen.
    pub negative: String,
    /// Pixels across and down.
    pub size: [u32; 2],
    /// The model's own frames.
    pub frames: u32,
    /// Of them in a second.
    pub rate: u32,
    /// Where the noise comes from.
    pub seed: u64,
    /// Steps from noise to clip.
    pub steps: u32,
    /// How closely the text is followed.
    pub guidance: Guidance,
    /// Which way the steps go.
    pub sampler: Sampler,
    /// How many of them are spent where there is much noise.
    pub shift: f64,
    /// Pictures it must meet, and when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keyframes: Vec<(i64, PictureUsed)>,
    /// Who is in it: the name and the pictures of each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<(String, Vec<ContentHash>)>,
    /// How the camera moves: one view for each frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub camera: Option<Camera>,
    /// Whether the model is given the camera itself, or only sees the stage through it.
    #[serde(default)]
    pub has_rays: bool,
    /// What stands where, seen through that camera, as strongly as the model is given it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// The clip that parts of it are kept from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceUsed>,
}

/// The weights of a clip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelUsed {
    /// As the engine calls it.
    pub id: String,
    /// The sha256 of each file, by its name.
    pub files: BTreeMap<String, String>,
}

/// What computed a clip. Another machine's numbers may differ in their last bits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeWith {
    /// kinora-engine's version.
    pub engine: String,
    /// libtorch's version.
    pub libtorch: String,
    /// "cpu", "cuda:0".
    pub device: String,
    /// What the device is called.
    pub device_name: String,
}

/// A picture that is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PictureUsed {
    /// One that was brought in.
    File(ContentHash),
    /// A frame of a take.
    FrameOf {
        /// The take.
        take: ContentHash,
        /// Counted from its first.
        frame: u32,
    },
}

/// A take that parts are kept from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceUsed {
    /// The take.
    pub take: ContentHash,
    /// Where its first frame lies in the new clip.
    pub at: i64,
    /// Frames to be made new although the take has them.
    pub retake: Option<[u32; 2]>,
}

impl Recipe {
    /// Whether another recipe makes the same clip. The version does not count: it only says how a name is computed.
    pub fn makes_the_same_clip(&self, other: &Self) -> bool {
        let version = self.version;
        *self
            == Self {
                version,
                ..other.clone()
            }
    }

    /// What is different in another recipe: what it is called, here, and there.
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

/// The same guidance, but following the words so much more, or less; never less than not at all.
pub fn more_guided(guidance: Guidance, by: f64) -> Guidance {
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
