//! The view state of the cast panel: the text of a character's page that is being edited, and the shots on it.

use std::sync::Arc;

use kinora_studio::timeline::cast::Character;
use kinora_studio::timeline::{CharacterId, Project, ShotId};

use crate::state::form::character_form::CharacterForm;

/// The unfinished edits of the character whose page is open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CastView {
    /// The typed text, until its field loses the focus.
    pub form: Option<CharacterForm>,
    /// Whether a colour is being changed: one gesture from the first change to the last.
    pub is_colour_dragged: bool,
    users: Option<Users>,
}

/// The shots that use a character, at one revision of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Users {
    of: (CharacterId, u64),
    shots: Arc<[ShotId]>,
}

impl CastView {
    /// The shots that use a character, in the artist's order. Kept until the project changes, because it is used in
    /// every frame.
    pub fn shots_with(
        &mut self,
        character: &Character,
        project: &Project,
        revision: u64,
    ) -> Arc<[ShotId]> {
        let of = (character.id, revision);
        let known = self.users.take().filter(|users| users.of == of);
        let users = known.unwrap_or_else(|| {
            let shots = project.shots().filter(|shot| shot.has(character.id));
            Users {
                of,
                shots: shots.map(|shot| shot.id).collect(),
            }
        });
        Arc::clone(&self.users.insert(users).shots)
    }
}

#[cfg(test)]
mod tests {
    use glam::DVec3;
    use kinora_studio::timeline::edit::library::Library;
    use kinora_studio::timeline::shot::{ModelLength, Shot};
    use kinora_studio::timeline::stage::{Form, MANNEQUIN_METRES, StandIn};
    use kinora_studio::timeline::{Edit, FrameRate};

    use super::*;

    #[test]
    fn a_shot_with_a_character_on_its_stage_only_uses_it_too() {
        let apply =
            |project: &Project, edit: Library| Edit::Library(edit).apply(project).expect("applied");
        let add = Library::AddCharacter(Box::new(Character::new("Ada", "ada")));
        let before = apply(&Project::default(), add);
        let ada = before.cast().next().expect("Ada").clone();
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::FPS_24,
        };
        let mut shot = Shot::new("Dusk", "", length);
        let form = Form::Mannequin(Some(ada.id));
        let stand_in = StandIn::new("Ada", form, MANNEQUIN_METRES, DVec3::ZERO);
        shot.stage.stand_ins.push(stand_in);
        let after = apply(&before, Library::AddShot(Box::new(shot)));
        let mut view = CastView::default();
        assert_eq!(view.shots_with(&ada, &before, 1).len(), 0);
        assert_eq!(
            view.shots_with(&ada, &after, 1).len(),
            0,
            "the same revision"
        );
        assert_eq!(view.shots_with(&ada, &after, 2).len(), 1);
    }
}
