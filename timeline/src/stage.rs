//! A shot's 3-D blockout: simple stand-ins for the cast and the set. Its depth or its picture, seen through the shot's
//! camera, is the control clip a model can follow. Metres; x right, y down, z forward; the ground is y = 0.

mod depth;
mod figure;
mod mannequin;
mod scenery;
mod shading;

use glam::DVec3;
use serde::{Deserialize, Serialize};

use crate::stored::is_default;
use crate::{CharacterId, Frames};

pub use depth::{Body, Shape, Solid, Surface};
pub use figure::{FIGURE_PARTS, Figure};
pub use mannequin::{FigureKind, FigurePart, JUMP_HEIGHTS, Limbs, Motion, Paint, Part, PartForm};
pub use scenery::Scenery;
pub use shading::{Colour, StageImage, bytes, floor_from, lit, painted_colour, sky};

/// The default distance between two mannequins.
const APART_METRES: f64 = 0.9;
/// The default width, height and depth of a mannequin.
pub const MANNEQUIN_METRES: DVec3 = DVec3::new(0.95, 1.65, 0.6);

/// The rotation of a stand-in that faces a camera at its start position.
pub const FACING_DEGREES: f64 = 180.0;

/// Ground and stand-ins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// Whether there is a ground plane.
    pub ground: bool,
    /// The objects on it.
    pub stand_ins: Vec<StandIn>,
    /// How closely the model follows the depth, from 0 to 1.
    pub strength: f32,
}

impl Default for Stage {
    fn default() -> Self {
        Self {
            ground: true,
            stand_ins: Vec::new(),
            strength: 1.0,
        }
    }
}

/// An object on the stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StandIn {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub form: Form,
    /// Width, height and depth in metres.
    pub size: DVec3,
    /// Its positions over time; at least one, sorted by frame.
    pub keys: Vec<StandInKey>,
    /// Body and limbs, in sRGB. `None`: the colours of its character, or plaster.
    #[serde(default, skip_serializing_if = "is_default")]
    pub colours: Option<[(u8, u8, u8); 2]>,
    /// What a mannequin looks like. `None`: like its character, or plain.
    #[serde(default, skip_serializing_if = "is_default")]
    pub figure: Option<FigureKind>,
    /// What the limbs of a figure do.
    #[serde(default, skip_serializing_if = "is_default")]
    pub motion: Motion,
}

/// The shape of a stand-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// A human figure, of a character or of nobody in particular.
    Mannequin(Option<CharacterId>),
    /// A box.
    Box,
    /// A standing cylinder.
    Column,
    /// A ball.
    Sphere,
    /// A thing with a shape and colours of its own.
    Scenery(Scenery),
}

/// A keyframe of a stand-in. Between keys it moves in a straight line.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StandInKey {
    /// Counted from the shot's first frame.
    pub frame: Frames,
    /// The point where it stands, in metres.
    pub position: DVec3,
    /// Rotation around the vertical, clockwise seen from above; 0 faces along z.
    pub turn_degrees: f64,
}

impl Stage {
    /// A mannequin for each name, side by side in front of a camera at its start position, facing it.
    pub fn of_cast(cast: &[(String, Option<CharacterId>)]) -> Self {
        let stand_in = |((name, who), foot): (&(String, Option<CharacterId>), DVec3)| {
            StandIn::new(name, Form::Mannequin(*who), MANNEQUIN_METRES, foot)
        };
        let places = Self::side_by_side(cast.len());
        Self {
            stand_ins: cast.iter().zip(places).map(stand_in).collect(),
            ..Self::default()
        }
    }

    /// The feet of so many mannequins, side by side in front of a camera at its start position, in metres.
    pub fn side_by_side(count: usize) -> impl Iterator<Item = DVec3> {
        let middle = (count as f64 - 1.0) / 2.0;
        (0..count).map(move |at| DVec3::X * (at as f64 - middle) * APART_METRES)
    }

    /// Its mannequins.
    pub fn mannequins(&self) -> impl Iterator<Item = &StandIn> {
        let stand_ins = self.stand_ins.iter();
        stand_ins.filter(|one| matches!(one.form, Form::Mannequin(_)))
    }

