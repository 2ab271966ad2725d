//! Another frame rate for a project with clips: everything on the timeline keeps its time, as exactly as whole frames of
//! the new rate allow. Shots stay as they are, because they count in frames of their models.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::clip::Clip;
use crate::edit::clip_check::check_ramp;
use crate::marker::Marker;
use crate::refusal::Refusal;
use crate::sequence::Sequence;
use crate::splice::ordered;
use crate::subtitle::{Cue, SubtitleTrack};
use crate::track::{Item, Order};
use crate::transition::Transition;
use crate::tree::Tree;
use crate::{FrameRange, FrameRate, Frames, Project, Rounding, Track};

/// The rates of a timeline, in frames per second.
const RATES: std::ops::RangeInclusive<f64> = 1.0..=1000.0;

/// What another frame rate does to the clips.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ConformReport {
    /// The clips that stay.
    pub fitted: usize,
    /// Clips of these that end earlier, because their source has no more frames.
    pub shortened: usize,
    /// Clips that are gone, because they are shorter than half a frame of the new rate.
    pub removed: usize,
    /// The longest time by which a start or an end of a clip moves.
    pub longest_change_seconds: f64,
}

impl ConformReport {
    /// Compares a project with the same one at another frame rate.
    pub fn of(before: &Project, after: &Project) -> Self {
        let mut report = Self::default();
        let fitted = after.all_tracks().flat_map(|track| track.clips());
        let fitted: BTreeMap<_, _> = fitted.map(|(clip, range)| (clip.id, range)).collect();
        for (clip, range) in before.all_tracks().flat_map(|track| track.clips()) {
            let Some(fitted) = fitted.get(&clip.id) else {
                report.removed += 1;
                continue;
            };
            report.fitted += 1;
            let whole = scaled_range(range, before.rate(), after.rate());
            report.shortened += usize::from(fitted.length < whole.length);
            for (old, new) in [(range.start, fitted.start), (range.end(), fitted.end())] {
                let change = old.as_seconds(before.rate()) - new.as_seconds(after.rate());
                report.longest_change_seconds = report.longest_change_seconds.max(change.abs());
            }
        }
        report
    }
}

// | A---|B-- |   ->   | A-------|B----- |        (twice as many frames per second)
pub(crate) fn conform(project: &mut Project, rate: FrameRate) -> Result<(), Refusal> {
    let from = project.rate;
    if from == rate {
        return Err(Refusal::NoChange);
    }
    if !RATES.contains(&rate.per_second()) {
        let limits = "a timeline has from 1 to 1000 frames per second";
        return Err(Refusal::InvalidValue(limits.into()));
    }
    for (clip, _) in project.all_tracks().flat_map(|track| track.clips()) {
        let mut ramp = clip.ramp.clone();
        ramp.rescale(from, rate);
        check_ramp(&ramp)?;
    }
    project.rate = rate;
    let open = fitted(project, &project.open_as_sequence(), from);
    (project.tracks, project.markers) = (open.tracks, open.markers);
    (project.in_out, project.subtitles) = (open.in_out, open.subtitles);
    let others: Vec<Arc<Sequence>> = project
        .others
        .iter()
        .map(|found| Arc::clone(found.value))
        .collect();
    for other in others {
        let other = fitted(project, &other, from);
        project.others.insert(other.id, Arc::new(other));
    }
    project.index = crate::index::Index::of(project);
    Ok(())
}

/// A sequence at the project's rate, which was `from` before.
fn fitted(project: &Project, sequence: &Sequence, from: FrameRate) -> Sequence {
    let rate = project.rate;
    let tracks = sequence.tracks.iter();
    let markers = sequence.markers.iter().map(|found| {
        let marker = Marker {
            range: scaled_range(found.value.range, from, rate),
            ..Marker::clone(found.value)
        };
        (found.key, Arc::new(marker))
    });
    Sequence {
        tracks: tracks
            .map(|track| Arc::new(track_at(project, track, from)))
            .collect(),
        markers: Tree::from_sorted(markers.collect()),
        in_out: sequence.in_out.map(|range| {
            let range = scaled_range(range, from, rate);
            FrameRange {
                length: range.length.max(Frames::ONE),
                ..range
            }
        }),
        subtitles: sequence
            .subtitles
            .iter()
            .map(|track| Arc::new(subtitles_at(track, from, rate)))
            .collect(),
        ..sequence.clone()
    }
}

