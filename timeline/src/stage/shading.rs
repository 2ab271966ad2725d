//! The stage as a picture: stand-ins in their colours under a soft light, between floor and sky. Animatics, the camera
//! panel and models that follow coloured control clips show the same picture.

use glam::{DVec2, DVec3};

use super::{Body, Form, Paint, Stage, StandIn, Surface, depth};
use crate::Frames;
use crate::camera::{Pose, SENSOR_WIDTH_MM};

/// Red, green and blue, from 0 to 1, in sRGB.
pub type Colour = [f64; 3];

const SKY_ABOVE: Colour = [0.49, 0.55, 0.64];
const SKY_AT_HORIZON: Colour = [0.80, 0.81, 0.82];
const GROUND: Colour = [0.63, 0.62, 0.60];
const LINE: Colour = [0.52, 0.51, 0.50];
/// The colour of stand-ins without a character and without colours of their own.
const PLASTER: Colour = [0.80, 0.76, 0.70];
/// The direction to the light: from the upper left behind a camera at its start position.
const TO_LIGHT: DVec3 = DVec3::new(-0.45, -0.78, -0.43);
/// At this distance the haze is half the horizon's colour.
const HALF_LOST_METRES: f64 = 12.0;
const LINE_METRES: f64 = 0.02;
/// Eyes and visors.
const DARK: Colour = [0.08, 0.09, 0.14];
/// Snouts.
const LIGHT: Colour = [0.96, 0.95, 0.90];

/// A frame of a stage through a camera, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct StageImage {
    /// Three sRGB bytes for each pixel, as [`Stage::picture`].
    pub picture: Vec<u8>,
    /// As [`Stage::fine_depth`].
    pub depth: Vec<u16>,
}

impl Stage {
    /// The picture of a frame through a camera, row by row: three sRGB bytes for each of `width` x `height` pixels.
    /// `painted` gives the colours of body and limbs of a form; `None` is plain plaster. A stand-in with colours of its
    /// own has those.
    pub fn picture(
        &self,
        frame: Frames,
        pose: &Pose,
        size: [u32; 2],
        painted: &dyn Fn(Form) -> Option<[Colour; 2]>,
    ) -> Vec<u8> {
        let seen = self.surfaces(frame, pose, size);
        self.shaded(&seen, (frame, pose, size), painted)
    }

    /// As [`Stage::picture`], with the depth of each pixel.
    pub fn image(
        &self,
        frame: Frames,
        pose: &Pose,
        size: [u32; 2],
        painted: &dyn Fn(Form) -> Option<[Colour; 2]>,
    ) -> StageImage {
        let seen = self.surfaces(frame, pose, size);
        let depth = seen.iter().map(|surface| {
            let far = surface.map_or(f64::INFINITY, |surface| surface.z);
            depth::two_bytes(far)
        });
        StageImage {
            picture: self.shaded(&seen, (frame, pose, size), painted),
            depth: depth.collect(),
        }
    }

    /// What is seen, in its colours: three sRGB bytes for each pixel.
    fn shaded(
        &self,
        seen: &[Option<Surface>],
        (frame, pose, size): (Frames, &Pose, [u32; 2]),
        painted: &dyn Fn(Form) -> Option<[Colour; 2]>,
    ) -> Vec<u8> {
        let focal = pose.focal_mm / SENSOR_WIDTH_MM * f64::from(size[0]);
        let middle = DVec2::new(f64::from(size[0]), f64::from(size[1])) / 2.0;
        let shadows = Shadows::of(self, frame);
        let coloured = |surface: &Surface, ray: DVec3| match surface.body {
            Body::StandIn {
                stand_in, paint, ..
            } => {
                let colours = self
                    .stand_ins
                    .get(stand_in)
                    .and_then(|stand_in| stand_in.own_colours().or_else(|| painted(stand_in.form)));
                lit(painted_colour(colours, paint), surface.normal)
            }
            Body::Ground => {
                let place = pose.position + ray * surface.z;
                let blurred = surface.z * surface.z / (focal * (-pose.position.y).abs().max(0.1));
                let shade = shadows.at(place);
                let near = ground(place, blurred).map(|part| part * shade);
                hazed(near, (place - pose.position).length())
            }
        };
        let pixels = seen.iter().enumerate().flat_map(|(at, surface)| {
            let (column, row) = (at as u32 % size[0], at as u32 / size[0]);
            let pixel = DVec2::new(f64::from(column), f64::from(row)) + 0.5;
            let ray = pose.orientation * ((pixel - middle) / focal).extend(1.0);
            bytes(match surface {
                None => sky(ray),
                Some(surface) => coloured(surface, ray),
            })
        });
        pixels.collect()
    }
}

