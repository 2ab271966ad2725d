//! The handles of a clip: how far it can be extended before its source ends. With a ramp, frames and parts of the source
//! are not proportional, so that the number of frames is searched for.

use super::Clip;
use crate::time::divided;
use crate::{Frames, Rounding};

/// More frames than any clip has, and few enough to be counted in parts.
const BEYOND_EVERY_CLIP: i64 = 1 << 56;

/// How far a clip can be extended, in frames of the track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handles {
    /// Before its first frame.
    pub left: Frames,
    /// After its last frame.
    pub right: Frames,
}

impl Clip {
    /// The handles of the clip, if its source has `available` frames. `None` for a source without end.
    pub fn handles(&self, available: Option<Frames>) -> Handles {
        let step = self.speed.source_frames();
        let Some(available) = available.filter(|_| step != 0) else {
            return Handles {
                left: Frames(i64::MAX),
                right: Frames(i64::MAX),
            };
        };
        let end = self.length - Frames::ONE;
        let (first, last) = (self.position(Frames::ZERO), self.position(end));
        let last_position = i128::from(available.0) * i128::from(self.parts()) - 1;
        let room = |towards_start: i128, towards_end: i128| {
            if step > 0 { towards_start } else { towards_end }
        };
        let left = room(first, last_position - first);
        let right = room(last_position - last, last);
        Handles {
            left: self.frames_within(left, Frames::ZERO, -1),
            right: self.frames_within(right, end, 1),
        }
    }

    /// The most frames that the clip can go from one of its frames, forwards (1) or backwards (-1), while its source runs
    /// no farther than `room` parts. Below zero if `room` is. The speed must not be 0.
    pub(crate) fn frames_within(&self, room: i128, from: Frames, direction: i64) -> Frames {
        let step = i128::from(self.speed.source_frames()).abs();
        if self.ramp.is_constant() {
            return Frames(divided(room, step, Rounding::Down));
        }
        let start = self.ramp.travel(from);
        let fits = |frames: i64| {
            let way = self.ramp.travel(from + Frames(frames * direction)) - start;
            way * i128::from(direction) * step <= room
        };
        let (mut inside, mut outside) = (-BEYOND_EVERY_CLIP, BEYOND_EVERY_CLIP);
        if fits(outside) {
            return Frames(i64::MAX); // it stands still there
        }
        if !fits(inside) {
            return Frames(i64::MIN);
        }
        while inside + 1 < outside {
            let middle = i64::midpoint(inside, outside);
            match fits(middle) {
                true => inside = middle,
                false => outside = middle,
            }
        }
        Frames(inside)
    }
}
