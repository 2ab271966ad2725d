//! Things that stand around on a stage: plants, stones, houses. Their shapes and colours show a model what they are, as a
//! box or a column cannot. Lengths are fractions of the height; x is right, y down, z forward.

use glam::DVec3;
use serde::{Deserialize, Serialize};

use super::mannequin::{FigurePart, Paint, Part, PartForm, at};

/// A thing of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Scenery {
    /// A cactus with two arms.
    Cactus,
    /// A tree with leaves.
    Tree,
    /// A pine.
    Pine,
    /// A bush.
    Bush,
    /// A rock.
    Rock,
    /// A house with a flat roof.
    House,
    /// A street lamp.
    Lamp,
    /// A crate.
    Crate,
}

const GREEN: Paint = Paint::Fixed([51, 145, 66]);
const WOOD: Paint = Paint::Fixed([112, 74, 48]);
const IRON: Paint = Paint::Fixed([77, 82, 92]);

#[rustfmt::skip] // tables
const CACTUS: [FigurePart; 5] = [
    rod(GREEN, [0.0, 0.0, 0.0], [0.0, 0.9, 0.0], 0.1),
    rod(GREEN, [0.0, 0.425, 0.0], [0.26, 0.465, 0.0], 0.06),
    rod(GREEN, [0.26, 0.465, 0.0], [0.26, 0.8, 0.0], 0.06),
    rod(GREEN, [0.0, 0.45, 0.0], [-0.24, 0.48, 0.0], 0.06),
    rod(GREEN, [-0.24, 0.48, 0.0], [-0.24, 0.7, 0.0], 0.06),
];
const TREE: [FigurePart; 3] = [
    rod(WOOD, [0.0, 0.0, 0.0], [0.0, 0.5, 0.0], 0.055),
    ball(
        Paint::Fixed([64, 128, 46]),
        [0.0, 0.68, 0.0],
        [0.3, 0.3, 0.3],
    ),
    ball(
        Paint::Fixed([59, 117, 42]),
        [0.16, 0.58, 0.05],
        [0.2, 0.19, 0.2],
    ),
];
const PINE: [FigurePart; 4] = [
    rod(WOOD, [0.0, 0.0, 0.0], [0.0, 0.2, 0.0], 0.05),
    ball(
        Paint::Fixed([41, 110, 77]),
        [0.0, 0.33, 0.0],
        [0.26, 0.17, 0.26],
    ),
    ball(
        Paint::Fixed([43, 116, 81]),
        [0.0, 0.56, 0.0],
        [0.2, 0.17, 0.2],
    ),
    ball(
        Paint::Fixed([46, 123, 86]),
        [0.0, 0.79, 0.0],
        [0.13, 0.2, 0.13],
    ),
];
const BUSH: [FigurePart; 1] = [ball(
    Paint::Fixed([66, 143, 51]),
    [0.0, 0.4, 0.0],
    [0.65, 0.6, 0.6],
)];
const ROCK: [FigurePart; 1] = [ball(
    Paint::Fixed([143, 133, 122]),
    [0.0, 0.3, 0.0],
    [0.7, 0.62, 0.6],
)];
const HOUSE: [FigurePart; 1] = [cube(Paint::Fixed([163, 153, 148]))];
const LAMP: [FigurePart; 2] = [
    rod(IRON, [0.0, 0.0, 0.0], [0.0, 0.9, 0.0], 0.023),
    ball(
        Paint::Fixed([255, 237, 179]),
        [0.0, 0.95, 0.0],
        [0.07, 0.07, 0.07],
    ),
];
const CRATE: [FigurePart; 1] = [cube(Paint::Fixed([179, 133, 82]))];

impl Scenery {
    /// All of them with their names in the window, and the usual height in metres.
    pub const ALL: [(Self, &'static str, f64); 8] = [
        (Self::Cactus, "Cactus", 1.7),
        (Self::Tree, "Tree", 2.7),
        (Self::Pine, "Pine", 2.5),
        (Self::Bush, "Bush", 0.8),
        (Self::Rock, "Rock", 0.8),
        (Self::House, "House", 4.5),
        (Self::Lamp, "Street lamp", 2.4),
        (Self::Crate, "Crate", 0.7),
    ];

    /// Its name in the window.
    pub fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(thing, ..)| *thing == self);
        found.map_or("Thing", |(_, name, _)| name)
    }

    /// Its parts, in heights.
    pub fn parts(self) -> &'static [FigurePart] {
        match self {
            Self::Cactus => &CACTUS,
            Self::Tree => &TREE,
            Self::Pine => &PINE,
            Self::Bush => &BUSH,
            Self::Rock => &ROCK,
            Self::House => &HOUSE,
            Self::Lamp => &LAMP,
            Self::Crate => &CRATE,
        }
    }

    /// Its width, height and depth if it is one metre high. With these proportions nothing of it is stretched.
    pub fn proportions(self) -> DVec3 {
        let [width, depth] = match self {
            Self::Cactus => [0.64, 0.2],
            Self::Tree => [0.66, 0.6],
            Self::Pine => [0.52, 0.52],
            Self::Bush => [1.3, 1.2],
            Self::Rock => [1.4, 1.2],
            Self::House | Self::Crate => [1.0, 1.0],
            Self::Lamp => [0.14, 0.14],
        };
        DVec3::new(width, 1.0, depth)
    }
}

const fn rod(paint: Paint, from: [f64; 3], to: [f64; 3], radius: f64) -> FigurePart {
    part(
        paint,
        PartForm::Capsule {
            from: at(from),
            to: at(to),
            radius,
        },
    )
}

const fn ball(paint: Paint, middle: [f64; 3], half: [f64; 3]) -> FigurePart {
    part(
        paint,
        PartForm::Ball {
            middle: at(middle),
            half: DVec3::from_array(half),
        },
    )
}

/// A box as large as the whole thing.
const fn cube(paint: Paint) -> FigurePart {
    part(
        paint,
        PartForm::Cube {
            middle: at([0.0, 0.5, 0.0]),
            half: DVec3::splat(0.5),
        },
    )
}

const fn part(paint: Paint, form: PartForm) -> FigurePart {
    FigurePart {
        form,
        part: Part::Torso,
        paint,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Form, Stage, StandIn};
    use super::*;
    use crate::Frames;
    use crate::camera::Pose;

    #[test]
    fn each_thing_stands_there_in_its_own_colours_and_no_two_look_the_same() {
        let pictures = Scenery::ALL.map(|(thing, name, height)| {
            let size = thing.proportions() * height;
            let form = Form::Scenery(thing);
            let stand_in = StandIn::new(name, form, size, DVec3::Z * 2.0 * height);
            let stage = Stage {
                stand_ins: vec![stand_in],
                ..Stage::default()
            };
            let picture = stage.picture(Frames::ZERO, &Pose::START, [96, 64], &|_| None);
            let empty = Stage::default().picture(Frames::ZERO, &Pose::START, [96, 64], &|_| None);
            let pixels = picture.chunks(3).zip(empty.chunks(3));
            let changed = pixels.filter(|(one, other)| one != other).count();
            assert!(changed > 40, "{name}: {changed}");
            picture
        });
        for (at, one) in pictures.iter().enumerate() {
            assert!(pictures[..at].iter().all(|other| other != one));
        }
    }
}
