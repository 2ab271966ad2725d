//! Edges and contents of clips. Linked clips are trimmed together.

use serde::{Deserialize, Serialize};

use crate::clip::Clip;
use crate::clip::Edge;
use crate::edit::clip_check::check_handles;
use crate::edit::sync;
use crate::refusal::Refusal;
use crate::splice::TransitionPolicy;
use crate::track::Item;
use crate::{ClipId, FrameRange, Frames, GroupId, Project, TrackId};

/// Edges and contents of clips. `by` is positive to the right.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(
    missing_docs,
    reason = "clip, edge and by are the same everywhere: which clip, which edge, how far to the right"
)]
pub enum Trim {
    /// An edge moves, and what follows moves with it.
    Ripple {
        clip: ClipId,
        edge: Edge,
        by: Frames,
    },
    /// An edge moves into or out of a gap; nothing else moves.
    Edge {
        clip: ClipId,
        edge: Edge,
        by: Frames,
    },
    /// The cut at the clip's head moves between it and the clip before.
    Roll { clip: ClipId, by: Frames },
    /// The clip shows other frames of its source in the same place.
    Slip { clip: ClipId, by: Frames },
    /// The clip moves between its neighbours, which become longer and shorter.
    Slide { clip: ClipId, by: Frames },
    /// An edge moves to a frame within the clip: "top" and "tail".
    ToPlayhead {
        clip: ClipId,
        edge: Edge,
        at: Frames,
        ripple: bool,
    },
    /// Splits the clips at a frame.
    Razor { at: Frames, tracks: Vec<TrackId> },
    /// Joins a clip with the next one, its continuation.
    Join { clip: ClipId },
}

impl Trim {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Ripple { .. } => "ripple trim",
            Self::Edge { .. } => "trim",
            Self::Roll { .. } => "roll",
            Self::Slip { .. } => "slip",
            Self::Slide { .. } => "slide",
            Self::ToPlayhead { .. } => "trim to playhead",
            Self::Razor { .. } => "razor",
            Self::Join { .. } => "join",
        }
    }

    pub(crate) fn apply(&self, project: &mut Project) -> Result<(), Refusal> {
        match self {
            Self::Ripple { clip, edge, by } => ripple_all(project, *clip, *edge, *by),
            Self::Edge { clip, edge, by } => each_linked(project, *clip, |project, clip| {
                trim(project, clip, *edge, *by)
            }),
            Self::Roll { clip, by } => each_linked(project, *clip, |project, linked| {
                match roll(project, linked, *by) {
                    // Sound that follows a silent take has no cut to roll: its head follows that of the picture.
                    Err(Refusal::NoCutBefore) if linked != *clip => {
                        trim(project, linked, Edge::Head, *by)
                    }
                    other => other,
                }
            }),
            Self::Slip { clip, by } => {
                each_linked(project, *clip, |project, clip| slip(project, clip, *by))
            }
            Self::Slide { clip, by } => {
                each_linked(project, *clip, |project, clip| slide(project, clip, *by))
            }
            Self::ToPlayhead {
                clip,
                edge,
                at,
                ripple,
            } => to_playhead(project, *clip, *edge, *at, *ripple),
            Self::Razor { at, tracks } => razor(project, *at, tracks),
            Self::Join { clip } => join(project, *clip),
        }
    }
}

fn each_linked(
    project: &mut Project,
    clip: ClipId,
    mut trim: impl FnMut(&mut Project, ClipId) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let (known, ..) = project.clip(clip).ok_or(Refusal::NoSuchClip(clip))?;
    if known.group.is_none() {
        return trim(project, clip);
    }
    for clip in project.with_linked(&[clip])? {
        trim(project, clip)?;
    }
    Ok(())
}

/// Ripples a clip and those linked to it. What follows on sync-locked tracks moves along.
fn ripple_all(project: &mut Project, clip: ClipId, edge: Edge, by: Frames) -> Result<(), Refusal> {
    let (.., range) = project.clip(clip).ok_or(Refusal::NoSuchClip(clip))?;
    let linked = project.with_linked(&[clip])?;
    let tracks = sync::tracks_of(project, &linked);
    for clip in linked {
        ripple(project, clip, edge, by)?;
    }
    let (at, moved) = match edge {
        Edge::Tail => (range.end(), by),
        Edge::Head => (range.start + by.max(Frames::ZERO), -by),
    };
    sync::move_along(project, &tracks, at, moved)
}

// | A |  B  | C |   ->   | A | B | C |
fn ripple(project: &mut Project, id: ClipId, edge: Edge, by: Frames) -> Result<(), Refusal> {
    let (clip, ..) = project.clip(id).ok_or(Refusal::NoSuchClip(id))?;
    let trimmed = trimmed(project, clip, edge, by)?;
    project.replace_clip(id, trimmed, TransitionPolicy::Refuse)
}

