//! The forms of the dialogs that make sound of its own: music for a range, and a line that a character says.

use kinora_studio::generate::shot_sound::line_seconds;
use kinora_studio::timeline::CharacterId;

/// The fields of *Music for a range*.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MusicForm {
    pub prompt: String,
    pub negative: String,
    /// The place of the model among those that make sound; `None`: the one that suits best.
    pub model: Option<usize>,
    /// Whether the seed is locked, and the seed.
    pub is_locked: bool,
    pub seed: u64,
}

/// The fields of *Say a line*.
#[derive(Clone, Debug, PartialEq)]
pub struct LineForm {
    pub character: Option<CharacterId>,
    pub text: String,
    /// The longest time that the line may take. `None`: as long as its text needs.
    pub seconds: Option<f64>,
    /// Whether the text becomes a subtitle too.
    pub adds_subtitle: bool,
}

impl LineForm {
    /// A line of this character, or of nobody yet.
    pub fn of(character: Option<CharacterId>) -> Self {
        Self {
            character,
            text: String::new(),
            seconds: None,
            adds_subtitle: true,
        }
    }

    /// The time that the line may take.
    pub fn most_seconds(&self) -> f64 {
        self.seconds.unwrap_or_else(|| line_seconds(&self.text))
    }
}
