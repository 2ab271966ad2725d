//! The people and creatures of a film, who stay themselves from shot to shot.

use serde::{Deserialize, Serialize};

use crate::clip::is_default;
use crate::{CharacterId, ContentHash};

/// A named entity of the film.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Character {
    /// Its name for life.
    pub id: CharacterId,
    /// What it is called on its card.
    pub name: String,
    /// What it is called in a prompt, after an `@`: letters, digits and underscores.
    pub tag: String,
    /// Pictures of it, the portrait first.
    #[serde(default, skip_serializing_if = "is_default")]
    pub references: Vec<ContentHash>,
    /// What the artist wants to remember.
    #[serde(default, skip_serializing_if = "is_default")]
    pub notes: String,
    /// Body and limbs on the stage, in sRGB.
    #[serde(default = "plain_colours")]
    pub colours: [(u8, u8, u8); 2],
    /// Whose likeness it is and by what right: "drawn by me", "A. Person, agreed on 3 May".
    #[serde(default, skip_serializing_if = "is_default")]
    pub consent: String,
}

impl Character {
    /// Somebody without pictures yet; the id is given when added.
    pub fn new(name: &str, tag: &str) -> Self {
        Self {
            id: CharacterId(0),
            name: name.into(),
            tag: tag.into(),
            references: Vec::new(),
            notes: String::new(),
            colours: plain_colours(),
            consent: String::new(),
        }
    }

    /// True if a prompt can name it.
    pub fn tag_is_sound(&self) -> bool {
        let letter = |letter: char| letter.is_alphanumeric() || letter == '_';
        !self.tag.is_empty() && self.tag.chars().all(letter)
    }
}

fn plain_colours() -> [(u8, u8, u8); 2] {
    [(196, 120, 84), (120, 84, 70)]
}
