//! Edits of characters: added, changed and removed, with the check of names, tags and pictures. One that a shot uses cannot be
//! removed.

use std::sync::Arc;

use super::{invalid, missing};
use crate::cast::Character;
use crate::edit::tracks::counted;
use crate::refusal::Refusal;
use crate::{CharacterId, Project};

pub(super) fn add_character(project: &mut Project, character: &Character) -> Result<(), Refusal> {
    let id = CharacterId(project.fresh_id());
    let character = Character {
        id,
        ..character.clone()
    };
    check_character(project, &character)?;
    project.cast.insert(id, Arc::new(character));
    Ok(())
}

pub(super) fn change_character(
    project: &mut Project,
    character: &Character,
) -> Result<(), Refusal> {
    let now = project
        .character(character.id)
        .ok_or(missing("character"))?;
    if **now == *character {
        return Err(Refusal::NoChange);
    }
    check_character(project, character)?;
    project
        .cast
        .insert(character.id, Arc::new(character.clone()));
    Ok(())
}

pub(crate) fn check_character(project: &Project, character: &Character) -> Result<(), Refusal> {
    if !character.tag_is_sound() {
        return invalid("a tag is made of letters, digits and underscores, as in @old_sailor");
    }
    if let Some(sample) = character.voice.sample {
        let sample = project.medium(sample).ok_or(missing("medium"))?;
        if !sample.has_sound {
            return invalid("a recording of a voice has sound");
        }
    }
    let taken = project
        .cast()
        .any(|other| other.id != character.id && other.tag == character.tag);
    if taken {
        Err(Refusal::InvalidValue(format!(
            "@{} is somebody else already",
            character.tag
        )))
    } else {
        Ok(())
    }
}

pub(super) fn remove_character(project: &mut Project, id: CharacterId) -> Result<(), Refusal> {
    project.character(id).ok_or(missing("character"))?;
    let shots = project.shots().filter(|shot| shot.has(id)).count();
    if shots > 0 {
        return Err(Refusal::StillUsed {
            what: "the character",
            by: counted(shots, "shot"),
        });
    }
    project.cast.remove(id);
    Ok(())
}
