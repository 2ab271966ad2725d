//! The project as `project.ron` stores it: values in order, without what can be derived, and without fields that have their
//! usual value.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Project;
use crate::cast::Character;
use crate::index::Index;
use crate::marker::Marker;
use crate::media::Medium;
use crate::mixing::{MasterMix, TrackMix};
use crate::sequence::{FIRST_NAME, Sequence};
use crate::shot::Shot;
use crate::stored::is_default;
use crate::subtitle::SubtitleTrack;
use crate::title::Title;
use crate::track::{Item, Track, TrackKind};
use crate::tree::{Spans, Tree};
use crate::{FrameRange, FrameRate, PreservedMetadata, SequenceId, ShotId, Size, TrackId};

/// The project as it is stored: in order, without what can be derived.
#[derive(Serialize, Deserialize)]
pub(super) struct Stored {
    rate: FrameRate,
    size: Size,
    #[serde(default, skip_serializing_if = "is_default")]
    master: MasterMix,
    #[serde(default, skip_serializing_if = "is_default")]
    cast: Vec<Arc<Character>>,
    #[serde(default, skip_serializing_if = "is_default")]
    shots: Vec<Arc<Shot>>,
    /// Empty if the order is that of the ids.
    #[serde(default, skip_serializing_if = "is_default")]
    shot_order: Vec<ShotId>,
    #[serde(default, skip_serializing_if = "is_default")]
    media: Vec<Arc<Medium>>,
    #[serde(default, skip_serializing_if = "is_default")]
    titles: Vec<Arc<Title>>,
    tracks: Vec<StoredTrack>,
    #[serde(default, skip_serializing_if = "is_default")]
    markers: Vec<Arc<Marker>>,
    #[serde(default, skip_serializing_if = "is_default")]
    in_out: Option<FrameRange>,
    #[serde(default, skip_serializing_if = "is_default")]
    subtitles: Vec<Arc<SubtitleTrack>>,
    /// The open sequence; left out if it is the first one with its first name.
    #[serde(default, skip_serializing_if = "is_default")]
    open: StoredOpen,
    /// The other sequences.
    #[serde(default, skip_serializing_if = "is_default")]
    sequences: Vec<StoredSequence>,
    #[serde(rename = "foreign", default, skip_serializing_if = "is_default")]
    preserved_metadata: PreservedMetadata,
    next_id: u64,
}

#[derive(PartialEq, Serialize, Deserialize)]
struct StoredOpen {
    id: SequenceId,
    name: Arc<str>,
}

impl Default for StoredOpen {
    fn default() -> Self {
        Self {
            id: SequenceId(0),
            name: FIRST_NAME.into(),
        }
    }
}

#[derive(PartialEq, Serialize, Deserialize)]
struct StoredSequence {
    id: SequenceId,
    name: Arc<str>,
    tracks: Vec<StoredTrack>,
    #[serde(default, skip_serializing_if = "is_default")]
    markers: Vec<Arc<Marker>>,
    #[serde(default, skip_serializing_if = "is_default")]
    in_out: Option<FrameRange>,
    #[serde(default, skip_serializing_if = "is_default")]
    subtitles: Vec<Arc<SubtitleTrack>>,
}

#[derive(PartialEq, Serialize, Deserialize)]
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
    #[serde(default, skip_serializing_if = "is_default")]
    mix: TrackMix,
    #[serde(rename = "foreign", default, skip_serializing_if = "is_default")]
    preserved_metadata: PreservedMetadata,
    #[serde(default, skip_serializing_if = "is_default")]
    items: Vec<Item>,
}

/// The values of a tree, in the order of their keys.
fn values<K: Ord + Copy, V: Clone + Spans>(tree: &Tree<K, V>) -> Vec<V> {
    tree.iter().map(|found| found.value.clone()).collect()
}

/// A tree of values by their keys.
fn tree<K: Ord + Copy, V: Clone + Spans>(values: Vec<V>, key: impl Fn(&V) -> K) -> Tree<K, V> {
    let keyed = values.into_iter().map(|value| (key(&value), value));
    let mut keyed: Vec<(K, V)> = keyed.collect();
    keyed.sort_by_key(|(key, _)| *key);
    Tree::from_sorted(keyed)
}

