//! Sequences: the timelines of a project. One is open: it is what [`Project::tracks`] returns and what the edits change.
//! The others wait, whole. A clip can show another sequence, as a compound clip; none can show itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::clip::Source;
use crate::index::Index;
use crate::marker::Marker;
use crate::track::Track;
use crate::tree::{Spans, Tree};
use crate::{ClipId, FrameRange, Frames, MarkerId, Project, SequenceId};

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

    /// Opens a new sequence with these tracks.
    pub(crate) fn open_new(&mut self, tracks: Vec<Arc<Track>>) {
        let left = Sequence {
            id: self.open,
            name: Arc::clone(&self.open_name),
            tracks: std::mem::replace(&mut self.tracks, tracks),
            markers: std::mem::take(&mut self.markers),
            in_out: self.in_out.take(),
        };
        self.others.insert(left.id, Arc::new(left));
        self.open = SequenceId(self.fresh_id());
        self.index = Index::of(self);
    }

    /// The project with another sequence open. `None`: it is open already, or there is no such sequence.
    pub fn opened(&self, id: SequenceId) -> Option<Self> {
        let next = Arc::clone(self.others.get(id)?);
        let mut project = self.clone();
        project.others.remove(id);
        let left = Sequence {
            id: self.open,
            name: Arc::clone(&self.open_name),
            tracks: std::mem::replace(&mut project.tracks, next.tracks.clone()),
            markers: std::mem::replace(&mut project.markers, next.markers.clone()),
            in_out: std::mem::replace(&mut project.in_out, next.in_out),
        };
        project.others.insert(left.id, Arc::new(left));
        (project.open, project.open_name) = (id, Arc::clone(&next.name));
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

    /// How many clips show a source, in all sequences.
    pub fn use_count(&self, source: Source) -> usize {
        let of_others = self.others.iter().flat_map(|found| &found.value.tracks);
        let clips = of_others.flat_map(|track| track.clips());
        let elsewhere = clips.filter(|(clip, _)| clip.source == source).count();
        self.index.users(source).count() + elsewhere
    }

    /// The sequence whose clips differ from those of another version of the project, the open one first.
    pub fn changed_sequence(&self, before: &Self) -> Option<SequenceId> {
        let differs = |id: &SequenceId| {
            let (old, new) = (before.tracks_of(*id), self.tracks_of(*id));
            old.zip(new).is_some_and(|(old, new)| {
                let is_same = |(old, new): (&Arc<Track>, &Arc<Track>)| Arc::ptr_eq(old, new);
                old.len() != new.len() || !old.iter().zip(new).all(is_same)
            })
        };
        let others = self.others.iter().map(|found| found.key);
        std::iter::once(self.open).chain(others).find(differs)
    }

    /// The sequence of a clip that is not in the open one.
    pub fn sequence_with(&self, clip: ClipId) -> Option<SequenceId> {
        let holds = |track: &Arc<Track>| track.clips().any(|(other, _)| other.id == clip);
        let mut others = self.others.iter();
        let found = others.find(|found| found.value.tracks.iter().any(holds));
        found.map(|found| found.key)
    }
}
