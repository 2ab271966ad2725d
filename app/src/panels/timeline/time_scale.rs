//! The scale of the timeline: converts frames to points and back.

use egui::{Rangef, Rect};
use kinora_studio::timeline::{FrameRange, Frames, TrackKind};

use crate::state::view::timeline_view::TimelineView;

/// The limits of the scale, in points per frame. At the smallest, an hour at 24 frames per second is 432 points wide.
pub const SCALES: std::ops::RangeInclusive<f32> = 0.005..=80.0;

/// The visible frames, and their positions on the screen.
#[derive(Clone, Debug)]
pub struct TimeScale {
    /// The area of the ruler and the tracks, without the track headers.
    pub rect: Rect,
    /// Points per frame.
    pub scale: f32,
    first: f32,
    /// The lanes of the tracks, from top to bottom.
    pub lanes: Vec<Lane>,
}

/// The place of a track on the screen.
#[derive(Clone, Copy, Debug)]
pub struct Lane {
    /// The kind of the track.
    pub kind: TrackKind,
    /// The number of the track within its kind, counted upwards: 0 is the lowest video track or the highest
    /// audio track.
    pub number: i32,
    /// The vertical range, in points.
    pub y: Rangef,
}

impl TimeScale {
    /// The scale of a view in this area.
    pub fn of(rect: Rect, view: &TimelineView, lanes: Vec<Lane>) -> Self {
        Self {
            rect,
            scale: view.scale,
            first: view.first,
            lanes,
        }
    }

    /// The x coordinate of the start of a frame.
    pub fn x(&self, frame: Frames) -> f32 {
        self.rect.left() + (frame.0 as f32 - self.first) * self.scale
    }

    /// The frame at an x coordinate, with its fraction.
    pub fn frame(&self, x: f32) -> f32 {
        self.first + (x - self.rect.left()) / self.scale
    }

    /// The number of the lane of this kind at a y coordinate, or of the nearest one. `None` without such a lane.
    pub fn lane(&self, y: f32, kind: TrackKind) -> Option<i32> {
        let lanes = self.lanes.iter().filter(|lane| lane.kind == kind);
        let off = |lane: &&Lane| (lane.y.min - y).max(y - lane.y.max).max(0.0);
        let nearest = lanes.min_by(|one, other| off(one).total_cmp(&off(other)));
        nearest.map(|lane| lane.number)
    }

    /// The visible frames.
    pub fn frames(&self) -> FrameRange {
        let first = Frames(self.first.floor() as i64);
        let last = Frames(self.frame(self.rect.right()).ceil() as i64);
        FrameRange::between(first, last.max(first + Frames::ONE))
    }
}

#[cfg(test)]
mod tests {
    use egui::{pos2, vec2};

    use super::*;

    #[test]
    fn a_frame_is_found_where_it_is_drawn() {
        let view = TimeScale {
            rect: Rect::from_min_size(pos2(100.0, 0.0), vec2(400.0, 50.0)),
            scale: 4.0,
            first: 10.5,
            lanes: Vec::new(),
        };
        for frame in [11, 40, 90] {
            let x = view.x(Frames(frame));
            assert!((view.frame(x) - frame as f32).abs() < 1e-3);
        }
        assert_eq!(view.frames(), FrameRange::between(Frames(10), Frames(111)));
    }
}
