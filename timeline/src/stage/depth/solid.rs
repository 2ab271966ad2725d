//! The solids of a stage: stand-ins are made of them, each a ball, a cylinder or a cube with a transform.
//! The window and the depth pictures draw the same ones.

use glam::{DAffine3, DVec3};

use crate::Frames;
use crate::stage::{Form, StandIn};

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
