//! Animatics: a shot before it has a take. Its stage is softly lit in the cast's colours, seen through its camera;
//! the window lights the stage with the same functions.

use glam::{DVec2, DVec3};
use kinora_timeline::camera::{CameraPath, Pose, SENSOR_WIDTH_MM};
use kinora_timeline::shot::Shot;
use kinora_timeline::stage::{Body, Form, Stage, Surface};
use kinora_timeline::{Frames, Project};

use crate::media::Picture;

/// Red, green and blue, from 0 to 1, in sRGB.
pub type Colour = [f64; 3];

/// The rendered width in pixels; wider pictures are scaled up smoothly, since an animatic is soft.
const WIDEST: u32 = 640;
const SKY_ABOVE: Colour = [0.49, 0.55, 0.64];
const SKY_AT_HORIZON: Colour = [0.80, 0.81, 0.82];
const GROUND: Colour = [0.63, 0.62, 0.60];
const LINE: Colour = [0.52, 0.51, 0.50];
/// The colour of stand-ins without a character.
const PLASTER: Colour = [0.80, 0.76, 0.70];
/// The direction to the light: from the upper left behind a camera at its start position.
const TO_LIGHT: DVec3 = DVec3::new(-0.45, -0.78, -0.43);
/// At this distance the haze is half the horizon's colour.
const HALF_LOST_METRES: f64 = 12.0;
const LINE_METRES: f64 = 0.02;
/// Indices of the limbs among a mannequin's solids.
const LIMBS: std::ops::Range<usize> = 3..7;
const FACE: usize = 1;

/// The stage of a shot at one of the shot's own frames, seen through its camera or, without one, from the start
/// position.
pub fn animatic_frame(
    project: &Project,
    shot: &Shot,
    frame: Frames,
    [width, height]: [u32; 2],
) -> Picture {
    let stage = project.stage_of(shot);
    let pose = pose_at(shot, frame);
    let share = (f64::from(WIDEST) / f64::from(width.max(1))).min(1.0);
    let size = [width, height].map(|side| ((f64::from(side) * share) as u32).max(1));
    let focal = pose.focal_mm / SENSOR_WIDTH_MM * f64::from(size[0]);
    let middle = DVec2::new(f64::from(size[0]), f64::from(size[1])) / 2.0;
    let shadows = Shadows::of(&stage, frame);
    let seen = stage.surfaces(frame, &pose, size);
    let pixels = seen.iter().enumerate().flat_map(|(at, surface)| {
        let (column, row) = (at as u32 % size[0], at as u32 / size[0]);
        let pixel = DVec2::new(f64::from(column), f64::from(row)) + 0.5;
        let ray = pose.orientation * ((pixel - middle) / focal).extend(1.0);
        let colour = match surface {
            None => sky(ray),
            Some(surface) => coloured(project, &stage, &shadows, surface, &pose, ray, focal),
        };
        let [red, green, blue] = bytes(colour);
        [red, green, blue, 255]
    });
    let drawn = Picture {
        width: size[0],
        height: size[1],
        rgba: pixels.collect(),
    };
    drawn.scaled([width, height])
}

/// The camera's pose at one of the shot's own frames.
pub fn pose_at(shot: &Shot, frame: Frames) -> Pose {
    let sampled = |path: &CameraPath| path.sample(frame.0 as f64, shot.length.rate);
    shot.camera.as_ref().map_or(Pose::START, sampled)
}

fn coloured(
    project: &Project,
    stage: &Stage,
    shadows: &Shadows,
    surface: &Surface,
    pose: &Pose,
    ray: DVec3,
    focal: f64,
) -> Colour {
    match surface.body {
        Body::StandIn(at, part) => {
            let plain = match stage.stand_ins.get(at) {
                Some(stand_in) => colour_of(project, stand_in.form, part),
                None => PLASTER,
            };
            lit(plain, surface.normal)
        }
        Body::Ground => {
            let place = pose.position + ray * surface.z;
            let blurred = surface.z * surface.z / (focal * (-pose.position.y).abs().max(0.1));
            let shade = shadows.at(place);
            let near = ground(place, blurred).map(|part| part * shade);
            hazed(near, (place - pose.position).length())
        }
    }
}

/// The unlit colour of a part of a stand-in.
pub fn colour_of(project: &Project, form: Form, part: usize) -> Colour {
    let character = match form {
        Form::Mannequin(who) => who.and_then(|who| project.character(who)),
        _ => None,
    };
    let Some(character) = character else {
        return PLASTER;
    };
    let of =
        |(red, green, blue): (u8, u8, u8)| [red, green, blue].map(|byte| f64::from(byte) / 255.0);
    let [body, limbs] = character.colours.map(of);
    match part {
        FACE => mixed(body, [1.0; 3], 0.45),
        part if LIMBS.contains(&part) => limbs,
        _ => body,
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
        let below = |stand_in: &kinora_timeline::stage::StandIn| {
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

#[cfg(test)]
mod tests {
    use kinora_timeline::cast::Character;
    use kinora_timeline::edit::library::Library;
    use kinora_timeline::shot::{CastMember, ModelLength};
    use kinora_timeline::{Edit, FrameRate};

    use super::*;

    #[test]
    fn a_shot_shows_its_cast_in_their_colours_between_sky_and_ground() {
        let project = Project::default();
        let ada = Character {
            colours: [(200, 30, 30), (30, 30, 200)],
            ..Character::new("Ada", "ada")
        };
        let add = Edit::Library(Library::AddCharacter(Box::new(ada)));
        let project = add.apply(&project).expect("added");
        let character = project.cast().next().expect("Ada").id;
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::FPS_24,
        };
        let shot = Shot {
            cast: vec![CastMember {
                character,
                strength: 1.0,
            }],
            ..Shot::new("one", "", length)
        };
        let picture = animatic_frame(&project, &shot, Frames::ZERO, [320, 180]);
        let [red, green, _, _] = picture.pixel(160, 142); // the trunk
        assert!(
            red > 100 && red > 3 * green,
            "{:?}",
            picture.pixel(160, 142)
        );
        let [red, green, blue, _] = picture.pixel(10, 4);
        assert!(blue > green && green > red, "sky");
        let below = picture.pixel(10, 170);
        assert!(below[0].abs_diff(below[2]) < 16, "{below:?}");
        let wide = animatic_frame(&project, &shot, Frames::ZERO, [1280, 720]);
        assert_eq!((wide.width, wide.height), (1280, 720));
    }
}
