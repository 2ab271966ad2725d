//! Sequences: the timelines of a project. One is open: it is what [`Project::tracks`] returns and what the edits change.
//! The others wait, whole. A clip can show another sequence, as a compound clip; none can show itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::clip::{Clip, Source};
use crate::index::Index;
use crate::marker::Marker;
use crate::subtitle::SubtitleTrack;
use crate::track::Track;
use crate::tree::{Spans, Tree};
use crate::{FrameRange, Frames, MarkerId, Project, SequenceId};

/// The name of the first sequence of a project.
pub(crate) const FIRST_NAME: &str = "Main sequence";

/// A sequence that is not open.
#[derive(Clone, Debug)]
pub struct Sequence {
    pub(crate) id: SequenceId,
    pub(crate) name: Arc<str>,
    pub(crate) tracks: Vec<Arc<Track>>,
    pub(crate) markers: Tree<MarkerId, Arc<Marker>>,
    pub(crate) in_out: Option<FrameRange>,
    pub(crate) subtitles: Vec<Arc<SubtitleTrack>>,
}

impl Spans for Sequence {}

impl PartialEq for Sequence {
    fn eq(&self, other: &Self) -> bool {
        let markers = |sequence: &Self| -> Vec<Arc<Marker>> {
            let markers = sequence.markers.iter();
            markers.map(|found| Arc::clone(found.value)).collect()
        };
        (self.id, &self.name, self.in_out) == (other.id, &other.name, other.in_out)
            && self.tracks == other.tracks
            && self.subtitles == other.subtitles
            && markers(self) == markers(other)
    }
}

impl Project {
    /// The id and the name of every sequence, the first of the project first.
    pub fn sequences(&self) -> Vec<(SequenceId, Arc<str>)> {
        let others = self.others.iter();
        let others = others.map(|found| (found.key, Arc::clone(&found.value.name)));
        let mut all: Vec<_> = others.collect();
        all.push((self.open, Arc::clone(&self.open_name)));
        all.sort_by_key(|(id, _)| *id);
        all
    }

    /// The sequence whose tracks are [`Project::tracks`].
    pub fn open_sequence(&self) -> SequenceId {
        self.open
    }

    /// The name of a sequence.
    pub fn sequence_name(&self, id: SequenceId) -> Option<&Arc<str>> {
        match id == self.open {
            true => Some(&self.open_name),
            false => self.others.get(id).map(|sequence| &sequence.name),
        }
    }

    /// The tracks of a sequence, open or not.
    pub fn tracks_of(&self, id: SequenceId) -> Option<&[Arc<Track>]> {
        match id == self.open {
            true => Some(&self.tracks),
            false => self.others.get(id).map(|sequence| &sequence.tracks[..]),
        }
    }

    /// The end of the longest track of a sequence.
    pub fn end_of(&self, id: SequenceId) -> Frames {
        let tracks = self.tracks_of(id).unwrap_or_default().iter();
        tracks.map(|track| track.end()).max().unwrap_or_default()
    }

    /// The open sequence, as one of those that are not open.
    pub(crate) fn open_as_sequence(&self) -> Sequence {
        Sequence {
            id: self.open,
            name: Arc::clone(&self.open_name),
            tracks: self.tracks.clone(),
            markers: self.markers.clone(),
            in_out: self.in_out,
            subtitles: self.subtitles.clone(),
        }
    }

    /// Opens a new sequence with these tracks.
    pub(crate) fn open_new(&mut self, tracks: Vec<Arc<Track>>) {
        self.others
            .insert(self.open, Arc::new(self.open_as_sequence()));
        (self.tracks, self.markers, self.in_out) = (tracks, Tree::default(), None);
        self.subtitles = Vec::new();
        self.open = SequenceId(self.fresh_id());
        self.index = Index::of(self);
    }

    /// The project with another sequence open. `None`: it is open already, or there is no such sequence.
    pub fn opened(&self, id: SequenceId) -> Option<Self> {
        let next = Arc::clone(self.others.get(id)?);
        let mut project = self.clone();
        project.others.remove(id);
        project
            .others
            .insert(self.open, Arc::new(self.open_as_sequence()));
        (project.open, project.open_name) = (id, Arc::clone(&next.name));
        (project.tracks, project.markers) = (next.tracks.clone(), next.markers.clone());
        project.in_out = next.in_out;
        project.subtitles.clone_from(&next.subtitles);
        project.index = Index::of(&project);
        Some(project)
    }

    /// The project once for each sequence, open in it; this project first.
    pub(crate) fn in_each_sequence(&self) -> impl Iterator<Item = Self> + '_ {
        let others = self.others.iter().map(|found| found.key);
        let others = others.filter_map(|id| self.opened(id));
        std::iter::once(self.clone()).chain(others)
    }

    /// Whether a sequence shows another one, directly or through others. Each shows itself.
    pub fn shows_sequence(&self, outer: SequenceId, inner: SequenceId) -> bool {
        let mut seen = BTreeSet::new();
        let mut waiting = vec![outer];
        while let Some(id) = waiting.pop() {
            if id == inner {
                return true;
            }
            if !seen.insert(id) {
                continue;
            }
            for track in self.tracks_of(id).unwrap_or_default() {
                let sources = track.clips().map(|(clip, _)| clip.source);
                waiting.extend(sources.filter_map(Source::sequence));
            }
        }
        false
    }

    /// The tracks of all sequences, those of the open one first.
    pub fn all_tracks(&self) -> impl Iterator<Item = &Arc<Track>> {
        self.tracks.iter().chain(self.tracks_elsewhere())
    }

    fn tracks_elsewhere(&self) -> impl Iterator<Item = &Arc<Track>> {
        self.others.iter().flat_map(|found| &found.value.tracks)
    }

    /// The clips of all sequences that show a source. Looked up in the open one, searched for in the others.
    pub fn clips_showing(&self, source: Source) -> impl Iterator<Item = &Arc<Clip>> {
        let here = self.index.users(source);
        let here = here.filter_map(|id| Some(self.clip(id)?.0));
        let elsewhere = self.tracks_elsewhere().flat_map(|track| track.clips());
        let elsewhere = elsewhere.map(|(clip, _)| clip);
        here.chain(elsewhere.filter(move |clip| clip.source == source))
    }

    /// The subtitle tracks of a sequence, open or not.
    fn subtitles_of(&self, id: SequenceId) -> &[Arc<SubtitleTrack>] {
        if id == self.open {
            return &self.subtitles;
        }
        let found = self.others.get(id);
        found.map(|found| &found.subtitles[..]).unwrap_or_default()
    }

    /// The sequence whose clips or subtitles differ from those of another version of the project, the open one first.
    pub fn changed_sequence(&self, before: &Self) -> Option<SequenceId> {
        let differs = |id: &SequenceId| {
            let (old, new) = (before.tracks_of(*id), self.tracks_of(*id));
            old.zip(new).is_some_and(|(old, new)| {
                let is_same = |(old, new): (&Arc<Track>, &Arc<Track>)| Arc::ptr_eq(old, new);
                old.len() != new.len() || !old.iter().zip(new).all(is_same)
            }) || before.subtitles_of(*id) != self.subtitles_of(*id)
        };
        let others = self.others.iter().map(|found| found.key);
        std::iter::once(self.open).chain(others).find(differs)
    }
}
