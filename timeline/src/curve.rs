//! Keyframed properties of a clip: a curve of values over its frames.

use serde::{Deserialize, Serialize};

use crate::easing::Easing;
use crate::{FrameRate, Frames, Rounding};

/// A property of a clip that can have keyframes. Its row in [`EFFECTS`](crate::effect::EFFECTS) says what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(missing_docs, reason = "named as in the table of effects")]
pub enum Property {
    Opacity,
    Exposure,
    Scale,
    PositionX,
    PositionY,
    Rotation,
    CropLeft,
    CropTop,
    CropRight,
    CropBottom,
    Gain,
    Pan,
}

/// The values of one property over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// The property.
    pub property: Property,
    /// Sorted by frame, at least one. Keys outside the clip stay where they are in the source, so that a clip that is
    /// trimmed and extended again has the same values.
    pub keys: Vec<PropertyKey>,
}

/// A keyframe of a property.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PropertyKey {
    /// Counted from the clip's first frame; below zero before it.
    pub frame: Frames,
    /// The value there.
    pub value: f32,
    /// How the value changes up to the next key.
    #[serde(default, skip_serializing_if = "crate::stored::is_default")]
    pub easing: Easing,
}

impl Curve {
    /// The value at a frame of the clip. Before the first key its value, after the last key its value, between two keys
    /// the eased value.
    pub fn value(&self, at: Frames) -> f32 {
        self.value_between(at.0, |frame| frame.0)
    }

    /// The value at a position that is counted otherwise than in frames, as in samples. `place` is the position of a
    /// frame, and must not decrease.
    pub fn value_between(&self, at: i64, place: impl Fn(Frames) -> i64) -> f32 {
        let next = self.keys.partition_point(|key| place(key.frame) <= at);
        let before = next.checked_sub(1).and_then(|before| self.keys.get(before));
        match (before, self.keys.get(next)) {
            (None, None) => 0.0,
            (Some(only), None) | (None, Some(only)) => only.value,
            (Some(before), Some(after)) => {
                let (from, to) = (place(before.frame), place(after.frame));
                let part = (at as f64 - from as f64) / (to as f64 - from as f64);
                let part = before.easing.eased(part);
                let (low, high) = (f64::from(before.value), f64::from(after.value));
                (low + (high - low) * part) as f32
            }
        }
    }

    /// The key at exactly this frame.
    pub fn key(&self, frame: Frames) -> Option<&PropertyKey> {
        let found = self.keys.binary_search_by_key(&frame, |key| key.frame);
        found.ok().and_then(|found| self.keys.get(found))
    }

    /// Adds a key, or replaces the one at its frame.
    pub fn set(&mut self, key: PropertyKey) {
        match self.keys.binary_search_by_key(&key.frame, |key| key.frame) {
            Ok(there) => self.keys[there] = key,
            Err(place) => self.keys.insert(place, key),
        }
    }

    /// The same curve of a clip that begins `by` frames later.
    pub(crate) fn move_keys(&mut self, by: Frames) {
        for key in &mut self.keys {
            key.frame = key.frame - by;
        }
    }

    /// The curve of a clip whose length has changed in this ratio. Keys that would meet become one.
    pub(crate) fn stretch(&mut self, from: Frames, to: Frames) {
        for key in &mut self.keys {
            let scaled = i128::from(key.frame.0) * i128::from(to.0);
            let rounded =
                crate::time::divided(scaled, i128::from(from.0.max(1)), Rounding::Nearest);
            key.frame = Frames(rounded);
        }
        self.keys.dedup_by_key(|key| key.frame);
    }

    /// The same curve at another rate of the project. Keys that would meet become one.
    pub(crate) fn rescale(&mut self, from: FrameRate, to: FrameRate) {
        for key in &mut self.keys {
            key.frame = key.frame.rescaled(from, to, Rounding::Nearest);
        }
        self.keys.dedup_by_key(|key| key.frame);
    }

    /// The curve of two clips that become one: `later` begins at frame `at` of the first. It stays as it was where the
    /// keys of both lie outside their own clips, since a curve has at least one key.
    pub(crate) fn join(&mut self, later: &Self, at: Frames) {
        let earlier = self.keys.iter().filter(|key| key.frame < at).copied();
        let moved = later.keys.iter().map(|key| PropertyKey {
            frame: key.frame + at,
            ..*key
        });
        let keys: Vec<PropertyKey> = earlier.chain(moved.filter(|key| key.frame >= at)).collect();
        if !keys.is_empty() {
            self.keys = keys;
        }
    }

