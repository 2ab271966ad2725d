//! The stage's ground as a second witness: where the camera stands above it is known from the first frame of the drawn path.
//! It says nothing of the path after that frame, and no point need lie on it: those that do not fit it count little.

use glam::{DVec2, DVec3};

use crate::path::{DrawnPath, Pose};

/// A camera lower than this above the ground has no use of it, in metres.
const LOWEST_METRES: f64 = 0.2;
/// How far a point may lie from the ground and still count: as a share of its inverse depth, and at least, in inverse
/// heights of the camera. Half of it and twice as much left more clips without an answer (docs/measures.md).
const SLACK_SHARE: f64 = 0.05;
const LEAST_SLACK: f64 = 0.005;

/// A flat ground. A scene with one is measured in heights of the first camera above it.
#[derive(Clone, Copy, Debug)]
pub struct Ground {
    /// Straight down, in the axes of the first camera.
    pub down: DVec3,
}

/// How far a point lies from the ground, in slacks.
#[derive(Clone, Copy, Debug)]
pub struct Miss {
    /// The miss.
    pub slacks: f64,
    /// Its slope by turn and place of the point's anchor.
    pub by_anchor: [f64; 6],
    /// By the point's ray and inverse depth.
    pub by_point: [f64; 3],
}

impl Ground {
    /// The ground of a drawn path's world: y = 0, with y down. `None` if the first camera is not above it.
    pub fn of(path: &DrawnPath) -> Option<Self> {
        let first = path.views.first()?.world_from_camera;
        let is_above = -first.translation.y >= LOWEST_METRES;
        is_above.then(|| Self {
            down: first.matrix3.transpose() * DVec3::Y,
        })
    }

    /// How much a ray of a pose falls per unit of depth.
    pub fn fall(&self, pose: &Pose, ray: DVec2) -> f64 {
        self.down.dot(pose.turn * ray.extend(1.0))
    }

    /// The height of a pose above the ground.
    fn height(&self, pose: &Pose) -> f64 {
        1.0 - self.down.dot(pose.place)
    }

    /// The inverse depth at which a ray of a pose meets the ground.
    pub fn inverse_depth(&self, pose: &Pose, ray: DVec2) -> f64 {
        (self.fall(pose, ray) / self.height(pose).max(0.1)).max(0.0)
    }

    /// How far a point of an anchor with this pose lies from the ground.
    pub fn miss(&self, pose: &Pose, ray: DVec2, inverse_depth: f64) -> Miss {
        let fall = self.fall(pose, ray);
        let slack = slack(fall);
        let down = pose.turn.transpose() * self.down;
        let by_turn = -ray.extend(1.0).cross(down) / slack;
        let by_place = -self.down * (inverse_depth / slack);
        Miss {
            slacks: (inverse_depth * self.height(pose) - fall) / slack,
            by_anchor: [
                by_turn.x, by_turn.y, by_turn.z, by_place.x, by_place.y, by_place.z,
            ],
            by_point: [-down.x / slack, -down.y / slack, self.height(pose) / slack],
        }
    }
}

/// One slack of a point whose ray falls so much.
fn slack(fall: f64) -> f64 {
    SLACK_SHARE * fall.max(0.0) + LEAST_SLACK
}

#[cfg(test)]
mod tests {
    use glam::{DAffine3, DMat3, DQuat};

    use super::*;
    use crate::path::DrawnView;

    #[test]
    fn only_a_camera_above_the_ground_has_it() {
        let view = DrawnView {
            world_from_camera: DAffine3::from_translation(DVec3::new(3.0, -2.0, 1.0)),
            focal: 300.0,
            centre: DVec2::new(192.0, 128.0),
        };
        let mut path = DrawnPath { views: vec![view] };
        let ground = Ground::of(&path).expect("above");
        assert!(ground.down.abs_diff_eq(DVec3::Y, 1e-9));
        path.views[0].world_from_camera.matrix3 = DMat3::from_rotation_z(0.3);
        assert!((Ground::of(&path).expect("above").down.y - 0.3_f64.cos()).abs() < 1e-9);
        path.views[0].world_from_camera.translation.y = 0.0;
        assert!(Ground::of(&path).is_none());
        assert!(Ground::of(&DrawnPath::default()).is_none());
    }

    #[test]
    fn the_slopes_are_those_of_the_miss() {
        let down = DVec3::new(0.1, 0.9, 0.2).normalize();
        let ground = Ground { down };
        let pose = Pose {
            turn: DMat3::from_rotation_y(0.2) * DMat3::from_rotation_x(0.1),
            place: DVec3::new(0.1, -0.2, 0.3),
        };
        let (ray, depth, step) = (DVec2::new(0.2, 0.3), 0.3, 1e-6);
        let here = ground.miss(&pose, ray, depth);
        let one = slack(ground.fall(&pose, ray));
        // The slack itself is taken as fixed.
        let slope = |pose: &Pose, ray: DVec2, depth: f64| {
            let there = ground.miss(pose, ray, depth).slacks * slack(ground.fall(pose, ray));
            (there / one - here.slacks) / step
        };
        for axis in 0..3 {
            let by = DVec3::AXES[axis] * step;
            let moved = Pose {
                place: pose.place + by,
                ..pose
            };
            assert!((slope(&moved, ray, depth) - here.by_anchor[3 + axis]).abs() < 1e-3);
            let turned = Pose {
                turn: pose.turn * DMat3::from_quat(DQuat::from_scaled_axis(by)),
                ..pose
            };
            assert!((slope(&turned, ray, depth) - here.by_anchor[axis]).abs() < 1e-3);
            let other = slope(&pose, ray + by.truncate(), depth + by.z);
            assert!((other - here.by_point[axis]).abs() < 1e-3);
        }
    }
}
