//! Sequences made, named and removed; clips nested in a new one.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::clip::{Clip, Source};
use crate::edit::place::{Piece, Place};
use crate::edit::remove::Remove;
use crate::edit::tracks::TrackEdit;
use crate::refusal::Refusal;
use crate::sequence::Sequence;
use crate::track::{Item, Track, TrackKind};
use crate::tree::Tree;
use crate::{ClipId, Edit, FrameRange, Frames, Project, SequenceId, TrackId};

/// Changes of the sequences.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SequenceEdit {
    /// Adds an empty sequence.
    Add {
        /// Its name.
        name: String,
    },
    /// Moves clips, and those linked to them, into a new sequence. A clip of it takes their place: its picture on the
    /// lowest of their video tracks that is free there, its sound on the first such audio track.
    Nest {
        /// The clips.
        clips: Vec<ClipId>,
        /// The name of the new sequence.
        name: String,
    },
    /// Renames a sequence.
    Rename {
        /// The sequence.
        sequence: SequenceId,
        /// Its new name.
        name: String,
    },
    /// Removes a sequence that is neither open nor shown by a clip.
    Remove(SequenceId),
}

impl SequenceEdit {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Add { .. } => "add sequence",
            Self::Nest { .. } => "nest",
            Self::Rename { .. } => "rename sequence",
            Self::Remove(_) => "remove sequence",
        }
    }

    pub(crate) fn apply(&self, project: &mut Project) -> Result<(), Refusal> {
        match self {
            Self::Add { name } => {
                let tracks = [(TrackKind::Video, "V1"), (TrackKind::Audio, "A1")];
                let tracks = tracks.map(|(kind, name)| {
                    Arc::new(Track::new(TrackId(project.fresh_id()), kind, name))
                });
                add(project, name, tracks.to_vec()).map(drop)
            }
            Self::Nest { clips, name } => nest(project, clips, name),
            Self::Rename { sequence, name } => rename(project, *sequence, name),
            Self::Remove(sequence) => remove(project, *sequence),
        }
    }
}

fn checked_name(name: &str) -> Result<Arc<str>, Refusal> {
    match name.trim() {
        "" => Err(Refusal::InvalidValue("a sequence needs a name".into())),
        name => Ok(name.into()),
    }
}

fn add(project: &mut Project, name: &str, tracks: Vec<Arc<Track>>) -> Result<SequenceId, Refusal> {
    let name = checked_name(name)?;
    let id = SequenceId(project.fresh_id());
    let sequence = Sequence {
        id,
        name,
        tracks,
        markers: Tree::default(),
        in_out: None,
    };
    project.others.insert(id, Arc::new(sequence));
    Ok(id)
}

// | A | B | C |   ->   | A |  N  |        (N shows B and C)
fn nest(project: &mut Project, clips: &[ClipId], name: &str) -> Result<(), Refusal> {
    let clips = project.with_linked(clips)?;
    let ranges = clips.iter().filter_map(|clip| project.clip(*clip));
    let ranges: Vec<FrameRange> = ranges.map(|(.., range)| range).collect();
    let start = ranges.iter().map(|range| range.start).min();
    let start = start.ok_or(Refusal::NothingThere)?;
    let end = ranges
        .iter()
        .map(|range| range.end())
        .max()
        .unwrap_or(start);
    let homes: Vec<(TrackId, TrackKind)> = project
        .tracks
        .iter()
        .filter(|track| track.clips().any(|(clip, _)| clips.contains(&clip.id)))
        .map(|track| (track.id, track.kind))
        .collect();
    let tracks = inner_tracks(project, &clips, start);
    let sequence = add(project, name, tracks)?;
    *project = Edit::Remove(Remove::Lift { clips }).apply(project)?;
    let range = FrameRange::between(start, end);
    let mut pieces = Vec::new();
    for kind in [TrackKind::Video, TrackKind::Audio] {
        let of_kind = homes.iter().filter(|(_, other)| *other == kind);
        let of_kind: Vec<TrackId> = of_kind.map(|(track, _)| *track).collect();
        if !of_kind.is_empty() {
            pieces.push(Piece {
                track: free_track(project, kind, &of_kind, range)?,
                clip: Clip::new(Source::Sequence(sequence), Frames::ZERO, range.length),
            });
        }
    }
    *project = Edit::Place(Place::Overwrite { at: start, pieces }).apply(project)?;
    Ok(())
}

