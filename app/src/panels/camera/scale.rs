//! The scales of the time strip: the place of each frame of the shot, and of each value of a graph.

use egui::{Pos2, Rect, lerp, pos2};
use kinora_studio::timeline::Frames;

const MARGIN: f32 = 14.0;
/// Half the width of a keyframe's diamond, in points.
pub const KEY: f32 = 6.0;
/// The height of the line of text above the graph, in points.
pub const TEXT_HEIGHT: f32 = 22.0;

/// The shot's frames on the strip.
#[derive(Clone, Copy)]
pub struct Scale {
    left: f32,
    right: f32,
    pub last: i64,
}

impl Scale {
    pub fn new(rect: Rect, frames: u32) -> Self {
        Self {
            left: rect.left() + MARGIN,
            right: rect.right() - MARGIN,
            last: (i64::from(frames) - 1).max(1),
        }
    }

    pub fn x(&self, frame: f64) -> f32 {
        lerp(self.left..=self.right, (frame / self.last as f64) as f32)
    }

    pub fn frame(&self, x: f32) -> Frames {
        let part = (x - self.left) / (self.right - self.left);
        let frame = (part * self.last as f32).round();
        Frames((frame as i64).clamp(0, self.last))
    }
}

/// The range of values that the graph shows, and its place.
pub struct Plot<'s> {
    scale: &'s Scale,
    top: f32,
    floor: f32,
    low: f64,
    high: f64,
}

impl<'s> Plot<'s> {
    /// In the rectangle of the strip, from the lowest value to the highest one.
    pub fn new(scale: &'s Scale, rect: Rect, low: f64, high: f64) -> Self {
        Self {
            scale,
            top: rect.top() + TEXT_HEIGHT + 4.0,
            floor: rect.bottom() - 2.0 * KEY - 8.0,
            low,
            high,
        }
    }

    pub fn at(&self, frame: f64, value: f64) -> Pos2 {
        let part = (value - self.low) / (self.high - self.low);
        let y = self.floor - (self.floor - self.top) * part as f32;
        pos2(self.scale.x(frame), y)
    }

    /// The value at a height on the screen.
    pub fn value(&self, y: f32) -> f64 {
        let part = (self.floor - y) / (self.floor - self.top).max(1.0);
        self.low + (self.high - self.low) * f64::from(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_frame_is_found_again_where_it_is_drawn() {
        let rect = Rect::from_min_max(pos2(10.0, 0.0), pos2(410.0, 80.0));
        let scale = Scale::new(rect, 17);
        for frame in 0..17 {
            let x = scale.x(frame as f64);
            assert_eq!(scale.frame(x), Frames(frame));
        }
        assert_eq!(scale.frame(-99.0), Frames(0));
        assert_eq!(scale.frame(999.0), Frames(16));
    }

    #[test]
    fn the_largest_value_is_at_the_top_and_the_smallest_on_the_floor() {
        let rect = Rect::from_min_max(pos2(0.0, 0.0), pos2(400.0, 80.0));
        let scale = Scale::new(rect, 17);
        let plot = Plot::new(&scale, rect, 1.0, 3.0);
        assert!((plot.at(0.0, 3.0).y - plot.top).abs() < 1e-4);
        assert!((plot.at(16.0, 1.0).y - plot.floor).abs() < 1e-4);
        assert!(plot.at(0.0, 1.0).x < plot.at(16.0, 1.0).x);
        for value in [1.0, 1.7, 3.0, 4.0] {
            assert!((plot.value(plot.at(0.0, value).y) - value).abs() < 1e-3);
        }
    }
}
