//! Bundle adjustment: poses and points that together miss the tracks least.
//! Levenberg-Marquardt with a bounded loss; points are eliminated by the Schur complement (Triggs et al., 2000).

use glam::{DMat3, DQuat, DVec2, DVec3};

use crate::linear::{Factor, Symmetric};
use crate::scene::{NEAREST, Scene, cross};

/// Which unknowns are free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freedom {
    /// Rotations only; all points lie at infinity.
    Turn,
    /// Rotations, positions and depths.
    TurnAndTravel,
}

/// Three numbers of a pose or a point.
type Triple = [f64; 3];
/// The slope of a miss (x, y) by the unknowns of a pose.
type PoseSlope = [[f64; 6]; 2];

/// A view's share of a point: the slopes of its miss.
struct Slopes {
    miss: DVec2,
    weight: f64,
    by_view: PoseSlope,
    by_anchor: PoseSlope,
    by_point: [Triple; 2],
}

/// What remains of a point for the poses: the matrix and pull of its own unknowns, and how poses depend on it.
struct Eliminated {
    inverse: DMat3,
    pull: DVec3,
    /// Per view: 6 rows of 3.
    coupling: Vec<(usize, [Triple; 6])>,
}

/// Improves a scene by at most `steps` steps. Returns its loss. The first pose is kept.
pub fn adjust(scene: &mut Scene, freedom: Freedom, steps: usize) -> f64 {
    let mut damping = 1e-3;
    let mut best = scene.loss();
    for _ in 0..steps {
        let system = System::of(scene, freedom, damping);
        let Some(factor) = system.matrix.clone().factor() else {
            damping *= 10.0;
            continue;
        };
        let by = factor.solve(&system.pull);
        let mut next = scene.clone();
        system.apply(&mut next, &by, freedom);
        let loss = next.loss();
        if loss < best {
            let gain = (best - loss) / best.max(1e-12);
            *scene = next;
            best = loss;
            damping = (damping * 0.2).max(1e-9);
            if gain < 1e-6 {
                break;
            }
        } else {
            damping *= 8.0;
            if damping > 1e6 {
                break;
            }
        }
    }
    best
}

/// The uncertainty of each view's rotation against the first, in radians per pixel of noise (one standard deviation,
/// the worst axis). `None` if the scene leaves a pose open.
pub fn turn_uncertainty(scene: &Scene, freedom: Freedom) -> Option<Vec<f64>> {
    let system = System::of(scene, freedom, 1e-7);
    let factor: Factor = system.matrix.clone().factor()?;
    let size = system.matrix.size();
    let view_sigma = |view: usize| {
        let variance = |axis: usize| {
            let mut unit = vec![0.0; size];
            unit[6 * view + axis] = 1.0;
            factor.solve(&unit)[6 * view + axis]
        };
        (0..3).map(variance).fold(0.0, f64::max).sqrt()
    };
    let first = std::iter::once(0.0);
    Some(
        first
            .chain((1..scene.poses.len()).map(view_sigma))
            .collect(),
    )
}

/// The normal equations of the poses.
struct System {
    matrix: Symmetric,
    pull: Vec<f64>,
    points: Vec<Eliminated>,
}

impl System {
    fn of(scene: &Scene, freedom: Freedom, damping: f64) -> Self {
        let size = 6 * scene.poses.len();
        let mut matrix = Symmetric::zero(size);
        let mut pull = vec![0.0; size];
        let mut points = Vec::with_capacity(scene.points.len());
        for at in 0..scene.points.len() {
            points.push(eliminate(
                scene,
                at,
                freedom,
                damping,
                &mut matrix,
                &mut pull,
            ));
        }
        for at in 0..size {
            let value = matrix.at(at, at);
            *matrix.at_mut(at, at) = value * (1.0 + damping) + 1e-9;
        }
        for point in &points {
            point.subtract(&mut matrix, &mut pull);
        }
        let is_frozen = |at: usize| at < 6 || (freedom == Freedom::Turn && at % 6 >= 3);
        for at in (0..size).filter(|&at| is_frozen(at)) {
            matrix.freeze(at);
            pull[at] = 0.0;
        }
        Self {
            matrix,
            pull,
            points,
        }
    }

