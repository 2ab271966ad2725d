//! A model as an engine describes it: what is needed to choose it and to write requests for it.
//! Abilities, default settings, camera limits, files and installation state.

use serde::{Deserialize, Serialize};

use crate::{
    Failure, GenerationSettings, InterpolatorInfo, LoraInfo, ModelSpec, UpscalerInfo, WordList,
};

/// Inputs that a model may accept in addition to the prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ability {
    /// A first frame, and no last one.
    FirstFrame,
    /// A first and a last frame.
    FirstAndLastFrame,
    /// Keyframes at any frame.
    AnyKeyframe,
    /// Reference pictures of characters or objects.
    References,
    /// A control clip.
    Control,
    /// A source clip to retake or extend.
    Source,
    /// A camera path.
    Camera,
    /// A finished clip for which sound is made.
    SoundOfClip,
    /// A voice that says the prompt, by its description.
    Voice,
    /// A voice that says the prompt, cloned from a recording.
    ClonedVoice,
    /// A finished sound for which pictures are made.
    PictureOfSound,
    /// The sound of a clip to retake or extend.
    SourceSound,
}

impl Ability {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::FirstFrame,
        Self::FirstAndLastFrame,
        Self::AnyKeyframe,
        Self::References,
        Self::Control,
        Self::Source,
        Self::Camera,
        Self::SoundOfClip,
        Self::Voice,
        Self::ClonedVoice,
        Self::PictureOfSound,
        Self::SourceSound,
    ];

    /// Whether a model with these abilities has it. First and last frame include the first frame.
    pub fn is_among(self, abilities: &[Self]) -> bool {
        let wider = (self == Self::FirstFrame).then_some(Self::FirstAndLastFrame);
        let mut abilities = abilities.iter();
        abilities.any(|&ability| ability == self || Some(ability) == wider)
    }

    /// The ability in a message, as in "takes ...".
    pub fn description(self) -> &'static str {
        match self {
            Self::FirstFrame => "a first frame",
            Self::FirstAndLastFrame => "a first or last frame",
            Self::AnyKeyframe => "keyframes at any time",
            Self::References => "references",
            Self::Control => "a control clip",
            Self::Source => "a clip to retake or extend",
            Self::Camera => "a camera path",
            Self::SoundOfClip => "a finished clip to make its sound",
            Self::Voice => "a voice that says a line",
            Self::ClonedVoice => "a recording of a voice that says a line",
            Self::PictureOfSound => "a finished sound to make its pictures",
            Self::SourceSound => "a clip with sound to retake or extend",
        }
    }
}

/// The form in which a model takes a stage as its control clip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageControl {
    /// Its depth, in grey.
    #[default]
    Depth,
    /// Its picture, with the cast in its colours.
    Picture,
}

/// The fastest camera moves in the training data of a model.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CameraLimits {
    /// Speed along the path.
    pub metres_per_second: f64,
    /// Speed of rotation.
    pub turn_degrees_per_second: f64,
    /// Speed of zoom: 1 doubles the scale of the picture in one second.
    pub zoom_octaves_per_second: f64,
}

/// What an engine can run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelList {
    /// Its models, installed ones first.
    pub models: Vec<ModelInfo>,
    /// Installed upscalers.
    pub upscalers: Vec<UpscalerInfo>,
    /// Installed frame interpolators.
    #[serde(default)]
    pub interpolators: Vec<InterpolatorInfo>,
    /// LoRAs in the LoRA folders.
    #[serde(default)]
    pub loras: Vec<LoraInfo>,
    /// Folders that are searched for models.
    pub folders: Vec<String>,
    /// Cards in these folders that are not used, each with the reason and the remedy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bad_cards: Vec<Failure>,
}

/// A model of an engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// The id used in requests.
    pub id: String,
    /// The display name.
    pub name: String,
    /// Whether it can be used, and where it is.
    pub installed: Installed,
    /// The licence of its weights, with its conditions.
    pub licence: String,
    /// Inputs it accepts. Empty if only weights that are not installed would show them.
    pub abilities: Vec<Ability>,
    /// A description of one or two sentences, from its card; may be empty.
    pub about: String,
    /// The words it was trained on, for models with a small vocabulary; otherwise empty.
    pub vocabulary: Vec<WordList>,
    /// The fastest camera moves in its training data, if its card lists them.
    pub camera: Option<CameraLimits>,
    /// The form in which it takes a stage, if it takes a control clip.
    #[serde(default)]
    pub stage_control: StageControl,
    /// The clips it can generate: lengths, sizes, rates.
    #[serde(default)]
    pub spec: ModelSpec,
    /// Its default settings.
    #[serde(rename = "recipe")]
    pub defaults: GenerationSettings,
    /// Total size of its files, in bytes.
    pub size_bytes: u64,
    /// Its installed files.
    pub files: Vec<WeightFile>,
}

/// A file of a model.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WeightFile {
    /// File name, without the folder. With it where two experts have files of the same name.
    pub name: String,
    /// Known once the model has been verified, until the file changes.
    pub sha256: Option<String>,
    /// Whether only the sound of a clip depends on it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_for_sound: bool,
    /// Whether only clips that are made in two stages depend on it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_for_two_stages: bool,
}

impl ModelInfo {
    /// Whether all its files have a known hash.
    pub fn is_hashed(&self) -> bool {
        self.files.iter().all(|file| file.sha256.is_some())
    }

    /// Whether `wanted` is its id or its folder.
    pub fn matches(&self, wanted: &str) -> bool {
        let is_folder = matches!(&self.installed, Installed::Yes { folder } if folder == wanted);
        self.id == wanted || is_folder
    }
}

/// Whether a model can be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Installed {
    /// All files are there.
    Yes {
        /// The model's folder, or the folder of its transformer.
        folder: String,
    },
    /// Some or all files are missing.
    No {
        /// Names of the missing files.
        missing: Vec<String>,
    },
    /// The files are there, but cannot be used.
    Broken {
        /// Why.
        why: String,
    },
}