/// A subtitle track at another rate. Cues that become empty are left out.
fn subtitles_at(track: &SubtitleTrack, from: FrameRate, to: FrameRate) -> SubtitleTrack {
    let cues = track.cues.iter().filter_map(|cue| {
        let range = scaled_range(cue.range, from, to);
        let is_left = range.length > Frames::ZERO;
        let scaled = || {
            Arc::new(Cue {
                range,
                ..Cue::clone(cue)
            })
        };
        is_left.then(scaled)
    });
    SubtitleTrack {
        cues: cues.collect(),
        ..track.clone()
    }
}

fn scaled(frames: Frames, from: FrameRate, to: FrameRate) -> Frames {
    frames.rescaled(from, to, Rounding::Nearest)
}

/// Both ends are rounded, not the length: ranges that meet still meet.
fn scaled_range(range: FrameRange, from: FrameRate, to: FrameRate) -> FrameRange {
    let (start, end) = (scaled(range.start, from, to), scaled(range.end(), from, to));
    FrameRange::between(start, end)
}

/// A track at the project's rate, which was `from` before. Clips that become empty are left out.
fn track_at(project: &Project, track: &Track, from: FrameRate) -> Track {
    let mut items = Vec::new();
    let mut end = Frames::ZERO;
    for (clip, range) in track.clips() {
        let range = scaled_range(range, from, project.rate);
        let Some(clip) = clip_at(project, clip, range.length, from) else {
            continue;
        };
        if range.start > end {
            items.push(Item::Gap(range.start - end));
        }
        end = range.start + clip.length;
        items.push(Item::Clip(Arc::new(clip)));
    }
    let mut track = Track {
        items: ordered(items),
        ..track.clone()
    };
    let with_transition = track.items().filter(|placed| {
        let clip = placed.clip();
        clip.is_some_and(|clip| clip.transition.is_some())
    });
    let cuts: Vec<Order> = with_transition.map(|placed| placed.order).collect();
    for cut in cuts {
        fit_transition(project, &mut track, cut);
    }
    track
}

/// A clip at the project's rate with this length. `None` if nothing is left of it.
fn clip_at(project: &Project, clip: &Clip, length: Frames, from: FrameRate) -> Option<Clip> {
    if length < Frames::ONE {
        return None;
    }
    let to = project.rate;
    let mut changed = Clip {
        length,
        ..clip.clone()
    };
    if let Some(transition) = &mut changed.transition {
        transition.before = scaled(transition.before, from, to);
        transition.after = scaled(transition.after, from, to);
    }
    let look = &mut changed.look;
    look.fade_in = scaled(look.fade_in, from, to);
    look.fade_out = scaled(look.fade_out, from, to);
    for curve in &mut look.curves {
        curve.rescale(from, to);
    }
    changed.ramp.rescale(from, to);
    let parts = i64::from(clip.parts());
    let position = clip.source_start.0.saturating_mul(parts) + i64::from(clip.phase);
    let position = scaled(Frames(position), from, to);
    let fitted = within_source(changed, position.0.into(), project.available(clip.source))?;
    Some(fitted.with_fades_that_fit())
}

/// The clip from a position in its source on, in parts of a source frame. Rounding can put its last frame after the
/// end of the source: the clip then starts earlier in its source. If the source is too short for that, so is the clip.
fn within_source(mut clip: Clip, mut position: i128, available: Option<Frames>) -> Option<Clip> {
    if let Some(available) = available {
        let last = i128::from(available.0) * i128::from(clip.parts()) - 1;
        if last < 0 {
            return None;
        }
        let end = clip.length - Frames::ONE;
        if clip.travel(end).abs() > last {
            clip.length = clip.frames_within(last, Frames::ZERO, 1) + Frames::ONE;
        }
        let reach = clip.travel(clip.length - Frames::ONE);
        position = position.clamp((-reach).max(0), last - reach.max(0));
    }
    clip.set_position(position);
    Some(clip)
}

/// Shortens a transition to the handles of its clips. Without room for it, the cut is a plain one.
fn fit_transition(project: &Project, track: &mut Track, cut: Order) {
    let Some(clip) = track.items.get(cut).and_then(Item::clip) else {
        return;
    };
    let previous = track.before(cut).and_then(|placed| placed.clip());
    let handles = |clip: &Clip| clip.handles(project.available(clip.source));
    let shorter = clip.transition.zip(previous);
    let shorter = shorter.map(|(transition, previous)| Transition {
        before: transition.before.min(handles(clip).left),
        after: transition.after.min(handles(previous).right),
        ..transition
    });
    let fitting = shorter.filter(|transition| {
        let is_there = transition.before + transition.after > Frames::ZERO;
        is_there && project.fits(track, cut, *transition).is_ok()
    });
    let clip = Clip {
        transition: fitting,
        ..Clip::clone(clip)
    };
    track.items.insert(cut, Item::Clip(Arc::new(clip)));
}
