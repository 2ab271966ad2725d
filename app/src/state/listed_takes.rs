//! The takes of a project as the media panel lists them: with their numbers and uses, searched and filtered, the newest
//! first.

use std::collections::BTreeMap;

use kinora_studio::take::take_store::{Rating, Take};
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::{ContentHash, Project, Source};

use super::dialog::marker::label_name;
use super::generation::TakeLibrary;

/// A take, or a still.
pub struct ListedTake<'t> {
    pub name: ContentHash,
    pub take: &'t Take,
    /// `None`: its shot was removed, or its description is damaged.
    pub shot: Option<&'t Shot>,
    /// Its number among the takes of its shot, or among its stills, from 1 in the order of their making.
    pub number: usize,
    pub rating: Rating,
    /// The artist's note on it; empty if it has none.
    pub note: &'t str,
}

/// The takes that are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TakeFilter {
    #[default]
    All,
    InUse,
    NotInUse,
    Starred,
    Stills,
}

impl TakeFilter {
    /// All filters with their names and tooltips.
    pub const ALL: [(Self, [&str; 2]); 5] = [
        (Self::All, ["All takes", "List the takes of all shots"]),
        (
            Self::InUse,
            ["In use", "List the chosen takes of shots that have clips"],
        ),
        (Self::NotInUse, ["Not in use", "List all other takes"]),
        (Self::Starred, ["Starred", "List the takes with stars"]),
        (
            Self::Stills,
            ["Stills", "List the pictures that were made of shots"],
        ),
    ];

    fn passes(self, take: &ListedTake, project: &Project) -> bool {
        match self {
            Self::All => true,
            Self::InUse => take.uses(project) > 0,
            Self::NotInUse => take.uses(project) == 0,
            Self::Starred => take.rating.stars > 0,
            Self::Stills => take.is_still(),
        }
    }
}

impl<'t> ListedTake<'t> {
    /// The take of this name and number, if it was read.
    pub fn of(
        library: &'t TakeLibrary,
        project: &'t Project,
        (name, number): (ContentHash, usize),
    ) -> Option<Self> {
        let take = library.find(name)?;
        Some(Self::with_number(library, project, (name, take), number))
    }

    fn with_number(
        library: &'t TakeLibrary,
        project: &'t Project,
        (name, take): (ContentHash, &'t Take),
        number: usize,
    ) -> Self {
        let shot = take.shot.and_then(|shot| project.shot(shot));
        Self {
            name,
            take,
            shot: shot.map(|shot| &**shot),
            number,
            rating: library.ratings.get(&name).copied().unwrap_or_default(),
            note: library.notes.of(name),
        }
    }
}

impl ListedTake<'_> {
    /// Whether its shot shows it; of sound alone, whether its shot has that sound.
    pub fn is_chosen(&self) -> bool {
        self.shot.is_some_and(|shot| {
            let chosen = match self.has_picture() {
                true => shot.chosen,
                false => shot.chosen_sound,
            };
            chosen == Some(self.name)
        })
    }

    /// Whether it is more than sound alone.
    pub fn has_picture(&self) -> bool {
        !self.take.is_sound_alone()
    }

    /// Whether its shot is placed on the timeline by it: neither by a still nor by sound alone.
    pub fn can_be_placed(&self) -> bool {
        self.has_picture() && !self.is_still()
    }

    /// Whether it is a still that no shot shows.
    pub fn is_still(&self) -> bool {
        let recipe = self.take.readable();
        recipe.is_some_and(|recipe| recipe.is_still) && !self.is_chosen()
    }

    /// The number of clips that show it.
    pub fn uses(&self, project: &Project) -> usize {
        match self.shot.filter(|_| self.is_chosen()) {
            Some(shot) => project.clips_showing(Source::Shot(shot.id)).count(),
            None => 0,
        }
    }

    /// "Take 2 of Shot 1".
    pub fn title(&self) -> String {
        let kind = match self.is_still() {
            true => "Still",
            false => "Take",
        };
        match self.shot {
            Some(shot) => format!("{kind} {} of {}", self.number, shot.name),
            None => format!("{kind} of a removed shot"),
        }
    }

    /// Its prompt as the model got it; empty if its recipe cannot be read.
    pub fn prompt(&self) -> &str {
        let recipe = self.take.readable();
        recipe.map_or("", |recipe| recipe.inputs.prompt.as_str())
    }

    /// Whether each word is in its title, prompt, note or seed, or is the colour of its label.
    fn has_words(&self, search: &str) -> bool {
        if search.is_empty() {
            return true;
        }
        let seed = self.take.readable().map(|recipe| recipe.inputs.seed);
        let seed = seed.map(|seed| format!("seed {seed}"));
        let (title, prompt) = (self.title(), self.prompt());
        let seed = seed.unwrap_or_default();
        let label = label_name(self.rating.label);
        let note = self.note;
        let text = format!("{title} {prompt} {note} {seed} {label}").to_lowercase();
        let search = search.to_lowercase();
        search.split_whitespace().all(|word| text.contains(word))
    }
}

