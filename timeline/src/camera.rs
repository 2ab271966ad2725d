//! The camera path of a shot: a few keyframes, and one exact pose for every frame between them.
//!
//! Space is the camera's own everywhere in Kinora: x right, y down, z forward, in metres. Rotations turn
//! camera axes into world axes (`world_from_camera`). Focal lengths are for a sensor 36 mm wide.

pub mod gltf;
mod key;
pub mod lens;
pub mod line_of_action;
mod measure;
mod noise;
mod preset;
mod rails;
mod sampling;
mod tools;

use glam::{DMat3, DQuat, DVec3};
use serde::{Deserialize, Serialize};

use crate::Frames;
use crate::stored::is_default;

pub use crate::easing::{EaseCurve, Easing};
pub use key::{CameraKey, Pose, Side};
pub use measure::{Limits, Measures, Warning};
pub use noise::Handheld;
pub use preset::{Move, preset};

/// The sensor width that focal lengths refer to.
pub const SENSOR_WIDTH_MM: f64 = 36.0;
/// The length of a handle, as a share of the way to the neighbouring key: far enough from both keys to be grabbed.
const HANDLE: f64 = 2.0 / 3.0;

/// The camera path of a shot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CameraPath {
    /// At least one, sorted by frame.
    keys: Vec<CameraKey>,
    /// If set, the camera always looks at this point of world space.
    #[serde(default, skip_serializing_if = "is_default")]
    pub look_at: Option<DVec3>,
    /// Constant speed along the path from the first key to the last, whatever the frames of the keys between.
    #[serde(default, skip_serializing_if = "is_default")]
    pub even_speed: bool,
    /// Handheld camera shake, added on top of the path.
    #[serde(default, skip_serializing_if = "is_default")]
    pub handheld: Option<Handheld>,
}

impl CameraPath {
    /// A path through these keys, which are sorted by frame.
    pub fn of_keys(mut keys: Vec<CameraKey>) -> Self {
        keys.sort_by_key(|key| key.frame);
        Self {
            keys,
            look_at: None,
            even_speed: false,
            handheld: None,
        }
    }

    /// The keys, sorted by frame.
    pub fn keys(&self) -> &[CameraKey] {
        &self.keys
    }

    /// Sets a key; it replaces a key on the same frame.
    pub fn put(&mut self, key: CameraKey) {
        self.keys.retain(|known| known.frame != key.frame);
        let place = self.keys.partition_point(|known| known.frame < key.frame);
        self.keys.insert(place, key);
    }

    /// Removes and returns the key on `frame`.
    pub fn take(&mut self, frame: Frames) -> Option<CameraKey> {
        let place = self.keys.iter().position(|key| key.frame == frame)?;
        Some(self.keys.remove(place))
    }

    /// Fails with a sentence that says why the path is unusable.
    pub fn check(&self) -> Result<(), String> {
        let sound = |key: &CameraKey| {
            key.position.is_finite()
                && key.orientation.is_finite()
                && (key.orientation.length() - 1.0).abs() < 1e-3
                && key.tangent.is_none_or(DVec3::is_finite)
        };
        let lens = |key: &CameraKey| {
            (1.0..=2000.0).contains(&key.focal_mm) && (-5.0..=5.0).contains(&key.tension)
        };
        if self.keys.is_empty() {
            return Err("a camera path needs at least one key".into());
        }
        if !self
            .keys
            .windows(2)
            .all(|pair| pair[0].frame < pair[1].frame)
        {
            return Err("a camera path has one key on a frame, in their order".into());
        }
        if !self.keys.iter().all(sound) || self.look_at.is_some_and(|point| !point.is_finite()) {
            return Err(
                "a camera key needs a place, a turn of length 1 and a tangent that is a direction"
                    .into(),
            );
        }
        if !self.keys.iter().all(lens) {
            return Err("a focal length lies between 1 and 2000 mm".into());
        }
        self.handheld.as_ref().map_or(Ok(()), Handheld::check)
    }

    /// The end of a key's tangent handle: where the camera would be after two thirds of the frames to its neighbour,
    /// if it moved on in a straight line. `None` without a key on `frame` or a neighbour on that side.
    pub fn handle(&self, frame: Frames, side: Side) -> Option<DVec3> {
        let (key, frames) = self.reach(frame, side)?;
        Some(self.keys[key].position + self.tangent(key) * frames * HANDLE)
    }

    /// Bends the path so that a handle of the key on `frame` ends at `place`; the opposite handle turns with it. Does
    /// nothing if there is no such handle.
    pub fn bend(&mut self, frame: Frames, side: Side, place: DVec3) {
        if let Some((key, frames)) = self.reach(frame, side) {
            let key = &mut self.keys[key];
            key.tangent = Some((place - key.position) / (frames * HANDLE));
        }
    }

    /// The index of the key on a frame, and the frames to its neighbour on a side: negative before the key.
    fn reach(&self, frame: Frames, side: Side) -> Option<(usize, f64)> {
        let key = self.keys.iter().position(|key| key.frame == frame)?;
        let neighbour = match side {
            Side::Before => key.checked_sub(1)?,
            Side::After => key + 1,
        };
        let frames = self.keys.get(neighbour)?.frame - frame;
        Some((key, frames.0 as f64))
    }
}

