//! The clips that are shown or heard within a range, track by track, with the frames that they borrow for transitions.
//! Clips of nested sequences are found as well.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::playing;
use crate::clip::{Clip, Source};
use crate::track::{Placed, Track, TrackKind};
use crate::{FrameRange, Frames, Project, SequenceId, ShotId, TrackId};

/// A clip that is shown or heard within a range.
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

impl Segment {
    /// The source frames that it shows or plays within a range of its timeline, in the order of the source.
    pub fn source_range(&self, range: FrameRange) -> FrameRange {
        let shown = self.range.overlap(range).unwrap_or(self.range);
        let ends = [shown.start, shown.end() - Frames::ONE]
            .map(|frame| self.clip.source_frame(frame - self.clip_start));
        let (low, high) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
        FrameRange::between(low, high + Frames::ONE)
    }
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
        for segment in self.segments_shown_in(sequence, range) {
            visit(&segment.clip);
            if let Source::Sequence(inner) = segment.clip.source {
                self.for_each_shown_in(inner, segment.source_range(range), visit);
            }
        }
    }

    /// The visible clips within a range of a sequence, track by track.
    pub fn segments_shown_in(&self, sequence: SequenceId, range: FrameRange) -> Vec<Segment> {
        let tracks = self.tracks_of(sequence).unwrap_or_default();
        segments_within(tracks, TrackKind::Video, range)
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
}
