//! The speed ramp of a clip: keyframes of its speed, and exactly how far its source has run at each frame.
//!
//! The way of the source is the integral of the speed, in whole parts of a frame. It is counted from the first key, not
//! from the clip's start: a clip that is split, trimmed or extended shows the same frames as before.

use serde::{Deserialize, Serialize};

use crate::easing::Easing;
use crate::time::divided;
use crate::{FrameRate, Frames, Rounding};

/// Keyframes of the speed. Without keys the speed is constant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SpeedRamp {
    /// Sorted by frame. Keys outside the clip stay where they are in the source.
    pub keys: Vec<SpeedKey>,
}

/// A keyframe of the speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpeedKey {
    /// Counted from the clip's first frame; below zero before it.
    pub frame: Frames,
    /// The speed there, as a factor of the clip's speed, in parts of [`SpeedRamp::PARTS`]: 5000 is half of it, 0 stands
    /// still.
    pub factor: u32,
    /// How the speed changes up to the next key.
    #[serde(default, skip_serializing_if = "crate::stored::is_default")]
    pub easing: Easing,
}

impl SpeedRamp {
    /// The parts of a factor of 1.
    pub const PARTS: u32 = 10_000;
    /// The highest factor: 100 times.
    pub const HIGHEST: u32 = 100 * Self::PARTS;
    /// The longest distance of two keys, in frames: eight days at 24 frames a second. Up to there every integral fits
    /// into 128 bits.
    pub const LONGEST_SEGMENT: Frames = Frames(1 << 24);

    /// Whether the speed is constant.
    pub fn is_constant(&self) -> bool {
        self.keys.is_empty()
    }

    /// The factor at a frame of the clip, in parts of [`Self::PARTS`], rounded down. 1 without keys.
    pub fn factor(&self, at: Frames) -> u32 {
        let (before, after) = self.around(at);
        match (before, after) {
            (None, None) => Self::PARTS,
            (Some(only), None) | (None, Some(only)) => only.factor,
            (Some(from), Some(to)) => {
                let part = (at - from.frame).0 as f64 / (to.frame - from.frame).0 as f64;
                let change = f64::from(to.factor) - f64::from(from.factor);
                (f64::from(from.factor) + change * from.easing.eased(part)).floor() as u32
            }
        }
    }

    /// How far the source has run from the first key to a frame of the clip, at a speed of 1, in parts of a frame.
    /// Never decreases with `at`.
    pub(crate) fn travel(&self, at: Frames) -> i128 {
        let Some(first) = self.keys.first() else {
            return i128::from(at.0) * i128::from(Self::PARTS);
        };
        if at < first.frame {
            return i128::from((at - first.frame).0) * i128::from(first.factor);
        }
        let passed = self.keys.partition_point(|key| key.frame <= at);
        let segments = self.keys[..passed].windows(2);
        let whole: i128 = segments
            .map(|pair| travel_between(pair[0], pair[1], pair[1].frame))
            .sum();
        whole
            + match (self.keys.get(passed - 1), self.keys.get(passed)) {
                (Some(from), Some(to)) => travel_between(*from, *to, at),
                (Some(last), None) => i128::from((at - last.frame).0) * i128::from(last.factor),
                (None, _) => 0,
            }
    }

    /// [`Self::travel`] at a position between frames, in frames.
    pub(crate) fn travel_frames(&self, at: f64) -> f64 {
        let parts = f64::from(Self::PARTS);
        let frame = Frames(at.floor() as i64);
        let (before, after) = self.around(frame);
        let (from, way) = match (before, after) {
            (Some(from), Some(to)) => {
                let length = (to.frame - from.frame).0 as f64;
                let change = f64::from(to.factor) - f64::from(from.factor);
                let since = at - from.frame.0 as f64;
                let eased = length * from.easing.integral(since / length);
                (from.frame, f64::from(from.factor) * since + change * eased)
            }
            (Some(only), None) | (None, Some(only)) => {
                let since = at - only.frame.0 as f64;
                (only.frame, f64::from(only.factor) * since)
            }
            (None, None) => return at,
        };
        (self.travel(from) as f64 + way) / parts
    }

