//! The simple bodies the world is made of, and their intersection with rays.
//!
//! All rays of a camera start at one point. In a body's own space that point is fixed for a whole frame, so that each
//! ray costs one small matrix product and one square root.

use glam::{Affine3A, Mat3A, Vec2, Vec3A};

/// Nothing nearer than this is visible.
const NEAREST_METRES: f32 = 0.05;

/// A body around its own origin.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A sphere of radius 1.
    Ball,
    /// The cube from -1 to 1.
    Cube,
    /// All points within `radius` of the line from the origin along y.
    Capsule {
        /// The length of the line.
        length: f32,
        /// The distance around it.
        radius: f32,
    },
}

/// A body with its transform from its own space to another.
#[derive(Clone, Copy, Debug)]
pub struct Body {
    /// Its shape.
    pub shape: Shape,
    /// Its transform; capsules are never stretched.
    pub placed: Affine3A,
}

impl Body {
    /// An ellipsoid with these half sizes.
    pub fn ball(middle: Vec3A, half: Vec3A) -> Self {
        Self {
            shape: Shape::Ball,
            placed: Affine3A::from_translation(middle.into()) * Affine3A::from_scale(half.into()),
        }
    }

    /// A box with these half sizes.
    pub fn cube(middle: Vec3A, half: Vec3A) -> Self {
        Self {
            shape: Shape::Cube,
            placed: Affine3A::from_translation(middle.into()) * Affine3A::from_scale(half.into()),
        }
    }

    /// A capsule from one point to another.
    pub fn capsule(from: Vec3A, to: Vec3A, radius: f32) -> Self {
        let along = to - from;
        let length = along.length().max(1e-4);
        let y = along / length;
        let (x, z) = y.any_orthonormal_pair();
        Self {
            shape: Shape::Capsule { length, radius },
            placed: Affine3A {
                matrix3: Mat3A::from_cols(x, y, z),
                translation: from,
            },
        }
    }

    /// The same body with an outer transform applied.
    pub fn under(&self, outer: &Affine3A) -> Self {
        Self {
            shape: self.shape,
            placed: *outer * self.placed,
        }
    }

    /// The bounding sphere, in the space it is placed in.
    pub fn bound(&self) -> (Vec3A, f32) {
        let axes = self.placed.matrix3;
        let longest = axes
            .x_axis
            .length()
            .max(axes.y_axis.length())
            .max(axes.z_axis.length());
        match self.shape {
            Shape::Ball => (self.placed.translation, longest),
            Shape::Cube => {
                let diagonal = axes.x_axis.length_squared()
                    + axes.y_axis.length_squared()
                    + axes.z_axis.length_squared();
                (self.placed.translation, diagonal.sqrt())
            }
            Shape::Capsule { length, radius } => {
                let middle = self.placed.translation + axes.y_axis * (length / 2.0);
                (middle, length / 2.0 + radius)
            }
        }
    }

    /// The line and radius of its shadow.
    pub fn core(&self) -> (Vec3A, Vec3A, f32) {
        let axes = self.placed.matrix3;
        let [x, y, z] = [axes.x_axis, axes.y_axis, axes.z_axis];
        if let Shape::Capsule { length, radius } = self.shape {
            let from = self.placed.translation;
            return (from, from + y * length, radius);
        }
        // The longest axis is the line, the mean of the others the radius.
        let mut axes = [x, y, z];
        axes.sort_by(|a, b| b.length_squared().total_cmp(&a.length_squared()));
        let radius = f32::midpoint(axes[1].length(), axes[2].length());
        let reach = (axes[0].length() - radius).max(0.0);
        let half = axes[0].normalize_or_zero() * reach;
        let middle = self.placed.translation;
        (middle - half, middle + half, radius)
    }
}

/// A body prepared for the rays of one frame, in camera space.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    shape: Shape,
    solid_from_camera: Mat3A,
    eye_in_solid: Vec3A,
    camera_from_solid: Mat3A,
    middle: Vec3A,
    radius: f32,
}

