//! The poses of the frames between those that are solved together, from the points whose places are then known.

use glam::{DMat3, DQuat, DVec3};

use crate::bundle::Freedom;
use crate::linear::Symmetric;
use crate::path::{DrawnPath, Pose};
use crate::scene::{NEAREST, Scene, cross};
use crate::tracks::Tracks;

/// The poses of the views, and of the frames between them by the points that the scene places.
pub fn all_poses(
    scene: &Scene,
    tracks: &Tracks,
    frames: usize,
    path: &DrawnPath,
    freedom: Freedom,
    least_sights: usize,
) -> Vec<Option<Pose>> {
    let mut poses: Vec<Option<Pose>> = vec![None; frames];
    for (&frame, pose) in scene.frames.iter().zip(&scene.poses) {
        poses[frame] = Some(*pose);
    }
    if frames == scene.frames.len() {
        return poses;
    }
    let every: Vec<usize> = (0..frames).collect();
    let mut dense = Scene::new(&tracks.tracks, &every, path, least_sights);
    for window in scene.frames.windows(2) {
        let (one, other) = (window[0], window[1]);
        let (Some(from), Some(to)) = (poses[one], poses[other]) else {
            continue;
        };
        for frame in one..=other {
            dense.poses[frame] = between(&from, &to, (frame - one) as f64 / (other - one) as f64);
        }
    }
    place_points(&mut dense, scene);
    for (frame, pose) in poses.iter_mut().enumerate() {
        if pose.is_none() {
            *pose = resect(&dense, frame, freedom);
        }
    }
    poses
}

/// Keeps the points of `dense` that are those of `scene`, at their places there.
fn place_points(dense: &mut Scene, scene: &Scene) {
    let mut known = scene.points.iter().peekable();
    dense.points.retain_mut(|point| {
        while known.next_if(|known| known.track < point.track).is_some() {}
        let Some(placed) = known.next_if(|known| known.track == point.track) else {
            return false;
        };
        point.anchor = scene.frames[placed.anchor];
        point.ray = placed.ray;
        point.inverse_depth = placed.inverse_depth;
        true
    });
}

fn between(from: &Pose, to: &Pose, share: f64) -> Pose {
    let turn = DQuat::from_mat3(&from.turn).slerp(DQuat::from_mat3(&to.turn), share);
    Pose {
        turn: DMat3::from_quat(turn),
        place: from.place.lerp(to.place, share),
    }
}

/// The pose of one frame from the points it sees, whose places are known.
fn resect(scene: &Scene, view: usize, freedom: Freedom) -> Option<Pose> {
    let mut scene = Scene {
        points: scene
            .points
            .iter()
            .filter(|point| point.anchor != view && point.seen.iter().any(|seen| seen.0 == view))
            .cloned()
            .collect(),
        ..scene.clone()
    };
    if scene.points.len() < 8 {
        return None;
    }
    let unknowns = if freedom == Freedom::Turn { 3 } else { 6 };
    for _ in 0..8 {
        let mut matrix = Symmetric::zero(unknowns);
        let mut pull = vec![0.0; unknowns];
        for point in &scene.points {
            let Some(&(_, seen)) = point.seen.iter().find(|seen| seen.0 == view) else {
                continue;
            };
            let place = scene.in_view(point, view);
            if place.z < NEAREST {
                continue;
            }
            let focal = scene.lenses[view].focal;
            let miss = scene.miss(point, view, seen);
            let weight = scene.weight(miss.length_squared());
            let by_place = scene.poses[view].turn.transpose() * -point.inverse_depth;
            let axes = [DVec3::X, DVec3::Y].into_iter().zip([miss.x, miss.y]);
            for (axis, miss) in axes {
                let row = (axis - DVec3::Z * (place.dot(axis) / place.z)) * (focal / place.z);
                let (turn, place) = (cross(place).transpose() * row, by_place.transpose() * row);
                let slope = [turn.x, turn.y, turn.z, place.x, place.y, place.z];
                for (row, pull) in pull.iter_mut().enumerate() {
                    *pull -= weight * slope[row] * miss;
                    for column in 0..unknowns {
                        *matrix.at_mut(row, column) += weight * slope[row] * slope[column];
                    }
                }
            }
        }
        for at in 0..unknowns {
            *matrix.at_mut(at, at) += 1e-9;
        }
        let by = matrix.factor()?.solve(&pull);
        let pose = &mut scene.poses[view];
        pose.turn *= DMat3::from_quat(DQuat::from_scaled_axis(DVec3::new(by[0], by[1], by[2])));
        if unknowns == 6 {
            pose.place += DVec3::new(by[3], by[4], by[5]);
        }
    }
    Some(scene.poses[view])
}