/// The orientation that looks from `eye` to `point` with a level horizon; `otherwise` where that is undefined.
pub fn looking(eye: DVec3, point: DVec3, otherwise: DQuat) -> DQuat {
    let down = DVec3::Y;
    let (Some(forward), Some(right)) = (
        (point - eye).try_normalize(),
        down.cross(point - eye).try_normalize(),
    ) else {
        return otherwise;
    };
    DQuat::from_mat3(&DMat3::from_cols(right, forward.cross(right), forward)).normalize()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::FrameRate;

    const RATE: FrameRate = FrameRate::FPS_24;

    fn key(frame: i64, x: f64) -> CameraKey {
        CameraKey::new(
            Frames(frame),
            Pose {
                position: DVec3::X * x,
                ..Pose::START
            },
        )
    }

    #[test]
    fn the_camera_is_at_its_keys_and_rests_outside_them() {
        let path = CameraPath::of_keys(vec![key(10, 0.0), key(20, 3.0), key(40, 1.0)]);
        for (frame, x) in [
            (0.0, 0.0),
            (10.0, 0.0),
            (20.0, 3.0),
            (40.0, 1.0),
            (99.0, 1.0),
        ] {
            assert!(
                (path.sample(frame, RATE).position.x - x).abs() < 1e-12,
                "{frame}"
            );
        }
    }

    #[test]
    fn looking_at_a_point_puts_it_in_the_middle_with_the_horizon_level() {
        let (eye, point) = (DVec3::new(2.0, -1.5, -3.0), DVec3::new(0.5, -1.0, 1.0));
        let turn = looking(eye, point, DQuat::IDENTITY);
        let seen = turn.inverse() * (point - eye);
        assert!(
            seen.x.abs() < 1e-12 && seen.y.abs() < 1e-12 && seen.z > 0.0,
            "{seen}"
        );
        assert!((turn * DVec3::X).y.abs() < 1e-12, "x stays level");
        assert!((turn * DVec3::Y).y > 0.0, "down stays down");
    }

    #[test]
    fn a_bent_path_leaves_its_key_along_the_handle_and_the_others_as_they_were() {
        let mut path =
            CameraPath::of_keys(vec![key(0, 0.0), key(8, 3.0), key(20, 6.0), key(32, 9.0)]);
        let straight = path.clone();
        let end = DVec3::new(4.0, -2.5, 1.0);
        path.bend(Frames(8), Side::After, end);
        let handle = path.handle(Frames(8), Side::After).expect("a handle");
        assert!(handle.distance(end) < 1e-12);
        let here = path.sample(8.0, RATE).position;
        let ahead = path.sample(8.001, RATE).position - here;
        assert!(ahead.angle_between(end - here) < 1e-3);
        for frame in 0..33 {
            let moved =
                path.sample(f64::from(frame), RATE) != straight.sample(f64::from(frame), RATE);
            let may_move = frame > 0 && frame < 20 && frame != 8;
            assert_eq!(moved, may_move, "frame {frame}");
        }
        path.bend(Frames(9), Side::After, end);
        path.bend(Frames(32), Side::After, end);
        let bent = path.keys().iter().filter(|key| key.tangent.is_some());
        assert_eq!(bent.count(), 1, "no key, and no neighbour");
    }

    #[test]
    fn even_speed_travels_the_same_distance_in_every_frame() {
        let mut path = CameraPath::of_keys(vec![key(0, 0.0), key(5, 3.0), key(48, 12.0)]); // it never turns back
        path.even_speed = true;
        let steps: Vec<f64> = path
            .poses(49, RATE)
            .windows(2)
            .map(|pair| pair[0].position.distance(pair[1].position))
            .collect();
        let mean = steps.iter().sum::<f64>() / steps.len() as f64;
        assert!(
            steps.iter().all(|step| (step / mean - 1.0).abs() < 0.05),
            "{steps:?}"
        );
    }

    proptest! {
        #[test]
        fn poses_are_always_sound(keys in prop::collection::vec((0..200_i64, -9.0..9.0_f64, -9.0..9.0_f64, -3.0..3.0_f64, 8.0..200.0_f64), 1..6), at in -10.0..250.0_f64, even: bool, bent: bool) {
            let mut path = CameraPath::of_keys(Vec::new());
            for (frame, x, z, turn, focal_mm) in keys {
                path.put(CameraKey::new(Frames(frame), Pose { position: DVec3::new(x, -1.0, z), orientation: DQuat::from_rotation_y(turn), focal_mm }));
            }
            path.even_speed = even;
            let frames: Vec<Frames> = path.keys().iter().map(|key| key.frame).collect();
            for frame in frames.into_iter().filter(|_| bent) {
                path.bend(frame, Side::After, DVec3::new(at, -1.0, 2.0));
            }
            prop_assert_eq!(path.check(), Ok(()));
            let pose = path.sample(at, RATE);
            prop_assert!(pose.position.is_finite() && pose.focal_mm > 1.0);
            prop_assert!((pose.orientation.length() - 1.0).abs() < 1e-9);
        }
    }
}
