//! The objects around: plants, stones and houses of each terrain, and the simple stand-ins for them on a stage.

use fastrand::Rng;
use glam::{DVec3, Vec3A};
use kinora_timeline::Frames;
use kinora_timeline::stage::{Form, StandIn, StandInKey};

use super::place::Terrain;
use super::random::within;
use super::shapes::Body;

/// An object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prop {
    what: What,
    foot: Vec3A,
    /// Its height in metres.
    height: f32,
    /// The random variation of its look, from 0 to 1.
    variant: f32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Cactus,
    Rock,
    Tree,
    Bush,
    Pine,
    House,
    Lamp,
    Crate,
}

impl What {
    fn of(terrain: Terrain, rng: &mut Rng) -> (Self, f32) {
        let (what, low, high) = match (terrain, rng.u8(..10)) {
            (Terrain::Desert, 0..6) => (Self::Cactus, 1.1, 2.2),
            (Terrain::Meadow, 0..6) => (Self::Tree, 2.0, 3.4),
            (Terrain::Meadow, _) => (Self::Bush, 0.5, 1.0),
            (Terrain::Snow, 0..7) => (Self::Pine, 1.8, 3.2),
            (Terrain::Desert | Terrain::Snow, _) => (Self::Rock, 0.5, 1.1),
            (Terrain::City, 0..5) => (Self::House, 3.0, 6.5),
            (Terrain::City, 5..8) => (Self::Lamp, 2.0, 2.8),
            (Terrain::City, _) => (Self::Crate, 0.5, 0.9),
        };
        (what, within(rng, low, high))
    }
}

/// Random objects of a place, away from the cast and the camera.
pub fn scattered(terrain: Terrain, rng: &mut Rng) -> Vec<Prop> {
    let count = rng.usize(5..=8);
    let mut props: Vec<Prop> = Vec::new();
    for _ in 0..count * 6 {
        if props.len() == count {
            break;
        }
        let (what, height) = What::of(terrain, rng);
        let is_beside = rng.u8(..4) == 0;
        let foot = match (what, is_beside) {
            (What::House, _) => Vec3A::new(within(rng, -10.0, 10.0), 0.0, within(rng, 6.0, 13.0)),
            (_, true) => {
                let side = if rng.bool() { 1.0 } else { -1.0 };
                Vec3A::new(side * within(rng, 2.0, 4.5), 0.0, within(rng, -1.0, 1.5))
            }
            (_, false) => Vec3A::new(within(rng, -6.0, 6.0), 0.0, within(rng, 1.6, 9.0)),
        };
        let prop = Prop {
            what,
            foot,
            height,
            variant: rng.f32(),
        };
        let apart =
            |other: &Prop| other.foot.distance(foot) > 0.8 + other.half_width() + prop.half_width();
        if props.iter().all(apart) {
            props.push(prop);
        }
    }
    props
}

impl Prop {
    /// Half its width, in metres.
    fn half_width(&self) -> f32 {
        match self.what {
            What::Cactus => 0.18 * self.height,
            What::Tree => 0.34 * self.height,
            What::Pine => 0.26 * self.height,
            What::Rock | What::Bush => 0.7 * self.height,
            What::House => 1.2 + self.variant,
            What::Lamp => 0.06,
            What::Crate => 0.5 * self.height,
        }
    }

