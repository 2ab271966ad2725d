//! What an engine tells of the models it knows: enough to choose one and to know what it can be given.

use serde::{Deserialize, Serialize};

use crate::{Guidance, ModelSpec, Sampler, WordList};

/// What a model can be given beside the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ability {
    /// A picture to begin with, and one to end with.
    FirstAndLastFrame,
    /// Pictures at any frame.
    AnyKeyframe,
    /// Pictures of someone or something to be recognised.
    References,
    /// A clip to follow.
    Control,
    /// Parts of a clip to keep: retake and extension.
    Source,
    /// A camera path.
    Camera,
}

impl Ability {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::FirstAndLastFrame,
        Self::AnyKeyframe,
        Self::References,
        Self::Control,
        Self::Source,
        Self::Camera,
    ];

    /// As one says it.
    pub fn words(self) -> &'static str {
        match self {
            Self::FirstAndLastFrame => "a first or last frame",
            Self::AnyKeyframe => "keyframes at any time",
            Self::References => "references",
            Self::Control => "a control clip",
            Self::Source => "a clip to retake or extend",
            Self::Camera => "a camera path",
        }
    }
}

/// How a model likes to be used: what is filled in where a request says nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelDefaults {
    /// Width and height of a frame.
    pub size: [u32; 2],
    /// Frames of a clip, as many as it was trained on.
    pub frames: u32,
    /// Frames a second it was trained on.
    pub rate: u32,
    /// Steps.
    pub steps: u32,
    /// Sampler.
    pub sampler: Sampler,
    /// Shift.
    pub shift: f64,
    /// Guidance.
    pub guidance: Guidance,
    /// What is not to be seen.
    #[serde(default)]
    pub negative: String,
    /// How strongly a control clip counts that is to be followed exactly.
    #[serde(default = "as_it_is")]
    pub control_strength: f64,
}

fn as_it_is() -> f64 {
    1.0
}

/// The quickest that a camera moved in what a model was trained on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CameraLimits {
    /// Along its way.
    pub metres_per_second: f64,
    /// About itself.
    pub turn_degrees_per_second: f64,
    /// 1 doubles the picture's scale in a second.
    pub zoom_octaves_per_second: f64,
}

/// A model an engine knows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// The name to ask for it by.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Where its parts were found, or None and why not.
    pub installed: Installed,
    /// The licence of its weights and what it asks.
    pub licence: String,
    /// What it can be given. Empty where that is told by weights that are not there.
    pub abilities: Vec<Ability>,
    /// What it is, in a sentence or two, where its card says it.
    pub about: String,
    /// The words it knows, where it knows few.
    pub vocabulary: Vec<WordList>,
    /// The camera moves it was shown, where its card tells.
    pub camera: Option<CameraLimits>,
    /// Which clips it makes.
    #[serde(default)]
    pub spec: ModelSpec,
    /// How it likes to be used.
    #[serde(rename = "recipe")]
    pub defaults: ModelDefaults,
    /// Bytes of its files.
    pub size_bytes: u64,
    /// Its files, as far as they are there.
    pub files: Vec<WeightFile>,
}

/// A file of a model.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WeightFile {
    /// Without its folder.
    pub name: String,
    /// Known once the model was verified, for as long as the file does not change.
    pub sha256: Option<String>,
}

impl ModelInfo {
    /// Whether all its files have been hashed.
    pub fn is_hashed(&self) -> bool {
        self.files.iter().all(|file| file.sha256.is_some())
    }

    /// Whether someone who says this means it: its id, or its folder.
    pub fn is_called(&self, wanted: &str) -> bool {
        let is_folder = matches!(&self.installed, Installed::Yes { folder } if folder == wanted);
        self.id == wanted || is_folder
    }
}

/// Whether a model can be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Installed {
    /// All of it is there.
    Yes {
        /// The folder, or the folder of its transformer.
        folder: String,
    },
    /// Nothing of it, or not all.
    No {
        /// Files that are wanted.
        missing: Vec<String>,
    },
    /// It is there and cannot be used.
    Broken {
        /// Why.
        why: String,
    },
}
