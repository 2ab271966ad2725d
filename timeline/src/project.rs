//! The film itself: what undo restores and `project.ron` holds. A value: cloning it is cheap, and only
//! an [`Edit`](crate::Edit) makes a different one.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::PreservedMetadata;
use crate::cast::Character;
use crate::clip::{Clip, Source, is_default};
use crate::index::Index;
use crate::marker::Marker;
use crate::media::Medium;
use crate::shot::Shot;
use crate::title::Title;
use crate::track::{Item, Placed, Track, TrackKind};
use crate::tree::{Spans, Tree};
use crate::{
    CharacterId, ClipId, ContentHash, FrameRange, FrameRate, Frames, MarkerId, MediumId, ShotId,
    Size, TitleId, TrackId,
};

/// A film.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Project {
    pub(crate) rate: FrameRate,
    pub(crate) size: Size,
    pub(crate) cast: Tree<CharacterId, Arc<Character>>,
    pub(crate) shots: Tree<ShotId, Arc<Shot>>,
    pub(crate) media: Tree<MediumId, Arc<Medium>>,
    pub(crate) titles: Tree<TitleId, Arc<Title>>,
    /// The bottom video track first, then the others upwards, then the audio tracks downwards.
    pub(crate) tracks: Vec<Arc<Track>>,
    pub(crate) markers: Tree<MarkerId, Arc<Marker>>,
    pub(crate) in_out: Option<FrameRange>,
    pub(crate) preserved_metadata: PreservedMetadata,
    /// The number the next new thing gets.
    pub(crate) next_id: u64,
    /// Derived from all the above.
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
    /// An empty film with one track for pictures and one for sound.
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

    /// Frames per second of the film, whatever the rate of what is cut into it.
    pub fn rate(&self) -> FrameRate {
        self.rate
    }

    /// The size of the finished picture.
    pub fn size(&self) -> Size {
        self.size
    }

    /// The cast, in the order it was made.
    pub fn cast(&self) -> impl Iterator<Item = &Arc<Character>> {
        self.cast.iter().map(|found| found.value)
    }

    /// One of the cast.
    pub fn character(&self, id: CharacterId) -> Option<&Arc<Character>> {
        self.cast.get(id)
    }

    /// Who is called so after an `@`.
    pub fn character_called(&self, tag: &str) -> Option<&Arc<Character>> {
        self.cast().find(|character| character.tag == tag)
    }

    /// The shots, in the order they were made.
    pub fn shots(&self) -> impl Iterator<Item = &Arc<Shot>> {
        self.shots.iter().map(|found| found.value)
    }

    /// One shot.
    pub fn shot(&self, id: ShotId) -> Option<&Arc<Shot>> {
        self.shots.get(id)
    }

    /// The imported files, in the order they came.
    pub fn media(&self) -> impl Iterator<Item = &Arc<Medium>> {
        self.media.iter().map(|found| found.value)
    }

    /// One imported file.
    pub fn medium(&self, id: MediumId) -> Option<&Arc<Medium>> {
        self.media.get(id)
    }

    /// The titles, in the order they were made.
    pub fn titles(&self) -> impl Iterator<Item = &Arc<Title>> {
        self.titles.iter().map(|found| found.value)
    }

    /// One title.
    pub fn title(&self, id: TitleId) -> Option<&Arc<Title>> {
        self.titles.get(id)
    }

    /// The tracks: video from the bottom up, then audio from the top down.
    pub fn tracks(&self) -> &[Arc<Track>] {
        &self.tracks
    }

    /// One track.
    pub fn track(&self, id: TrackId) -> Option<&Arc<Track>> {
        self.tracks.iter().find(|track| track.id == id)
    }

    /// The markers, in the order they were made.
    pub fn markers(&self) -> impl Iterator<Item = &Arc<Marker>> {
        self.markers.iter().map(|found| found.value)
    }

    /// The part of the film between in and out, if set.
    pub fn in_out(&self) -> Option<FrameRange> {
        self.in_out
    }

    /// Where the longest track ends.
    pub fn end(&self) -> Frames {
        self.tracks
            .iter()
            .map(|track| track.end())
            .max()
            .unwrap_or(Frames::ZERO)
    }

    /// A clip, the track it lies on, and where.
    pub fn clip(&self, id: ClipId) -> Option<(&Arc<Clip>, &Arc<Track>, FrameRange)> {
        let (track, placed) = self.placed(id)?;
        Some((placed.clip()?, track, placed.range))
    }

    pub(crate) fn placed(&self, id: ClipId) -> Option<(&Arc<Track>, Placed<'_>)> {
        let home = self.index.home.get(id)?;
        let track = self.track(home.track)?;
        Some((track, track.placed(home.order)?))
    }

    /// How many frames a source has at the film's rate; `None` if it has no end or is not there.
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

    /// The same for two films that are the same to an artist and to a saved file.
    pub fn fingerprint(&self) -> ContentHash {
        // RON of plain values cannot fail; should it ever, films differ rather than agree by mistake.
        ron::to_string(self).map_or(ContentHash::ZERO, |text| ContentHash::of(text.as_bytes()))
    }
}

/// A film as it is written: everything in its order, nothing that can be derived.
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

/// The same to an artist: derived things are not compared.
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
