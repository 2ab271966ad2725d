//! The scale of the time strip: the place of each frame of the shot.

use egui::{Rect, lerp};
use kinora_studio::timeline::Frames;

const MARGIN: f32 = 14.0;
/// Half the width of a keyframe's diamond, in points.
pub const KEY: f32 = 6.0;

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

#[cfg(test)]
mod tests {
    use egui::pos2;

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
}
