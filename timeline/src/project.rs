//! The project: the value that undo restores and `project.ron` stores. Cloning it is cheap, and only an
//! [`Edit`](crate::Edit) changes it.

mod stored_project;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::cast::Character;
use crate::clip::{Clip, Source};
use crate::index::Index;
use crate::marker::Marker;
use crate::media::Medium;
use crate::mixing::MasterMix;
use crate::sequence::{FIRST_NAME, Sequence};
use crate::shot::Shot;
use crate::subtitle::SubtitleTrack;
use crate::title::Title;
use crate::track::{Placed, Track, TrackKind};
use crate::tree::{Spans, Tree};
use crate::{
    CharacterId, ClipId, ContentHash, FrameRange, FrameRate, Frames, MarkerId, MediumId,
    PreservedMetadata, SequenceId, ShotId, Size, TitleId, TrackId,
};
use stored_project::Stored;

/// A project.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Project {
    pub(crate) rate: FrameRate,
    pub(crate) size: Size,
    /// How the sum of all tracks is processed, whichever sequence is open.
    pub(crate) master: MasterMix,
    pub(crate) cast: Tree<CharacterId, Arc<Character>>,
    pub(crate) shots: Tree<ShotId, Arc<Shot>>,
    /// The ids of all shots, in the artist's order. Each is in it once.
    pub(crate) shot_order: Arc<Vec<ShotId>>,
    pub(crate) media: Tree<MediumId, Arc<Medium>>,
    pub(crate) titles: Tree<TitleId, Arc<Title>>,
    /// Video tracks from the bottom up, then audio tracks from the top down.
    pub(crate) tracks: Vec<Arc<Track>>,
    pub(crate) markers: Tree<MarkerId, Arc<Marker>>,
    pub(crate) in_out: Option<FrameRange>,
    /// The first one is drawn lowest in the picture.
    pub(crate) subtitles: Vec<Arc<SubtitleTrack>>,
    /// The sequence that the tracks, the markers, the range and the subtitles above belong to.
    pub(crate) open: SequenceId,
    pub(crate) open_name: Arc<str>,
    /// The sequences that are not open.
    pub(crate) others: Tree<SequenceId, Arc<Sequence>>,
    pub(crate) preserved_metadata: PreservedMetadata,
    /// The next free id.
    pub(crate) next_id: u64,
    /// Derived from all of the above.
    pub(crate) index: Index,
}

impl Spans for Character {}
impl Spans for Shot {}
impl Spans for Medium {}
impl Spans for Title {}
impl Spans for Marker {}

impl Default for Project {
    fn default() -> Self {
        Self::new(FrameRate::FPS_24, Size::COMMON[1])
    }
}

impl Project {
    /// An empty project with one video and one audio track.
    pub fn new(rate: FrameRate, size: Size) -> Self {
        let track = |number, kind, name| Arc::new(Track::new(TrackId(number), kind, name));
        Self {
            rate,
            size,
            master: MasterMix::default(),
            cast: Tree::default(),
            shots: Tree::default(),
            shot_order: Arc::default(),
            media: Tree::default(),
            titles: Tree::default(),
            tracks: vec![
                track(1, TrackKind::Video, "V1"),
                track(2, TrackKind::Audio, "A1"),
            ],
            markers: Tree::default(),
            in_out: None,
            subtitles: Vec::new(),
            open: SequenceId(0),
            open_name: FIRST_NAME.into(),
            others: Tree::default(),
            preserved_metadata: PreservedMetadata::default(),
            next_id: 3,
            index: Index::default(),
        }
    }

    /// The frame rate of the project, whatever the rates of its media.
    pub fn rate(&self) -> FrameRate {
        self.rate
    }

    /// The picture size of the project.
    pub fn size(&self) -> Size {
        self.size
    }

    /// How the sum of all tracks is processed.
    pub fn master(&self) -> MasterMix {
        self.master
    }

    /// The characters, in order of creation.
    pub fn cast(&self) -> impl Iterator<Item = &Arc<Character>> {
        self.cast.iter().map(|found| found.value)
    }

    /// The character with this id.
    pub fn character(&self, id: CharacterId) -> Option<&Arc<Character>> {
        self.cast.get(id)
    }

    /// The character with this `@tag`.
    pub fn character_called(&self, tag: &str) -> Option<&Arc<Character>> {
        self.cast().find(|character| character.tag == tag)
    }

    /// The shots, in the artist's order. A new shot is the last one.
    pub fn shots(&self) -> impl Iterator<Item = &Arc<Shot>> {
        let order = self.shot_order.iter();
        order.filter_map(|id| self.shots.get(*id))
    }

    /// The shot with this id.
    pub fn shot(&self, id: ShotId) -> Option<&Arc<Shot>> {
        self.shots.get(id)
    }

    /// The imported files, in order of import.
    pub fn media(&self) -> impl Iterator<Item = &Arc<Medium>> {
        self.media.iter().map(|found| found.value)
    }

    /// The imported file with this id.
    pub fn medium(&self, id: MediumId) -> Option<&Arc<Medium>> {
        self.media.get(id)
    }

    /// The imported file with this content.
    pub fn medium_with_content(&self, content: ContentHash) -> Option<&Arc<Medium>> {
        self.media().find(|medium| medium.content == content)
    }

    /// The titles, in order of creation.
    pub fn titles(&self) -> impl Iterator<Item = &Arc<Title>> {
        self.titles.iter().map(|found| found.value)
    }

    /// The title with this id.
    pub fn title(&self, id: TitleId) -> Option<&Arc<Title>> {
        self.titles.get(id)
    }

