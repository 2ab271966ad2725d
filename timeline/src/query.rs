//! Queries of the viewer, the mixer and the mouse: what is where. Each takes time logarithmic in the number of clips,
//! plus the length of its result.

pub mod shot_in_film;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::clip::{Clip, Look, Source};
use crate::shot::Shot;
use crate::stage::Stage;
use crate::track::{Placed, Track, TrackKind};
use crate::transition::TransitionKind;
use crate::{
    CharacterId, ClipId, ContentHash, FrameRange, Frames, GroupId, Project, SequenceId, ShotId,
    TrackId,
};

/// One picture of the stack to be composed, from the bottom up.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// The clip.
    pub clip: Arc<Clip>,
    /// The source frame to show, at the project's rate.
    pub source_frame: Frames,
    /// The position within the clip; outside its range in a transition.
    pub at: Frames,
    /// The look at this frame; its keyframes are applied.
    pub look: Look,
    /// The opacity of the clip times its fades, from 0 to 1.
    pub opacity: f32,
    /// How it is combined with the layer below.
    pub mix: Mix,
}

/// How a layer is combined with the layer below.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mix {
    /// Blended over what is below.
    Over,
    /// The outgoing clip of a transition; the next layer is the incoming one.
    From {
        /// The kind of transition.
        kind: TransitionKind,
        /// From 0, fully visible, to 1, invisible.
        progress: f32,
    },
    /// The incoming clip of a transition.
    To {
        /// The kind of transition.
        kind: TransitionKind,
        /// From 0, invisible, to 1, fully visible.
        progress: f32,
    },
}

/// The sound of one clip.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// Its track.
    pub track: TrackId,
    /// The clip.
    pub clip: Arc<Clip>,
    /// Its range, with the frames borrowed for transitions.
    pub range: FrameRange,
    /// The start of the clip itself.
    pub clip_start: Frames,
    /// The length of the cross-fade at its head.
    pub fade_in: Frames,
    /// The length of the cross-fade at its tail.
    pub fade_out: Frames,
}

/// A target for snapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SnapPoint {
    /// The timeline's start.
    Start,
    /// The head of a clip.
    Head(ClipId),
    /// The tail of a clip.
    Tail(ClipId),
    /// A marker's start or end.
    Marker(crate::MarkerId),
    /// The in or out point.
    InOut,
}

impl Project {
    /// The pictures to compose at `frame`, the bottom one first.
    pub fn layers(&self, frame: Frames) -> Vec<Layer> {
        self.layers_in(self.open, frame)
    }

    /// The pictures to compose at a frame of a sequence, the bottom one first.
    pub fn layers_in(&self, sequence: SequenceId, frame: Frames) -> Vec<Layer> {
        let tracks = self.tracks_of(sequence).unwrap_or_default();
        let mut layers = Vec::new();
        for track in playing(tracks, TrackKind::Video) {
            if let Some(placed) = track.at(frame) {
                layers_of(track, placed, frame, &mut layers);
            }
        }
        layers
    }

    /// The shots without a chosen take of which a clip is visible within `range`, directly or in a nested sequence, each
    /// once.
    pub fn shots_without_take(&self, range: FrameRange) -> Vec<ShotId> {
        let mut missing = BTreeSet::new();
        self.for_each_shown(range, &mut |clip| {
            if let Source::Shot(shot) = clip.source {
                let shot = self.shot(shot).filter(|shot| shot.chosen.is_none());
                missing.extend(shot.map(|shot| shot.id));
            }
        });
        missing.into_iter().collect()
    }

    /// Calls `visit` with each clip whose picture is visible within `range`, directly or in a nested sequence. A clip in a
    /// sequence that is shown twice comes twice.
    pub fn for_each_shown(&self, range: FrameRange, visit: &mut dyn FnMut(&Arc<Clip>)) {
        self.for_each_shown_in(self.open, range, visit);
    }

