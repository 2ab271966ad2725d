//! The depth of a stage, as the shot's camera sees it. A clip of such pictures is the control input of models; the
//! window draws the same solids.
//!
//! A pixel is √(1.2 m / z), z measured along the camera's axis, as a byte: 255 at 1.2 m and nearer, 0 in
//! the sky. Even steps of it are nearly even steps to the eye, and a face at 4 m still has 140 levels.

use glam::{DAffine3, DMat3, DVec2, DVec3};

use super::{Form, Stage, StandIn};
use crate::Frames;
use crate::camera::{Pose, SENSOR_WIDTH_MM};

/// At this depth and nearer, a pixel is white.
const BRIGHTEST_METRES: f64 = 1.2;
/// Nearer than this is behind the lens.
const NEAREST_METRES: f64 = 0.05;

/// A solid in the world; stand-ins are made of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Solid {
    /// Its shape, around its own origin.
    pub shape: Shape,
    /// The transform from its own space to world space, in metres.
    pub world_from_solid: DAffine3,
}

/// The shapes of solids, each filling the cube from -1 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A sphere of radius 1.
    Ball,
    /// A cylinder of radius 1 along y, with flat caps.
    Cylinder,
    /// The whole cube.
    Cube,
}

impl Shape {
    /// The outward normal at a point of the surface, in the shape's own space; not normalised.
    pub fn normal(self, place: DVec3) -> DVec3 {
        let most = |place: DVec3, only: DVec3| {
            let size = place.abs() * only;
            let largest = size.max_element();
            let axis = DVec3::from(size.to_array().map(|side| f64::from(side >= largest)));
            axis * only * place.signum()
        };
        match self {
            Self::Ball => place,
            Self::Cube => most(place, DVec3::ONE),
            Self::Cylinder if place.y.abs() > 1.0 - 1e-6 => DVec3::Y * place.y.signum(),
            Self::Cylinder => DVec3::new(place.x, 0.0, place.z),
        }
    }
}

/// The mannequin's parts: centre and half sizes as fractions of its width, height and depth. The foot is the origin
/// and it looks along z. The face shows where it looks.
const MANNEQUIN: [[[f64; 3]; 2]; 7] = [
    [[0.0, -0.84, 0.0], [0.26, 0.16, 0.46]],   // head
    [[0.0, -0.83, 0.42], [0.1, 0.05, 0.16]],   // face
    [[0.0, -0.5, 0.0], [0.3, 0.23, 0.44]],     // trunk
    [[-0.4, -0.52, 0.0], [0.1, 0.2, 0.26]],    // arms
    [[0.4, -0.52, 0.0], [0.1, 0.2, 0.26]],     //
    [[-0.16, -0.16, 0.0], [0.13, 0.165, 0.3]], // legs
    [[0.16, -0.16, 0.0], [0.13, 0.165, 0.3]],  //
];

impl StandIn {
    /// Its solids at `frame`.
    pub fn solids(&self, frame: Frames) -> Vec<Solid> {
        let (foot, turn) = self.at(frame);
        let world_from_foot =
            DAffine3::from_translation(foot) * DAffine3::from_rotation_y(turn.to_radians());
        let part = |shape, middle: DVec3, half: DVec3| Solid {
            shape,
            world_from_solid: world_from_foot
                * DAffine3::from_translation(middle)
                * DAffine3::from_scale(half),
        };
        let half = self.size / 2.0;
        let whole = |shape| vec![part(shape, DVec3::NEG_Y * half.y, half)];
        match self.form {
            Form::Box => whole(Shape::Cube),
            Form::Column => whole(Shape::Cylinder),
            Form::Sphere => whole(Shape::Ball),
            Form::Mannequin(_) => MANNEQUIN
                .iter()
                .map(|&[middle, half]| {
                    let (middle, half) = (DVec3::from(middle), DVec3::from(half));
                    part(Shape::Ball, middle * self.size, half * self.size)
                })
                .collect(),
        }
    }
}

/// The visible surface at a pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Surface {
    /// What it belongs to.
    pub body: Body,
    /// Depth along the camera's axis, in metres.
    pub z: f64,
    /// The outward normal in world space, a unit vector.
    pub normal: DVec3,
}

/// The parts of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// The floor.
    Ground,
    /// Index of the stand-in in the stage, and of the solid within it.
    StandIn(usize, usize),
}

/// The nearest hit of a pixel: depth along the camera's axis, and what was hit.
#[derive(Clone, Copy)]
struct Nearest<T> {
    z: f64,
    what: T,
}

