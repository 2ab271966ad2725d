//! The project: the value that undo restores and `project.ron` stores. Cloning it is cheap, and only an
//! [`Edit`](crate::Edit) changes it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::PreservedMetadata;
use crate::cast::Character;
use crate::clip::{Clip, Source};
use crate::index::Index;
use crate::marker::Marker;
use crate::media::Medium;
use crate::shot::Shot;
use crate::stored::is_default;
use crate::title::Title;
use crate::track::{Item, Placed, Track, TrackKind};
use crate::tree::{Spans, Tree};
use crate::{
    CharacterId, ClipId, ContentHash, FrameRange, FrameRate, Frames, MarkerId, MediumId, ShotId,
    Size, TitleId, TrackId,
};

/// A project.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Project {
    pub(crate) rate: FrameRate,
    pub(crate) size: Size,
    pub(crate) cast: Tree<CharacterId, Arc<Character>>,
    pub(crate) shots: Tree<ShotId, Arc<Shot>>,
    pub(crate) media: Tree<MediumId, Arc<Medium>>,
    pub(crate) titles: Tree<TitleId, Arc<Title>>,
    /// Video tracks from the bottom up, then audio tracks from the top down.
    pub(crate) tracks: Vec<Arc<Track>>,
    pub(crate) markers: Tree<MarkerId, Arc<Marker>>,
    pub(crate) in_out: Option<FrameRange>,
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
            cast: Tree::default(),
            shots: Tree::default(),
            media: Tree::default(),
            titles: Tree::default(),
            tracks: vec![
                track(1, TrackKind::Video, "V1"),
                track(2, TrackKind::Audio, "A1"),
            ],
            markers: Tree::default(),
            in_out: None,
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

    /// The shots, in order of creation.
    pub fn shots(&self) -> impl Iterator<Item = &Arc<Shot>> {
        self.shots.iter().map(|found| found.value)
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

    /// The end of the longest track.
    pub fn end(&self) -> Frames {
        self.tracks
            .iter()
            .map(|track| track.end())
            .max()
            .unwrap_or(Frames::ZERO)
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
            Source::Title(_) => None,
        }
    }

    pub(crate) fn has_source(&self, source: Source) -> bool {
        match source {
            Source::Shot(id) => self.shot(id).is_some(),
            Source::Medium(id) => self.medium(id).is_some(),
            Source::Title(id) => self.title(id).is_some(),
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

/// The project as it is stored: in order, without what can be derived.
#[derive(Serialize, Deserialize)]
struct Stored {
    rate: FrameRate,
    size: Size,
    #[serde(default, skip_serializing_if = "is_default")]
    cast: Vec<Arc<Character>>,
    #[serde(default, skip_serializing_if = "is_default")]
    shots: Vec<Arc<Shot>>,
    #[serde(default, skip_serializing_if = "is_default")]
    media: Vec<Arc<Medium>>,
    #[serde(default, skip_serializing_if = "is_default")]
    titles: Vec<Arc<Title>>,
    tracks: Vec<StoredTrack>,
    #[serde(default, skip_serializing_if = "is_default")]
    markers: Vec<Arc<Marker>>,
    #[serde(default, skip_serializing_if = "is_default")]
    in_out: Option<FrameRange>,
    #[serde(rename = "foreign", default, skip_serializing_if = "is_default")]
    preserved_metadata: PreservedMetadata,
    next_id: u64,
}

#[derive(Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches that do not depend on each other"
)]
struct StoredTrack {
    id: TrackId,
    kind: TrackKind,
    name: Arc<str>,
    #[serde(default, skip_serializing_if = "is_default")]
    locked: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    muted: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    solo: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    sync_locked: bool,
    #[serde(rename = "foreign", default, skip_serializing_if = "is_default")]
    preserved_metadata: PreservedMetadata,
    #[serde(default, skip_serializing_if = "is_default")]
    items: Vec<Item>,
}

impl From<Project> for Stored {
    fn from(project: Project) -> Self {
        fn values<K: Ord + Copy, V: Clone + Spans>(tree: &Tree<K, V>) -> Vec<V> {
            tree.iter().map(|found| found.value.clone()).collect()
        }
        let tracks = project.tracks.iter().map(|track| StoredTrack {
            id: track.id,
            kind: track.kind,
            name: Arc::clone(&track.name),
            locked: track.locked,
            muted: track.muted,
            solo: track.solo,
            sync_locked: track.sync_locked,
            preserved_metadata: track.preserved_metadata.clone(),
            items: values(&track.items),
        });
        Self {
            rate: project.rate,
            size: project.size,
            cast: values(&project.cast),
            shots: values(&project.shots),
            media: values(&project.media),
            titles: values(&project.titles),
            tracks: tracks.collect(),
            markers: values(&project.markers),
            in_out: project.in_out,
            preserved_metadata: project.preserved_metadata,
            next_id: project.next_id,
        }
    }
}

impl From<Stored> for Project {
    fn from(stored: Stored) -> Self {
        fn tree<K: Ord + Copy, V: Clone + Spans>(
            values: Vec<V>,
            key: impl Fn(&V) -> K,
        ) -> Tree<K, V> {
            let mut keyed: Vec<(K, V)> = values
                .into_iter()
                .map(|value| (key(&value), value))
                .collect();
            keyed.sort_by_key(|(key, _)| *key);
            Tree::from_sorted(keyed)
        }
        let tracks = stored.tracks.into_iter().map(|track| {
            Arc::new(Track {
                id: track.id,
                kind: track.kind,
                name: track.name,
                locked: track.locked,
                muted: track.muted,
                solo: track.solo,
                sync_locked: track.sync_locked,
                preserved_metadata: track.preserved_metadata,
                items: crate::splice::ordered(track.items),
            })
        });
        let mut project = Self {
            rate: stored.rate,
            size: stored.size,
            cast: tree(stored.cast, |character| character.id),
            shots: tree(stored.shots, |shot| shot.id),
            media: tree(stored.media, |medium| medium.id),
            titles: tree(stored.titles, |title| title.id),
            tracks: tracks.collect(),
            markers: tree(stored.markers, |marker| marker.id),
            in_out: stored.in_out,
            preserved_metadata: stored.preserved_metadata,
            next_id: stored.next_id,
            index: Index::default(),
        };
        project.index = Index::of(&project);
        project
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
            && self.in_out == other.in_out
            && self.preserved_metadata == other.preserved_metadata
            && self.next_id == other.next_id
            && self.tracks == other.tracks
            && same(&self.cast, &other.cast)
            && same(&self.shots, &other.shots)
            && same(&self.media, &other.media)
            && same(&self.titles, &other.titles)
            && same(&self.markers, &other.markers)
    }
}
