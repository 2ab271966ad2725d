//! Computes how a drag changes a shot's camera and stage. The result depends only on the shot at the start of
//! the drag and on the pointer.

use std::f64::consts::{PI, TAU};

use egui::Pos2;
use glam::{DQuat, DVec3};
use kinora_studio::timeline::camera::{CameraKey, Side};
use kinora_studio::timeline::edit::camera::CameraEdit;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::shot::keys::{key_at, path_of, stand_in_key, steady_pose};
use kinora_studio::timeline::stage::{StandIn, StandInKey};
use kinora_studio::timeline::{Edit, Frames};

use super::lens::Lens;
use crate::state::view::stage_view::{Hold, Pilot};

/// The distance that the camera dollies per point of vertical drag.
const DOLLY_METRES_A_POINT: f64 = 0.02;
/// The change of the focal length per point of vertical drag.
const ZOOM_OCTAVES_A_POINT: f64 = 0.008;
/// The assumed distance of the subject in a slide drag: a point at this distance follows the pointer.
const SUBJECT_METRES: f64 = 4.0;
/// A ring counts as seen edge-on if the cosine between its axis and the direction to the eye is below this.
const ON_EDGE: f64 = 0.12;
/// The limits of a focal length that is changed by a drag.
const FOCAL_RANGE_MM: std::ops::RangeInclusive<f64> = 8.0..=300.0;

/// The edit that replaces a shot in the project with `shot`.
pub fn changed(shot: Shot) -> Edit {
    Edit::Library(Library::ChangeShot(Box::new(shot)))
}

/// The edit that removes a camera keyframe. With the last one, the path is removed.
pub fn without_key(shot: &Shot, frame: Frames) -> Edit {
    let count = shot.camera.as_ref().map_or(0, |path| path.keys().len());
    Edit::Camera(match count {
        0 | 1 => CameraEdit::SetPath(shot.id, None),
        _ => CameraEdit::RemoveKey(shot.id, frame),
    })
}

/// A camera keyframe after a drag of its gizmo in the 3-D view.
pub fn key_dragged(mut key: CameraKey, hold: Hold, lens: &Lens, from: Pos2, to: Pos2) -> CameraKey {
    match hold {
        Hold::Focal => {
            let middle = lens.screen(key.position).unwrap_or(from);
            let wider = f64::from(to.distance(middle) - from.distance(middle));
            key.focal_mm = focal(key.focal_mm, -wider / 90.0);
        }
        Hold::Turn(ring) => {
            let angle = turned(lens, key.position, ring.axis, from, to);
            let turn = DQuat::from_axis_angle(ring.axis, angle);
            key.orientation = (turn * key.orientation).normalize();
        }
        _ => key.position += moved(hold, lens, key.position, from, to),
    }
    key
}

/// The shot after a drag of a tangent handle of the keyframe on `frame`. If `is_upright`, the handle moves
/// vertically; otherwise it keeps its height.
pub fn bent(
    shot: &Shot,
    frame: Frames,
    (side, is_upright): (Side, bool),
    lens: &Lens,
    from: Pos2,
    to: Pos2,
) -> Shot {
    let mut path = path_of(shot);
    if let Some(handle) = path.handle(frame, side) {
        let hold = match is_upright {
            true => Hold::Along(DVec3::NEG_Y),
            false => Hold::Level,
        };
        let by = moved(hold, lens, handle, from, to);
        path.bend(frame, side, handle + by);
    }
    Shot {
        camera: Some(path),
        ..shot.clone()
    }
}

/// A stand-in after a drag at `frame`. With several keyframes, the one on `frame` is changed, or added;
/// otherwise the stand-in moves as a whole.
pub fn stand_in_dragged(
    stand_in: &StandIn,
    frame: Frames,
    hold: Hold,
    lens: &Lens,
    from: Pos2,
    to: Pos2,
) -> StandIn {
    let (foot, _) = stand_in.at(frame);
    let mut dragged = stand_in.clone();
    let (by, turn) = match hold {
        Hold::Turn(ring) => {
            let angle = turned(lens, foot, ring.axis, from, to);
            (DVec3::ZERO, angle.to_degrees())
        }
        _ => (moved(hold, lens, foot, from, to), 0.0),
    };
    let change = |key: &mut StandInKey| {
        key.position += by;
        key.turn_degrees += turn;
    };
    match dragged.keys.len() {
        0 | 1 => dragged.keys.iter_mut().for_each(change),
        _ => change(stand_in_key(&mut dragged, frame)),
    }
    dragged
}

