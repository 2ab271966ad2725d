//! The view state of the media panel: the selected import or take, the search and the filters.

mod filter;

use std::collections::BTreeMap;
use std::sync::Arc;

use kinora_studio::timeline::media::{Extent, Medium};
use kinora_studio::timeline::{ContentHash, MediumId, Project};

use crate::background::media_files::{MediaFiles, MediumFile};
use crate::state::dialog::marker::label_name;
use crate::state::form::medium_form::MediumForm;
use crate::state::generation::TakeLibrary;
use crate::state::listed_takes::{TakeFilter, listed_takes};
use crate::state::sources::uses_of;

pub use filter::MediaFilter;

/// What the media panel shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaView {
    pub selected: Option<MediumId>,
    /// Whether the list scrolls to the selected import as soon as it is drawn.
    pub scrolls_to_selected: bool,
    /// The words that are searched for.
    pub search: String,
    pub filter: MediaFilter,
    /// The takes that are listed with the filter `Takes`.
    pub take_filter: TakeFilter,
    pub selected_take: Option<ContentHash>,
    /// The name that is being edited.
    pub form: Option<MediumForm>,
    /// Whether the pointer is over the panel: files that are dropped there are imported, and not placed on the timeline.
    /// Set while the panel is drawn.
    pub has_pointer: bool,
    listed: Option<Listed>,
    kept_takes: Option<KeptTakes>,
    uses: CountedUses,
    missing: CountedMissing,
}

/// The imports that were listed last, and what they were listed for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Listed {
    of: ListedOf,
    media: Arc<[MediumId]>,
}

/// All that a list of imports depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ListedOf {
    revision: u64,
    /// The revision of the files; 0 for a filter that does not need them.
    files: u64,
    search: String,
    filter: MediaFilter,
}

/// The takes that were listed last, and what they were listed for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct KeptTakes {
    of: TakesOf,
    takes: Arc<[(ContentHash, usize)]>,
}

/// All that a list of takes depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct TakesOf {
    /// Of the project, the takes and their notes.
    revisions: [u64; 3],
    search: String,
    filter: TakeFilter,
}

/// The uses of the imports that were asked for, at one revision of the project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct CountedUses {
    revision: u64,
    counts: BTreeMap<MediumId, usize>,
}

/// The imports whose file is missing, at one revision of the project and of what is known of the files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct CountedMissing {
    revision: u64,
    files: u64,
    count: usize,
}

impl MediaView {
    /// Selects an import and shows it, whatever was searched for.
    pub fn reveal(&mut self, medium: MediumId) {
        self.selected = Some(medium);
        self.scrolls_to_selected = true;
        self.search.clear();
        self.filter = MediaFilter::All;
    }

    /// The imports that are listed, in order of import. Kept until the project, the search, the filter or a missing file
    /// changes, because it is used in every frame.
    pub fn listed(
        &mut self,
        project: &Project,
        revision: u64,
        files: &MediaFiles,
    ) -> Arc<[MediumId]> {
        let of = ListedOf {
            revision,
            files: match self.filter {
                MediaFilter::Missing => files.revision(),
                _ => 0,
            },
            search: self.search.clone(),
            filter: self.filter,
        };
        let known = self.listed.take().filter(|listed| listed.of == of);
        let listed = known.unwrap_or_else(|| Listed {
            of,
            media: self.found(project, files),
        });
        Arc::clone(&self.listed.insert(listed).media)
    }

    /// The names and numbers of the takes that are listed, the newest first. Kept until the project, a take, a rating, a
    /// note, the search or the filter changes, because it is used in every frame.
    pub fn listed_takes(
        &mut self,
        library: &TakeLibrary,
        project: &Project,
        revision: u64,
    ) -> Arc<[(ContentHash, usize)]> {
        let of = TakesOf {
            revisions: [revision, library.revision, library.notes.revision()],
            search: self.search.clone(),
            filter: self.take_filter,
        };
        let known = self.kept_takes.take().filter(|kept| kept.of == of);
        let kept = known.unwrap_or_else(|| {
            let found = listed_takes(library, project, of.filter, &of.search);
            KeptTakes {
                takes: found.iter().map(|take| (take.name, take.number)).collect(),
                of,
            }
        });
        Arc::clone(&self.kept_takes.insert(kept).takes)
    }

    fn found(&self, project: &Project, files: &MediaFiles) -> Arc<[MediumId]> {
        let shown = project
            .media()
            .filter(|medium| self.shows(medium, files.get(medium), project));
        shown.map(|medium| medium.id).collect()
    }

    /// The number of times that an import is used. Counted once for each revision of the project.
    pub fn uses_of(&mut self, medium: MediumId, project: &Project, revision: u64) -> usize {
        if self.uses.revision != revision {
            self.uses = CountedUses {
                revision,
                counts: BTreeMap::new(),
            };
        }
        let counts = &mut self.uses.counts;
        *counts
            .entry(medium)
            .or_insert_with(|| uses_of(project, medium))
    }