impl Stage {
    /// The depth picture, row by row: one byte for each of `width` x `height` pixels.
    pub fn depth(&self, frame: Frames, pose: &Pose, size: [u32; 2]) -> Vec<u8> {
        let eye = Eye::new(pose, size);
        let solids = self.stand_ins.iter().flat_map(|body| body.solids(frame));
        let seen = solids.filter_map(|solid| Some((Seen::from(&solid, pose)?, ())));
        let nearest = self.nearest(&eye, seen, ());
        nearest.into_iter().map(|hit| brightness(hit.z)).collect()
    }

    /// The visible surfaces, row by row; `None` for the sky.
    pub fn surfaces(&self, frame: Frames, pose: &Pose, size: [u32; 2]) -> Vec<Option<Surface>> {
        let eye = Eye::new(pose, size);
        let solids: Vec<(Seen, Body)> = (0..)
            .zip(&self.stand_ins)
            .flat_map(|(at, body)| (0..).zip(body.solids(frame)).map(move |hit| (at, hit)))
            .filter_map(|(at, (part, solid))| {
                Some((Seen::from(&solid, pose)?, Body::StandIn(at, part)))
            })
            .collect();
        let numbered = solids
            .iter()
            .enumerate()
            .map(|(at, (seen, _))| (seen, Some(at)));
        let nearest = self.nearest(&eye, numbered, None);
        let surface = |(at, hit): (usize, Nearest<Option<usize>>)| {
            let ray = eye.ray(at as u32 % size[0], at as u32 / size[0]);
            let (body, normal) = match hit.what.and_then(|number| solids.get(number)) {
                Some((solid, body)) => (*body, pose.orientation * solid.normal(ray, hit.z)),
                None => (Body::Ground, DVec3::NEG_Y),
            };
            hit.z.is_finite().then_some(Surface {
                body,
                z: hit.z,
                normal,
            })
        };
        nearest.into_iter().enumerate().map(surface).collect()
    }

    /// The nearest hit of each pixel, infinitely far where there is none. `ground` stands for the ground plane.
    fn nearest<S: std::borrow::Borrow<Seen>, T: Copy>(
        &self,
        eye: &Eye,
        solids: impl Iterator<Item = (S, T)>,
        ground: T,
    ) -> Vec<Nearest<T>> {
        let [width, height] = eye.size;
        let none = Nearest {
            z: f64::INFINITY,
            what: ground,
        };
        let mut nearest = vec![none; (width * height) as usize];
        if self.ground {
            for (at, hit) in nearest.iter_mut().enumerate() {
                let towards = eye.ray(at as u32 % width, at as u32 / width).dot(eye.down);
                let z = eye.height / towards;
                if z > NEAREST_METRES {
                    hit.z = z;
                }
            }
        }
        for (solid, what) in solids {
            let solid = solid.borrow();
            let [left, top, right, bottom] = solid.rectangle(eye.focal, eye.middle, eye.size);
            for row in top..bottom {
                for column in left..right {
                    let hit = &mut nearest[(row * width + column) as usize];
                    if let Some(z) = solid.hit(eye.ray(column, row))
                        && z < hit.z
                    {
                        *hit = Nearest { z, what };
                    }
                }
            }
        }
        nearest
    }
}

/// The origin and directions of a picture's rays.
struct Eye {
    size: [u32; 2],
    /// The focal length in pixels.
    focal: f64,
    middle: DVec2,
    /// The world's down direction, in camera space.
    down: DVec3,
    /// Above the ground, in metres.
    height: f64,
}

