//! A generation request: what a clip is made from, and how. Plain data; pictures and clips are files.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{Camera, Failure, Lora, PartialSettings};

/// A generation request: one clip. The engine fills in the settings that a request leaves out with the model's
/// defaults, and reports the complete request.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Generation<Settings = PartialSettings> {
    /// The id of an installed model, or a model's folder. `None`: the first installed model.
    pub model: Option<String>,
    /// How it is made. Its fields are fields of the message.
    #[serde(flatten)]
    pub settings: Settings,
    /// What it is made from. Its fields are fields of the message.
    #[serde(flatten)]
    pub inputs: ClipInputs,
    /// A control clip, such as the depth pass of a stage.
    pub control: Option<Clip>,
    /// A given sound, a WAV file: its parts are kept wherever they are not retaken. Places are in frames of the request. A model
    /// that makes pictures too keeps all of it if only pictures are made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sound: Option<Source<PathBuf>>,
    /// The voice that says the prompt, for models that speak.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voice: Option<Voice>,
    /// "cpu", "cuda" or "cuda:1". `None`: the first graphics card, or the CPU if there is none.
    pub device: Option<String>,
    /// The memory of the device that the job may use, in bytes. `None`: what is free. The clip is the same, unless so
    /// little is left that pictures go through the autoencoder in tiles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_limit_bytes: Option<u64>,
    /// Also write the final latents to this safetensors file.
    pub latents_out: Option<PathBuf>,
}

impl<Settings> Generation<Settings> {
    /// The same request with these settings.
    pub fn with_settings<Others>(&self, settings: Others) -> Generation<Others> {
        Generation {
            model: self.model.clone(),
            settings,
            inputs: self.inputs.clone(),
            control: self.control.clone(),
            sound: self.sound.clone(),
            voice: self.voice.clone(),
            device: self.device.clone(),
            memory_limit_bytes: self.memory_limit_bytes,
            latents_out: self.latents_out.clone(),
        }
    }
}

/// What a clip is made from. The engine gets pictures, clips and LoRAs as files. A recipe refers to them by their hashes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClipInputs<Picture = PathBuf, Footage = Clip, LoraFile = PathBuf> {
    /// The prompt.
    pub prompt: String,
    /// Seed of the initial noise, for libtorch's CPU generator. The same seed gives the same noise on every device.
    pub seed: u64,
    /// Keyframes: pictures at given frames.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub keyframes: Vec<Keyframe<Picture>>,
    /// Reference pictures of characters or objects.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Reference<Picture>>,
    /// The camera path: one view per frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub camera: Option<Camera>,
    /// A source clip of which frames and sound are kept: to retake a range, or to extend at either end. What is not made is
    /// kept whole, and the other follows it.
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub source: Option<Source<Footage>>,
    /// LoRAs that change the weights of the model, in the order in which they are added.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub loras: Vec<Lora<LoraFile>>,
    /// Whether pictures are made, sound, or both in step.
    #[serde(default, skip_serializing_if = "is_neutral")]
    pub makes: Makes,
}

/// What a clip consists of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Makes {
    /// Frames without sound.
    #[default]
    Picture,
    /// Sound without frames, as long as the frames would be.
    Sound,
    /// Frames, and sound of the same length.
    Both,
}

impl Makes {
    /// Whether there are frames.
    pub fn has_picture(self) -> bool {
        self != Self::Sound
    }

    /// Whether there is sound.
    pub fn has_sound(self) -> bool {
        self != Self::Picture
    }
}

fn is_neutral<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Unlike `Default::default`, it requires nothing of the type of the footage.
fn none<T>() -> Option<T> {
    None
}

impl<Picture, Footage, LoraFile> Default for ClipInputs<Picture, Footage, LoraFile> {
    /// An empty prompt, seed 0, and nothing else.
    fn default() -> Self {
        Self {
            prompt: String::new(),
            seed: 0,
            keyframes: Vec::new(),
            references: Vec::new(),
            camera: None,
            source: None,
            loras: Vec::new(),
            makes: Makes::Picture,
        }
    }
}