    fn for_each_shown_in(
        &self,
        sequence: SequenceId,
        range: FrameRange,
        visit: &mut dyn FnMut(&Arc<Clip>),
    ) {
        let tracks = self.tracks_of(sequence).unwrap_or_default();
        for segment in segments_within(tracks, TrackKind::Video, range) {
            visit(&segment.clip);
            if let Source::Sequence(inner) = segment.clip.source {
                let shown = segment.range.overlap(range).unwrap_or(segment.range);
                let ends = [shown.start, shown.end() - Frames::ONE]
                    .map(|frame| segment.clip.source_frame(frame - segment.clip_start));
                let (low, high) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
                let shown = FrameRange::between(low, high + Frames::ONE);
                self.for_each_shown_in(inner, shown, visit);
            }
        }
    }

    /// The audible clips within `range`, track by track.
    pub fn segments(&self, range: FrameRange) -> Vec<Segment> {
        self.segments_in(self.open, range)
    }

    /// The audible clips within a range of a sequence, track by track.
    pub fn segments_in(&self, sequence: SequenceId, range: FrameRange) -> Vec<Segment> {
        let tracks = self.tracks_of(sequence).unwrap_or_default();
        segments_within(tracks, TrackKind::Audio, range)
    }

    /// The snap points within `reach` of `frame`, nearest first.
    pub fn snap_points(&self, frame: Frames, reach: Frames) -> Vec<(Frames, SnapPoint)> {
        let mut points = vec![(Frames::ZERO, SnapPoint::Start)];
        let near = FrameRange::between(frame - reach, frame + reach + Frames::ONE);
        for track in self.tracks() {
            let touched = FrameRange::between(near.start - Frames::ONE, near.end() + Frames::ONE);
            for placed in track.within(touched) {
                let Some(clip) = placed.clip() else { continue };
                points.push((placed.range.start, SnapPoint::Head(clip.id)));
                points.push((placed.range.end(), SnapPoint::Tail(clip.id)));
            }
        }
        for marker in self.markers() {
            points.extend(
                [marker.range.start, marker.range.end()]
                    .map(|at| (at, SnapPoint::Marker(marker.id))),
            );
        }
        points.extend(
            self.in_out()
                .into_iter()
                .flat_map(|range| [range.start, range.end()])
                .map(|at| (at, SnapPoint::InOut)),
        );
        points.retain(|(at, _)| near.contains(*at));
        points.sort_by_key(|(at, point)| ((*at - frame).0.unsigned_abs(), *at, *point));
        points.dedup();
        points
    }

    /// The next cut after `frame` on any track, or the end of the timeline.
    pub fn next_cut(&self, frame: Frames) -> Option<Frames> {
        let cuts = self
            .tracks()
            .iter()
            .filter_map(|track| match track.at(frame) {
                Some(placed) => Some(placed.range.end()),
                None if frame < Frames::ZERO => Some(Frames::ZERO),
                None => None,
            });
        cuts.min()
    }

    /// The last cut before `frame` on any track.
    pub fn previous_cut(&self, frame: Frames) -> Option<Frames> {
        let earlier = frame - Frames::ONE;
        let cuts = self
            .tracks()
            .iter()
            .filter_map(|track| match track.at(earlier) {
                Some(placed) => Some(placed.range.start),
                None if earlier >= track.end() && !track.is_empty() => Some(track.end()),
                None => None,
            });
        cuts.max()
    }

    /// The gap at a frame, on the lowest video track that has one there.
    pub fn video_gap_at(&self, frame: Frames) -> Option<(TrackId, FrameRange)> {
        let mut tracks = self.tracks().iter();
        tracks.find_map(|track| {
            let gap = track.at(frame).filter(|placed| placed.clip().is_none())?;
            (track.kind == TrackKind::Video).then_some((track.id, gap.range))
        })
    }

    /// The neighbours that touch `clip` on its track: before and after.
    pub fn neighbours(&self, clip: ClipId) -> (Option<Arc<Clip>>, Option<Arc<Clip>>) {
        let Some((track, placed)) = self.placed(clip) else {
            return (None, None);
        };
        let clip_of = |placed: Option<Placed<'_>>| placed.and_then(|placed| placed.clip().cloned());
        (
            clip_of(track.before(placed.order)),
            clip_of(track.after(placed.order)),
        )
    }