impl Seen {
    /// `None` if it lies behind the camera. `body` is placed in camera space.
    pub fn from(body: &Body) -> Option<Self> {
        let (middle, radius) = body.bound();
        let inverse = body.placed.inverse();
        (middle.z + radius > NEAREST_METRES).then_some(Self {
            shape: body.shape,
            solid_from_camera: inverse.matrix3,
            eye_in_solid: inverse.translation,
            camera_from_solid: inverse.matrix3.transpose(), // transforms normals
            middle,
            radius,
        })
    }

    /// The samples it can cover: left, top, and one past right and bottom.
    pub fn rectangle(&self, focal: f32, centre: Vec2, size: [usize; 2]) -> [usize; 4] {
        let near = self.middle.z - self.radius;
        if near < NEAREST_METRES {
            return [0, 0, size[0], size[1]];
        }
        let far = self.middle.z + self.radius;
        let low = |at: f32| (at - self.radius) / if at < self.radius { near } else { far };
        let high = |at: f32| (at + self.radius) / if at > -self.radius { near } else { far };
        let clamp = |at: f32, most: usize| at.clamp(0.0, most as f32) as usize;
        [
            clamp((centre.x + low(self.middle.x) * focal).floor(), size[0]),
            clamp((centre.y + low(self.middle.y) * focal).floor(), size[1]),
            clamp((centre.x + high(self.middle.x) * focal).ceil(), size[0]),
            clamp((centre.y + high(self.middle.y) * focal).ceil(), size[1]),
        ]
    }

    /// The depth at which `ray` (z = 1) hits.
    #[inline]
    pub fn hit(&self, ray: Vec3A) -> Option<f32> {
        let (eye, along) = (self.eye_in_solid, self.solid_from_camera * ray);
        let hit = match self.shape {
            Shape::Ball => round(along.dot(along), along.dot(eye), eye.dot(eye) - 1.0),
            Shape::Cube => {
                let inverse = along.recip();
                let (one, other) = (
                    (Vec3A::NEG_ONE - eye) * inverse,
                    (Vec3A::ONE - eye) * inverse,
                );
                let near = one.min(other).max_element();
                let far = one.max(other).min_element();
                (near <= far).then_some(near)
            }
            Shape::Capsule { length, radius } => capsule(eye, along, length, radius),
        };
        hit.filter(|&z| z > NEAREST_METRES)
    }

    /// The outward normal at a hit, in camera space, a unit vector.
    pub fn normal(&self, ray: Vec3A, z: f32) -> Vec3A {
        let at = self.eye_in_solid + self.solid_from_camera * (ray * z);
        let normal = match self.shape {
            Shape::Ball => at,
            Shape::Cube => {
                let size = at.abs();
                let most = size.max_element();
                Vec3A::select(
                    size.cmpge(Vec3A::splat(most - 1e-3)),
                    at.signum(),
                    Vec3A::ZERO,
                )
            }
            Shape::Capsule { length, .. } => at - Vec3A::Y * at.y.clamp(0.0, length),
        };
        (self.camera_from_solid * normal).normalize_or_zero()
    }
}

/// The nearer root of aa·t² + 2·ae·t + c = 0.
#[inline]
fn round(aa: f32, ae: f32, c: f32) -> Option<f32> {
    let under_root = ae * ae - aa * c;
    (under_root >= 0.0).then(|| (-ae - under_root.sqrt()) / aa)
}

/// The side first, then the end cap it was missed at.
#[inline]
fn capsule(eye: Vec3A, along: Vec3A, length: f32, radius: f32) -> Option<f32> {
    let (ex, ez, ax, az) = (eye.x, eye.z, along.x, along.z);
    let aa = ax * ax + az * az;
    let side = round(aa, ax * ex + az * ez, ex * ex + ez * ez - radius * radius);
    let end = match side {
        Some(t) => {
            let y = eye.y + t * along.y;
            if (0.0..=length).contains(&y) {
                return Some(t);
            }
            if y < 0.0 { 0.0 } else { length }
        }
        // Parallel to the axis, or past it.
        None if aa > 1e-9 => return None,
        None => {
            if eye.y < 0.0 {
                0.0
            } else {
                length
            }
        }
    };
    let eye = eye - Vec3A::Y * end;
    round(
        along.dot(along),
        along.dot(eye),
        eye.dot(eye) - radius * radius,
    )
}