    /// Whether the keys are in order, and there is one.
    pub(crate) fn is_sound(&self) -> bool {
        let in_order = |pair: &[PropertyKey]| pair[0].frame < pair[1].frame;
        !self.keys.is_empty() && self.keys.windows(2).all(in_order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(keys: &[(i64, f32, Easing)]) -> Curve {
        let key = |&(frame, value, easing)| PropertyKey {
            frame: Frames(frame),
            value,
            easing,
        };
        Curve {
            property: Property::Opacity,
            keys: keys.iter().map(key).collect(),
        }
    }

    fn values(curve: &Curve, frames: impl IntoIterator<Item = i64>) -> Vec<f32> {
        let frames = frames.into_iter();
        frames.map(|frame| curve.value(Frames(frame))).collect()
    }

    #[test]
    fn a_value_is_interpolated_between_its_keys_and_held_outside_them() {
        let linear = curve(&[(2, 1.0, Easing::Linear), (6, 3.0, Easing::Linear)]);
        assert_eq!(
            values(&linear, [-9, 0, 2, 3, 4, 5, 6, 99]),
            [1.0, 1.0, 1.0, 1.5, 2.0, 2.5, 3.0, 3.0]
        );
        let held = curve(&[(0, 1.0, Easing::Hold), (4, 2.0, Easing::Linear)]);
        assert_eq!(values(&held, [0, 3, 4]), [1.0, 1.0, 2.0]);
        let slow_start = curve(&[(0, 0.0, Easing::In), (4, 16.0, Easing::Linear)]);
        assert_eq!(values(&slow_start, 0..=4), [0.0, 1.0, 4.0, 9.0, 16.0]);
    }

    #[test]
    fn a_key_is_added_in_its_place_or_replaces_the_one_there() {
        let mut made = curve(&[(8, 1.0, Easing::Linear)]);
        for (frame, value) in [(2, 0.5), (8, 0.25)] {
            made.set(PropertyKey {
                frame: Frames(frame),
                value,
                easing: Easing::Linear,
            });
        }
        let expected = [(2, 0.5, Easing::Linear), (8, 0.25, Easing::Linear)];
        assert_eq!(made, curve(&expected));
        assert!(made.key(Frames(8)).is_some() && made.key(Frames(3)).is_none());
    }

    #[test]
    fn joining_what_was_cut_gives_the_curve_that_was() {
        let whole = curve(&[
            (-3, 0.0, Easing::In),
            (4, 1.0, Easing::Linear),
            (9, 0.5, Easing::Linear),
        ]);
        for cut in 1..12 {
            let mut right = whole.clone();
            right.move_keys(Frames(cut));
            let mut joined = whole.clone();
            joined.join(&right, Frames(cut));
            assert_eq!(joined, whole, "cut at {cut}");
        }
    }

    #[test]
    fn joining_clips_whose_keys_lie_outside_them_leaves_a_key() {
        let mut first = curve(&[(20, 0.5, Easing::Linear)]);
        let later = curve(&[(-5, 1.0, Easing::Linear)]);
        first.join(&later, Frames(10));
        assert_eq!(first, curve(&[(20, 0.5, Easing::Linear)]));
        assert!(first.is_sound());
    }

    #[test]
    fn keys_are_stretched_with_their_clip_and_those_that_meet_become_one() {
        let key = |frame, value| (frame, value, Easing::Linear);
        let whole = curve(&[key(-4, 0.0), key(0, 0.25), key(3, 0.5), key(8, 1.0)]);
        let mut longer = whole.clone();
        longer.stretch(Frames(8), Frames(16));
        let twice = [key(-8, 0.0), key(0, 0.25), key(6, 0.5), key(16, 1.0)];
        assert_eq!(longer, curve(&twice));
        for frame in -9..12 {
            let (short, long) = (whole.value(Frames(frame)), longer.value(Frames(2 * frame)));
            assert_eq!(short.to_bits(), long.to_bits(), "frame {frame}");
        }
        let mut shorter = whole;
        shorter.stretch(Frames(8), Frames(1));
        assert_eq!(shorter, curve(&[key(0, 0.0), key(1, 1.0)]));
    }
}