    /// The clips linked to `clip`, including itself.
    pub fn linked(&self, clip: ClipId) -> Vec<ClipId> {
        self.with_linked(&[clip]).unwrap_or_default()
    }

    /// The clips that are selected with `clip`, including itself: those linked to it, and those of its group with the clips
    /// linked to them.
    pub fn grouped(&self, clip: ClipId) -> Vec<ClipId> {
        let mut all = self.linked(clip);
        let groups = all
            .iter()
            .filter_map(|clip| self.clip(*clip)?.0.selection_group);
        let groups: BTreeSet<GroupId> = groups.collect();
        for group in groups {
            all.extend(self.index.selection_group(group));
        }
        self.with_linked(&all).unwrap_or_default()
    }

    /// The clips that show a shot, a medium or a title.
    pub fn clips_of(&self, source: Source) -> Vec<ClipId> {
        self.index.users(source).collect()
    }

    /// The shot before this one in the list of shots.
    pub fn shot_before(&self, shot: ShotId) -> Option<ShotId> {
        let place = self.shot_order.iter().position(|other| *other == shot)?;
        self.shot_order.get(place.checked_sub(1)?).copied()
    }

    /// The shot after this one in the list of shots.
    pub fn shot_after(&self, shot: ShotId) -> Option<ShotId> {
        let place = self.shot_order.iter().position(|other| *other == shot)?;
        self.shot_order.get(place + 1).copied()
    }

    /// The shots with this character in their cast.
    pub fn shots_with(&self, character: CharacterId) -> Vec<ShotId> {
        let from = self
            .index
            .appearances
            .iter_from((character, ShotId(0)))
            .map(|found| found.key);
        from.take_while(|(who, _)| *who == character)
            .map(|(_, shot)| shot)
            .collect()
    }

    /// The shots that have this take chosen.
    pub fn shots_with_take(&self, take: ContentHash) -> Vec<ShotId> {
        let from = self
            .index
            .chosen
            .iter_from((take, ShotId(0)))
            .map(|found| found.key);
        from.take_while(|(chosen, _)| *chosen == take)
            .map(|(_, shot)| shot)
            .collect()
    }

    /// The tracks of a kind that are neither muted nor silenced by solo.
    pub fn playing_tracks(&self, kind: TrackKind) -> impl Iterator<Item = &Arc<Track>> {
        playing(&self.tracks, kind)
    }

    /// The same of any sequence.
    pub fn playing_tracks_in(
        &self,
        sequence: SequenceId,
        kind: TrackKind,
    ) -> impl Iterator<Item = &Arc<Track>> {
        playing(self.tracks_of(sequence).unwrap_or_default(), kind)
    }
}

fn playing(tracks: &[Arc<Track>], kind: TrackKind) -> impl Iterator<Item = &Arc<Track>> {
    let of_kind = move |track: &&Arc<Track>| track.kind == kind;
    let any_solo = tracks.iter().filter(of_kind).any(|track| track.solo);
    let is_heard = move |track: &&Arc<Track>| !track.muted && (track.solo || !any_solo);
    tracks.iter().filter(of_kind).filter(is_heard)
}

fn layers_of(track: &Track, placed: Placed<'_>, frame: Frames, layers: &mut Vec<Layer>) {
    let Some(clip) = placed.clip() else { return };
    let at = frame - placed.range.start;
    if let Some(transition) = clip
        .transition
        .filter(|transition| transition.range(placed.range.start).contains(frame))
    {
        // Just after the cut at its head.
        let from = track.before(placed.order);
        let progress = progress(transition.range(placed.range.start), frame);
        if let Some((from, start)) = from.and_then(|from| Some((from.clip()?, from.range.start))) {
            layers.extend(layer(
                from,
                frame - start,
                Mix::From {
                    kind: transition.kind,
                    progress,
                },
            ));
        }
        layers.extend(layer(
            clip,
            at,
            Mix::To {
                kind: transition.kind,
                progress,
            },
        ));
        return;
    }
    let next = track.after(placed.order);
    let to = next.and_then(|next| Some((next.clip()?, next.range.start)));
    if let Some((to, start)) = to
        && let Some(transition) = to
            .transition
            .filter(|transition| transition.range(start).contains(frame))
    {
        // Just before the cut at its tail.
        let progress = progress(transition.range(start), frame);
        layers.extend(layer(
            clip,
            at,
            Mix::From {
                kind: transition.kind,
                progress,
            },
        ));
        layers.extend(layer(
            to,
            frame - start,
            Mix::To {
                kind: transition.kind,
                progress,
            },
        ));
        return;
    }
    layers.extend(layer(clip, at, Mix::Over));
}