/// The tracks of a new sequence with these clips, which begins at a frame of the open one. It has a track of each kind.
fn inner_tracks(project: &mut Project, clips: &[ClipId], start: Frames) -> Vec<Arc<Track>> {
    let mut tracks = Vec::new();
    for track in project.tracks.clone() {
        let items = nested_items(&track, clips, start);
        if !items.is_empty() {
            tracks.push(Track {
                id: TrackId(project.fresh_id()),
                items: crate::splice::ordered(items),
                ..Track::clone(&track)
            });
        }
    }
    for (kind, name) in [(TrackKind::Video, "V1"), (TrackKind::Audio, "A1")] {
        if !tracks.iter().any(|track| track.kind == kind) {
            let track = Track::new(TrackId(project.fresh_id()), kind, name);
            let place = match kind {
                TrackKind::Video => 0,
                TrackKind::Audio => tracks.len(),
            };
            tracks.insert(place, track);
        }
    }
    tracks.into_iter().map(Arc::new).collect()
}

/// The items of a track that are to be nested. A transition whose earlier clip stays outside becomes a cut.
fn nested_items(track: &Track, clips: &[ClipId], start: Frames) -> Vec<Item> {
    let mut items = Vec::new();
    let mut end = start;
    for (clip, range) in track.clips().filter(|(clip, _)| clips.contains(&clip.id)) {
        let touches = !items.is_empty() && range.start == end;
        if range.start > end {
            items.push(Item::Gap(range.start - end));
        }
        let clip = match touches {
            true => Arc::clone(clip),
            false => Arc::new(Clip {
                transition: None,
                ..Clip::clone(clip)
            }),
        };
        items.push(Item::Clip(clip));
        end = range.end();
    }
    items
}

/// The first of these tracks that is free in a range; otherwise a new one.
fn free_track(
    project: &mut Project,
    kind: TrackKind,
    tracks: &[TrackId],
    range: FrameRange,
) -> Result<TrackId, Refusal> {
    let is_free = |track: &&TrackId| {
        let track = project.track(**track);
        track.is_some_and(|track| track.within(range).all(|placed| placed.clip().is_none()))
    };
    if let Some(track) = tracks.iter().find(is_free) {
        return Ok(*track);
    }
    *project = Edit::Track(TrackEdit::Add {
        kind,
        name: String::new(),
        sync_locked: true,
    })
    .apply(project)?;
    let newest = project.tracks.iter().map(|track| track.id).max();
    newest.ok_or(Refusal::NoSuchTrack)
}

fn rename(project: &mut Project, id: SequenceId, name: &str) -> Result<(), Refusal> {
    let name = checked_name(name)?;
    let now = project.sequence_name(id).ok_or(missing())?;
    if *now == name {
        return Err(Refusal::NoChange);
    }
    if id == project.open {
        project.open_name = name;
        return Ok(());
    }
    if let Some(sequence) = project.others.get(id) {
        let renamed = Sequence {
            name,
            ..Sequence::clone(sequence)
        };
        project.others.insert(id, Arc::new(renamed));
    }
    Ok(())
}

fn remove(project: &mut Project, id: SequenceId) -> Result<(), Refusal> {
    if id == project.open {
        return Err(Refusal::StillUsed {
            what: "the sequence",
            by: "it is open".into(),
        });
    }
    project.others.get(id).ok_or(missing())?;
    super::library::refuse_if_used(project, "the sequence", Source::Sequence(id))?;
    project.others.remove(id);
    Ok(())
}

fn missing() -> Refusal {
    Refusal::NoSuch { what: "sequence" }
}
