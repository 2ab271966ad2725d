//! Rays from the camera and where they hit solids. All computation is in the space of the camera, or in the own space of
//! a solid.

use glam::{DMat3, DVec2, DVec3};

use super::solid::{Shape, Solid};
use crate::camera::{Pose, SENSOR_WIDTH_MM};

/// Nearer than this is behind the lens.
pub(super) const NEAREST_METRES: f64 = 0.05;

/// The origin and directions of a picture's rays.
pub(super) struct Eye {
    pub(super) size: [u32; 2],
    /// The focal length in pixels.
    pub(super) focal: f64,
    pub(super) middle: DVec2,
    /// The world's down direction, in camera space.
    pub(super) down: DVec3,
    /// Above the ground, in metres.
    pub(super) height: f64,
}

impl Eye {
    pub(super) fn new(pose: &Pose, size: [u32; 2]) -> Self {
        let [width, height] = size.map(f64::from);
        Self {
            size,
            focal: pose.focal_mm / SENSOR_WIDTH_MM * width,
            middle: DVec2::new(width, height) / 2.0,
            down: pose.orientation.inverse() * DVec3::Y,
            height: -pose.position.y,
        }
    }

    /// The ray through the centre of a pixel; its z is 1.
    pub(super) fn ray(&self, column: u32, row: u32) -> DVec3 {
        let pixel = DVec2::new(f64::from(column), f64::from(row)) + 0.5;
        ((pixel - self.middle) / self.focal).extend(1.0)
    }
}

/// A solid in camera space. All rays start at the camera, so their common origin in the solid's own space is computed
/// once.
pub(super) struct Seen {
    shape: Shape,
    solid_from_camera: DMat3,
    eye_in_solid: DVec3,
    /// The bounding sphere, in camera space.
    pub(super) middle: DVec3,
    radius: f64,
}

impl Seen {
    /// `None` if it lies behind the camera.
    pub(super) fn from(solid: &Solid, pose: &Pose) -> Option<Self> {
        let camera_from_solid = pose.world_from_camera().inverse() * solid.world_from_solid;
        let solid_from_camera = camera_from_solid.inverse();
        let axes = camera_from_solid.matrix3;
        let lengths = DVec3::new(
            axes.x_axis.length(),
            axes.y_axis.length(),
            axes.z_axis.length(),
        );
        let radius = match solid.shape {
            Shape::Ball => lengths.max_element(),
            Shape::Cylinder => DVec2::new(lengths.x.max(lengths.z), lengths.y).length(),
            Shape::Cube => lengths.length(),
        };
        let middle = camera_from_solid.translation;
        let is_ahead = middle.z + radius > NEAREST_METRES;
        is_ahead.then_some(Self {
            shape: solid.shape,
            solid_from_camera: solid_from_camera.matrix3,
            eye_in_solid: solid_from_camera.translation,
            middle,
            radius,
        })
    }

    /// The pixels it can cover: left, top, and one past right and bottom.
    pub(super) fn rectangle(
        &self,
        focal: f64,
        middle: DVec2,
        [width, height]: [u32; 2],
    ) -> [u32; 4] {
        let near = self.middle.z - self.radius;
        if near < NEAREST_METRES {
            return [0, 0, width, height];
        }
        let far = self.middle.z + self.radius;
        let edge = |at: f64| if at < 0.0 { at / near } else { at / far };
        let low = |at: f64| edge(at - self.radius) * focal;
        let high = |at: f64| -edge(-at - self.radius) * focal;
        let clamp = |pixel: f64, most: u32| pixel.clamp(0.0, f64::from(most)) as u32;
        [
            clamp((middle.x + low(self.middle.x)).floor(), width),
            clamp((middle.y + low(self.middle.y)).floor(), height),
            clamp((middle.x + high(self.middle.x)).ceil(), width),
            clamp((middle.y + high(self.middle.y)).ceil(), height),
        ]
    }

    /// The outward normal where a ray hits, in camera space, a unit vector.
    pub(super) fn normal(&self, ray: DVec3, z: f64) -> DVec3 {
        let place = self.eye_in_solid + self.solid_from_camera * ray * z;
        let own = self.shape.normal(place);
        (self.solid_from_camera.transpose() * own).normalize_or(DVec3::NEG_Z)
    }

    /// The depth at which `ray`, whose z is 1, hits: metres along the camera's axis.
    pub(super) fn hit(&self, ray: DVec3) -> Option<f64> {
        let (eye, along) = (self.eye_in_solid, self.solid_from_camera * ray);
        let hit = match self.shape {
            Shape::Ball => {
                round(along.dot(along), along.dot(eye), eye.dot(eye)).map(|[near, _]| near)
            }
            Shape::Cube => slabs(eye, along).map(|[near, _]| near),
            Shape::Cylinder => {
                let flat = |v: DVec3| DVec2::new(v.x, v.z);
                let (e, a) = (flat(eye), flat(along));
                let side = round(a.dot(a), a.dot(e), e.dot(e))?;
                let [top, bottom] = slab(eye.y, along.y);
                let (near, far) = (side[0].max(top), side[1].min(bottom));
                (near <= far).then_some(near)
            }
        };
        hit.filter(|&z| z > NEAREST_METRES)
    }
}

/// Where |e + t·a| = 1, from a·a, a·e and e·e.
fn round(aa: f64, ae: f64, ee: f64) -> Option<[f64; 2]> {
    if aa <= 0.0 {
        return (ee <= 1.0).then_some([f64::NEG_INFINITY, f64::INFINITY]);
    }
    let under_root = ae * ae - aa * (ee - 1.0);
    let root = (under_root >= 0.0).then(|| under_root.sqrt())?;
    Some([(-ae - root) / aa, (-ae + root) / aa])
}

/// Where -1 <= e + t·a <= 1.
fn slab(e: f64, a: f64) -> [f64; 2] {
    let (one, other) = ((-1.0 - e) / a, (1.0 - e) / a);
    [one.min(other), one.max(other)]
}

fn slabs(eye: DVec3, along: DVec3) -> Option<[f64; 2]> {
    let [x, y, z] = [
        slab(eye.x, along.x),
        slab(eye.y, along.y),
        slab(eye.z, along.z),
    ];
    let (near, far) = (x[0].max(y[0]).max(z[0]), x[1].min(y[1]).min(z[1]));
    (near <= far).then_some([near, far])
}