    /// The number of imports whose file is missing. Counted once for each revision of the project and of what is known of
    /// the files.
    pub fn missing(&mut self, project: &Project, revision: u64, files: &MediaFiles) -> usize {
        let of_files = files.revision();
        if (self.missing.revision, self.missing.files) != (revision, of_files) {
            let missing = project.media().filter(|one| files.get(one).is_missing);
            self.missing = CountedMissing {
                revision,
                files: of_files,
                count: missing.count(),
            };
        }
        self.missing.count
    }

    /// Whether an import is listed: the filter lets it pass, and each word that is searched for is in its name or is the
    /// colour of its label.
    pub fn shows(&self, medium: &Medium, file: MediumFile, project: &Project) -> bool {
        let passes = match self.filter {
            MediaFilter::All => true,
            MediaFilter::Video => matches!(medium.extent, Extent::Video { .. }),
            MediaFilter::Pictures => medium.extent == Extent::Still,
            MediaFilter::Sound => matches!(medium.extent, Extent::Sound { .. }),
            MediaFilter::Favourites => medium.marks.is_favourite,
            MediaFilter::NotUsed => uses_of(project, medium.id) == 0,
            MediaFilter::Missing => file.is_missing,
            MediaFilter::Takes => false,
        };
        if !passes || self.search.is_empty() {
            return passes;
        }
        let label = label_name(medium.marks.label).to_lowercase();
        let name = format!("{} {label}", medium.name.to_lowercase());
        let search = self.search.to_lowercase();
        search.split_whitespace().all(|word| name.contains(word))
    }
}

#[cfg(test)]
mod tests {
    use kinora_studio::take::take_store::{NotReproducible, Rating, Take};
    use kinora_studio::timeline::edit::batch::EditBatch;
    use kinora_studio::timeline::edit::library::Library;
    use kinora_studio::timeline::{Edit, Frames, Source, TrackKind};
    use kinora_studio::wire::Timings;

    use super::*;
    use kinora_studio::timeline::media::{MediumMarks, PictureSettings};

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
            marks: MediumMarks::default(),
            picture: PictureSettings::default(),
        }
    }

    fn is_shown(filter: MediaFilter, search: &str, medium: &Medium, is_missing: bool) -> bool {
        let view = MediaView {
            filter,
            search: search.into(),
            ..MediaView::default()
        };
        let file = MediumFile {
            is_missing,
            ..MediumFile::default()
        };
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

    /// The project with an import more.
    fn with_import(project: &Project, name: &str) -> Project {
        let add = Library::AddMedium(Box::new(medium(name, SOUND)));
        Edit::Library(add).apply(project).expect("added")
    }

    #[test]
    fn the_list_is_kept_until_the_project_or_the_search_changes() {
        let folder = tempfile::tempdir().expect("a folder");
        let files = MediaFiles::new(folder.path(), &egui::Context::default());
        let one = with_import(&Project::default(), "sea.wav");
        let two = with_import(&one, "hum.wav");
        let mut view = MediaView::default();
        assert_eq!(view.listed(&one, 1, &files).len(), 1);
        assert_eq!(view.listed(&two, 1, &files).len(), 1, "the same revision");
        assert_eq!(view.listed(&two, 2, &files).len(), 2);
        view.search = "hum".into();
        assert_eq!(view.listed(&two, 2, &files).len(), 1);
        view.filter = MediaFilter::Pictures;
        assert_eq!(view.listed(&two, 2, &files).len(), 0);
    }

    #[test]
    fn the_list_of_takes_is_kept_until_a_rating_or_the_filter_changes() {
        let name = ContentHash::of(b"a take");
        let take = Take {
            recipe: Err(NotReproducible::Changed),
            poster: None,
            shot: None,
            clip: None,
            frames: None,
            sound: None,
            made_at: 1,
            timings: Timings::default(),
            hint: None,
        };
        let mut library = TakeLibrary {
            takes: vec![(name, take)],
            ..TakeLibrary::default()
        };
        let project = Project::default();
        let mut view = MediaView {
            take_filter: TakeFilter::Starred,
            ..MediaView::default()
        };
        assert!(view.listed_takes(&library, &project, 1).is_empty());
        let stars = Rating {
            stars: 5,
            ..Rating::default()
        };
        library.rate(name, stars);
        let listed = view.listed_takes(&library, &project, 1);
        assert_eq!(listed[..], [(name, 1)]);
        let again = view.listed_takes(&library, &project, 1);
        assert!(Arc::ptr_eq(&listed, &again), "nothing has changed");
        view.take_filter = TakeFilter::Stills;
        assert!(view.listed_takes(&library, &project, 1).is_empty());
    }

    #[test]
    fn the_uses_of_an_import_are_counted_again_after_a_change() {
        let mut batch = EditBatch::of(&with_import(&Project::default(), "sea.wav"));
        let id = batch.project.media().next().expect("the import").id;
        let mut view = MediaView::default();
        assert_eq!(view.uses_of(id, &batch.project, 1), 0);
        let (source, kinds) = (Source::Medium(id), [TrackKind::Audio]);
        batch
            .place(source, &kinds, Frames::ZERO, Frames(24))
            .expect("placed");
        assert_eq!(view.uses_of(id, &batch.project, 1), 0, "the same revision");
        assert_eq!(view.uses_of(id, &batch.project, 2), 1);
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
