//! Queries of the viewer, the mixer and the mouse: what is where. Each takes time logarithmic in the number of clips,
//! plus the length of its result.

mod layers;
mod segments;
pub mod shot_in_film;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::clip::{Clip, Source};
use crate::shot::Shot;
use crate::stage::{Form, Stage};
use crate::track::{Placed, Track, TrackKind};
use crate::{
    CharacterId, ClipId, ContentHash, FrameRange, Frames, GroupId, Project, SequenceId, ShotId,
    TrackId,
};

pub use layers::{Layer, Mix};
pub use segments::Segment;

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

    /// A stage whose mannequins look like the characters that they stand for, as it is drawn and given to a model. What a
    /// stand-in says itself comes first.
    pub fn with_figures(&self, mut stage: Stage) -> Stage {
        for stand_in in &mut stage.stand_ins {
            if let (Form::Mannequin(Some(who)), None) = (stand_in.form, stand_in.figure) {
                let figure = self.character(who).map(|character| character.figure);
                stand_in.figure = figure.filter(|figure| figure.has_limbs());
            }
        }
        stage
    }
}
