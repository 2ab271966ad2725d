//! The search for the path of a clip: many rough paths are tried, the best are adjusted, and two that fit equally well
//! but turn differently make the clip ambiguous. The share of inliers alone does not separate right from wrong.

use glam::{DMat3, DVec3};
use rayon::prelude::*;

use crate::bundle::{Freedom, adjust};
use crate::path::{DrawnPath, Pose};
use crate::scene::Scene;
use crate::twin::twin;

/// Rough paths that are adjusted.
const MOST_ADJUSTED: usize = 8;
/// Points that judge rough paths.
const MOST_JUDGES: usize = 120;
/// Steps of the adjustment of a rough path, and of a good one.
const ROUGH_STEPS: usize = 12;
const FINE_STEPS: usize = 20;
/// Paths whose rotations differ by no more than this are one path, in degrees.
const SAME_DEGREES: f64 = 0.3;

/// A path with travel that was found.
#[derive(Clone, Debug)]
pub struct Found {
    pub scene: Scene,
    /// The loss of `scene`.
    pub loss: f64,
}

/// The paths with travel that fit the points, the best first, each with rotations of its own. `turning` is the scene
/// with the best path without travel; `fine_pixels` the width of the loss by which paths are compared.
pub fn paths_with_travel(turning: &Scene, path: &DrawnPath, fine_pixels: f64) -> Vec<Found> {
    let judged = thinned(turning);
    let mut rough: Vec<(f64, Scene)> = starts(turning, path)
        .into_par_iter()
        .map(|poses| {
            let mut scene = judged.clone();
            scene.poses = poses;
            scene.find_depths();
            (scene.loss(), scene)
        })
        .collect();
    // The drawn path and its mirror come first and are always adjusted.
    let mut kept: Vec<Scene> = rough.drain(..2).map(|(_, scene)| scene).collect();
    rough.sort_by(|a, b| a.0.total_cmp(&b.0));
    kept.extend(
        rough
            .into_iter()
            .take(MOST_ADJUSTED - 2)
            .map(|(_, scene)| scene),
    );
    let mut adjusted: Vec<Found> = kept
        .into_par_iter()
        .map(|mut scene| {
            let loss = adjust(&mut scene, Freedom::TurnAndTravel, ROUGH_STEPS);
            Found { scene, loss }
        })
        .collect();
    adjusted.sort_by(|a, b| a.loss.total_cmp(&b.loss));
    let mut kept = distinct(adjusted, 3);
    let twins: Vec<Found> = kept.par_iter().filter_map(adjusted_twin).collect();
    kept.extend(twins);
    kept.sort_by(|a, b| a.loss.total_cmp(&b.loss));
    let mut fine: Vec<Found> = distinct(kept, 4)
        .into_par_iter()
        .map(|found| {
            let mut scene = turning.clone();
            scene.poses = found.scene.poses;
            scene.find_depths();
            adjust(&mut scene, Freedom::TurnAndTravel, FINE_STEPS);
            scene.width = fine_pixels;
            let loss = adjust(&mut scene, Freedom::TurnAndTravel, FINE_STEPS);
            Found { scene, loss }
        })
        .collect();
    fine.sort_by(|a, b| a.loss.total_cmp(&b.loss));
    fine
}

/// The path that shows the same pictures if the background is flat.
fn adjusted_twin(found: &Found) -> Option<Found> {
    let mut scene = found.scene.clone();
    scene.poses = twin(&scene)?;
    scene.find_depths();
    let loss = adjust(&mut scene, Freedom::TurnAndTravel, ROUGH_STEPS);
    Some(Found { scene, loss })
}

/// Those whose rotations differ from all better ones, at most `most`.
fn distinct(found: Vec<Found>, most: usize) -> Vec<Found> {
    let mut kept: Vec<Found> = Vec::new();
    for next in found {
        let is_new = kept
            .iter()
            .all(|other| turn_difference(&other.scene.poses, &next.scene.poses) > SAME_DEGREES);
        if is_new && kept.len() < most {
            kept.push(next);
        }
    }
    kept
}

/// The largest difference of rotation between two paths at one view, in degrees.
pub fn turn_difference(one: &[Pose], other: &[Pose]) -> f64 {
    one.iter()
        .zip(other)
        .map(|(one, other)| angle_degrees(one.turn.transpose() * other.turn))
        .fold(0.0, f64::max)
}

/// The angle of a rotation in degrees.
pub fn angle_degrees(turn: DMat3) -> f64 {
    let trace = turn.x_axis.x + turn.y_axis.y + turn.z_axis.z;
    let skew = DVec3::new(
        turn.y_axis.z - turn.z_axis.y,
        turn.z_axis.x - turn.x_axis.z,
        turn.x_axis.y - turn.y_axis.x,
    );
    skew.length().atan2(trace - 1.0).to_degrees()
}

/// Every n-th point, so that no more than `MOST_JUDGES` are left.
fn thinned(scene: &Scene) -> Scene {
    let every = scene.points.len().div_ceil(MOST_JUDGES).max(1);
    Scene {
        points: scene.points.iter().step_by(every).cloned().collect(),
        ..scene.clone()
    }
}

/// Rough paths: the drawn one, its mirror; then a straight way in each of 26 directions, turning as the turning path
/// does, as the drawn one does, half as much, or not at all.
fn starts(turning: &Scene, path: &DrawnPath) -> Vec<Vec<Pose>> {
    let drawn = poses_at(path, &turning.frames);
    let mut all = vec![drawn.clone(), poses_at(&path.mirrored(), &turning.frames)];
    let halfway = |pose: &Pose| Pose {
        turn: DMat3::from_quat(
            glam::DQuat::IDENTITY.slerp(glam::DQuat::from_mat3(&pose.turn), 0.5),
        ),
        ..*pose
    };
    let still = vec![Pose::FIRST; turning.poses.len()];
    let half: Vec<Pose> = turning.poses.iter().map(halfway).collect();
    for turns in [&turning.poses, &half, &drawn, &still] {
        for direction in directions() {
            let last = (turns.len() - 1).max(1) as f64;
            let poses = turns.iter().enumerate().map(|(at, pose)| Pose {
                place: direction * (at as f64 / last),
                ..*pose
            });
            all.push(poses.collect());
        }
    }
    all
}

/// The poses of a path at some frames, relative to its first; travel is scaled to a length of 1.
pub fn poses_at(path: &DrawnPath, frames: &[usize]) -> Vec<Pose> {
    let last = frames.last().map_or(0, |last| last + 1);
    let all = path.relative_poses(last);
    let farthest = all
        .iter()
        .map(|pose| pose.place.length())
        .fold(0.0, f64::max);
    let scale = if farthest > 1e-9 { 1.0 / farthest } else { 0.0 };
    let at = |&frame: &usize| {
        all.get(frame).map_or(Pose::FIRST, |pose| Pose {
            place: pose.place * scale,
            ..*pose
        })
    };
    frames.iter().map(at).collect()
}

/// The 26 directions to the neighbours of a cube among cubes.
fn directions() -> impl Iterator<Item = DVec3> {
    let steps = [-1.0, 0.0, 1.0];
    steps.into_iter().flat_map(move |x| {
        steps.into_iter().flat_map(move |y| {
            steps
                .into_iter()
                .filter_map(move |z| DVec3::new(x, y, z).try_normalize())
        })
    })
}