/// The shot after a drag of `by` points in the camera view, whose focal length is `focal_points`. Writes a
/// keyframe on `frame`, or moves the look-at target.
pub fn piloted(
    shot: &Shot,
    frame: Frames,
    pilot: Pilot,
    by: egui::Vec2,
    focal_points: f64,
) -> Shot {
    let mut key = key_at(shot, frame);
    let (right, down) = (f64::from(by.x), f64::from(by.y));
    let (turn, seen) = (key.orientation, steady_pose(shot, frame).orientation);
    let mut path = path_of(shot);
    match pilot {
        Pilot::Look => {
            if let Some(target) = &mut path.look_at {
                let far = (*target - key.position).length();
                *target += seen * DVec3::new(-right, -down, 0.0) * (far / focal_points);
            } else {
                let pan = DQuat::from_rotation_y(-(right / focal_points).atan());
                let tilt = DQuat::from_rotation_x((down / focal_points).atan());
                key.orientation = (pan * turn * tilt).normalize();
            }
        }
        Pilot::Slide => {
            let scale = SUBJECT_METRES / focal_points;
            key.position += seen * DVec3::new(-right, -down, 0.0) * scale;
        }
        Pilot::Dolly => key.position += seen * DVec3::Z * (-down * DOLLY_METRES_A_POINT),
        Pilot::Zoom => key.focal_mm = focal(key.focal_mm, -down * ZOOM_OCTAVES_A_POINT),
    }
    let aims = pilot == Pilot::Look && path.look_at.is_some();
    if !aims {
        path.put(key);
    }
    Shot {
        camera: Some(path),
        ..shot.clone()
    }
}

fn focal(mm: f64, octaves: f64) -> f64 {
    (mm * octaves.exp2()).clamp(*FOCAL_RANGE_MM.start(), *FOCAL_RANGE_MM.end())
}

/// The displacement of a point at `origin`, in metres: along the arrow's axis, or in the point's horizontal
/// plane. Zero if a pointer position has no point there.
fn moved(hold: Hold, lens: &Lens, origin: DVec3, from: Pos2, to: Pos2) -> DVec3 {
    let way = match hold {
        Hold::Along(axis) => lens
            .along(from, origin, axis)
            .zip(lens.along(to, origin, axis))
            .map(|(from, to)| axis * (to - from)),
        _ => lens
            .on_level(from, origin.y)
            .zip(lens.on_level(to, origin.y))
            .map(|(from, to)| to - from),
    };
    way.unwrap_or_default()
}

/// The angle by which a ring around `origin` was turned about its axis, in radians.
fn turned(lens: &Lens, origin: DVec3, axis: DVec3, from: Pos2, to: Pos2) -> f64 {
    let eye = lens.pose.position - origin;
    let is_on_edge = eye.normalize_or_zero().dot(axis).abs() < ON_EDGE;
    let in_plane = |at| lens.on_plane(at, origin, axis).map(|place| place - origin);
    match (in_plane(from), in_plane(to)) {
        (Some(from), Some(to)) if !is_on_edge => from.cross(to).dot(axis).atan2(from.dot(to)),
        // A ring seen edge-on is a line: the angle is measured around its centre on the screen.
        _ => {
            let Some(middle) = lens.screen(origin) else {
                return 0.0;
            };
            let angle = |at: Pos2| f64::from((at - middle).angle());
            let turn = angle(to) - angle(from);
            let turn = (turn + PI).rem_euclid(TAU) - PI; // the short way round
            if eye.dot(axis) < 0.0 { turn } else { -turn }
        }
    }
}

#[cfg(test)]
mod tests {
    use egui::{Rect, pos2, vec2};
    use kinora_studio::render::animatic::pose_at;
    use kinora_studio::timeline::FrameRate;
    use kinora_studio::timeline::shot::ModelLength;

    use kinora_studio::timeline::camera::{CameraPath, Pose};
    use kinora_studio::timeline::stage::Stage;

    use super::*;
    use crate::state::view::stage_view::{Orbit, Ring};