// | A |  B  | C |   ->   | A |  | B | C |
fn trim(project: &mut Project, id: ClipId, edge: Edge, by: Frames) -> Result<(), Refusal> {
    let (clip, track, range) = project.clip(id).ok_or(Refusal::NoSuchClip(id))?;
    let trimmed = trimmed(project, clip, edge, by)?;
    let longer = trimmed.length - clip.length;
    let room = room_beside(
        track
            .within(beside(range, edge, longer))
            .map(|placed| (placed.range, placed.clip().is_some())),
        range,
        edge,
        longer,
    );
    if longer > room {
        return Err(Refusal::InTheWay { room });
    }
    let gap = Item::Gap((-longer).max(Frames::ZERO));
    let clip = Item::Clip(trimmed.into());
    let (range, items) = match edge {
        Edge::Head => (
            FrameRange::between(range.start - longer.max(Frames::ZERO), range.end()),
            vec![gap, clip],
        ),
        Edge::Tail => (
            FrameRange::between(range.start, range.end() + longer.max(Frames::ZERO)),
            vec![clip, gap],
        ),
    };
    let track = track.id;
    project.splice(track, range, items, TransitionPolicy::Refuse)
}

/// The frames an edge would be extended into.
fn beside(clip: FrameRange, edge: Edge, longer: Frames) -> FrameRange {
    match edge {
        Edge::Head => FrameRange::between(clip.start - longer, clip.start),
        Edge::Tail => FrameRange::between(clip.end(), clip.end() + longer),
    }
}

/// How far an edge can go before a clip or the timeline's start is in the way.
fn room_beside(
    items: impl Iterator<Item = (FrameRange, bool)>,
    clip: FrameRange,
    edge: Edge,
    longer: Frames,
) -> Frames {
    let walls = items
        .filter(|(_, is_clip)| *is_clip)
        .map(|(range, _)| range);
    match edge {
        Edge::Head => {
            clip.start
                - walls
                    .map(FrameRange::end)
                    .filter(|end| *end <= clip.start)
                    .max()
                    .unwrap_or(Frames::ZERO)
        }
        Edge::Tail => walls
            .map(|range| range.start)
            .filter(|start| *start >= clip.end())
            .min()
            .map_or(longer, |start| start - clip.end()),
    }
}

// |  A  |  B  |   ->   | A |   B   |
fn roll(project: &mut Project, id: ClipId, by: Frames) -> Result<(), Refusal> {
    let (track, placed) = project.placed(id).ok_or(Refusal::NoSuchClip(id))?;
    let clip = placed.clip().ok_or(Refusal::NothingThere)?;
    let previous = track.before(placed.order).ok_or(Refusal::NoCutBefore)?;
    let left = previous.clip().ok_or(Refusal::NoCutBefore)?;
    let items = vec![
        Item::Clip(trimmed(project, left, Edge::Tail, by)?.into()),
        Item::Clip(trimmed(project, clip, Edge::Head, by)?.into()),
    ];
    let (track, range) = (
        track.id,
        FrameRange::between(previous.range.start, placed.range.end()),
    );
    project.splice(track, range, items, TransitionPolicy::Refuse)
}

// | A | B:3456 | C |   ->   | A | B:5678 | C |
fn slip(project: &mut Project, id: ClipId, by: Frames) -> Result<(), Refusal> {
    let (clip, ..) = project.clip(id).ok_or(Refusal::NoSuchClip(id))?;
    let slipped = clip.slipped(by);
    check_handles(project, &slipped)?;
    project.replace_clip(id, slipped, TransitionPolicy::Refuse)
}

// |  A  | B |  C  |   ->   | A | B |   C   |
fn slide(project: &mut Project, id: ClipId, by: Frames) -> Result<(), Refusal> {
    let (track, placed) = project.placed(id).ok_or(Refusal::NoSuchClip(id))?;
    let (before, after) = (track.before(placed.order), track.after(placed.order));
    let start = before.map_or(placed.range.start, |placed| placed.range.start);
    let end = after.map_or(placed.range.end(), |placed| placed.range.end());
    let left = match before.map(|placed| placed.item) {
        Some(Item::Clip(left)) => Item::Clip(trimmed(project, left, Edge::Tail, by)?.into()),
        Some(Item::Gap(length)) => gap_of(*length + by)?,
        None => gap_of(by)?,
    };
    let right = match after.map(|placed| placed.item) {
        Some(Item::Clip(right)) => Item::Clip(trimmed(project, right, Edge::Head, by)?.into()),
        Some(Item::Gap(length)) => gap_of(*length - by)?,
        None => Item::Gap(Frames::ZERO),
    };
    let items = vec![left, placed.item.clone(), right];
    let track = track.id;
    project.splice(
        track,
        FrameRange::between(start, end),
        items,
        TransitionPolicy::Refuse,
    )
}

