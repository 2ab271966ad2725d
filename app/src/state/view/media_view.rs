//! The view state of the media panel: the selected import, the search and the filter.

use kinora_studio::timeline::media::{Extent, Medium};
use kinora_studio::timeline::{MediumId, Project};

use crate::background::media_files::MediumFile;
use crate::state::form::medium_form::MediumForm;
use crate::state::sources::uses_of;

/// What the media panel shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaView {
    pub selected: Option<MediumId>,
    /// Whether the list scrolls to the selected import as soon as it is drawn.
    pub scrolls_to_selected: bool,
    /// The words that are searched for.
    pub search: String,
    pub filter: MediaFilter,
    /// The name that is being edited.
    pub form: Option<MediumForm>,
    /// Whether the pointer is over the panel: files that are dropped there are imported, and not placed on the timeline.
    /// Set while the panel is drawn.
    pub has_pointer: bool,
}

/// The imports that are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MediaFilter {
    #[default]
    All,
    Video,
    Pictures,
    Sound,
    NotUsed,
    Missing,
}

impl MediaFilter {
    /// All filters with their names.
    pub const ALL: [(Self, &str); 6] = [
        (Self::All, "All"),
        (Self::Video, "Video"),
        (Self::Pictures, "Pictures"),
        (Self::Sound, "Sound"),
        (Self::NotUsed, "Not used"),
        (Self::Missing, "Missing"),
    ];

    /// What it lists.
    pub fn tooltip(self) -> &'static str {
        match self {
            Self::All => "List all imports",
            Self::Video => "List the videos",
            Self::Pictures => "List the still pictures",
            Self::Sound => "List the sound files",
            Self::NotUsed => "List the imports that no clip uses",
            Self::Missing => "List the imports whose file is missing",
        }
    }
}

impl MediaView {
    /// Selects an import and shows it, whatever was searched for.
    pub fn reveal(&mut self, medium: MediumId) {
        self.selected = Some(medium);
        self.scrolls_to_selected = true;
        self.search.clear();
        self.filter = MediaFilter::All;
    }

    /// Whether an import is listed: the filter lets it pass, and each word that is searched for is in its name.
    pub fn shows(&self, medium: &Medium, file: MediumFile, project: &Project) -> bool {
        let passes = match self.filter {
            MediaFilter::All => true,
            MediaFilter::Video => matches!(medium.extent, Extent::Video { .. }),
            MediaFilter::Pictures => medium.extent == Extent::Still,
            MediaFilter::Sound => matches!(medium.extent, Extent::Sound { .. }),
            MediaFilter::NotUsed => uses_of(project, medium.id) == 0,
            MediaFilter::Missing => file.is_missing,
        };
        let name = medium.name.to_lowercase();
        let search = self.search.to_lowercase();
        passes && search.split_whitespace().all(|word| name.contains(word))
    }
}

#[cfg(test)]
mod tests {
    use kinora_studio::timeline::ContentHash;

    use super::*;

    const SOUND: Extent = Extent::Sound {
        rate_hz: 48_000,
        samples: 48_000,
    };

    fn medium(name: &str, extent: Extent) -> Medium {
        Medium {
            id: MediumId::from(1),
            name: name.into(),
            content: ContentHash::of(name.as_bytes()),
            path: format!("media/{name}"),
            extent,
            has_picture: extent == Extent::Still,
            has_sound: extent != Extent::Still,
        }
    }

    fn is_shown(filter: MediaFilter, search: &str, medium: &Medium, is_missing: bool) -> bool {
        let view = MediaView {
            filter,
            search: search.into(),
            ..MediaView::default()
        };
        let size = None;
        let file = MediumFile { is_missing, size };
        view.shows(medium, file, &Project::default())
    }

    #[test]
    fn an_import_is_found_by_the_words_of_its_name() {
        let hum = medium("Hum of the sea.wav", SOUND);
        for (search, found) in [("", true), ("SEA hum", true), ("hum rain", false)] {
            assert_eq!(is_shown(MediaFilter::All, search, &hum, false), found);
        }
    }

    #[test]
    fn imports_are_filtered_by_kind_use_and_whether_their_file_is_there() {
        let (door, hum) = (medium("door.png", Extent::Still), medium("hum.wav", SOUND));
        let kinds = |medium| {
            let kinds = [
                MediaFilter::Video,
                MediaFilter::Pictures,
                MediaFilter::Sound,
            ];
            kinds.map(|filter| is_shown(filter, "", medium, false))
        };
        assert_eq!(kinds(&door), [false, true, false]);
        assert_eq!(kinds(&hum), [false, false, true]);
        assert!(is_shown(MediaFilter::NotUsed, "", &door, false));
        assert!(!is_shown(MediaFilter::Missing, "", &door, false));
        assert!(is_shown(MediaFilter::Missing, "", &door, true));
    }

    #[test]
    fn an_import_that_is_revealed_is_not_hidden_by_the_search() {
        let door = medium("door.png", Extent::Still);
        let mut view = MediaView {
            filter: MediaFilter::Sound,
            search: "hum".into(),
            ..MediaView::default()
        };
        view.reveal(door.id);
        let file = MediumFile::default();
        assert!(view.shows(&door, file, &Project::default()));
        assert_eq!(view.selected, Some(door.id));
    }
}