    fn shot() -> Shot {
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::FPS_24,
        };
        Shot::new("one", "", length)
    }

    fn lens() -> Lens {
        let rect = Rect::from_min_size(pos2(0.0, 0.0), vec2(640.0, 360.0));
        Lens::new(Orbit::default().pose(), rect)
    }

    #[test]
    fn what_is_dragged_stays_under_the_hand() {
        let key = CameraKey::new(Frames::ZERO, Pose::START);
        let from = lens().screen(key.position).expect("seen");
        for hold in [Hold::Level, Hold::Along(DVec3::X), Hold::Along(DVec3::Y)] {
            let aim = match hold {
                Hold::Along(axis) => key.position + axis * 0.5,
                _ => key.position + DVec3::new(0.4, 0.0, 0.3),
            };
            let to = lens().screen(aim).expect("seen");
            let dragged = key_dragged(key, hold, &lens(), from, to);
            assert!(dragged.position.distance(aim) < 0.01, "{hold:?}");
        }
    }

    #[test]
    fn a_handle_stays_under_the_hand_and_bends_the_path_on_both_sides_of_its_key() {
        let at = |frame, x, z| {
            let position = DVec3::new(x, -1.5, z);
            let pose = Pose {
                position,
                ..Pose::START
            };
            CameraKey::new(Frames(frame), pose)
        };
        let keys = vec![at(0, -2.0, -4.0), at(8, 0.0, -4.0), at(16, 2.0, -4.0)];
        let straight = Shot {
            camera: Some(CameraPath::of_keys(keys)),
            ..shot()
        };
        let path = path_of(&straight);
        let handle = path.handle(Frames(8), Side::After).expect("a handle");
        let cases = [
            (false, DVec3::new(0.1, 0.0, 0.6)),
            (true, DVec3::new(0.0, -0.5, 0.0)),
        ];
        for (is_upright, by) in cases {
            let (from, to) = (lens().screen(handle), lens().screen(handle + by));
            let (from, to) = (from.expect("seen"), to.expect("seen"));
            let hold = (Side::After, is_upright);
            let bent = path_of(&bent(&straight, Frames(8), hold, &lens(), from, to));
            let after = bent.handle(Frames(8), Side::After).expect("a handle");
            let before = bent.handle(Frames(8), Side::Before).expect("a handle");
            assert!(after.distance(handle + by) < 0.01);
            let key = DVec3::new(0.0, -1.5, -4.0);
            assert!((after - key + before - key).length() < 1e-9, "one line");
            let rate = FrameRate::FPS_24;
            assert_eq!(
                bent.sample(8.0, rate).position,
                key,
                "the key is where it was"
            );
            let aside =
                |frame| bent.sample(frame, rate).position - path.sample(frame, rate).position;
            assert!(aside(6.0).dot(by) < -0.01 && aside(10.0).dot(by) > 0.01);
        }
        assert_eq!(path.handle(Frames(0), Side::Before), None);
        assert_eq!(path.handle(Frames(4), Side::After), None);
    }

    #[test]
    fn each_ring_turns_the_camera_about_its_axis_as_far_as_the_hand_goes_round() {
        let key = CameraKey::new(Frames::ZERO, Pose::START);
        let place = |ring: Ring, angle: f64| {
            let [across, along] = ring.plane();
            let (sine, cosine) = angle.sin_cos();
            lens().screen(key.position + (across * cosine + along * sine) * 0.4)
        };
        for ring in Ring::of_camera(key.orientation) {
            for (begin, by) in [(0.3, 0.6), (2.0, -0.4), (5.5, 1.2)] {
                let (from, to) = (place(ring, begin), place(ring, begin + by));
                let (from, to) = (from.expect("seen"), to.expect("seen"));
                let turned = key_dragged(key, Hold::Turn(ring), &lens(), from, to);
                let wanted = DQuat::from_axis_angle(ring.axis, by) * key.orientation;
                let off = turned.orientation.angle_between(wanted);
                assert!(off < 0.01, "{} by {by}: off by {off}", ring.name);
                assert_eq!(turned.position, key.position);
            }
        }
    }

    #[test]
    fn a_drag_in_the_picture_takes_what_is_seen_with_it_and_writes_a_key() {
        let shot = piloted(&shot(), Frames(8), Pilot::Look, vec2(100.0, 0.0), 500.0);
        let path = shot.camera.as_ref().expect("a path");
        assert_eq!(path.keys().len(), 2);
        let ahead = pose_at(&shot, Frames(8)).orientation.inverse() * DVec3::Z;
        assert!((ahead.x / ahead.z - 0.2).abs() < 1e-9, "{ahead}");
        let zoomed = piloted(&shot, Frames(8), Pilot::Zoom, vec2(0.0, -100.0), 500.0);
        assert!(pose_at(&zoomed, Frames(8)).focal_mm > 50.0);
        assert_eq!(zoomed.camera.map_or(0, |path| path.keys().len()), 2);
    }

    #[test]
    fn a_stand_in_that_walks_is_moved_at_the_frame_and_one_that_rests_as_a_whole() {
        let resting = Stage::of_cast(&[("a".into(), None)])
            .stand_ins
            .swap_remove(0);
        let from = lens().screen(DVec3::ZERO).expect("seen");
        let to = lens().screen(DVec3::X).expect("seen");
        let drag = |stand_in: &StandIn| {
            stand_in_dragged(stand_in, Frames(8), Hold::Level, &lens(), from, to)
        };
        let moved = drag(&resting);
        assert_eq!(moved.keys.len(), 1);
        assert!(moved.at(Frames(0)).0.distance(DVec3::X) < 0.01);
        let mut walking = resting;
        stand_in_key(&mut walking, Frames(16)).position = DVec3::ZERO;
        let moved = drag(&walking);
        assert_eq!(moved.keys.len(), 3);
        assert!(
            moved.at(Frames(0)).0.length() < 1e-9
                && moved.at(Frames(8)).0.distance(DVec3::X) < 0.01
        );
    }
}