/// Linear, from just above 0 at the first frame to just below 1 at the last.
fn progress(range: FrameRange, frame: Frames) -> f32 {
    ((frame - range.start).0 as f32 + 0.5) / range.length.0 as f32
}

fn layer(clip: &Arc<Clip>, at: Frames, mix: Mix) -> Option<Layer> {
    if !clip.enabled {
        return None;
    }
    let look = clip.look.at(at);
    let fade = |done: Frames, length: Frames| {
        if length > Frames::ZERO {
            ((done.0 as f32 + 0.5) / length.0 as f32).clamp(0.0, 1.0)
        } else {
            1.0
        }
    };
    let faded = fade(at, look.fade_in).min(fade(clip.length - Frames::ONE - at, look.fade_out));
    Some(Layer {
        clip: Arc::clone(clip),
        source_frame: match clip.source {
            Source::Sequence(_) => clip.source_frame(at), // before its first frame it shows nothing
            _ => clip.source_frame(at).max(Frames::ZERO), // a still has a single frame
        },
        at,
        opacity: look.opacity * faded,
        look,
        mix,
    })
}

/// The clips of the playing tracks of a kind that are shown or heard within a range, track by track.
fn segments_within(tracks: &[Arc<Track>], kind: TrackKind, range: FrameRange) -> Vec<Segment> {
    let mut segments = Vec::new();
    for track in playing(tracks, kind) {
        let inside: Vec<Placed<'_>> = track.within(range).collect();
        // A neighbouring clip may reach in through a transition.
        let earlier = inside.first().and_then(|first| track.before(first.order));
        let later = inside.last().and_then(|last| track.after(last.order));
        let around = earlier.into_iter().chain(inside).chain(later);
        let present = around.filter_map(|placed| segment_of(track, placed));
        segments.extend(present.filter(|segment| segment.range.overlap(range).is_some()));
    }
    segments
}

fn segment_of(track: &Track, placed: Placed<'_>) -> Option<Segment> {
    let clip = placed.clip().filter(|clip| clip.enabled)?;
    let head = clip.transition;
    let tail = track
        .after(placed.order)
        .and_then(|next| next.clip()?.transition);
    let length = |transition: Option<crate::Transition>| {
        transition.map_or(Frames::ZERO, |transition| {
            transition.before + transition.after
        })
    };
    let start = placed.range.start - head.map_or(Frames::ZERO, |transition| transition.before);
    let end = placed.range.end() + tail.map_or(Frames::ZERO, |transition| transition.after);
    Some(Segment {
        track: track.id,
        clip: Arc::clone(clip),
        range: FrameRange::between(start, end),
        clip_start: placed.range.start,
        fade_in: length(head),
        fade_out: length(tail),
    })
}

impl Project {
    /// Where things stand in a shot: what was built, or a mannequin for each of its cast.
    pub fn stage_of(&self, shot: &Shot) -> Stage {
        if !shot.stage.stand_ins.is_empty() {
            return shot.stage.clone();
        }
        let cast = shot.cast.iter();
        let cast = cast.filter_map(|member| self.character(member.character));
        let cast: Vec<_> = cast
            .map(|character| (character.tag.clone(), Some(character.id)))
            .collect();
        Stage {
            stand_ins: Stage::of_cast(&cast).stand_ins,
            ..shot.stage.clone()
        }
    }
}
