//! Paths over the stage's ground: solved with the depth that the ground gives the points below the horizon.
//! They are asked for where the points alone leave the path open, as a truck before a far background does.

use crate::bundle::{Freedom, adjust};
use crate::ground::Ground;
use crate::scene::Scene;
use crate::search::Found;
use crate::statistics::median;

/// Points are taken to lie on the ground if their rays fall by at least this much per unit of depth.
const LEAST_FALL: f64 = 0.05;
/// Steps of an adjustment.
const STEPS: usize = 20;
/// The ground is there if this share of the points below the horizon lies on it, and if there are at least so many.
const LEAST_SHARE: f64 = 0.5;
const LEAST_POINTS: usize = 10;
/// A point lies on the ground if it misses it by less than so many slacks.
const ON_GROUND: f64 = 2.5;

/// The paths over the ground that fit the points, the best first. `found` are those that know no ground, `turning` is the
/// scene with the best path without travel. Empty if the points below the horizon do not lie on a ground.
pub fn paths_over_ground(
    turning: &Scene,
    found: &[Found],
    ground: Ground,
    [rough_pixels, fine_pixels]: [f64; 2],
) -> Vec<Found> {
    let mut marked = turning.clone();
    marked.ground = Some(ground);
    for at in 0..marked.points.len() {
        let point = &marked.points[at];
        let is_below = ground.fall(&marked.poses[point.anchor], point.ray) > LEAST_FALL;
        marked.points[at].may_be_ground = is_below;
    }
    // From no travel, with the ground's depths: they show at once which way the camera goes.
    let mut rested = marked.clone();
    for at in 0..rested.points.len() {
        let point = &mut rested.points[at];
        let depth = ground.inverse_depth(&rested.poses[point.anchor], point.ray);
        point.inverse_depth = if point.may_be_ground { depth } else { 0.0 };
    }
    let mut starts = vec![rested];
    for other in found {
        let mut scene = marked.clone();
        scene.poses.clone_from(&other.scene.poses);
        scene.ground = None;
        scene.find_depths();
        scene.ground = Some(ground);
        if scale_to_ground(&mut scene, ground) {
            scene.find_depths();
            starts.push(scene);
        }
    }
    let mut paths: Vec<Found> = starts
        .into_iter()
        .map(|mut scene| {
            scene.width = rough_pixels;
            adjust(&mut scene, Freedom::TurnAndTravel, STEPS);
            scene.find_depths();
            adjust(&mut scene, Freedom::TurnAndTravel, STEPS);
            scene.width = fine_pixels;
            let loss = adjust(&mut scene, Freedom::TurnAndTravel, STEPS);
            Found { scene, loss }
        })
        .collect();
    paths.sort_by(|a, b| a.loss.total_cmp(&b.loss));
    paths
}

/// Scales a path so that half of its points lie above the ground and half below. `false` if it has no depths.
fn scale_to_ground(scene: &mut Scene, ground: Ground) -> bool {
    let below = scene.points.iter().filter(|point| point.may_be_ground);
    let scales = below.map(|point| {
        let sunk = ground.down.dot(scene.poses[point.anchor].place) * point.inverse_depth;
        point.inverse_depth / (ground.fall(&scene.poses[point.anchor], point.ray) + sunk).max(1e-3)
    });
    let scale = median(scales.collect());
    if !(1e-4..1e4).contains(&scale) {
        return false;
    }
    for pose in &mut scene.poses {
        pose.place *= scale;
    }
    for point in &mut scene.points {
        point.inverse_depth /= scale;
    }
    true
}

/// Whether at least half of the points below the horizon lie on the ground, and enough of them to decide.
pub fn is_on_ground(scene: &Scene) -> bool {
    let Some(ground) = scene.ground else {
        return false;
    };
    let below = scene.points.iter().filter(|point| point.may_be_ground);
    let misses = below.map(|point| scene.ground_miss(ground, point).slacks.abs());
    let below: Vec<f64> = misses.collect();
    let on_it = below.iter().filter(|miss| **miss < ON_GROUND).count();
    below.len() >= LEAST_POINTS && on_it as f64 >= LEAST_SHARE * below.len() as f64
}

#[cfg(test)]
mod tests {
    use glam::{DAffine3, DMat3, DVec2, DVec3};

    use super::*;
    use crate::path::{DrawnPath, DrawnView};
    use crate::tracks::Track;

    /// A path of `count` frames that starts two metres above the ground.
    fn path(count: usize) -> DrawnPath {
        let view = DrawnView {
            world_from_camera: DAffine3::from_translation(DVec3::new(3.0, -2.0, 1.0)),
            focal: 300.0,
            centre: DVec2::new(192.0, 128.0),
        };
        DrawnPath {
            views: vec![view; count],
        }
    }

    /// Points of the ground, seen by cameras that go right by a tenth of their height from frame to frame.
    fn trucked(path: &DrawnPath) -> Scene {
        let frames = path.views.len();
        let track = |at: usize| {
            let (x, z) = (at as f64 % 6.0 - 2.5, 2.0 + (at / 6) as f64);
            let points = (0..frames).map(|frame| {
                let seen = DVec3::new(x - 0.1 * frame as f64, 1.0, z);
                seen.truncate() / seen.z * 300.0 + DVec2::new(192.0, 128.0)
            });
            Track {
                start: 0,
                points: points.collect(),
            }
        };
        let tracks: Vec<Track> = (0..36).map(track).collect();
        let every: Vec<usize> = (0..frames).collect();
        Scene::new(&tracks, &every, path, 3)
    }

    #[test]
    fn a_truck_over_the_ground_is_found_from_rest() {
        let path = path(6);
        let scene = trucked(&path);
        let ground = Ground::of(&path).expect("above");
        let found = paths_over_ground(&scene, &[], ground, [3.0, 0.6]);
        let best = found.first().expect("a path");
        assert!(is_on_ground(&best.scene));
        let last = best.scene.poses[5];
        // The scale is that of the ground: heights of the camera.
        assert!(
            last.place.distance(DVec3::new(0.5, 0.0, 0.0)) < 1e-3,
            "{last:?}"
        );
        assert!(last.turn.abs_diff_eq(DMat3::IDENTITY, 1e-3), "{last:?}");
    }
}