impl Eye {
    fn new(pose: &Pose, size: [u32; 2]) -> Self {
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
    fn ray(&self, column: u32, row: u32) -> DVec3 {
        let pixel = DVec2::new(f64::from(column), f64::from(row)) + 0.5;
        ((pixel - self.middle) / self.focal).extend(1.0)
    }
}

fn brightness(z: f64) -> u8 {
    ((BRIGHTEST_METRES / z).sqrt().min(1.0) * 255.0).round() as u8
}

/// A solid in camera space. All rays start at the camera, so their common origin in the solid's own space is computed
/// once.
struct Seen {
    shape: Shape,
    solid_from_camera: DMat3,
    eye_in_solid: DVec3,
    /// The bounding sphere, in camera space.
    middle: DVec3,
    radius: f64,
}

impl Seen {
    /// `None` if it lies behind the camera.
    fn from(solid: &Solid, pose: &Pose) -> Option<Self> {
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
    fn rectangle(&self, focal: f64, middle: DVec2, [width, height]: [u32; 2]) -> [u32; 4] {
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
    fn normal(&self, ray: DVec3, z: f64) -> DVec3 {
        let place = self.eye_in_solid + self.solid_from_camera * ray * z;
        let own = self.shape.normal(place);
        (self.solid_from_camera.transpose() * own).normalize_or(DVec3::NEG_Z)
    }

    /// The depth at which `ray`, whose z is 1, hits: metres along the camera's axis.
    fn hit(&self, ray: DVec3) -> Option<f64> {
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

#[cfg(test)]
mod tests {
    use super::super::StandInKey;
    use super::*;

    const SIZE: [u32; 2] = [96, 64];

    fn stage(form: Form, size: DVec3, position: DVec3) -> Stage {
        let key = StandInKey {
            frame: Frames::ZERO,
            position,
            turn_degrees: 0.0,
        };
        Stage {
            ground: false,
            stand_ins: vec![StandIn {
                name: "it".into(),
                form,
                size,
                keys: vec![key],
                colours: None,
            }],
            strength: 1.0,
        }
    }

    fn pixel(depth: &[u8], column: u32, row: u32) -> u8 {
        depth[(row * SIZE[0] + column) as usize]
    }

    #[test]
    fn each_form_is_as_near_as_its_front() {
        for (form, front) in [(Form::Box, 3.0), (Form::Column, 3.0), (Form::Sphere, 3.0)] {
            let stage = stage(form, DVec3::splat(2.0), DVec3::new(0.0, -0.5, 0.0)); // middle at eye height
            let depth = stage.depth(Frames::ZERO, &Pose::START, SIZE);
            let expected = brightness(front);
            assert!(
                pixel(&depth, 48, 32).abs_diff(expected) <= 1,
                "{form:?}: {} {expected}",
                pixel(&depth, 48, 32)
            );
            assert_eq!(pixel(&depth, 0, 0), 0, "sky");
        }
    }

    #[test]
    fn the_ground_comes_nearer_downwards_and_ends_at_the_horizon() {
        let stage = Stage::default();
        let depth = stage.depth(Frames::ZERO, &Pose::START, SIZE);
        let column: Vec<u8> = (0..64).map(|row| pixel(&depth, 20, row)).collect();
        assert!(column[..32].iter().all(|&byte| byte == 0), "{column:?}");
        assert!(
            column[32..].windows(2).all(|pair| pair[0] <= pair[1]),
            "{column:?}"
        );
        // The lowest row looks 31.5 pixels down through a lens of 93.3: 1.5 m of height is 4.44 m ahead.
        assert_eq!(column[63], brightness(1.5 / 31.5 * (35.0 / 36.0 * 96.0)));
    }

    #[test]
    fn a_mannequin_stands_on_its_foot_and_is_as_tall_as_it_is_told() {
        let stage = stage(
            Form::Mannequin(None),
            DVec3::new(0.6, 1.0, 0.4),
            DVec3::new(0.0, -0.5, 0.0),
        );
        let depth = stage.depth(Frames::ZERO, &Pose::START, SIZE);
        let rows: Vec<u32> = (0..64)
            .filter(|&row| (0..96).any(|column| pixel(&depth, column, row) > 0))
            .collect();
        // From 1.5 m above the ground, at eye height, to 0.5 m: 23.3 pixels of a metre at 4 m.
        let (top, bottom) = (rows[0], rows[rows.len() - 1]);
        assert!(
            (31..=33).contains(&top) && (54..=57).contains(&bottom),
            "{top} {bottom}"
        );
    }

    #[test]
    fn a_surface_is_as_near_as_the_depth_says_and_faces_the_camera() {
        let mut stage = stage(Form::Sphere, DVec3::splat(2.0), DVec3::new(0.0, -0.5, 0.0));
        stage.ground = true;
        let depth = stage.depth(Frames::ZERO, &Pose::START, SIZE);
        let surfaces = stage.surfaces(Frames::ZERO, &Pose::START, SIZE);
        for (byte, surface) in depth.iter().zip(&surfaces) {
            assert_eq!(*byte, surface.map_or(0, |surface| brightness(surface.z)));
        }
        let middle = surfaces[32 * 96 + 48].expect("the ball");
        assert_eq!(middle.body, Body::StandIn(0, 0));
        assert!(middle.normal.dot(DVec3::NEG_Z) > 0.99, "{middle:?}");
        let below = surfaces[63 * 96 + 2].expect("the ground");
        assert_eq!((below.body, below.normal), (Body::Ground, DVec3::NEG_Y));
    }

    #[test]
    fn what_is_behind_the_camera_is_not_seen_and_being_inside_is_no_panic() {
        for z in [-9.0, -4.0] {
            for form in [Form::Box, Form::Column, Form::Sphere, Form::Mannequin(None)] {
                let stage = stage(form, DVec3::splat(1.0), DVec3::new(0.0, -1.0, z));
                let depth = stage.depth(Frames::ZERO, &Pose::START, SIZE);
                assert_eq!(depth.len(), 96 * 64);
                assert!(z > -5.0 || depth.iter().all(|&byte| byte == 0), "{form:?}");
            }
        }
    }
}
