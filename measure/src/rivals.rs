//! The paths that a drawn one is compared with: what a person might have drawn in its place, at its pace.

use glam::{DAffine3, DMat3, DQuat, DVec3};

use crate::path::{DrawnPath, DrawnView, Pose};

/// A path that turns less than this asks for no rotation, in radians (one degree).
const LEAST_TURN: f64 = 0.0175;
/// A path that goes no farther than this does not travel, in the scene's units.
const LEAST_TRAVEL: f64 = 1e-6;
/// Axes no farther apart than this are one axis: the cosine of 40 degrees.
const ALIKE: f64 = 0.766;

/// What a path asks for: its largest rotation (as a scaled axis, in radians) and its farthest position, both relative to its
/// first view.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    turn: DVec3,
    travel: DVec3,
}

impl Extent {
    /// The extent of a path.
    pub fn of(path: &DrawnPath) -> Self {
        let poses = path.relative_poses(path.views.len());
        Self {
            turn: longest(poses.iter().map(scaled_axis)),
            travel: longest(poses.iter().map(|pose| pose.place)),
        }
    }

    /// Whether it asks for a rotation.
    pub fn turns(self) -> bool {
        self.turn.length() > LEAST_TURN
    }

    /// Whether it asks for travel.
    pub fn travels(self) -> bool {
        self.travel.length() > LEAST_TRAVEL
    }
}

fn scaled_axis(pose: &Pose) -> DVec3 {
    DQuat::from_mat3(&pose.turn).to_scaled_axis()
}

fn longest(all: impl Iterator<Item = DVec3>) -> DVec3 {
    all.fold(DVec3::ZERO, |longest, one| {
        match one.length_squared() > longest.length_squared() {
            true => one,
            false => longest,
        }
    })
}

/// Turns about each axis by as much as the drawn path turns, travel along each axis, and of a path that does both, each
/// alone. Neither the drawn path nor its mirror image is among them. None of a path that rests.
pub fn rivals(drawn: &DrawnPath) -> Vec<DrawnPath> {
    let poses = drawn.relative_poses(drawn.views.len());
    let extent = Extent::of(drawn);
    let (turns, travels) = (extent.turns(), extent.travels());
    let pace: Vec<f64> = match travels {
        true => poses
            .iter()
            .map(|pose| pose.place.length() / extent.travel.length())
            .collect(),
        false if turns => poses
            .iter()
            .map(|pose| scaled_axis(pose).length() / extent.turn.length())
            .collect(),
        false => return Vec::new(),
    };
    let mut ways: Vec<Vec<Pose>> = Vec::new();
    if turns && travels {
        let only_turning = poses.iter().map(|pose| Pose {
            place: DVec3::ZERO,
            ..*pose
        });
        ways.push(only_turning.collect());
        let only_travelling = poses.iter().map(|pose| Pose {
            turn: DMat3::IDENTITY,
            ..*pose
        });
        ways.push(only_travelling.collect());
    }
    for axis in [DVec3::X, DVec3::Y, DVec3::Z] {
        for axis in [axis, -axis] {
            if turns && (travels || !is_along(axis, extent.turn)) {
                let turning = pace.iter().map(|pace| Pose {
                    turn: DMat3::from_quat(DQuat::from_scaled_axis(
                        axis * (extent.turn.length() * pace),
                    )),
                    ..Pose::FIRST
                });
                ways.push(turning.collect());
            }
            if turns || !is_along(axis, extent.travel) {
                let travelling = pace.iter().map(|pace| Pose {
                    place: axis * *pace,
                    ..Pose::FIRST
                });
                ways.push(travelling.collect());
            }
        }
    }
    ways.iter().map(|poses| along(drawn, poses)).collect()
}

/// Whether an axis is that of a vector, either way.
fn is_along(axis: DVec3, vector: DVec3) -> bool {
    axis.dot(vector).abs() > ALIKE * vector.length()
}

/// A path with these poses relative to the first view of another, and its lenses.
fn along(drawn: &DrawnPath, poses: &[Pose]) -> DrawnPath {
    let first = drawn.views.first().map(|view| view.world_from_camera);
    let first = first.unwrap_or(DAffine3::IDENTITY);
    let views = drawn.views.iter().zip(poses).map(|(view, pose)| DrawnView {
        world_from_camera: first * DAffine3::from_mat3_translation(pose.turn, pose.place),
        ..*view
    });
    DrawnPath {
        views: views.collect(),
    }
}

#[cfg(test)]
mod tests {
    use glam::DVec2;

    use super::*;

    fn path(pose: impl Fn(f64) -> DAffine3) -> DrawnPath {
        let view = |at: u32| DrawnView {
            world_from_camera: pose(f64::from(at) / 4.0),
            focal: 300.0,
            centre: DVec2::new(160.0, 90.0),
        };
        DrawnPath {
            views: (0..5).map(view).collect(),
        }
    }

    #[test]
    fn a_pan_is_compared_with_turns_about_the_other_axes_and_with_travel() {
        let pan = path(|at| DAffine3::from_quat(DQuat::from_rotation_y(0.3 * at)));
        let others = rivals(&pan);
        assert_eq!(others.len(), 4 + 6);
        for other in &others {
            let extent = Extent::of(other);
            assert!(extent.turns() != extent.travels());
            assert!(!extent.turns() || (extent.turn.length() - 0.3).abs() < 1e-6);
            assert!(extent.turn.y.abs() < 1e-6, "neither the pan nor its mirror");
        }
    }

    #[test]
    fn a_truck_is_compared_with_travel_along_the_other_axes_and_a_camera_that_rests_with_nothing() {
        let truck = path(|at| DAffine3::from_translation(DVec3::new(2.0 * at, 0.0, 0.0)));
        let others = rivals(&truck);
        assert_eq!(others.len(), 4);
        assert!(others.iter().all(|other| Extent::of(other).travel.x == 0.0));
        assert!(rivals(&path(|_| DAffine3::IDENTITY)).is_empty());
        assert!(rivals(&DrawnPath::default()).is_empty());
    }

    #[test]
    fn of_an_orbit_each_half_alone_is_a_rival() {
        let orbit = path(|at| {
            DAffine3::from_rotation_translation(
                DQuat::from_rotation_y(-0.3 * at),
                DVec3::new(at, 0.0, 0.1 * at),
            )
        });
        let others = rivals(&orbit);
        assert_eq!(others.len(), 2 + 6 + 6);
        let [turning, travelling] = [Extent::of(&others[0]), Extent::of(&others[1])];
        assert!(turning.turns() && !turning.travels());
        assert!(travelling.travels() && !travelling.turns());
    }
}
