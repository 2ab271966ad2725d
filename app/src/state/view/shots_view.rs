//! The view state of the shots panel: the search, and the card that takes the focus.

use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::{Project, ShotId};

/// What the shots panel shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShotsView {
    /// The words that are searched for.
    pub search: String,
    /// Whether only shots without a chosen take are shown.
    pub is_without_take: bool,
    /// The card that takes the focus as soon as it is drawn.
    pub focus: Option<ShotId>,
}

impl ShotsView {
    /// Whether a shot is shown: each word that is searched for is in its name or prompt, or is the `@tag` of a
    /// character in it.
    pub fn shows(&self, shot: &Shot, project: &Project) -> bool {
        let text = format!("{} {}", shot.name, shot.prompt).to_lowercase();
        let search = self.search.to_lowercase();
        let is_found = |word: &str| text.contains(word) || has_tag(shot, project, word);
        let is_missing = !self.is_without_take || shot.chosen.is_none();
        is_missing && search.split_whitespace().all(is_found)
    }
}

fn has_tag(shot: &Shot, project: &Project, word: &str) -> bool {
    let Some(tag) = word.strip_prefix('@') else {
        return false;
    };
    let mut cast = shot.cast.iter();
    cast.any(|member| {
        let character = project.character(member.character);
        character.is_some_and(|character| character.tag.to_lowercase().starts_with(tag))
    })
}

#[cfg(test)]
mod tests {
    use kinora_studio::timeline::cast::Character;
    use kinora_studio::timeline::edit::library::Library;
    use kinora_studio::timeline::shot::{CastMember, ModelLength};
    use kinora_studio::timeline::{ContentHash, Edit, FrameRate};

    use super::*;

    #[test]
    fn a_shot_is_found_by_its_name_its_prompt_and_its_cast() {
        let ada = Library::AddCharacter(Box::new(Character::new("Ada", "ada")));
        let project = Edit::Library(ada)
            .apply(&Project::default())
            .expect("added");
        let character = project.cast().next().expect("one").id;
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::FPS_24,
        };
        let mut shot = Shot::new("Dusk", "A fox at the sea", length);
        shot.cast.push(CastMember {
            character,
            strength: 1.0,
        });
        let is_shown = |search: &str| {
            let view = ShotsView {
                search: search.into(),
                ..ShotsView::default()
            };
            view.shows(&shot, &project)
        };
        for found in ["", "dusk", "sea fox", "@ad", "du @ada"] {
            assert!(is_shown(found), "{found}");
        }
        for other in ["dawn", "dusk dawn", "@bo", "ada"] {
            assert!(!is_shown(other), "{other}");
        }
    }

    #[test]
    fn shots_with_a_take_can_be_left_out() {
        let view = ShotsView {
            is_without_take: true,
            ..ShotsView::default()
        };
        let project = Project::default();
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::FPS_24,
        };
        let mut shot = Shot::new("Dusk", "", length);
        assert!(view.shows(&shot, &project));
        shot.chosen = Some(ContentHash::of(b"a take"));
        assert!(!view.shows(&shot, &project));
    }
}
