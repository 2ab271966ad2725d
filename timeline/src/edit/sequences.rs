//! Sequences made, named and removed; clips nested in a new one, and taken out again.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::clip::{Clip, Look, Source};
use crate::edit::copies::Copies;
use crate::edit::place::{Piece, Place};
use crate::edit::remove::{self, Remove};
use crate::edit::tracks::TrackEdit;
use crate::edit::transitions::TransitionEdit;
use crate::refusal::Refusal;
use crate::sequence::Sequence;
use crate::track::{Item, Track, TrackKind};
use crate::tree::Tree;
use crate::{ClipId, Edit, FrameRange, Frames, Project, SequenceId, Speed, TrackId};

/// Changes of the sequences.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SequenceEdit {
    /// Adds an empty sequence.
    Add {
        /// Its name.
        name: String,
    },
    /// Moves clips, and those linked to them, into a new sequence. A clip of it takes their place: its picture on the
    /// lowest of their video tracks that is free there, its sound on the first such audio track that changes no sound: the
    /// tracks of the new sequence are mixed as those outside. Tracks that are ducked by one that is not in it with them are
    /// not ducked in it.
    Nest {
        /// The clips.
        clips: Vec<ClipId>,
        /// The name of the new sequence.
        name: String,
    },
    /// Replaces a nested clip, and the nested clips linked to it, by copies of what they show. The lowest track goes to
    /// the clip's own, the others to free tracks of their kind.
    Unnest {
        /// The nested clip. It runs at normal speed and has no effects of its own.
        clip: ClipId,
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
            Self::Unnest { .. } => "unnest",
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
            Self::Unnest { clip } => unnest(project, *clip),
            Self::Rename { sequence, name } => rename(project, *sequence, name),
            Self::Remove(sequence) => remove_sequence(project, *sequence),
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
            // What is mixed inside is not to be mixed once more.
            let is_neutral = |id: &TrackId| {
                let track = project.track(*id);
                track.is_some_and(|track| track.mix.is_neutral())
            };
            let neutral: Vec<TrackId> = of_kind.iter().copied().filter(is_neutral).collect();
            pieces.push(Piece {
                track: free_track(project, kind, &neutral, range)?,
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
    let mut inside = BTreeMap::new();
    for track in project.tracks.clone() {
        let items = nested_items(&track, clips, start);
        if !items.is_empty() {
            let id = TrackId(project.fresh_id());
            inside.insert(track.id, id);
            tracks.push(Track {
                id,
                items: crate::splice::ordered(items),
                ..Track::clone(&track)
            });
        }
    }
    for track in &mut tracks {
        let key = track.mix.ducking.key;
        track.mix.ducking.key = key.and_then(|key| inside.get(&key).copied());
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

// | A |  N  |   ->   | A | B | C |        (N shows B and C)
fn unnest(project: &mut Project, id: ClipId) -> Result<(), Refusal> {
    let (clip, ..) = project.clip(id).ok_or(Refusal::NoSuchClip(id))?;
    let source = clip.source;
    source.sequence().ok_or(Refusal::NothingThere)?;
    let linked = project.with_linked(&[id])?.into_iter();
    let is_nested = |id: &ClipId| {
        let clip = project.clip(*id);
        clip.is_some_and(|(clip, ..)| clip.source == source)
    };
    let mut copies = Copies::default();
    for id in linked.filter(is_nested).collect::<Vec<_>>() {
        unnest_one(project, id, &mut copies)?;
    }
    for edit in copies.edits() {
        *project = edit.apply(project)?;
    }
    Ok(())
}

/// Replaces one nested clip. Notes which copies were linked and grouped inside.
fn unnest_one(project: &mut Project, id: ClipId, copies: &mut Copies) -> Result<(), Refusal> {
    let (clip, track, range) = project.clip(id).ok_or(Refusal::NoSuchClip(id))?;
    if clip.speed != Speed::default() || !clip.ramp.is_constant() || clip.look != Look::default() {
        let what =
            "a nested clip with a speed or effects of its own cannot be unnested: reset them first";
        return Err(Refusal::InvalidValue(what.into()));
    }
    let (kind, own) = (track.kind, track.id);
    let sequence = clip.source.sequence().ok_or(Refusal::NothingThere)?;
    let shown = FrameRange {
        start: clip.source_start,
        length: clip.length,
    };
    let inner = project.tracks_of(sequence).unwrap_or_default().iter();
    let inner: Vec<Vec<Shown>> = inner
        .filter(|track| track.kind == kind)
        .map(|track| shown_clips(track, shown))
        .filter(|clips| !clips.is_empty())
        .collect();
    remove::lift(project, own, range)?;
    let mut used = vec![own];
    for (number, clips) in inner.into_iter().enumerate() {
        let track = if number == 0 {
            own
        } else {
            let of_kind = project.tracks.iter().filter(|track| track.kind == kind);
            let others = of_kind.map(|track| track.id);
            let others: Vec<TrackId> = others.filter(|track| !used.contains(track)).collect();
            free_track(project, kind, &others, range)?
        };
        used.push(track);
        for Shown { at, clip } in clips {
            let (original, transition) = (clip.clone(), clip.transition);
            let at = range.start + at;
            let pieces = vec![Piece { track, clip }];
            *project = Edit::Place(Place::Overwrite { at, pieces }).apply(project)?;
            let placed = project.track(track).and_then(|track| track.at(at));
            let copy = placed.and_then(|placed| Some(placed.clip()?.id));
            let copy = copy.ok_or(Refusal::NothingThere)?;
            copies.add(&original, copy);
            if let Some(transition) = transition {
                let set = TransitionEdit::Set {
                    clip: copy,
                    kind: transition.kind,
                    before: transition.before,
                    after: transition.after,
                };
                *project = Edit::Transition(set).apply(project)?;
            }
        }
    }
    Ok(())
}

/// A clip that a nested one shows, and where: counted from the nested clip's start.
struct Shown {
    at: Frames,
    clip: Clip,
}

/// The clips of a track within a range, trimmed to it. A transition stays if both of its clips are whole within it.
fn shown_clips(track: &Track, shown: FrameRange) -> Vec<Shown> {
    let mut clips = Vec::new();
    let mut whole_until = None;
    for placed in track.within(shown) {
        let (Some(clip), Some(seen)) = (placed.clip(), placed.range.overlap(shown)) else {
            continue;
        };
        let cut = clip
            .trimmed_at_head(seen.start - placed.range.start)
            .trimmed_at_tail(placed.range.end() - seen.end());
        let is_whole = seen == placed.range;
        let touches = whole_until == Some(placed.range.start);
        clips.push(Shown {
            at: seen.start - shown.start,
            clip: Clip {
                transition: cut.transition.filter(|_| is_whole && touches),
                ..cut
            },
        });
        whole_until = is_whole.then_some(placed.range.end());
    }
    clips
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

fn remove_sequence(project: &mut Project, id: SequenceId) -> Result<(), Refusal> {
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
