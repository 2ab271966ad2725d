//! The scale of the timeline: from frames to points and back, zoomed at the pointer, scrolled by the wheel.

use egui::{Rangef, Rect, Ui};
use kinora_studio::timeline::{FrameRange, Frames, TrackKind};

use crate::state::view::timeline_view::TimelineView;

/// Points per frame: from a timeline of an hour in one window to a frame as wide as a hand.
const SCALES: std::ops::RangeInclusive<f32> = 0.005..=80.0;

/// Which frames are visible, and where.
#[derive(Clone, Debug)]
pub struct TimeScale {
    /// Where the tracks lie, without their headers.
    pub rect: Rect,
    /// Points to a frame.
    pub scale: f32,
    first: f32,
    /// Where the tracks lie, from the top down.
    pub lanes: Vec<Lane>,
}

/// Where a track lies.
#[derive(Clone, Copy, Debug)]
pub struct Lane {
    /// What lies on it.
    pub kind: TrackKind,
    /// Its place among those of its kind, counted upwards.
    pub number: i32,
    /// Between these heights.
    pub y: Rangef,
}

/// Zooms and scrolls with the wheel, if the pointer is over the timeline.
pub fn update(ui: &Ui, rect: Rect, timeline: &mut TimelineView, is_hovered: bool) -> TimeScale {
    let pointer = ui
        .input(|input| input.pointer.hover_pos())
        .filter(|_| is_hovered);
    if let Some(pointer) = pointer {
        let (zoom, scroll) = ui.input(|input| (input.zoom_delta(), input.smooth_scroll_delta()));
        let under = timeline.first + (pointer.x - rect.left()) / timeline.scale;
        timeline.scale = (timeline.scale * zoom).clamp(*SCALES.start(), *SCALES.end());
        timeline.first = under - (pointer.x - rect.left()) / timeline.scale;
        timeline.first -= (scroll.x + scroll.y) / timeline.scale;
        timeline.first = timeline.first.max(0.0);
    }
    TimeScale {
        rect,
        scale: timeline.scale,
        first: timeline.first,
        lanes: Vec::new(),
    }
}

impl TimeScale {
    /// Where a frame begins.
    pub fn x(&self, frame: Frames) -> f32 {
        self.rect.left() + (frame.0 as f32 - self.first) * self.scale
    }

    /// The frame at a place, in parts.
    pub fn frame(&self, x: f32) -> f32 {
        self.first + (x - self.rect.left()) / self.scale
    }

    /// The track of this kind at a height, or the nearest one.
    pub fn lane(&self, y: f32, kind: TrackKind) -> Option<i32> {
        let lanes = self.lanes.iter().filter(|lane| lane.kind == kind);
        let off = |lane: &&Lane| (lane.y.min - y).max(y - lane.y.max).max(0.0);
        let nearest = lanes.min_by(|one, other| off(one).total_cmp(&off(other)));
        nearest.map(|lane| lane.number)
    }

    /// The frames that are seen.
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