    /// Moves poses and points by a solution.
    fn apply(&self, scene: &mut Scene, by: &[f64], freedom: Freedom) {
        for (pose, by) in scene.poses.iter_mut().zip(by.chunks_exact(6)) {
            let turn = DMat3::from_quat(DQuat::from_scaled_axis(DVec3::new(by[0], by[1], by[2])));
            pose.turn *= turn;
            pose.place += DVec3::new(by[3], by[4], by[5]);
        }
        for (point, solved) in scene.points.iter_mut().zip(&self.points) {
            let mut pull = solved.pull;
            for (view, rows) in &solved.coupling {
                for (row, triple) in rows.iter().enumerate() {
                    pull -= DVec3::from_array(*triple) * by[6 * view + row];
                }
            }
            let by = solved.inverse * pull;
            point.ray += by.truncate();
            if freedom == Freedom::TurnAndTravel {
                point.inverse_depth = (point.inverse_depth + by.z).max(0.0);
            }
        }
    }
}

impl Eliminated {
    fn subtract(&self, matrix: &mut Symmetric, pull: &mut [f64]) {
        for (view, rows) in &self.coupling {
            for (row, triple) in rows.iter().enumerate() {
                let at = 6 * view + row;
                let carried = self.inverse * DVec3::from_array(*triple);
                pull[at] -= carried.dot(self.pull);
                for (other, others) in &self.coupling {
                    if other > view {
                        continue;
                    }
                    for (column, triple) in others.iter().enumerate() {
                        *matrix.at_mut(at, 6 * other + column) -=
                            carried.dot(DVec3::from_array(*triple));
                    }
                }
            }
        }
    }
}

/// Adds a point's share to the equations of the poses.
fn eliminate(
    scene: &Scene,
    at: usize,
    freedom: Freedom,
    damping: f64,
    matrix: &mut Symmetric,
    pull: &mut [f64],
) -> Eliminated {
    let point = &scene.points[at];
    let anchor = point.anchor;
    let mut own = [[0.0; 3]; 3];
    let mut own_pull = [0.0; 3];
    let mut coupling: Vec<(usize, [Triple; 6])> = Vec::with_capacity(point.seen.len() + 1);
    let mut by_anchor = [[0.0; 3]; 6];
    for &(view, seen) in &point.seen {
        let Some(slopes) = slopes(scene, at, view, seen) else {
            continue;
        };
        let weight = slopes.weight;
        for (of_point, miss) in slopes.by_point.iter().zip(slopes.miss.to_array()) {
            add_outer(&mut own, of_point, of_point, weight);
            add_scaled(&mut own_pull, of_point, -weight * miss);
        }
        if view == anchor {
            continue;
        }
        let mut by_view = [[0.0; 3]; 6];
        for (axis, miss) in slopes.miss.to_array().into_iter().enumerate() {
            let (of_view, of_anchor) = (&slopes.by_view[axis], &slopes.by_anchor[axis]);
            let of_point = &slopes.by_point[axis];
            add_scaled(&mut pull[6 * view..6 * view + 6], of_view, -weight * miss);
            add_scaled(
                &mut pull[6 * anchor..6 * anchor + 6],
                of_anchor,
                -weight * miss,
            );
            add_outer(&mut by_view, of_view, of_point, weight);
            add_outer(&mut by_anchor, of_anchor, of_point, weight);
            matrix.add_outer((view, of_view), (view, of_view), weight);
            matrix.add_outer((anchor, of_anchor), (anchor, of_anchor), weight);
            match view > anchor {
                true => matrix.add_outer((view, of_view), (anchor, of_anchor), weight),
                false => matrix.add_outer((anchor, of_anchor), (view, of_view), weight),
            }
        }
        coupling.push((view, by_view));
    }
    let on_ground = scene
        .ground
        .filter(|_| point.may_be_ground && freedom == Freedom::TurnAndTravel);
    if let Some(ground) = on_ground {
        let of_ground = scene.ground_miss(ground, point);
        // In widths of the loss, so that one slack counts as much as a sight that misses by its width.
        let miss = of_ground.slacks * scene.width;
        let of_anchor = of_ground.by_anchor.map(|slope| slope * scene.width);
        let of_point = of_ground.by_point.map(|slope| slope * scene.width);
        let weight = scene.weight(miss * miss);
        add_outer(&mut own, &of_point, &of_point, weight);
        add_scaled(&mut own_pull, &of_point, -weight * miss);
        add_scaled(
            &mut pull[6 * anchor..6 * anchor + 6],
            &of_anchor,
            -weight * miss,
        );
        add_outer(&mut by_anchor, &of_anchor, &of_point, weight);
        matrix.add_outer((anchor, &of_anchor), (anchor, &of_anchor), weight);
    }
    coupling.push((anchor, by_anchor));
    for (row, values) in own.iter_mut().enumerate() {
        values[row] = values[row] * (1.0 + damping) + 1e-9;
    }
    if freedom == Freedom::Turn {
        for row in &mut own {
            row[2] = 0.0;
        }
        own[2] = [0.0, 0.0, 1.0];
        own_pull[2] = 0.0;
        for (_, rows) in &mut coupling {
            for triple in rows {
                triple[2] = 0.0;
            }
        }
    }
    Eliminated {
        inverse: DMat3::from_cols_array_2d(&own).inverse(),
        pull: DVec3::from_array(own_pull),
        coupling,
    }
}

