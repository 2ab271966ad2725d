//! Keyframes of a shot's camera and stand-ins: read where they are, or made where there is none.

use super::Shot;
use crate::Frames;
use crate::camera::{CameraKey, CameraPath, Pose};
use crate::stage::{Stage, StandIn, StandInKey};

/// The shot's path. Where the camera is left to the model, a path that stays at the default pose.
pub fn path_of(shot: &Shot) -> CameraPath {
    let start = || CameraPath::of_keys(vec![CameraKey::new(Frames::ZERO, Pose::START)]);
    shot.camera.clone().unwrap_or_else(start)
}

/// The keyframe on a frame, or a new one with the camera's pose there.
pub fn key_at(shot: &Shot, frame: Frames) -> CameraKey {
    let keys = shot.camera.iter().flat_map(CameraPath::keys);
    let known = keys.copied().find(|key| key.frame == frame);
    known.unwrap_or_else(|| CameraKey::new(frame, steady_pose(shot, frame)))
}

/// The pose at a frame, without handheld shake.
pub fn steady_pose(shot: &Shot, frame: Frames) -> Pose {
    let steady = |path: &CameraPath| {
        let mut path = path.clone();
        path.handheld = None;
        path.sample(frame.0 as f64, shot.length.rate)
    };
    shot.camera.as_ref().map_or(Pose::START, steady)
}

/// The shot with this keyframe.
pub fn with_key(shot: &Shot, key: CameraKey) -> Shot {
    let mut path = path_of(shot);
    path.put(key);
    Shot {
        camera: Some(path),
        ..shot.clone()
    }
}

/// The keyframe of a stand-in on a frame; a new one if there is none.
pub fn stand_in_key(stand_in: &mut StandIn, frame: Frames) -> &mut StandInKey {
    let (position, turn_degrees) = stand_in.at(frame);
    let at = stand_in.keys.partition_point(|key| key.frame < frame);
    if stand_in.keys.get(at).is_none_or(|key| key.frame != frame) {
        let key = StandInKey {
            frame,
            position,
            turn_degrees,
        };
        stand_in.keys.insert(at, key);
    }
    &mut stand_in.keys[at]
}

/// The shot with `stand_in` in place of number `at` of its stage.
pub fn with_stand_in(shot: &Shot, stage: &Stage, at: usize, stand_in: StandIn) -> Shot {
    let mut stage = stage.clone();
    if let Some(place) = stage.stand_ins.get_mut(at) {
        *place = stand_in;
    }
    Shot {
        stage,
        ..shot.clone()
    }
}
