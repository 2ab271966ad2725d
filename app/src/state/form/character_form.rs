//! The text fields of a character while they are edited.

use kinora_studio::timeline::cast::{Character, CharacterVoice, retagged};
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::{CharacterId, Edit, Project};

/// A character's text while it is typed. It becomes a step when its field loses the focus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CharacterForm {
    pub character: CharacterId,
    pub name: String,
    /// Without the `@`.
    pub tag: String,
    pub notes: String,
    pub consent: String,
    /// How its voice sounds.
    pub voice: String,
    /// The language of its voice.
    pub language: String,
}

impl CharacterForm {
    /// The text of a character as it is.
    pub fn of(character: &Character) -> Self {
        Self {
            character: character.id,
            name: character.name.clone(),
            tag: character.tag.clone(),
            notes: character.notes.clone(),
            consent: character.consent.clone(),
            voice: character.voice.description.clone(),
            language: character.voice.language.clone(),
        }
    }

    /// The edits that the typed text makes: of the character, and of each prompt that uses a changed tag. None if the
    /// text is no change.
    pub fn edits(&self, project: &Project) -> Vec<Edit> {
        let character = project.character(self.character);
        let Some(character) = character.filter(|character| *self != Self::of(character)) else {
            return Vec::new();
        };
        let changed = Character {
            name: self.name.clone(),
            tag: self.tag.clone(),
            notes: self.notes.clone(),
            consent: self.consent.clone(),
            voice: CharacterVoice {
                description: self.voice.clone(),
                language: self.language.clone(),
                ..character.voice.clone()
            },
            ..Character::clone(character)
        };
        let prompts = project.shots().filter_map(|shot| {
            let prompt = retagged(&shot.prompt, &character.tag, &self.tag);
            (prompt != shot.prompt).then(|| {
                let shot = Shot {
                    prompt,
                    ..Shot::clone(shot)
                };
                Library::ChangeShot(Box::new(shot))
            })
        });
        let character = Library::ChangeCharacter(Box::new(changed));
        let edits = std::iter::once(character).chain(prompts);
        edits.map(Edit::Library).collect()
    }

    /// What is wrong with the tag, if it cannot be used.
    pub fn tag_problem(&self, project: &Project) -> Option<&'static str> {
        let tag = Character::new(&self.name, &self.tag);
        let taken = project.character_called(&self.tag);
        match (tag.tag_is_sound(), taken) {
            (false, _) => Some("Use letters, digits and underscores"),
            (true, Some(other)) if other.id != self.character => {
                Some("Another character has this tag")
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use kinora_studio::timeline::FrameRate;
    use kinora_studio::timeline::shot::ModelLength;

    use super::*;

    fn applied(project: &Project, edits: &[Edit]) -> Project {
        edits.iter().fold(project.clone(), |project, edit| {
            edit.apply(&project).expect("possible")
        })
    }

    #[test]
    fn a_new_tag_goes_into_the_prompts_that_use_the_old_one() {
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::FPS_24,
        };
        let add = [
            Library::AddCharacter(Box::new(Character::new("Ann", "ann"))),
            Library::AddCharacter(Box::new(Character::new("Bo", "bo"))),
            Library::AddShot(Box::new(Shot::new("1", "@ann and @anna", length))),
            Library::AddShot(Box::new(Shot::new("2", "@bo", length))),
        ];
        let project = applied(&Project::default(), &add.map(Edit::Library));
        let ann = project.character_called("ann").expect("added");
        let mut form = CharacterForm::of(ann);
        assert_eq!(form.edits(&project), []);
        form.tag = "mia".into();
        assert_eq!(form.tag_problem(&project), None);
        let edits = form.edits(&project);
        assert_eq!(edits.len(), 2, "the character and one prompt");
        let project = applied(&project, &edits);
        let prompts: Vec<&str> = project.shots().map(|shot| shot.prompt.as_str()).collect();
        assert_eq!(prompts, ["@mia and @anna", "@bo"]);
        for wrong in ["", "two words", "bo"] {
            form.tag = wrong.into();
            assert!(form.tag_problem(&project).is_some(), "{wrong}");
        }
    }
}