/// Adds weight * a bᵀ.
fn add_outer<const ROWS: usize>(
    sum: &mut [Triple; ROWS],
    a: &[f64; ROWS],
    b: &Triple,
    weight: f64,
) {
    for (row, a) in sum.iter_mut().zip(a) {
        for (value, b) in row.iter_mut().zip(b) {
            *value += weight * a * b;
        }
    }
}

/// Adds factor * a.
fn add_scaled(sum: &mut [f64], a: &[f64], factor: f64) {
    for (value, a) in sum.iter_mut().zip(a) {
        *value += factor * a;
    }
}

/// The slopes of a view's miss of a point. `None` if the point lies behind the view.
fn slopes(scene: &Scene, at: usize, view: usize, seen: DVec2) -> Option<Slopes> {
    let point = &scene.points[at];
    let miss = scene.miss(point, view, seen);
    let place = scene.in_view(point, view);
    if place.z < NEAREST {
        return None;
    }
    let (anchor, pose) = (&scene.poses[point.anchor], &scene.poses[view]);
    let focal = scene.lenses[view].focal;
    // The slope of the projection by the point in the view's axes: two rows.
    let rows = [
        DVec3::new(1.0, 0.0, -place.x / place.z) * (focal / place.z),
        DVec3::new(0.0, 1.0, -place.y / place.z) * (focal / place.z),
    ];
    let to_view = pose.turn.transpose();
    let from_anchor = to_view * anchor.turn;
    let ray = point.ray.extend(1.0);
    let by_turn = cross(place);
    let by_anchor_turn = -(from_anchor * cross(ray));
    let by_place = to_view * point.inverse_depth;
    let by_depth = to_view * (anchor.place - pose.place);
    let is_anchor = view == point.anchor;
    let by_point = match is_anchor {
        true => DMat3::from_cols(DVec3::X, DVec3::Y, DVec3::ZERO),
        false => DMat3::from_cols(from_anchor.x_axis, from_anchor.y_axis, by_depth),
    };
    let slope = |turn: DMat3, place: DMat3, row: DVec3| {
        let (turn, place) = (turn.transpose() * row, place.transpose() * row);
        [turn.x, turn.y, turn.z, place.x, place.y, place.z]
    };
    Some(Slopes {
        miss,
        weight: scene.weight(miss.length_squared()),
        by_view: rows.map(|row| slope(by_turn, -by_place, row)),
        by_anchor: rows.map(|row| slope(by_anchor_turn, by_place, row)),
        by_point: rows.map(|row| (by_point.transpose() * row).to_array()),
    })
}
