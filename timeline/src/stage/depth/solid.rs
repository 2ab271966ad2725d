//! The solids of a stage: stand-ins are made of them, each a ball, a cylinder or a cube with a transform.
//! The window and the depth pictures draw the same ones.

use glam::{DAffine3, DMat3, DVec3};

use crate::Frames;
use crate::stage::{FigurePart, Form, MANNEQUIN_METRES, Paint, Part, PartForm, StandIn};

/// A solid in the world; stand-ins are made of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Solid {
    /// Its shape, around its own origin.
    pub shape: Shape,
    /// The transform from its own space to world space, in metres.
    pub world_from_solid: DAffine3,
    /// The part of the figure that it belongs to.
    pub part: Part,
    /// Its paint.
    pub paint: Paint,
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

/// A solid of the plain mannequin: its part, its paint, its centre and its half sizes.
type PlainPart = (Part, Paint, [f64; 3], [f64; 3]);

/// The solids of the plain mannequin, as fractions of its width, height and depth. The foot is the origin and it looks
/// along z. The face shows where it looks.
#[rustfmt::skip] // a table
const PLAIN: [PlainPart; 7] = [
    (Part::Head, Paint::Body, [0.0, -0.84, 0.0], [0.26, 0.16, 0.46]),
    (Part::Head, Paint::Face, [0.0, -0.83, 0.42], [0.1, 0.05, 0.16]),
    (Part::Torso, Paint::Body, [0.0, -0.5, 0.0], [0.3, 0.23, 0.44]),
    (Part::Arms, Paint::Limbs, [-0.4, -0.52, 0.0], [0.1, 0.2, 0.26]),
    (Part::Arms, Paint::Limbs, [0.4, -0.52, 0.0], [0.1, 0.2, 0.26]),
    (Part::Legs, Paint::Limbs, [-0.16, -0.16, 0.0], [0.13, 0.165, 0.3]),
    (Part::Legs, Paint::Limbs, [0.16, -0.16, 0.0], [0.13, 0.165, 0.3]),
];

impl StandIn {
    /// Its solids at `frame`.
    pub fn solids(&self, frame: Frames) -> Vec<Solid> {
        let (foot, turn) = self.at(frame);
        let world_from_foot =
            DAffine3::from_translation(foot) * DAffine3::from_rotation_y(turn.to_radians());
        let solid = |shape, middle: DVec3, half: DVec3| Solid {
            shape,
            world_from_solid: world_from_foot
                * DAffine3::from_translation(middle)
                * DAffine3::from_scale(half),
            part: Part::Torso,
            paint: Paint::Body,
        };
        let half = self.size / 2.0;
        let whole = |shape| vec![solid(shape, DVec3::NEG_Y * half.y, half)];
        match self.form {
            Form::Box => whole(Shape::Cube),
            Form::Column => whole(Shape::Cylinder),
            Form::Sphere => whole(Shape::Ball),
            Form::Scenery(thing) => {
                let heights = self.size / thing.proportions();
                placed(
                    thing.parts(),
                    world_from_foot * DAffine3::from_scale(heights),
                )
            }
            Form::Mannequin(_) if self.figure_kind().has_limbs() => {
                let parts = self.figure_kind().parts(&self.limbs(frame));
                let heights = self.size / MANNEQUIN_METRES * MANNEQUIN_METRES.y;
                placed(&parts, world_from_foot * DAffine3::from_scale(heights))
            }
            Form::Mannequin(_) => {
                let solids = PLAIN.map(|(part, paint, middle, half)| {
                    let (middle, half) = (DVec3::from(middle), DVec3::from(half));
                    Solid {
                        part,
                        paint,
                        ..solid(Shape::Ball, middle * self.size, half * self.size)
                    }
                });
                solids.into()
            }
        }
    }
}

/// The solids of some parts, whose heights have this transform.
fn placed(parts: &[FigurePart], world_from_heights: DAffine3) -> Vec<Solid> {
    let solids = parts.iter().flat_map(FigurePart::solids);
    let placed = solids.map(|solid| Solid {
        world_from_solid: world_from_heights * solid.world_from_solid,
        ..solid
    });
    placed.collect()
}

impl FigurePart {
    /// Its solids, in heights of the figure. A capsule is a cylinder with a ball at each end.
    fn solids(&self) -> Vec<Solid> {
        let solid = |shape, world_from_solid| Solid {
            shape,
            world_from_solid,
            part: self.part,
            paint: self.paint,
        };
        let placed = |middle: DVec3, half: DVec3| {
            DAffine3::from_translation(middle) * DAffine3::from_scale(half)
        };
        match self.form {
            PartForm::Ball { middle, half } => vec![solid(Shape::Ball, placed(middle, half))],
            PartForm::Cube { middle, half } => vec![solid(Shape::Cube, placed(middle, half))],
            PartForm::Capsule { from, to, radius } => {
                let half = (to - from) / 2.0;
                let y = half.normalize_or(DVec3::Y);
                let (x, z) = y.any_orthonormal_pair();
                let tube = DAffine3 {
                    matrix3: DMat3::from_cols(x * radius, y * half.length().max(1e-6), z * radius),
                    translation: from + half,
                };
                let ends =
                    [from, to].map(|end| solid(Shape::Ball, placed(end, DVec3::splat(radius))));
                vec![solid(Shape::Cylinder, tube), ends[0], ends[1]]
            }
        }
    }
}
