//! Whether parts of the background agree: the path is solved again from each of four halves of the points.
//! Points near one another err alike (a smooth surface, a shadow, a soft edge), so that the adjustment's own uncertainty is
//! too small. Halves of a chequered picture err apart, and show it.

use glam::{DQuat, DVec3};
use rayon::prelude::*;

use crate::bundle::{Freedom, adjust};
use crate::ground::Ground;
use crate::path::Pose;
use crate::scene::{Point, Scene};
use crate::search::turn_difference;

/// Cells of the chequered picture, across and down, of the two patterns.
const PATTERNS: [[f64; 2]; 2] = [[4.0, 3.0], [6.0, 2.0]];
/// Fewer points than this solve no path.
const LEAST_POINTS: usize = 10;
/// How far a ground is tilted, in degrees: a clip may hold its camera a little otherwise than the drawn path begins.
const TILT_DEGREES: f64 = 1.0;
/// Steps of the adjustment of a half.
const STEPS: usize = 20;

/// The largest rotation, in degrees, by which the path of a half of the points differs from that of all, at any view.
/// `None` if a half has too few points to solve a path. `size` is that of the frames in pixels.
pub fn disagreement_degrees(scene: &Scene, size: [usize; 2]) -> Option<f64> {
    let halves = PATTERNS
        .into_iter()
        .flat_map(|cells| [0, 1].map(|parity| (cells, parity)));
    let halves: Vec<([f64; 2], i64)> = halves.collect();
    let differences: Option<Vec<f64>> = halves
        .into_par_iter()
        .map(|(cells, parity)| {
            let poses = poses_of_half(scene, size, cells, parity)?;
            Some(turn_difference(&scene.poses, &poses))
        })
        .collect();
    Some(differences?.into_iter().fold(0.0, f64::max))
}

/// The largest rotation, in degrees, by which the path differs if the ground is tilted a little to any side, at any view.
/// 0 without a ground.
pub fn tilt_disagreement_degrees(scene: &Scene) -> f64 {
    let Some(ground) = scene.ground else {
        return 0.0;
    };
    let by = TILT_DEGREES.to_radians();
    let tilts = [DVec3::X, DVec3::Z]
        .into_iter()
        .flat_map(|axis| [axis * by, -axis * by]);
    let tilts: Vec<DVec3> = tilts.collect();
    tilts
        .into_par_iter()
        .map(|tilt| {
            let mut tilted = scene.clone();
            tilted.ground = Some(Ground {
                down: DQuat::from_scaled_axis(tilt) * ground.down,
            });
            adjust(&mut tilted, Freedom::TurnAndTravel, STEPS);
            turn_difference(&scene.poses, &tilted.poses)
        })
        .reduce(|| 0.0, f64::max)
}

/// The poses that the points in cells of one colour give.
fn poses_of_half(
    scene: &Scene,
    size: [usize; 2],
    cells: [f64; 2],
    parity: i64,
) -> Option<Vec<Pose>> {
    let mut half = scene.clone();
    half.points
        .retain(|point| cell(scene, point, size, cells).rem_euclid(2) == parity);
    (half.points.len() >= LEAST_POINTS).then(|| {
        adjust(&mut half, Freedom::TurnAndTravel, STEPS);
        half.poses
    })
}

/// The sum of column and row of the cell in which a point's anchor sees it.
fn cell(scene: &Scene, point: &Point, size: [usize; 2], cells: [f64; 2]) -> i64 {
    let lens = scene.lenses[point.anchor];
    let pixel = point.ray * lens.focal + lens.centre;
    let column = pixel.x / size[0] as f64 * cells[0];
    let row = pixel.y / size[1] as f64 * cells[1];
    column.floor() as i64 + row.floor() as i64
}