    /// The keys before and after a frame; a key at the frame is the one before.
    fn around(&self, at: Frames) -> (Option<&SpeedKey>, Option<&SpeedKey>) {
        let next = self.keys.partition_point(|key| key.frame <= at);
        let before = next.checked_sub(1).and_then(|before| self.keys.get(before));
        (before, self.keys.get(next))
    }

    /// The same ramp of a clip that begins `by` frames later.
    pub(crate) fn move_keys(&mut self, by: Frames) {
        for key in &mut self.keys {
            key.frame = key.frame - by;
        }
    }

    /// The ramp of a clip of this length that runs backwards.
    pub(crate) fn reverse(&mut self, length: Frames) {
        let easings: Vec<Easing> = self.keys.iter().map(|key| key.easing).collect();
        // The easing of a segment stands at its first key, which becomes its last.
        for (key, before) in self.keys.iter_mut().skip(1).zip(easings) {
            key.easing = before.reversed();
        }
        for key in &mut self.keys {
            key.frame = length - key.frame;
        }
        self.keys.reverse();
        if let Some(last) = self.keys.last_mut() {
            last.easing = Easing::default();
        }
    }

    /// The ramp of a clip whose speed has changed in this ratio. Keys that would meet become one.
    pub(crate) fn stretch(&mut self, from: u64, to: u64) {
        for key in &mut self.keys {
            let scaled = i128::from(key.frame.0) * i128::from(to);
            key.frame = Frames(divided(scaled, i128::from(from.max(1)), Rounding::Nearest));
        }
        self.keys.dedup_by_key(|key| key.frame);
    }

    /// The same ramp at another rate of the project. Keys that would meet become one.
    pub(crate) fn rescale(&mut self, from: FrameRate, to: FrameRate) {
        for key in &mut self.keys {
            key.frame = key.frame.rescaled(from, to, Rounding::Nearest);
        }
        self.keys.dedup_by_key(|key| key.frame);
    }

    /// Why these keys are none; `None` if they are in order and within their limits.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let in_order = |pair: &[SpeedKey]| pair[0].frame < pair[1].frame;
        let is_long = |pair: &[SpeedKey]| pair[1].frame - pair[0].frame > Self::LONGEST_SEGMENT;
        if !self.keys.windows(2).all(in_order) {
            return Some("keyframes of the speed have an order, one on a frame");
        }
        if self.keys.iter().any(|key| key.factor > Self::HIGHEST) {
            return Some("a speed ramp runs from 0 to 100 times the clip's speed");
        }
        if self.keys.windows(2).any(is_long) {
            return Some("two keyframes of the speed are at most 16,777,216 frames apart");
        }
        None
    }
}

