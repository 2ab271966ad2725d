//! Characters: their pages, their text, and adding and removing them.

use kinora_studio::timeline::cast::Character;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::shot::sound::ShotKind;
use kinora_studio::timeline::stage::Form;
use kinora_studio::timeline::{CharacterId, Edit, Project};

use super::shot::free_tag;
use crate::state::app::AppState;
use crate::state::form::character_form::CharacterForm;

/// Opens the page of a character, or shows all of them.
pub fn select(character: Option<CharacterId>, state: &mut AppState) {
    if let Some(open) = &mut state.project {
        open.commit_typed_text(&mut state.notifications);
        open.view.selection.character = character;
    }
}

pub fn change_text(form: &CharacterForm, state: &mut AppState) {
    if let Some(open) = &mut state.project {
        open.change_character(form, &mut state.notifications);
    }
}

/// Adds a copy of a character with a tag of its own, and shows its page.
pub fn duplicate(id: CharacterId, state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    open.commit_typed_text(&mut state.notifications);
    let project = open.project();
    let Some(character) = project.character(id) else {
        return;
    };
    let tags = project.cast().map(|one| one.tag.as_str());
    let copy = Character {
        name: format!("{} copy", character.name),
        tag: free_tag(&character.tag, tags),
        ..Character::clone(character)
    };
    let edit = Edit::Library(Library::AddCharacter(Box::new(copy)));
    if open.edit(&edit, &mut state.notifications) {
        open.view.selection.character = open.project().cast().map(|one| one.id).max();
    }
}

/// Removes a character from all shots and from the project, in one step. On the stage, figures of nobody in particular
/// take its place.
pub fn remove_from_shots(id: CharacterId, state: &mut AppState) {
    if let Some(open) = &mut state.project {
        let edits = removal(open.project(), id);
        open.edit_all("remove character", &edits, &mut state.notifications);
    }
}

fn removal(project: &Project, id: CharacterId) -> Vec<Edit> {
    let with = project.shots().filter(|shot| shot.has(id));
    let without = with.map(|shot| {
        let mut changed = Shot::clone(shot);
        changed.cast.retain(|member| member.character != id);
        if changed.kind == ShotKind::Line(id) {
            changed.kind = ShotKind::Sound; // its takes are still heard
        }
        for stand_in in &mut changed.stage.stand_ins {
            if stand_in.form == Form::Mannequin(Some(id)) {
                stand_in.form = Form::Mannequin(None);
            }
        }
        Library::ChangeShot(Box::new(changed))
    });
    let edits = without.chain([Library::RemoveCharacter(id)]);
    edits.map(Edit::Library).collect()
}

#[cfg(test)]
mod tests {
    use kinora_studio::timeline::FrameRate;
    use kinora_studio::timeline::shot::{CastMember, ModelLength};

    use super::*;

    #[test]
    fn a_character_is_removed_from_its_shots_first() {
        let add = Library::AddCharacter(Box::new(Character::new("Ann", "ann")));
        let project = Edit::Library(add)
            .apply(&Project::default())
            .expect("added");
        let character = project.cast().next().expect("one").id;
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::FPS_24,
        };
        let mut with = Shot::new("with", "", length);
        with.cast.push(CastMember {
            character,
            strength: 0.5,
        });
        let without = Shot::new("without", "", length);
        let project = [with, without].into_iter().fold(project, |project, shot| {
            let add = Edit::Library(Library::AddShot(Box::new(shot)));
            add.apply(&project).expect("added")
        });
        let edits = removal(&project, character);
        assert_eq!(edits.len(), 2, "one shot and the character");
        let project = edits.iter().fold(project, |project, edit| {
            edit.apply(&project).expect("possible")
        });
        assert!(project.cast().next().is_none());
        assert!(project.shots().all(|shot| shot.cast.is_empty()));
    }
}
