//! The rotations of a camera that does not travel, fitted to the tracks: pan, tilt and roll need no depth.
//! They are also where the search for a path with travel begins.

use glam::{DMat3, DQuat, DVec2, DVec3};

use crate::path::Pose;
use crate::scene::{NEAREST, Scene, cross};

/// Fewer common points than this do not tie two views.
pub const LEAST_COMMON: usize = 8;
/// Steps of the fit of two views.
const STEPS: usize = 12;

/// Sets every pose of a scene by rotations from view to view, without travel. Returns the first view that no eight
/// points tie to the one before it.
pub fn chain_turns(scene: &mut Scene) -> Option<usize> {
    let mut turn = DMat3::IDENTITY;
    for view in 1..scene.poses.len() {
        let pairs = common(scene, view - 1, view);
        if pairs.len() < LEAST_COMMON {
            return Some(view);
        }
        turn *= turn_between(&pairs, scene.lenses[view].focal);
        scene.poses[view] = Pose {
            turn,
            ..Pose::FIRST
        };
    }
    None
}

/// The rays of the points that both views saw.
fn common(scene: &Scene, one: usize, other: usize) -> Vec<(DVec2, DVec2)> {
    let sight = |seen: &[(usize, DVec2)], view: usize| {
        seen.iter().find(|(at, _)| *at == view).map(|(_, ray)| *ray)
    };
    let points = scene.points.iter();
    points
        .filter_map(|point| Some((sight(&point.seen, one)?, sight(&point.seen, other)?)))
        .collect()
}

/// The rotation of the second camera in the first, by iteratively re-weighted least squares.
fn turn_between(pairs: &[(DVec2, DVec2)], focal: f64) -> DMat3 {
    let mut turn = start(pairs);
    for step in 0..STEPS {
        // A wide loss first, so that a poor start does not count most points as outliers.
        let width = (32.0 / 2.0_f64.powi(step as i32)).max(1.0);
        let (mut matrix, mut pull) = (DMat3::ZERO, DVec3::ZERO);
        for &(one, other) in pairs {
            let place = turn.transpose() * one.extend(1.0);
            if place.z < NEAREST {
                continue;
            }
            let miss = (place.truncate() / place.z - other) * focal;
            let weight = 1.0 / (1.0 + miss.length_squared() / (width * width));
            let by_turn = cross(place).transpose();
            let scale = focal / place.z;
            let x = by_turn * (DVec3::new(1.0, 0.0, -place.x / place.z) * scale);
            let y = by_turn * (DVec3::new(0.0, 1.0, -place.y / place.z) * scale);
            matrix += (outer(x) + outer(y)) * weight;
            pull -= (x * miss.x + y * miss.y) * weight;
        }
        if matrix.determinant().abs() < 1e-12 {
            break;
        }
        turn *= DMat3::from_quat(DQuat::from_scaled_axis(matrix.inverse() * pull));
    }
    turn
}

/// Turns by the median motion.
fn start(pairs: &[(DVec2, DVec2)]) -> DMat3 {
    let middle = |mut values: Vec<f64>| {
        let at = values.len() / 2;
        *values.select_nth_unstable_by(at, f64::total_cmp).1
    };
    let right = middle(
        pairs
            .iter()
            .map(|(one, other)| other.x.atan() - one.x.atan())
            .collect(),
    );
    let down = middle(
        pairs
            .iter()
            .map(|(one, other)| other.y.atan() - one.y.atan())
            .collect(),
    );
    // Points go right when the camera turns left, and down when it turns up (about +x).
    DMat3::from_quat(DQuat::from_scaled_axis(DVec3::new(down, -right, 0.0)))
}

fn outer(v: DVec3) -> DMat3 {
    DMat3::from_cols(v * v.x, v * v.y, v * v.z)
}
