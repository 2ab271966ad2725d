//! Changes of a whole camera path: mirrored, reversed, fitted to another length, begun at another pose.

use glam::{DQuat, DVec3};

use super::{CameraKey, CameraPath, Easing, Pose};
use crate::{FrameRate, Frames};

impl CameraPath {
    /// The path mirrored left to right, at the plane x = 0 in the middle of the stage.
    pub fn mirrored(&self) -> Self {
        let keys = self.keys.iter().map(|key| CameraKey {
            position: mirrored(key.position),
            orientation: mirrored_turn(key.orientation),
            tangent: key.tangent.map(mirrored),
            ..*key
        });
        Self {
            keys: keys.collect(),
            look_at: self.look_at.map(mirrored),
            ..self.clone()
        }
    }

    /// The same movement backwards, within the same frames. A hold cannot be reversed: it stays a hold.
    pub fn reversed(&self) -> Self {
        let (Some(first), Some(last)) = (self.keys.first(), self.keys.last()) else {
            return self.clone();
        };
        let both_ends = first.frame + last.frame;
        let keys = self.keys.iter().rev().zip(self.reversed_easings());
        let keys = keys.map(|(key, easing)| CameraKey {
            frame: both_ends - key.frame,
            easing,
            tangent: key.tangent.map(|tangent| -tangent),
            ..*key
        });
        Self {
            keys: keys.collect(),
            ..self.clone()
        }
    }

    /// The easings of the reversed path, key by key. The path has keys.
    fn reversed_easings(&self) -> Vec<Easing> {
        let mut easings: Vec<Easing> = self.keys.iter().map(|key| key.easing).collect();
        // At constant speed the first easing is that of the whole path. Otherwise the last one has no effect.
        let in_effect = match self.even_speed {
            true => 1,
            false => easings.len() - 1,
        };
        easings[..in_effect].reverse();
        for easing in &mut easings[..in_effect] {
            *easing = easing.reversed();
        }
        easings
    }

    /// The path over the frames from 0 to `last`, with the same pose at each key. If there are more keys than frames, it has
    /// one for each frame. `None`: it has no keys.
    pub fn fitted_to(&self, last: Frames) -> Option<Self> {
        let (first, end) = (self.keys.first()?.frame, self.keys.last()?.frame);
        let count = self.keys.len() as i64;
        if count > last.0 + 1 {
            return Some(self.resampled(last));
        }
        // A path of one key has no length: its key moves to frame 0.
        let span = (end - first).0.max(1) as f64;
        let scale = last.0 as f64 / span;
        let mut earliest = 0;
        let keys = (1..).zip(&self.keys).map(|(number, key)| {
            let scaled = ((key.frame - first).0 as f64 * scale).round() as i64;
            let latest = last.0 - (count - number); // leaves a frame for each of the later keys
            let frame = scaled.clamp(earliest, latest);
            earliest = frame + 1;
            CameraKey {
                frame: Frames(frame),
                tangent: key
                    .tangent
                    .filter(|_| count > 1)
                    .map(|tangent| tangent / scale),
                ..*key
            }
        });
        Some(Self {
            keys: keys.collect(),
            ..self.clone()
        })
    }

    /// The path with each key so many times as late. Of keys that meet on one frame the first stays.
    pub fn stretched(&self, factor: f64) -> Self {
        let keys = self.keys.iter().map(|key| CameraKey {
            frame: Frames((key.frame.0 as f64 * factor).round() as i64),
            tangent: key.tangent.map(|tangent| tangent / factor),
            ..*key
        });
        let mut keys: Vec<CameraKey> = keys.collect();
        keys.dedup_by_key(|key| key.frame);
        Self {
            keys,
            ..self.clone()
        }
    }

    /// The path over the frames from 0 to `last`, with a key for each.
    fn resampled(&self, last: Frames) -> Self {
        let plain = Self {
            handheld: None,
            ..self.clone()
        };
        let ends =
            [self.keys.first(), self.keys.last()].map(|key| key.map_or(0, |key| key.frame.0));
        let step = (ends[1] - ends[0]) as f64 / last.0.max(1) as f64;
        let keys = (0..=last.0.max(0)).map(|frame| {
            let at = ends[0] as f64 + frame as f64 * step;
            // The rate counts for a camera that is held by hand alone.
            CameraKey::new(Frames(frame), plain.sample(at, FrameRate::FPS_24))
        });
        Self {
            keys: keys.collect(),
            even_speed: false,
            ..self.clone()
        }
    }

    /// The path with this pose at its first key.
    pub fn begun_at(&self, pose: Pose) -> Self {
        let mut begun = self.clone();
        if let Some(first) = begun.keys.first_mut() {
            first.position = pose.position;
            first.orientation = pose.orientation;
            first.focal_mm = pose.focal_mm;
        }
        begun
    }
}

/// A point or a direction at the other side of the plane x = 0.
fn mirrored(place: DVec3) -> DVec3 {
    DVec3::new(0.0 - place.x, place.y, place.z) // not -x, which makes -0.0 of 0.0
}

fn mirrored_turn(turn: DQuat) -> DQuat {
    DQuat::from_xyzw(turn.x, 0.0 - turn.y, 0.0 - turn.z, turn.w)
}

