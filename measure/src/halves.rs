//! Whether parts of the background agree: the path is solved again from each of four halves of the points.
//! Points near one another err alike (a smooth surface, a shadow, a soft edge), so that the adjustment's own uncertainty is
//! too small. Halves of a chequered picture err apart, and show it.

use rayon::prelude::*;

use crate::bundle::{Freedom, adjust};
use crate::path::Pose;
use crate::scene::{Point, Scene};
use crate::search::turn_difference;

/// Cells of the chequered picture, across and down, of the two patterns.
const PATTERNS: [[f64; 2]; 2] = [[4.0, 3.0], [6.0, 2.0]];
/// Fewer points than this solve no path.
const LEAST_POINTS: usize = 10;
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
