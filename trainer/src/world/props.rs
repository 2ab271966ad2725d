//! The objects around: plants, stones and houses of each terrain, and the simple stand-ins for them on a stage.

use fastrand::Rng;
use glam::{Affine3A, DVec3, Vec3, Vec3A};
use kinora_timeline::stage::{Form, Paint, Scenery, StandIn};

use super::cast::body_of;
use super::place::Terrain;
use super::random::within;
use super::shapes::Body;

/// An object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prop {
    what: Scenery,
    foot: Vec3A,
    /// Its height in metres.
    height: f32,
    /// The random variation of its look, from 0 to 1.
    variant: f32,
}

/// Something that stands in a terrain, and its height in metres.
fn drawn(terrain: Terrain, rng: &mut Rng) -> (Scenery, f32) {
    let (what, low, high) = match (terrain, rng.u8(..10)) {
        (Terrain::Desert, 0..6) => (Scenery::Cactus, 1.1, 2.2),
        (Terrain::Meadow, 0..6) => (Scenery::Tree, 2.0, 3.4),
        (Terrain::Meadow, _) => (Scenery::Bush, 0.5, 1.0),
        (Terrain::Snow, 0..7) => (Scenery::Pine, 1.8, 3.2),
        (Terrain::Desert | Terrain::Snow, _) => (Scenery::Rock, 0.5, 1.1),
        (Terrain::City, 0..5) => (Scenery::House, 3.0, 6.5),
        (Terrain::City, 5..8) => (Scenery::Lamp, 2.0, 2.8),
        (Terrain::City, _) => (Scenery::Crate, 0.5, 0.9),
    };
    (what, within(rng, low, high))
}

/// Random objects of a place, away from the cast and the camera.
pub fn scattered(terrain: Terrain, rng: &mut Rng) -> Vec<Prop> {
    let count = rng.usize(5..=8);
    let mut props: Vec<Prop> = Vec::new();
    for _ in 0..count * 6 {
        if props.len() == count {
            break;
        }
        let (what, height) = drawn(terrain, rng);
        let is_beside = rng.u8(..4) == 0;
        let foot = match (what, is_beside) {
            (Scenery::House, _) => {
                Vec3A::new(within(rng, -10.0, 10.0), 0.0, within(rng, 6.0, 13.0))
            }
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
            Scenery::Cactus => 0.18 * self.height,
            Scenery::Tree => 0.34 * self.height,
            Scenery::Pine => 0.26 * self.height,
            Scenery::Rock | Scenery::Bush => 0.7 * self.height,
            Scenery::House => 1.2 + self.variant,
            Scenery::Lamp => 0.06,
            Scenery::Crate => 0.5 * self.height,
        }
    }

    /// Its bodies with their colours.
    pub fn bodies(&self) -> Vec<(Body, Vec3A)> {
        let heights = self.size() / self.what.proportions().as_vec3();
        let lighter = 0.92 + 0.16 * self.variant;
        let walls = [[168, 143, 128], [133, 148, 173], [189, 179, 158]];
        let bodies = self.what.parts().iter().map(|part| {
            let colour = match (self.what, part.paint) {
                (Scenery::House, _) => walls[(self.variant * 2.99) as usize],
                (_, Paint::Fixed(colour)) => colour,
                _ => [128; 3],
            };
            let colour = Vec3A::from_array(colour.map(|byte| f32::from(byte) / 255.0));
            let body = body_of(part, heights).under(&Affine3A::from_translation(self.foot.into()));
            (body, colour * lighter)
        });
        bodies.collect()
    }

    /// Width, height and depth in metres.
    fn size(&self) -> Vec3 {
        match self.what {
            Scenery::House => Vec3::new(2.0 * (1.2 + self.variant), self.height, 2.4),
            what => what.proportions().as_vec3() * self.height,
        }
    }

    /// The one or two simple stand-ins an artist would block it out with.
    pub fn stand_ins(&self) -> Vec<StandIn> {
        let h = f64::from(self.height);
        let stand_in = |form, wide: f64, high: f64, up: f64| {
            let foot = self.foot.as_dvec3() - DVec3::Y * up;
            let mut thing = StandIn::new("", form, DVec3::new(wide, high, wide), foot);
            thing.keys[0].turn_degrees = 0.0;
            thing
        };
        match self.what {
            Scenery::Cactus => vec![stand_in(Form::Column, 0.3 * h, h, 0.0)],
            Scenery::Tree => vec![
                stand_in(Form::Column, 0.11 * h, 0.5 * h, 0.0),
                stand_in(Form::Sphere, 0.62 * h, 0.62 * h, 0.37 * h),
            ],
            Scenery::Bush => vec![stand_in(Form::Sphere, 1.25 * h, 1.1 * h, -0.1 * h)],
            Scenery::Pine => vec![stand_in(Form::Column, 0.4 * h, 0.95 * h, 0.0)],
            Scenery::Rock => vec![stand_in(Form::Sphere, 1.3 * h, 1.2 * h, -0.3 * h)],
            Scenery::House => {
                let mut house = stand_in(Form::Box, 2.0 * f64::from(1.2 + self.variant), h, 0.0);
                house.size.z = 2.4;
                vec![house]
            }
            Scenery::Lamp => vec![
                stand_in(Form::Column, 0.11, 0.9 * h, 0.0),
                stand_in(Form::Sphere, 0.34, 0.34, 0.95 * h - 0.17),
            ],
            Scenery::Crate => vec![stand_in(Form::Box, h, h, 0.0)],
        }
    }

    /// The stand-in with its own shape and colours.
    pub fn scenery(&self) -> StandIn {
        let size = self.size().as_dvec3();
        let mut thing = StandIn::new("", Form::Scenery(self.what), size, self.foot.as_dvec3());
        thing.keys[0].turn_degrees = 0.0;
        thing
    }
}
