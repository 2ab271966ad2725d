//! The characters of a project. They look the same from shot to shot.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::stage::FigureKind;
use crate::stored::is_default;
use crate::{CharacterId, ContentHash, MediumId};

/// A named character of the project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Character {
    /// Unique within the project, and permanent.
    pub id: CharacterId,
    /// The name on its card.
    pub name: String,
    /// The name in a prompt, after an `@`: letters, digits and underscores.
    pub tag: String,
    /// Reference images, the portrait first.
    #[serde(default, skip_serializing_if = "is_default")]
    pub references: Vec<ContentHash>,
    /// Free notes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub notes: String,
    /// Body and limbs of its stand-in on the stage, in sRGB.
    #[serde(default = "plain_colours")]
    pub colours: [(u8, u8, u8); 2],
    /// What its stand-in on the stage looks like.
    #[serde(default, skip_serializing_if = "is_default")]
    pub figure: FigureKind,
    /// Whose likeness it is and by what right: "drawn by me", "A. Person, agreed on 3 May".
    #[serde(default, skip_serializing_if = "is_default")]
    pub consent: String,
    /// Its voice.
    #[serde(default, skip_serializing_if = "is_default")]
    pub voice: CharacterVoice,
}

/// The voice of a character.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CharacterVoice {
    /// How it sounds: "a calm old woman, low, a little hoarse".
    #[serde(default, skip_serializing_if = "is_default")]
    pub description: String,
    /// The language that it speaks, by its English name: "german". Empty: the model finds it out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub language: String,
    /// The imported recording that it is cloned from, which needs the consent of the person who is heard.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sample: Option<MediumId>,
}

impl Character {
    /// A character without pictures; its id is assigned when it is added.
    pub fn new(name: &str, tag: &str) -> Self {
        Self {
            id: CharacterId(0),
            name: name.into(),
            tag: tag.into(),
            references: Vec::new(),
            notes: String::new(),
            colours: plain_colours(),
            figure: FigureKind::default(),
            consent: String::new(),
            voice: CharacterVoice::default(),
        }
    }

    /// Whether the field for licence and consent says something: a letter or a digit at least. The voice of a character is
    /// not cloned without.
    pub fn has_consent(&self) -> bool {
        self.consent.chars().any(char::is_alphanumeric)
    }

    /// True if the tag can be used in a prompt.
    pub fn tag_is_sound(&self) -> bool {
        !self.tag.is_empty() && self.tag.chars().all(is_of_tag)
    }
}

/// A character's tag in a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention<'p> {
    /// The bytes of the prompt it covers, including the `@`.
    pub place: Range<usize>,
    /// The tag after the `@`; empty while it is still being typed.
    pub tag: &'p str,
}

/// All `@tags` of a prompt, known or not, in the order of the text. An `@` inside a word is not a tag.
pub fn mentions(prompt: &str) -> Vec<Mention<'_>> {
    let signs = prompt.match_indices('@').filter(|(at, _)| {
        let before = prompt[..*at].chars().next_back();
        !before.is_some_and(is_of_tag)
    });
    let mention = signs.map(|(at, sign)| {
        let rest = &prompt[at + sign.len()..];
        let end = rest.find(|letter| !is_of_tag(letter)).unwrap_or(rest.len());
        Mention {
            place: at..at + sign.len() + end,
            tag: &rest[..end],
        }
    });
    mention.collect()
}

/// The prompt with one `@tag` replaced by another.
pub fn retagged(prompt: &str, tag: &str, new: &str) -> String {
    let mut text = prompt.to_owned();
    let named = mentions(prompt).into_iter();
    let named = named.filter(|mention| mention.tag == tag);
    // From the end, so that the places before it stay.
    for mention in named.rev() {
        text.replace_range(mention.place, &format!("@{new}"));
    }
    text
}

fn is_of_tag(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn plain_colours() -> [(u8, u8, u8); 2] {
    [(196, 120, 84), (120, 84, 70)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_names_whole_words_only() {
        let tags = |prompt| -> Vec<&str> {
            let named = mentions(prompt);
            named.iter().map(|mention| mention.tag).collect()
        };
        assert_eq!(
            tags("@ann waves to @anna, and (@Jörg_2)"),
            ["ann", "anna", "Jörg_2"]
        );
        assert_eq!(tags("me@home.example, @"), [""]);
        assert_eq!(mentions("to @bo.")[0].place, 3..6);
    }

    #[test]
    fn a_tag_is_replaced_where_it_is_the_whole_word() {
        let prompt = "@ann, @anna and me@ann. @ann";
        assert_eq!(
            retagged(prompt, "ann", "mia"),
            "@mia, @anna and me@ann. @mia"
        );
        assert_eq!(retagged(prompt, "bo", "mia"), prompt);
    }
}