impl From<&Track> for StoredTrack {
    fn from(track: &Track) -> Self {
        Self {
            id: track.id,
            kind: track.kind,
            name: Arc::clone(&track.name),
            locked: track.locked,
            muted: track.muted,
            solo: track.solo,
            sync_locked: track.sync_locked,
            mix: track.mix,
            preserved_metadata: track.preserved_metadata.clone(),
            items: values(&track.items),
        }
    }
}

impl From<StoredTrack> for Track {
    fn from(track: StoredTrack) -> Self {
        Self {
            id: track.id,
            kind: track.kind,
            name: track.name,
            locked: track.locked,
            muted: track.muted,
            solo: track.solo,
            sync_locked: track.sync_locked,
            mix: track.mix,
            preserved_metadata: track.preserved_metadata,
            items: crate::splice::ordered(track.items),
        }
    }
}

fn stored_tracks(tracks: &[Arc<Track>]) -> Vec<StoredTrack> {
    tracks.iter().map(|track| (&**track).into()).collect()
}

fn tracks_from(stored: Vec<StoredTrack>) -> Vec<Arc<Track>> {
    stored
        .into_iter()
        .map(|track| Arc::new(track.into()))
        .collect()
}

impl From<Project> for Stored {
    fn from(project: Project) -> Self {
        let sequences = project.others.iter().map(|found| StoredSequence {
            id: found.key,
            name: Arc::clone(&found.value.name),
            tracks: stored_tracks(&found.value.tracks),
            markers: values(&found.value.markers),
            in_out: found.value.in_out,
            subtitles: found.value.subtitles.clone(),
        });
        Self {
            rate: project.rate,
            size: project.size,
            master: project.master,
            cast: values(&project.cast),
            shots: values(&project.shots),
            shot_order: match project.shot_order.is_sorted() {
                true => Vec::new(),
                false => Vec::clone(&project.shot_order),
            },
            media: values(&project.media),
            titles: values(&project.titles),
            tracks: stored_tracks(&project.tracks),
            markers: values(&project.markers),
            in_out: project.in_out,
            subtitles: project.subtitles,
            sequences: sequences.collect(),
            open: StoredOpen {
                id: project.open,
                name: project.open_name,
            },
            preserved_metadata: project.preserved_metadata,
            next_id: project.next_id,
        }
    }
}

impl From<Stored> for Project {
    fn from(stored: Stored) -> Self {
        let others = stored.sequences.into_iter().map(|sequence| {
            Arc::new(Sequence {
                id: sequence.id,
                name: sequence.name,
                tracks: tracks_from(sequence.tracks),
                markers: tree(sequence.markers, |marker| marker.id),
                in_out: sequence.in_out,
                subtitles: sequence.subtitles,
            })
        });
        let shots = tree(stored.shots, |shot| shot.id);
        let mut project = Self {
            rate: stored.rate,
            size: stored.size,
            master: stored.master,
            cast: tree(stored.cast, |character| character.id),
            shot_order: Arc::new(completed(&stored.shot_order, &shots)),
            shots,
            media: tree(stored.media, |medium| medium.id),
            titles: tree(stored.titles, |title| title.id),
            tracks: tracks_from(stored.tracks),
            markers: tree(stored.markers, |marker| marker.id),
            in_out: stored.in_out,
            subtitles: stored.subtitles,
            open: stored.open.id,
            open_name: stored.open.name,
            others: tree(others.collect(), |sequence| sequence.id),
            preserved_metadata: stored.preserved_metadata,
            next_id: stored.next_id,
            index: Index::default(),
        };
        project.index = Index::of(&project);
        project
    }
}

/// A stored order without repeated and unknown ids. Shots that it lacks follow in the order of their ids.
pub(super) fn completed(order: &[ShotId], shots: &Tree<ShotId, Arc<Shot>>) -> Vec<ShotId> {
    let mut seen = BTreeSet::new();
    let all = shots.iter().map(|found| found.key);
    let known = order.iter().copied().filter(|id| shots.get(*id).is_some());
    known.chain(all).filter(|id| seen.insert(*id)).collect()
}