    /// Fails with a sentence that says why a stand-in is unusable. The strength is not looked at: that of a recipe is
    /// counted on the scale of its model.
    pub fn check_stand_ins(&self) -> Result<(), String> {
        match self.stand_ins.iter().find(|body| !body.is_sound()) {
            None => Ok(()),
            Some(body) => Err(format!(
                "the stand-in {:?} needs a size above 0 and at least one key, in the order of their frames; a wave takes one \
                 frame or more",
                body.name
            )),
        }
    }

    /// Fails with a sentence that says why the stage of a shot is unusable.
    pub fn check(&self) -> Result<(), String> {
        self.check_stand_ins()?;
        match (0.0..=1.0).contains(&self.strength) {
            true => Ok(()),
            false => Err(format!(
                "its strength {} does not lie between 0 and 1",
                self.strength
            )),
        }
    }
}

impl StandIn {
    /// A stand-in that does not move and faces a camera at its start position.
    pub fn new(name: &str, form: Form, size: DVec3, foot: DVec3) -> Self {
        Self {
            name: name.into(),
            form,
            size,
            keys: vec![StandInKey {
                frame: Frames::ZERO,
                position: foot,
                turn_degrees: FACING_DEGREES,
            }],
            colours: None,
            figure: None,
            motion: Motion::default(),
        }
    }

    /// Its own colours of body and limbs, if it has some.
    pub fn own_colours(&self) -> Option<[Colour; 2]> {
        let shares = |(red, green, blue): (u8, u8, u8)| {
            [red, green, blue].map(|byte| f64::from(byte) / 255.0)
        };
        Some(self.colours?.map(shares))
    }

    /// What it looks like: plain if neither it nor its character says more.
    pub fn figure_kind(&self) -> FigureKind {
        self.figure.unwrap_or_default()
    }

    /// Position and rotation in degrees at `frame`; before the first key and after the last it does not move.
    pub fn at(&self, frame: Frames) -> (DVec3, f64) {
        let next = self.keys.partition_point(|key| key.frame <= frame);
        let place = |key: &StandInKey| (key.position, key.turn_degrees);
        match (
            next.checked_sub(1).and_then(|before| self.keys.get(before)),
            self.keys.get(next),
        ) {
            (Some(from), Some(to)) => {
                let along = (frame - from.frame).0 as f64 / (to.frame - from.frame).0 as f64;
                let turn = from.turn_degrees + (to.turn_degrees - from.turn_degrees) * along;
                (from.position.lerp(to.position, along), turn)
            }
            (Some(key), None) | (None, Some(key)) => place(key),
            (None, None) => (DVec3::ZERO, 0.0),
        }
    }

    fn is_sound(&self) -> bool {
        let in_order = self
            .keys
            .windows(2)
            .all(|pair| pair[0].frame < pair[1].frame);
        let finite = self
            .keys
            .iter()
            .all(|key| key.position.is_finite() && key.turn_degrees.is_finite());
        let waves = match self.motion {
            Motion::Wave { swing_frames } => swing_frames.is_finite() && swing_frames >= 1.0,
            Motion::Walk | Motion::Jump | Motion::Still => true,
        };
        !self.keys.is_empty()
            && waves
            && in_order
            && finite
            && self.size.is_finite()
            && self.size.min_element() > 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cast_of_two_stands_side_by_side() {
        let stage = Stage::of_cast(&[("one".into(), None), ("two".into(), None)]);
        let places: Vec<f64> = stage
            .stand_ins
            .iter()
            .map(|body| body.keys[0].position.x)
            .collect();
        assert_eq!(places, [-0.45, 0.45]);
    }

    #[test]
    fn a_stand_in_walks_straight_between_its_keys_and_rests_outside() {
        let key = |frame, x, turn_degrees| StandInKey {
            frame: Frames(frame),
            position: DVec3::X * x,
            turn_degrees,
        };
        let body = StandIn {
            keys: vec![key(10, 0.0, 0.0), key(20, 4.0, 90.0)],
            ..StandIn::new("hero", Form::Box, DVec3::ONE, DVec3::ZERO)
        };
        assert_eq!(body.at(Frames(0)), (DVec3::ZERO, 0.0));
        assert_eq!(body.at(Frames(15)), (DVec3::X * 2.0, 45.0));
        assert_eq!(body.at(Frames(99)), (DVec3::X * 4.0, 90.0));
    }
}
