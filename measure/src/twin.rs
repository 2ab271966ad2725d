//! The second path of a flat background. The pictures of a plane fit two different paths: one with the plane's normal and
//! the way swapped, roughly. A solver that tries only one of them takes a truck along a wall for a pan.
//! The formulas are those of Malis and Vargas, "Deeper understanding of the homography decomposition" (2007).

use glam::{DMat3, DVec3};

use crate::path::Pose;
use crate::scene::Scene;
use crate::statistics::median;

/// Rounds of the fit of the plane.
const ROUNDS: usize = 6;

/// The poses of the other path, as if all points lay on the plane that fits them best. `None` if the scene has no travel.
pub fn twin(scene: &Scene) -> Option<Vec<Pose>> {
    let plane = plane(scene)?;
    let normal = plane.try_normalize()?;
    let views: Vec<Twin> = scene
        .poses
        .iter()
        .map(|pose| Twin::of(pose, normal, plane.length()))
        .collect();
    // Every view may give the plane with either sign; the one with the most points in front is the right one.
    let rays = scene
        .points
        .iter()
        .map(|point| (scene.poses[point.anchor].turn * point.ray.extend(1.0)).normalize());
    let middle: DVec3 = rays.sum();
    let poses = views.into_iter().map(|view| {
        let side = if view.normal.dot(middle) < 0.0 {
            -1.0
        } else {
            1.0
        };
        Pose {
            turn: view.turn,
            place: view.place * side,
        }
    });
    Some(poses.collect())
}

/// The plane m with m · X = 1 for the points X, by iteratively re-weighted least squares. A plane at infinity is 0.
fn plane(scene: &Scene) -> Option<DVec3> {
    let rows: Vec<(DVec3, f64)> = scene
        .points
        .iter()
        .map(|point| {
            let anchor = &scene.poses[point.anchor];
            let place = anchor.turn * point.ray.extend(1.0) + anchor.place * point.inverse_depth;
            (place, point.inverse_depth)
        })
        .collect();
    let mut plane = DVec3::ZERO;
    let mut width = f64::INFINITY;
    for _ in 0..ROUNDS {
        let (mut matrix, mut right) = (DMat3::ZERO, DVec3::ZERO);
        for &(place, inverse_depth) in &rows {
            let miss = plane.dot(place) - inverse_depth;
            let weight = 1.0 / (1.0 + (miss / width).powi(2));
            matrix += DMat3::from_cols(place * place.x, place * place.y, place * place.z) * weight;
            right += place * (inverse_depth * weight);
        }
        if matrix.determinant().abs() < 1e-12 {
            return None;
        }
        plane = matrix.inverse() * right;
        let misses = rows
            .iter()
            .map(|(place, depth)| (plane.dot(*place) - depth).abs());
        width = median(misses.collect()).max(1e-9);
    }
    Some(plane)
}

/// The other pose of one view.
struct Twin {
    turn: DMat3,
    place: DVec3,
    normal: DVec3,
}

impl Twin {
    fn of(pose: &Pose, normal: DVec3, inverse_distance: f64) -> Self {
        let shift = -pose.place * inverse_distance;
        let length = shift.length();
        if length < 1e-9 {
            return Self {
                turn: pose.turn,
                place: DVec3::ZERO,
                normal,
            };
        }
        let sum = 2.0 * normal + shift;
        let size = sum.length().max(1e-9);
        let other_shift = sum * (length / size);
        let other_normal = (normal * length + shift * (2.0 / length)) / size;
        let outer = |a: DVec3, b: DVec3| DMat3::from_cols(a * b.x, a * b.y, a * b.z);
        let between = DMat3::IDENTITY + outer(shift, normal) - outer(other_shift, other_normal);
        Self {
            turn: between.transpose() * pose.turn,
            place: -(between.transpose() * other_shift),
            normal: other_normal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_paths_show_the_same_pictures_of_a_plane() {
        let pose = Pose {
            turn: DMat3::from_rotation_y(0.1),
            place: DVec3::new(0.7, 0.1, 0.3),
        };
        let (normal, distance) = (DVec3::new(0.1, -0.3, 1.0).normalize(), 3.0);
        let other = Twin::of(&pose, normal, 1.0 / distance);
        assert!((other.turn * other.turn.transpose()).abs_diff_eq(DMat3::IDENTITY, 1e-9));
        assert!(!other.turn.abs_diff_eq(pose.turn, 0.05));
        let project = |pose: &Pose, normal: DVec3, distance: f64, ray: DVec3| {
            let place = ray * (distance / normal.dot(ray));
            let seen = pose.turn.transpose() * (place - pose.place);
            seen / seen.z
        };
        let twin = Pose {
            turn: other.turn,
            place: other.place,
        };
        for ray in [DVec3::new(0.3, 0.1, 1.0), DVec3::new(0.4, -0.3, 1.0)] {
            let one = project(&pose, normal, distance, ray);
            let two = project(&twin, other.normal, 1.0, ray);
            assert!(one.abs_diff_eq(two, 1e-9), "{one} {two}");
        }
    }
}