/// How far the source runs from one key to a frame not after the next key, rounded down.
fn travel_between(from: SpeedKey, to: SpeedKey, at: Frames) -> i128 {
    let length = i128::from((to.frame - from.frame).0);
    let since = i128::from((at - from.frame).0);
    let change = i128::from(to.factor) - i128::from(from.factor);
    let (above, below) = from.easing.exact_integral(since, length);
    i128::from(from.factor) * since + (change * above).div_euclid(below)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ramp(keys: &[(i64, u32, Easing)]) -> SpeedRamp {
        let key = |&(frame, factor, easing)| SpeedKey {
            frame: Frames(frame),
            factor,
            easing,
        };
        SpeedRamp {
            keys: keys.iter().map(key).collect(),
        }
    }

    #[test]
    fn the_way_is_the_area_under_the_speed() {
        // From standing still to double speed in ten frames: ten frames on the whole, a quarter of them at half time.
        let even = ramp(&[(0, 0, Easing::Linear), (10, 20_000, Easing::Linear)]);
        let way = |at| even.travel(Frames(at));
        assert_eq!(
            [way(0), way(5), way(10), way(12)],
            [0, 25_000, 100_000, 140_000]
        );
        assert_eq!(way(-4), 0, "the first key's speed holds before it");
        let held = ramp(&[(0, 10_000, Easing::Hold), (4, 0, Easing::Linear)]);
        let way = |at| held.travel(Frames(at));
        assert_eq!(
            [way(-1), way(3), way(4), way(9)],
            [-10_000, 30_000, 40_000, 40_000]
        );
    }

    fn any_ramp() -> impl Strategy<Value = SpeedRamp> {
        let key = (1..40_i64, 0..30_000_u32, 0..Easing::ALL.len());
        (-30..30_i64, proptest::collection::vec(key, 1..6)).prop_map(|(first, steps)| {
            let mut frame = first;
            let keys = steps.into_iter().map(|(step, factor, easing)| {
                frame += step;
                (frame, factor, Easing::ALL[easing].0)
            });
            ramp(&keys.collect::<Vec<_>>())
        })
    }

    proptest! {
        #[test]
        fn the_way_equals_the_sum_of_many_small_steps(ramp in any_ramp(), from in -50..100_i64, length in 0..60_i64) {
            let steps = 400 * length;
            let speed_at = |step: i64| {
                let at = from as f64 + (step as f64 + 0.5) / 400.0;
                let (before, after) = ramp.around(Frames(at.floor() as i64));
                match (before, after) {
                    (Some(a), Some(b)) => {
                        let part = (at - a.frame.0 as f64) / (b.frame - a.frame).0 as f64;
                        f64::from(a.factor) + (f64::from(b.factor) - f64::from(a.factor)) * a.easing.eased(part)
                    }
                    (Some(only), None) | (None, Some(only)) => f64::from(only.factor),
                    (None, None) => 10_000.0,
                }
            };
            let summed: f64 = (0..steps).map(|step| speed_at(step) / 400.0).sum();
            let exact = ramp.travel(Frames(from + length)) - ramp.travel(Frames(from));
            prop_assert!((summed - exact as f64).abs() < 12.0, "{summed} and {exact}");
        }

        #[test]
        fn the_way_never_runs_back_and_agrees_between_frames(ramp in any_ramp(), at in -60..160_i64) {
            let [here, next] = [at, at + 1].map(|at| ramp.travel(Frames(at)));
            prop_assert!(here <= next);
            let between = ramp.travel_frames(at as f64 + 0.5) * 10_000.0;
            prop_assert!(here as f64 - 6.0 <= between && between <= next as f64 + 6.0);
            prop_assert!((ramp.travel_frames(at as f64) * 10_000.0 - here as f64).abs() < 6.0);
        }

        #[test]
        fn moved_keys_have_the_same_way_from_there_on(ramp in any_ramp(), by in -40..40_i64, at in -60..160_i64) {
            let mut moved = ramp.clone();
            moved.move_keys(Frames(by));
            prop_assert_eq!(moved.travel(Frames(at - by)), ramp.travel(Frames(at)));
        }

        #[test]
        fn a_reversed_ramp_is_the_same_movement_backwards(ramp in any_ramp(), length in 1..60_i64, at in 0..60_i64) {
            prop_assume!(ramp.keys.iter().all(|key| key.easing != Easing::Hold) && at <= length);
            let mut reversed = ramp.clone();
            reversed.reverse(Frames(length));
            let forward = ramp.travel(Frames(length)) - ramp.travel(Frames(length - at));
            let backward = reversed.travel(Frames(at)) - reversed.travel(Frames(0));
            prop_assert!((forward - backward).abs() <= 12, "{} and {}", forward, backward);
        }
    }

    #[test]
    fn the_longest_ramp_allowed_is_counted_exactly() {
        let length = SpeedRamp::LONGEST_SEGMENT.0;
        for (easing, name) in Easing::ALL {
            let keys = [(-9, 0, easing), (length - 9, SpeedRamp::HIGHEST, easing)];
            let longest = ramp(&keys);
            assert_eq!(longest.fault(), None, "{name}");
            let (above, below) = easing.exact_integral(2, 2);
            let whole = i128::from(length) * i128::from(SpeedRamp::HIGHEST);
            let expected = whole * above / (2 * below);
            assert_eq!(longest.travel(Frames(length - 9)), expected, "{name}");
        }
        let beyond = ramp(&[(0, 1, Easing::Linear), (length + 1, 1, Easing::Linear)]);
        assert!(beyond.fault().is_some());
        let twice = ramp(&[(1, 1, Easing::Linear), (1, 1, Easing::Linear)]);
        assert!(twice.fault().is_some());
    }
}