    /// The tracks: video from the bottom up, then audio from the top down.
    pub fn tracks(&self) -> &[Arc<Track>] {
        &self.tracks
    }

    /// The track with this id.
    pub fn track(&self, id: TrackId) -> Option<&Arc<Track>> {
        self.tracks.iter().find(|track| track.id == id)
    }

    /// The markers, in order of creation.
    pub fn markers(&self) -> impl Iterator<Item = &Arc<Marker>> {
        self.markers.iter().map(|found| found.value)
    }

    /// The range between in and out, if set.
    pub fn in_out(&self) -> Option<FrameRange> {
        self.in_out
    }

    /// The end of the longest track of the open sequence.
    pub fn end(&self) -> Frames {
        self.end_of(self.open)
    }

    /// A clip, its track, and its range.
    pub fn clip(&self, id: ClipId) -> Option<(&Arc<Clip>, &Arc<Track>, FrameRange)> {
        let (track, placed) = self.placed(id)?;
        Some((placed.clip()?, track, placed.range))
    }

    pub(crate) fn placed(&self, id: ClipId) -> Option<(&Arc<Track>, Placed<'_>)> {
        let home = self.index.home.get(id)?;
        let track = self.track(home.track)?;
        Some((track, track.placed(home.order)?))
    }

    /// The length of a source in frames at the project's rate; `None` if it has no end or does not exist.
    pub fn available(&self, source: Source) -> Option<Frames> {
        match source {
            Source::Shot(id) => Some(self.shot(id)?.available(self.rate)),
            Source::Medium(id) => self.medium(id)?.available(self.rate),
            Source::Title(_) | Source::Sequence(_) => None,
        }
    }

    pub(crate) fn has_source(&self, source: Source) -> bool {
        match source {
            Source::Shot(id) => self.shot(id).is_some(),
            Source::Medium(id) => self.medium(id).is_some(),
            Source::Title(id) => self.title(id).is_some(),
            Source::Sequence(id) => self.tracks_of(id).is_some(),
        }
    }

    pub(crate) fn fresh_id(&mut self) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }

    /// Equal for two projects that compare equal and are saved as the same text.
    pub fn fingerprint(&self) -> ContentHash {
        // RON of plain values cannot fail; should it ever, projects differ rather than agree by mistake.
        ron::to_string(self).map_or(ContentHash::ZERO, |text| ContentHash::of(text.as_bytes()))
    }
}

/// Compares content; derived look-ups are left out.
impl PartialEq for Project {
    fn eq(&self, other: &Self) -> bool {
        fn same<K: Ord + Copy, V: Clone + Spans + PartialEq>(
            a: &Tree<K, V>,
            b: &Tree<K, V>,
        ) -> bool {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.value == b.value)
        }
        self.rate == other.rate
            && self.size == other.size
            && self.master == other.master
            && self.in_out == other.in_out
            && self.subtitles == other.subtitles
            && self.preserved_metadata == other.preserved_metadata
            && self.next_id == other.next_id
            && self.tracks == other.tracks
            && (self.open, &self.open_name) == (other.open, &other.open_name)
            && same(&self.others, &other.others)
            && same(&self.cast, &other.cast)
            && same(&self.shots, &other.shots)
            && self.shot_order == other.shot_order
            && same(&self.media, &other.media)
            && same(&self.titles, &other.titles)
            && same(&self.markers, &other.markers)
    }
}

#[cfg(test)]
mod tests {
    use super::stored_project::completed;
    use super::*;
    use crate::Edit;
    use crate::edit::library::Library;
    use crate::shot::ModelLength;

    /// A project with shots of these names.
    fn with_shots(names: &[&str]) -> Project {
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::FPS_24,
        };
        names.iter().fold(Project::default(), |project, name| {
            let shot = Shot::new(name, "", length);
            let add = Edit::Library(Library::AddShot(Box::new(shot)));
            add.apply(&project).expect("added")
        })
    }

    fn names(project: &Project) -> Vec<&str> {
        project.shots().map(|shot| shot.name.as_str()).collect()
    }

    fn ids(project: &Project) -> Vec<ShotId> {
        project.shots().map(|shot| shot.id).collect()
    }

    #[test]
    fn an_order_is_stored_only_if_it_is_not_that_of_the_ids() {
        let project = with_shots(&["a", "b", "c"]);
        let text = ron::to_string(&project).expect("text");
        assert!(!text.contains("shot_order"), "{text}");
        let all = ids(&project);
        let [a, _, c] = all[..] else {
            panic!("three shots");
        };
        let to_front = Library::MoveShot {
            shot: c,
            before: Some(a),
        };
        let moved = Edit::Library(to_front).apply(&project).expect("moved");
        assert_ne!(moved, project);
        assert_ne!(moved.fingerprint(), project.fingerprint());
        let text = ron::to_string(&moved).expect("text");
        let again: Project = ron::from_str(&text).expect("a project");
        assert_eq!(names(&again), ["c", "a", "b"]);
        assert_eq!(again, moved);
        let back = Library::MoveShot {
            shot: c,
            before: None,
        };
        let back = Edit::Library(back).apply(&again).expect("moved");
        assert_eq!(back.fingerprint(), project.fingerprint());
    }

    #[test]
    fn a_damaged_order_is_completed_when_it_is_read() {
        let project = with_shots(&["a", "b", "c"]);
        let all = ids(&project);
        let [a, b, c] = all[..] else {
            panic!("three shots");
        };
        let order = |order: &[ShotId]| completed(order, &project.shots);
        assert_eq!(order(&[c, ShotId(999), c, a]), [c, a, b]);
        assert_eq!(order(&[]), [a, b, c]);
    }
}