    /// Its bodies with their colours.
    pub fn bodies(&self) -> Vec<(Body, Vec3A)> {
        let (h, v) = (self.height, self.variant);
        let at = |right: f32, up: f32, forward: f32| {
            self.foot + Vec3A::new(right * h, -up * h, forward * h)
        };
        let half = |x: f32, y: f32, z: f32| Vec3A::new(x * h, y * h, z * h);
        let wood = Vec3A::new(0.44, 0.29, 0.19);
        match self.what {
            What::Cactus => {
                let green = Vec3A::new(0.20, 0.52 + 0.1 * v, 0.26);
                let (low, high) = (0.35 + 0.15 * v, 0.5 - 0.1 * v);
                vec![
                    (
                        Body::capsule(at(0.0, 0.0, 0.0), at(0.0, 0.9, 0.0), 0.1 * h),
                        green,
                    ),
                    (
                        Body::capsule(at(0.0, low, 0.0), at(0.26, low + 0.04, 0.0), 0.06 * h),
                        green,
                    ),
                    (
                        Body::capsule(at(0.26, low + 0.04, 0.0), at(0.26, 0.8, 0.0), 0.06 * h),
                        green,
                    ),
                    (
                        Body::capsule(at(0.0, high, 0.0), at(-0.24, high + 0.03, 0.0), 0.06 * h),
                        green,
                    ),
                    (
                        Body::capsule(at(-0.24, high + 0.03, 0.0), at(-0.24, 0.7, 0.0), 0.06 * h),
                        green,
                    ),
                ]
            }
            What::Tree => {
                let leaves = Vec3A::new(0.20 + 0.1 * v, 0.50, 0.18);
                vec![
                    (
                        Body::capsule(at(0.0, 0.0, 0.0), at(0.0, 0.5, 0.0), 0.055 * h),
                        wood,
                    ),
                    (Body::ball(at(0.0, 0.68, 0.0), half(0.3, 0.3, 0.3)), leaves),
                    (
                        Body::ball(at(0.16, 0.58, 0.05), half(0.2, 0.19, 0.2)),
                        leaves * 0.92,
                    ),
                ]
            }
            What::Bush => {
                let leaves = Vec3A::new(0.26, 0.50 + 0.12 * v, 0.20);
                vec![(Body::ball(at(0.0, 0.4, 0.0), half(0.65, 0.6, 0.6)), leaves)]
            }
            What::Pine => {
                let needles = Vec3A::new(0.16, 0.40 + 0.06 * v, 0.30);
                vec![
                    (
                        Body::capsule(at(0.0, 0.0, 0.0), at(0.0, 0.2, 0.0), 0.05 * h),
                        wood,
                    ),
                    (
                        Body::ball(at(0.0, 0.33, 0.0), half(0.26, 0.17, 0.26)),
                        needles,
                    ),
                    (
                        Body::ball(at(0.0, 0.56, 0.0), half(0.2, 0.17, 0.2)),
                        needles * 1.06,
                    ),
                    (
                        Body::ball(at(0.0, 0.79, 0.0), half(0.13, 0.2, 0.13)),
                        needles * 1.12,
                    ),
                ]
            }
            What::Rock => {
                let stone = Vec3A::new(0.56, 0.50 + 0.04 * v, 0.48);
                vec![(Body::ball(at(0.0, 0.3, 0.0), half(0.7, 0.62, 0.6)), stone)]
            }
            What::House => {
                let walls = [
                    Vec3A::new(0.66, 0.56, 0.50),
                    Vec3A::new(0.52, 0.58, 0.68),
                    Vec3A::new(0.74, 0.70, 0.62),
                ][(v * 2.99) as usize];
                let wide = 1.2 + v;
                let middle = self.foot - Vec3A::Y * (h / 2.0);
                vec![(Body::cube(middle, Vec3A::new(wide, h / 2.0, 1.2)), walls)]
            }
            What::Lamp => {
                let iron = Vec3A::new(0.30, 0.32, 0.36);
                vec![
                    (
                        Body::capsule(at(0.0, 0.0, 0.0), at(0.0, 0.9, 0.0), 0.055),
                        iron,
                    ),
                    (
                        Body::ball(at(0.0, 0.95, 0.0), Vec3A::splat(0.17)),
                        Vec3A::new(1.0, 0.93, 0.70),
                    ),
                ]
            }
            What::Crate => {
                let half = Vec3A::splat(h / 2.0);
                vec![(
                    Body::cube(self.foot - Vec3A::Y * (h / 2.0), half),
                    Vec3A::new(0.70, 0.52, 0.32),
                )]
            }
        }
    }

    /// The one or two simple stand-ins an artist would block it out with.
    pub fn stand_ins(&self) -> Vec<StandIn> {
        let h = f64::from(self.height);
        let stand_in = |form, wide: f64, high: f64, up: f64| StandIn {
            name: String::new(),
            form,
            size: DVec3::new(wide, high, wide),
            keys: vec![StandInKey {
                frame: Frames::ZERO,
                position: self.foot.as_dvec3() - DVec3::Y * up,
                turn_degrees: 0.0,
            }],
            colours: None,
        };
        match self.what {
            What::Cactus => vec![stand_in(Form::Column, 0.3 * h, h, 0.0)],
            What::Tree => vec![
                stand_in(Form::Column, 0.11 * h, 0.5 * h, 0.0),
                stand_in(Form::Sphere, 0.62 * h, 0.62 * h, 0.37 * h),
            ],
            What::Bush => vec![stand_in(Form::Sphere, 1.25 * h, 1.1 * h, -0.1 * h)],
            What::Pine => vec![stand_in(Form::Column, 0.4 * h, 0.95 * h, 0.0)],
            What::Rock => vec![stand_in(Form::Sphere, 1.3 * h, 1.2 * h, -0.3 * h)],
            What::House => {
                let mut house = stand_in(Form::Box, 2.0 * f64::from(1.2 + self.variant), h, 0.0);
                house.size.z = 2.4;
                vec![house]
            }
            What::Lamp => vec![
                stand_in(Form::Column, 0.11, 0.9 * h, 0.0),
                stand_in(Form::Sphere, 0.34, 0.34, 0.95 * h - 0.17),
            ],
            What::Crate => vec![stand_in(Form::Box, h, h, 0.0)],
        }
    }
}