fn gap_of(length: Frames) -> Result<Item, Refusal> {
    if length < Frames::ZERO {
        Err(Refusal::InTheWay { room: Frames::ZERO })
    } else {
        Ok(Item::Gap(length))
    }
}

// |   A ^   |   ->   |   A |        (tail, at ^)
fn to_playhead(
    project: &mut Project,
    id: ClipId,
    edge: Edge,
    at: Frames,
    ripples: bool,
) -> Result<(), Refusal> {
    let (.., range) = project.clip(id).ok_or(Refusal::NoSuchClip(id))?;
    if !range.contains(at) {
        return Err(Refusal::NothingThere);
    }
    let by = match edge {
        Edge::Head => at - range.start,
        Edge::Tail => at - range.end(),
    };
    match ripples {
        true => ripple_all(project, id, edge, by),
        false => each_linked(project, id, |project, clip| trim(project, clip, edge, by)),
    }
}

// |   A   |   ->   | A | A |
fn razor(project: &mut Project, at: Frames, tracks: &[TrackId]) -> Result<(), Refusal> {
    let mut cut: Vec<(Option<GroupId>, ClipId)> = Vec::new();
    for track in tracks {
        let place = project.place_of(*track)?;
        let Some(placed) = project.tracks[place].at(at) else {
            continue;
        };
        let Some(clip) = placed.clip().filter(|_| placed.range.start < at) else {
            continue;
        };
        let group = clip.group;
        let right = ClipId(project.next_id);
        project.splice(
            *track,
            FrameRange {
                start: at,
                length: Frames::ZERO,
            },
            Vec::new(),
            TransitionPolicy::Drop,
        )?;
        cut.push((group, right));
    }
    if cut.is_empty() {
        return Err(Refusal::NothingThere);
    }
    link_right_halves(project, cut)
}

/// Links the right halves of clips that were linked to one another, not to the left halves.
fn link_right_halves(
    project: &mut Project,
    mut cut: Vec<(Option<GroupId>, ClipId)>,
) -> Result<(), Refusal> {
    cut.retain(|(group, _)| group.is_some());
    cut.sort_unstable();
    for halves in cut
        .chunk_by(|a, b| a.0 == b.0)
        .filter(|halves| halves.len() > 1)
    {
        let group = GroupId(project.fresh_id());
        for (_, id) in halves {
            let (clip, ..) = project.clip(*id).ok_or(Refusal::NoSuchClip(*id))?;
            let linked = Clip {
                group: Some(group),
                ..Clip::clone(clip)
            };
            project.replace_clip(*id, linked, TransitionPolicy::Drop)?;
        }
    }
    Ok(())
}

// | A | A |   ->   |   A   |
fn join(project: &mut Project, id: ClipId) -> Result<(), Refusal> {
    let (track, placed) = project.placed(id).ok_or(Refusal::NoSuchClip(id))?;
    let clip = placed.clip().ok_or(Refusal::NothingThere)?;
    let after = track.after(placed.order).ok_or(Refusal::NothingThere)?;
    let next = after.clip().ok_or(Refusal::NothingThere)?;
    if !clip.continues_in(next) || next.transition.is_some() {
        return Err(Refusal::DoesNotContinue);
    }
    let mut joined = Clip::clone(clip);
    joined.length = clip.length + next.length;
    joined.look.fade_out = next.look.fade_out;
    for curve in &mut joined.look.curves {
        if let Some(later) = next.look.curve(curve.property) {
            curve.join(later, clip.length);
        }
    }
    let (gone, range) = (
        next.id,
        FrameRange::between(placed.range.start, after.range.end()),
    );
    let track = track.id;
    project.keep_transition_from(gone, id);
    project.splice(
        track,
        range,
        vec![Item::Clip(joined.into())],
        TransitionPolicy::Drop,
    )
}

/// The clip with an edge moved, or the refusal if its source or its length does not allow that.
fn trimmed(project: &Project, clip: &Clip, edge: Edge, by: Frames) -> Result<Clip, Refusal> {
    if by == Frames::ZERO {
        return Err(Refusal::NoChange);
    }
    let trimmed = match edge {
        Edge::Head => clip.trimmed_at_head(by),
        Edge::Tail => clip.trimmed_at_tail(-by),
    };
    if trimmed.length < Frames::ONE {
        return Err(Refusal::NothingLeft);
    }
    check_handles(project, &trimmed)?;
    Ok(trimmed)
}