/// A voice, by a description or by a recording that it is cloned from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voice<Sample = PathBuf> {
    /// The name of the character whose voice it is.
    pub name: String,
    /// How the voice sounds: "a calm old woman, low, a little hoarse". May be empty.
    #[serde(default)]
    pub description: String,
    /// The language that it speaks, by its English name: "german". Empty: the model finds it out.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub language: String,
    /// A recording of the voice, of which a clone is made: a WAV file. `None`: the voice is made from the description.
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub sample: Option<Sample>,
    /// Whose voice it is and by what right. A voice is not cloned without.
    #[serde(default)]
    pub consent: String,
}

impl<Sample> Voice<Sample> {
    /// Whether it says by what right it is used: a letter or a digit at least.
    pub fn has_consent(&self) -> bool {
        self.consent.chars().any(char::is_alphanumeric)
    }

    /// The refusal to clone it without consent.
    pub fn without_consent(&self) -> Failure {
        Failure::refused(
            format!(
                "the voice of {} cannot be cloned: its licence and consent are empty",
                self.name
            ),
            "write whose voice it is and by what right into the field Licence and consent of the character",
        )
    }
}

/// A picture for one frame of the clip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keyframe<Picture = PathBuf> {
    /// Frame number, from 0. Negative numbers count from the end: -1 is the last frame.
    pub frame: i64,
    /// The picture. It is scaled and centre-cropped to the clip's size.
    pub image: Picture,
}

/// A character or an object to be recognised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference<Picture = PathBuf> {
    /// The name used in the prompt.
    pub name: String,
    /// One or more pictures. Each is shown to the model uncropped on a white ground.
    pub images: Vec<Picture>,
}

/// A clip as picture files, one per frame: the engine decodes no video.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clip {
    /// Picture files, in frame order.
    pub frames: Vec<PathBuf>,
}

/// A source clip: its frames are kept wherever they are not retaken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source<Footage = Clip> {
    /// The clip.
    pub clip: Footage,
    /// The frame of the new clip at which the source begins. Negative values trim the source's start; positive values
    /// extend the clip before it. Frames of the new clip outside the source are generated.
    pub at: i64,
    /// A range of frames of the new clip to generate again, although the source covers them: start, and end
    /// (exclusive).
    pub retake: Option<[u32; 2]>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_holds_a_request_as_one_flat_list() {
        let request = Generation {
            settings: PartialSettings {
                steps: Some(8),
                ..PartialSettings::default()
            },
            inputs: ClipInputs {
                prompt: "a fox".into(),
                seed: u64::MAX,
                ..ClipInputs::default()
            },
            ..Generation::default()
        };
        let json = serde_json::to_value(&request).expect("written");
        assert_eq!(
            (&json["prompt"], &json["steps"]),
            (&"a fox".into(), &8.into())
        );
        assert_eq!(
            serde_json::from_value::<Generation>(json).ok(),
            Some(request)
        );
    }

    #[test]
    fn a_silent_clip_is_requested_with_the_same_message_as_before_there_was_sound() {
        let silent = Generation::<PartialSettings>::default();
        let json = serde_json::to_value(&silent).expect("written");
        assert_eq!(json.get("makes"), None);
        let mut both = silent;
        both.inputs.makes = Makes::Both;
        let json = serde_json::to_value(&both).expect("written");
        assert_eq!(json["makes"], "both");
        assert_eq!(serde_json::from_value::<Generation>(json).ok(), Some(both));
    }

    #[test]
    fn a_recipe_can_name_pictures_and_clips_by_their_content() {
        let kept: ClipInputs<String, String, String> = ClipInputs {
            keyframes: vec![Keyframe {
                frame: -1,
                image: "hash of a picture".into(),
            }],
            source: Some(Source {
                clip: "hash of a take".into(),
                at: 3,
                retake: None,
            }),
            loras: vec![Lora {
                file: "hash of a LoRA".into(),
                strength: 0.5,
                expert: None,
            }],
            ..ClipInputs::default()
        };
        let text = serde_json::to_string(&kept).expect("written");
        let again: ClipInputs<String, String, String> = serde_json::from_str(&text).expect("read");
        assert_eq!(again, kept);
        let request: Result<ClipInputs, _> = serde_json::from_str(&text);
        assert!(request.is_err(), "a hash is no clip of files");
    }
}
