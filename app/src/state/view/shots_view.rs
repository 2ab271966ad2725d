//! The view state of the shots panel: the search, and the card that takes the focus.

use std::collections::BTreeMap;
use std::sync::Arc;

use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::{Project, ShotId};

use crate::state::generation::TakeLibrary;

/// What the shots panel shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShotsView {
    /// The words that are searched for.
    pub search: String,
    /// Whether only shots without a chosen take are shown.
    pub is_without_take: bool,
    /// The card that takes the focus as soon as it is drawn.
    pub focus: Option<ShotId>,
    listed: Option<Listed>,
}

/// The number of shots that are seen at a glance. With more of them, the panel has a search.
const MOST_WITHOUT_SEARCH: usize = 8;

/// The shots that were listed last, and what they were listed for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Listed {
    /// Of the project and of the notes.
    revision: (u64, u64),
    search: String,
    is_without_take: bool,
    shots: Arc<[ShotId]>,
}

impl ShotsView {
    /// Whether a project has so many shots that they are searched.
    pub fn has_search(project: &Project) -> bool {
        project.shots().nth(MOST_WITHOUT_SEARCH).is_some()
    }

    /// The shots that are listed, in the artist's order: all of a few, and those of many that are searched for. Kept
    /// until the project, a note on a take or the search changes, because it is used in every frame.
    pub fn listed(
        &mut self,
        project: &Project,
        takes: &TakeLibrary,
        revision: u64,
    ) -> Arc<[ShotId]> {
        let revision = (revision, takes.notes.revision());
        let known = self.listed.take().filter(|listed| {
            listed.revision == revision
                && listed.search == self.search
                && listed.is_without_take == self.is_without_take
        });
        let listed = known.unwrap_or_else(|| Listed {
            revision,
            search: self.search.clone(),
            is_without_take: self.is_without_take,
            shots: self.found(project, takes),
        });
        Arc::clone(&self.listed.insert(listed).shots)
    }

    fn found(&self, project: &Project, takes: &TakeLibrary) -> Arc<[ShotId]> {
        let shows_all = self.search.is_empty() && !self.is_without_take;
        let shots = project.shots();
        if shows_all || !Self::has_search(project) {
            return shots.map(|shot| shot.id).collect();
        }
        let notes: BTreeMap<ShotId, String> = takes.notes_by_shot();
        let notes_on = |shot: &Shot| notes.get(&shot.id).map_or("", String::as_str);
        shots
            .filter(|shot| self.shows(shot, notes_on(shot), project))
            .map(|shot| shot.id)
            .collect()
    }

    /// Whether a shot is shown: each word that is searched for is in its name, its prompt or the notes on its takes, or is
    /// the `@tag` of a character in it.
    pub fn shows(&self, shot: &Shot, notes: &str, project: &Project) -> bool {
        let text = format!("{} {} {notes}", shot.name, shot.prompt).to_lowercase();
        let search = self.search.to_lowercase();
        let is_found = |word: &str| text.contains(word) || has_tag(shot, project, word);
        let is_missing = !self.is_without_take || !shot.has_take();
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
    fn a_shot_is_found_by_its_name_its_prompt_its_cast_and_the_notes_on_its_takes() {
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
            view.shows(&shot, "Good eyes", &project)
        };
        for found in ["", "dusk", "sea fox", "@ad", "du @ada", "eyes fox"] {
            assert!(is_shown(found), "{found}");
        }
        for other in ["dawn", "dusk dawn", "@bo", "ada"] {
            assert!(!is_shown(other), "{other}");
        }
    }

    #[test]
    fn the_list_is_kept_until_the_project_or_the_search_changes() {
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::FPS_24,
        };
        let named = |project: &Project, name: &str| {
            let add = Library::AddShot(Box::new(Shot::new(name, "", length)));
            Edit::Library(add).apply(project).expect("added")
        };
        let mut project = Project::default();
        let takes = TakeLibrary::default();
        let mut view = ShotsView {
            search: "fox".into(),
            ..ShotsView::default()
        };
        for number in 0..MOST_WITHOUT_SEARCH {
            project = named(&project, &format!("Dusk {number}"));
        }
        assert_eq!(
            view.listed(&project, &takes, 1).len(),
            MOST_WITHOUT_SEARCH,
            "few"
        );
        project = named(&project, "Fox");
        let fox = project.shots().last().expect("the fox").id;
        assert_eq!(*view.listed(&project, &takes, 2), [fox]);
        let changed = named(&project, "Another fox");
        assert_eq!(
            view.listed(&changed, &takes, 2).len(),
            1,
            "the same revision"
        );
        assert_eq!(view.listed(&changed, &takes, 3).len(), 2);
        view.search.clear();
        assert_eq!(
            view.listed(&changed, &takes, 3).len(),
            MOST_WITHOUT_SEARCH + 2
        );
        view.search = "dusk 3".into();
        assert_eq!(view.listed(&changed, &takes, 3).len(), 1);
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
        assert!(view.shows(&shot, "", &project));
        shot.chosen = Some(ContentHash::of(b"a take"));
        assert!(!view.shows(&shot, "", &project));
    }
}