/// The takes of a project that pass a filter and have all words that are searched for, the newest first.
pub fn listed_takes<'t>(
    library: &'t TakeLibrary,
    project: &'t Project,
    filter: TakeFilter,
    search: &str,
) -> Vec<ListedTake<'t>> {
    let mut takes: Vec<_> = library.takes.iter().collect();
    takes.sort_by_key(|(name, take)| (take.made_at, *name));
    let mut counts = BTreeMap::new();
    let mut listed = Vec::new();
    for (name, take) in takes {
        let mut one = ListedTake::with_number(library, project, (*name, take), 0);
        let count = counts.entry((take.shot, one.is_still())).or_insert(0);
        *count += 1;
        one.number = *count;
        if filter.passes(&one, project) && one.has_words(search) {
            listed.push(one);
        }
    }
    listed.reverse();
    listed
}

#[cfg(test)]
mod tests {
    use kinora_studio::take::take_sound::TakeSound;
    use kinora_studio::take::take_store::NotReproducible;
    use kinora_studio::timeline::clip::Label;
    use kinora_studio::timeline::edit::batch::EditBatch;
    use kinora_studio::timeline::edit::library::Library;
    use kinora_studio::timeline::shot::ModelLength;
    use kinora_studio::timeline::{Edit, FrameRate, Frames, ShotId, TrackKind};
    use kinora_studio::wire::Timings;

    use super::*;

    fn take(shot: Option<ShotId>, made_at: u64) -> Take {
        Take {
            recipe: Err(NotReproducible::Changed),
            poster: None,
            shot,
            clip: None,
            frames: None,
            sound: None,
            made_at,
            timings: Timings::default(),
            hint: None,
        }
    }

    #[test]
    fn takes_are_numbered_within_their_shots_filtered_and_searched() {
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::FPS_24,
        };
        let mut batch = EditBatch::of(&Project::default());
        let shot = Shot::new("Dusk", "", length);
        let add = Edit::Library(Library::AddShot(Box::new(shot)));
        batch.then(add).expect("added");
        let shot = batch.project.shots().next().expect("the shot").id;
        let names = [b"one", b"two", b"old"].map(|name| ContentHash::of(name));
        let choose = Library::ChooseTake(shot, Some(names[1]));
        batch.then(Edit::Library(choose)).expect("chosen");
        let takes = [take(Some(shot), 10), take(Some(shot), 20), take(None, 5)];
        let mut takes: Vec<_> = names.into_iter().zip(takes).collect();
        takes.sort_by_key(|(name, _)| *name);
        let mut library = TakeLibrary {
            takes,
            ..TakeLibrary::default()
        };
        let starred = Rating {
            stars: 3,
            label: Label::Green,
            ..Rating::default()
        };
        library.rate(names[0], starred);
        let titles = |project: &Project, filter, search| -> Vec<String> {
            let listed = listed_takes(&library, project, filter, search);
            listed.iter().map(ListedTake::title).collect()
        };
        let all = ["Take 2 of Dusk", "Take 1 of Dusk", "Take of a removed shot"];
        assert_eq!(titles(&batch.project, TakeFilter::All, ""), all);
        let found = titles(&batch.project, TakeFilter::All, "GREEN dusk");
        assert_eq!(found, ["Take 1 of Dusk"]);
        let found = titles(&batch.project, TakeFilter::Starred, "");
        assert_eq!(found, ["Take 1 of Dusk"]);
        let none = titles(&batch.project, TakeFilter::InUse, "");
        assert!(none.is_empty(), "{none:?}");
        let (source, kinds) = (Source::Shot(shot), [TrackKind::Video]);
        batch
            .place(source, &kinds, Frames::ZERO, Frames(10))
            .expect("placed");
        let used = titles(&batch.project, TakeFilter::InUse, "");
        assert_eq!(used, ["Take 2 of Dusk"]);
    }

    #[test]
    fn sound_alone_is_chosen_as_the_sound_of_its_shot_and_is_not_placed() {
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::FPS_24,
        };
        let shot = Box::new(Shot::new("Dusk", "", length));
        let mut batch = EditBatch::of(&Project::default());
        let add = Edit::Library(Library::AddShot(shot));
        batch.then(add).expect("added");
        let shot = batch.project.shots().next().expect("the shot").id;
        let name = ContentHash::of(b"rain");
        let rain = Take {
            sound: Some(TakeSound {
                file: name,
                samples: name,
            }),
            ..take(Some(shot), 10)
        };
        batch.then(rain.choice(shot, name)).expect("chosen");
        let chosen = batch.project.shot(shot).expect("there");
        assert_eq!(
            (chosen.chosen, chosen.chosen_sound),
            (None, Some(name)),
            "its picture stays"
        );
        let library = TakeLibrary {
            takes: vec![(name, rain)],
            ..TakeLibrary::default()
        };
        let listed = ListedTake::of(&library, &batch.project, (name, 1)).expect("listed");
        assert!(listed.is_chosen() && !listed.can_be_placed() && !listed.has_picture());
    }
}