#[cfg(test)]
mod tests {
    use super::super::{Move, Side, preset};
    use super::*;
    use crate::FrameRate;

    const RATE: FrameRate = FrameRate::FPS_24;
    const LAST: Frames = Frames(24);

    /// A path of four keys, with a bend and all easings but the hold.
    fn path() -> CameraPath {
        let easings = [Easing::In, Easing::Out, Easing::InOut, Easing::Linear];
        let keys = [0, 5, 13, 24].into_iter().zip(easings).zip(1..);
        let keys = keys.map(|((frame, easing), number)| {
            let number = f64::from(number);
            let pose = Pose {
                position: DVec3::new(number * number * 0.3, -1.0 - number * 0.2, number),
                orientation: DQuat::from_rotation_y(number * 0.2)
                    * DQuat::from_rotation_z(number * 0.1),
                focal_mm: 20.0 + number * 10.0,
            };
            CameraKey {
                easing,
                ..CameraKey::new(Frames(frame), pose)
            }
        });
        let mut path = CameraPath::of_keys(keys.collect());
        path.bend(Frames(5), Side::After, DVec3::new(2.0, -2.0, 3.0));
        path
    }

    fn is_near(one: &Pose, other: &Pose) -> bool {
        one.position.distance(other.position) < 1e-9
            && one.orientation.angle_between(other.orientation) < 1e-6
            && (one.focal_mm - other.focal_mm).abs() < 1e-9
    }

    #[test]
    fn a_path_mirrored_twice_is_the_same_path() {
        let path = CameraPath {
            look_at: Some(DVec3::new(0.5, -1.0, 2.0)),
            ..path()
        };
        assert_ne!(path.mirrored(), path);
        assert_eq!(path.mirrored().mirrored(), path);
        assert_eq!(path.mirrored().check(), Ok(()));
    }

    #[test]
    fn a_mirrored_move_goes_to_the_other_side() {
        let start = Pose::START;
        for (one, other) in [
            (Move::TruckLeft, Move::TruckRight),
            (Move::PanLeft, Move::PanRight),
            (Move::RollLeft, Move::RollRight),
            (Move::TiltUp, Move::TiltUp),
        ] {
            let [one, other] = [one, other].map(|which| preset(which, 1.0, LAST, start));
            let pairs = one.mirrored().poses(24, RATE).into_iter();
            let pairs: Vec<_> = pairs.zip(other.poses(24, RATE)).collect();
            assert!(pairs.iter().all(|(one, other)| is_near(one, other)));
        }
    }

    #[test]
    fn a_path_reversed_twice_is_the_same_path() {
        let path = path();
        assert_eq!(path.reversed().reversed(), path);
        let even = CameraPath {
            even_speed: true,
            ..path
        };
        assert_eq!(even.reversed().reversed(), even);
    }

    #[test]
    fn a_reversed_path_is_at_each_pose_in_the_opposite_order() {
        for even_speed in [false, true] {
            let path = CameraPath {
                even_speed,
                ..path()
            };
            let mut poses = path.reversed().poses(25, RATE);
            poses.reverse();
            for (one, other) in poses.iter().zip(path.poses(25, RATE)) {
                let off = one.position.distance(other.position);
                assert!(off < 1e-3, "{off} m, constant speed: {even_speed}");
            }
        }
    }

    #[test]
    fn a_fitted_path_keeps_its_poses() {
        let path = path();
        let longer = path.fitted_to(Frames(48)).expect("there is room");
        let frames: Vec<i64> = longer.keys().iter().map(|key| key.frame.0).collect();
        assert_eq!(frames, [0, 10, 26, 48]);
        for frame in 0..=24 {
            let frame = f64::from(frame);
            let (one, other) = (path.sample(frame, RATE), longer.sample(frame * 2.0, RATE));
            assert!(is_near(&one, &other), "{frame}");
        }
        assert_eq!(longer.fitted_to(LAST), Some(path));
    }

    #[test]
    fn a_fitted_path_has_a_frame_for_each_key() {
        let frames = |last| {
            let fitted = path().fitted_to(Frames(last))?;
            let keys = fitted.keys().iter();
            Some(keys.map(|key| key.frame.0).collect::<Vec<_>>())
        };
        assert_eq!(frames(3), Some(vec![0, 1, 2, 3]));
        assert_eq!(frames(2), Some(vec![0, 1, 2]), "fewer frames than keys");
        let fitted = path().fitted_to(Frames(2)).expect("keys");
        for (frame, of_path) in [(0.0, 0.0), (1.0, 12.0), (2.0, 24.0)] {
            let (one, other) = (fitted.sample(frame, RATE), path().sample(of_path, RATE));
            assert!(is_near(&one, &other), "{frame}");
        }
        let still = preset(Move::Static, 1.0, LAST, Pose::START);
        assert_eq!(still.fitted_to(Frames(9)), Some(still));
    }

    #[test]
    fn a_path_begins_where_another_shot_ended() {
        let end = path().sample(24.0, RATE);
        let begun = preset(Move::PushIn, 1.0, LAST, Pose::START).begun_at(end);
        assert!(is_near(&begun.sample(0.0, RATE), &end));
    }
}
