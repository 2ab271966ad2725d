//! The figures that mannequins can have: their parts, their paint, and how their limbs move. Lengths are fractions of the
//! height; x is right, y down, z forward; the point between the feet is the origin, and a figure looks along z.

mod limbs;
mod person;
mod toys;

use glam::DVec3;
use serde::{Deserialize, Serialize};

pub use limbs::{JUMP_HEIGHTS, Limbs, Motion};

/// What a mannequin looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FigureKind {
    /// A simple doll that does not move its limbs.
    #[default]
    Plain,
    /// A human being with knees and elbows.
    Person,
    /// A robot with a square head and an antenna.
    Robot,
    /// An astronaut with helmet and backpack.
    Astronaut,
    /// A cat that walks upright.
    Cat,
    /// A rabbit that walks upright.
    Rabbit,
    /// A bear that walks upright.
    Bear,
    /// A dinosaur that walks upright.
    Dinosaur,
}

impl FigureKind {
    /// All kinds with their names in the window and in commands.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Plain, "Plain"),
        (Self::Person, "Person"),
        (Self::Robot, "Robot"),
        (Self::Astronaut, "Astronaut"),
        (Self::Cat, "Cat"),
        (Self::Rabbit, "Rabbit"),
        (Self::Bear, "Bear"),
        (Self::Dinosaur, "Dinosaur"),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(kind, _)| *kind == self);
        found.map_or("Plain", |(_, name)| name)
    }

    /// Whether its arms and legs can move.
    pub fn has_limbs(self) -> bool {
        self != Self::Plain
    }

    /// The parts of the figure with its limbs like this. Empty for the plain mannequin, whose parts are fractions of its
    /// width and depth too.
    pub fn parts(self, limbs: &Limbs) -> Vec<FigurePart> {
        match self {
            Self::Plain => Vec::new(),
            Self::Person => person::parts(limbs),
            Self::Robot => toys::ROBOT.parts(limbs),
            Self::Astronaut => toys::ASTRONAUT.parts(limbs),
            Self::Cat => toys::CAT.parts(limbs),
            Self::Rabbit => toys::RABBIT.parts(limbs),
            Self::Bear => toys::BEAR.parts(limbs),
            Self::Dinosaur => toys::DINOSAUR.parts(limbs),
        }
    }
}

/// The part of a body that a solid belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The head, with what is on it.
    Head,
    /// The trunk, with what is on its back.
    Torso,
    /// Both arms.
    Arms,
    /// Both legs.
    Legs,
}

/// How a solid is painted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// In the colour of the body.
    Body,
    /// In the colour of the limbs.
    Limbs,
    /// In a lighter colour of the body: it shows where a face looks.
    Face,
    /// Nearly black: eyes and visors.
    Dark,
    /// Nearly white: snouts.
    Light,
    /// In a colour of its own, in sRGB.
    Fixed([u8; 3]),
}

/// A part of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FigurePart {
    /// Its form and place.
    pub form: PartForm,
    /// What it belongs to.
    pub part: Part,
    /// Its paint.
    pub paint: Paint,
}

/// The form of a part, in fractions of the figure's height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PartForm {
    /// An ellipsoid.
    Ball {
        /// Its centre.
        middle: DVec3,
        /// Its half sizes.
        half: DVec3,
    },
    /// A box.
    Cube {
        /// Its centre.
        middle: DVec3,
        /// Its half sizes.
        half: DVec3,
    },
    /// All points within a distance of a line.
    Capsule {
        /// One end of the line.
        from: DVec3,
        /// The other end.
        to: DVec3,
        /// The distance.
        radius: f64,
    },
}

/// Right of the middle, up from the ground, forwards.
pub(super) const fn at([right, up, forward]: [f64; 3]) -> DVec3 {
    DVec3::new(right, -up, forward)
}

const fn ball(part: Part, paint: Paint, middle: [f64; 3], half: [f64; 3]) -> FigurePart {
    let form = PartForm::Ball {
        middle: at(middle),
        half: DVec3::from_array(half),
    };
    FigurePart { form, part, paint }
}

const fn cube(part: Part, paint: Paint, middle: [f64; 3], half: [f64; 3]) -> FigurePart {
    let form = PartForm::Cube {
        middle: at(middle),
        half: DVec3::from_array(half),
    };
    FigurePart { form, part, paint }
}

const fn capsule(
    part: Part,
    paint: Paint,
    from: [f64; 3],
    to: [f64; 3],
    radius: f64,
) -> FigurePart {
    let form = PartForm::Capsule {
        from: at(from),
        to: at(to),
        radius,
    };
    FigurePart { form, part, paint }
}

/// A part of an arm or a leg, from one place to another.
const fn limb(part: Part, from: DVec3, to: DVec3, radius: f64) -> FigurePart {
    FigurePart {
        form: PartForm::Capsule { from, to, radius },
        part,
        paint: Paint::Limbs,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lowest and highest point of a part, as heights above the ground.
    fn heights(part: &FigurePart) -> [f64; 2] {
        match part.form {
            PartForm::Ball { middle, half } | PartForm::Cube { middle, half } => {
                [-middle.y - half.y, -middle.y + half.y]
            }
            PartForm::Capsule { from, to, radius } => {
                [(-from.y).min(-to.y) - radius, (-from.y).max(-to.y) + radius]
            }
        }
    }

    #[test]
    fn every_figure_stands_on_the_ground_and_is_about_one_height_tall() {
        for (kind, name) in FigureKind::ALL
            .into_iter()
            .filter(|(kind, _)| kind.has_limbs())
        {
            let parts = kind.parts(&Limbs::REST);
            let lowest = parts.iter().map(|part| heights(part)[0]);
            let highest = parts.iter().map(|part| heights(part)[1]);
            let (lowest, highest) = (
                lowest.fold(f64::INFINITY, f64::min),
                highest.fold(0.0, f64::max),
            );
            assert!(lowest.abs() < 0.04, "{name}: {lowest}");
            assert!((0.93..1.12).contains(&highest), "{name}: {highest}");
            for part in [Part::Head, Part::Torso, Part::Arms, Part::Legs] {
                assert!(parts.iter().any(|one| one.part == part), "{name}: {part:?}");
            }
        }
    }

    #[test]
    fn limbs_that_swing_move_feet_and_hands_and_nothing_else() {
        let swung = Limbs {
            legs: [0.5, -0.5],
            arms: [[-0.5, 0.1], [0.5, 0.1]],
            ..Limbs::REST
        };
        for (kind, name) in FigureKind::ALL
            .into_iter()
            .filter(|(kind, _)| kind.has_limbs())
        {
            let (rest, swung) = (kind.parts(&Limbs::REST), kind.parts(&swung));
            assert_eq!(rest.len(), swung.len(), "{name}");
            for (rest, swung) in rest.iter().zip(&swung) {
                let is_limb = matches!(rest.part, Part::Arms | Part::Legs);
                assert_eq!(rest != swung, is_limb, "{name}: {rest:?}");
            }
        }
    }
}