/// The unlit colour of a paint on a stand-in whose body and limbs have these colours; `None` is plain plaster.
pub fn painted_colour(colours: Option<[Colour; 2]>, paint: Paint) -> Colour {
    match (paint, colours) {
        (Paint::Dark, _) => DARK,
        (Paint::Light, _) => LIGHT,
        (Paint::Fixed(colour), _) => colour.map(|byte| f64::from(byte) / 255.0),
        (_, None) => PLASTER,
        (Paint::Face, Some([body, _])) => mixed(body, [1.0; 3], 0.45),
        (Paint::Body, Some([body, _])) => body,
        (Paint::Limbs, Some([_, limbs])) => limbs,
    }
}

/// A colour under the stage's light; `normal` is the outward unit normal, in world space.
pub fn lit(colour: Colour, normal: DVec3) -> Colour {
    let from_sky = 0.5 - 0.5 * normal.y;
    let from_light = normal.dot(TO_LIGHT.normalize()).max(0.0);
    colour.map(|part| part * (0.42 + 0.24 * from_sky + 0.46 * from_light))
}

/// The colour of the sky in a world direction.
pub fn sky(towards: DVec3) -> Colour {
    let up = -towards.normalize_or(DVec3::Z).y;
    mixed(SKY_AT_HORIZON, SKY_ABOVE, (up * 1.6).clamp(0.0, 1.0))
}

/// The colour of the floor at a distance in metres, without lines and shadows.
pub fn floor_from(far: f64) -> Colour {
    hazed(GROUND, far)
}

fn hazed(colour: Colour, far: f64) -> Colour {
    mixed(colour, SKY_AT_HORIZON, far / (far + HALF_LOST_METRES))
}

/// The floor without light and shadow: a line every metre, at least `blurred` metres wide.
fn ground(place: DVec3, blurred: f64) -> Colour {
    let to_line = |at: f64| (at - at.round()).abs();
    let near = to_line(place.x).min(to_line(place.z));
    let wide = LINE_METRES.max(blurred);
    let covers = (1.0 - near / wide).clamp(0.0, 1.0) * (LINE_METRES / wide).sqrt();
    mixed(GROUND, LINE, covers)
}

/// Soft contact shadows on the floor below the stand-ins: position and radius in metres.
struct Shadows(Vec<(DVec2, f64)>);

impl Shadows {
    fn of(stage: &Stage, frame: Frames) -> Self {
        let below = |stand_in: &StandIn| {
            let (foot, _) = stand_in.at(frame);
            let wide = stand_in.size.x.max(stand_in.size.z) / 2.0;
            (DVec2::new(foot.x, foot.z), wide)
        };
        Self(stage.stand_ins.iter().map(below).collect())
    }

    /// The share of light left at a point of the floor, from 0 to 1.
    fn at(&self, place: DVec3) -> f64 {
        let here = DVec2::new(place.x, place.z);
        let shade = self.0.iter().map(|(foot, wide)| {
            let far = foot.distance(here) / wide;
            let dark = (1.6 - far).clamp(0.0, 1.0);
            1.0 - 0.38 * dark * dark * (3.0 - 2.0 * dark)
        });
        shade.product()
    }
}

fn mixed(one: Colour, other: Colour, share: f64) -> Colour {
    std::array::from_fn(|part| one[part] + (other[part] - one[part]) * share)
}

/// A colour as sRGB bytes.
pub fn bytes(colour: Colour) -> [u8; 3] {
    colour.map(|part| (part.clamp(0.0, 1.0) * 255.0).round() as u8)
}
