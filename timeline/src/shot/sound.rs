//! The sound of shots: whether a shot has a picture at all, and what the sound for its pictures is made from.

use serde::{Deserialize, Serialize};

use crate::CharacterId;
use crate::stored::is_default;

/// What a shot consists of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ShotKind {
    /// Pictures, with sound or without.
    #[default]
    Picture,
    /// Sound alone, such as music. It lies on audio tracks only.
    Sound,
    /// Sound alone: the prompt, said by this character.
    Line(CharacterId),
}

impl ShotKind {
    /// Whether there is no picture.
    pub fn is_sound(self) -> bool {
        self != Self::Picture
    }
}

/// What the sound for the pictures of a shot is made from. Its takes are sound alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShotSound {
    /// The prompt: what is heard.
    #[serde(default, skip_serializing_if = "is_default")]
    pub prompt: String,
    /// The negative prompt; empty for the model's own.
    #[serde(default, skip_serializing_if = "is_default")]
    pub negative: String,
    /// The id of the model; empty for the first installed model that makes sound.
    #[serde(default, skip_serializing_if = "is_default")]
    pub model: String,
    /// The seed of every take of sound; `None`: a random one for each.
    #[serde(default, skip_serializing_if = "is_default")]
    pub seed: Option<u64>,
}
