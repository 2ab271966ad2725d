//! The characters of the world: kinds with distinct silhouettes, their colours, poses and movement. Lengths are
//! fractions of the character's height; up is -y, and it looks along z.

use std::f32::consts::{PI, TAU};

use glam::{Affine3A, Quat, Vec3, Vec3A};

use super::pacing::{CADENCE_HERTZ, JUMP, Pacing, WAVE_HERTZ};
use super::shapes::Body;
use super::words::words;

words! {
    /// The kind of a character.
    Kind {
        Robot: "robot";
        Astronaut: "astronaut", "spaceman", "cosmonaut";
        Cat: "cat", "kitten";
        Rabbit: "rabbit", "bunny", "hare";
        Bear: "bear", "teddy";
        Dinosaur: "dinosaur", "dino", "dragon";
    }
}

words! {
    /// The colour of a body or of limbs.
    Colour {
        Red: "red", "crimson";
        Orange: "orange";
        Yellow: "yellow", "golden";
        Green: "green";
        Blue: "blue";
        Purple: "purple", "violet";
        White: "white";
        Black: "black", "dark";
    }
}

words! {
    /// The action of a character.
    Action {
        Stand: "stands", "waits", "standing still", "stand";
        WalkLeft: "walks left", "goes left", "walking to the left", "walk left";
        WalkRight: "walks right", "goes right", "walking to the right", "walk right";
        Jump: "jumps", "hops", "jumping", "jump";
        Wave: "waves", "greets", "waving", "wave";
        Spin: "spins", "turns around", "spinning", "spin";
    }
}

impl Colour {
    /// RGB from 0 to 1, in even light.
    pub fn rgb(self) -> Vec3A {
        let [red, green, blue] = match self {
            Self::Red => [0.86, 0.14, 0.13],
            Self::Orange => [0.97, 0.50, 0.08],
            Self::Yellow => [0.98, 0.87, 0.16],
            Self::Green => [0.18, 0.68, 0.24],
            Self::Blue => [0.16, 0.36, 0.92],
            Self::Purple => [0.60, 0.24, 0.80],
            Self::White => [0.95, 0.95, 0.93],
            Self::Black => [0.13, 0.13, 0.15],
        };
        Vec3A::new(red, green, blue)
    }
}

/// A character.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Character {
    /// Its kind.
    pub kind: Kind,
    /// The colour of head and trunk.
    pub body: Colour,
    /// The colour of arms, legs, ears and tail.
    pub limbs: Colour,
    /// The height from the ground to the top of the head.
    pub height_metres: f32,
}

/// The pose of a character at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stance {
    /// The point it stands on, in metres.
    pub foot: Vec3,
    /// The rotation in radians, clockwise seen from above; 0 looks along z.
    pub turn: f32,
    /// Leg swing forwards, in radians: left and right.
    legs: [f32; 2],
    /// Arm angles in radians, forwards and sideways up: left and right.
    arms: [[f32; 2]; 2],
}

impl Stance {
    /// Standing at rest.
    pub fn rest(foot: Vec3, turn: f32) -> Self {
        Self {
            foot,
            turn,
            legs: [0.0; 2],
            arms: [[0.0, 0.22]; 2],
        }
    }

    /// The angle between the legs in radians: largest at the contacts of a walk.
    pub fn leg_spread(&self) -> f32 {
        let [left, right] = self.legs;
        (left - right).abs()
    }
}

impl Action {
    /// The pose of a character of this height, `seconds` after the first frame of a clip of `length` seconds. `turn`
    /// is its rotation where the action does not set one.
    pub fn stance(
        self,
        (start, turn): (Vec3, f32),
        height: f32,
        pacing: Pacing,
        (seconds, length): (f32, f32),
    ) -> Stance {
        let part = seconds / length.max(1e-3);
        let mut stance = Stance::rest(start, turn);
        match self {
            Self::Stand => {
                let sway = 0.05 * (TAU * 0.6 * seconds).sin();
                stance.arms = [[sway, 0.22], [-sway, 0.22]];
            }
            Self::WalkLeft | Self::WalkRight => {
                let side = if self == Self::WalkLeft { -1.0 } else { 1.0 };
                // Metres per second: steps of one length, whatever the pace.
                let speed = 0.95 * height * (pacing.cadence_hertz / CADENCE_HERTZ);
                stance.foot.x += side * speed * (seconds - length / 2.0);
                stance.turn = PI - side * 1.15; // not quite in profile: the face is seen
                let swing =
                    0.65 * (TAU * pacing.cadence_hertz * seconds + TAU * pacing.phase_turns).sin();
                stance.legs = [swing, -swing];
                stance.arms = [[-swing, 0.12], [swing, 0.12]];
            }
            Self::Jump => {
                let part = part * pacing.jump_speed - pacing.jump_later;
                let flight = (PI * (part * JUMP.stretch - JUMP.later).clamp(0.0, 1.0)).sin();
                stance.foot.y -= 0.42 * height * flight;
                stance.arms = [[0.0, 0.4 + 1.9 * flight]; 2];
                stance.legs = [0.25 * flight, -0.25 * flight];
            }
            Self::Wave => {
                let raised = 2.45 + 0.4 * (TAU * WAVE_HERTZ * seconds).sin();
                stance.arms = [[0.0, 0.2], [0.0, raised]];
            }
            Self::Spin => stance.turn += TAU * part,
        }
        stance
    }
}

/// The paint of a body part.
#[derive(Clone, Copy, Debug)]
enum Paint {
    Body,
    Limbs,
    Dark,
    Light,
}

/// Right of the middle, up from the ground, forwards.
fn at(right: f32, up: f32, forward: f32) -> Vec3A {
    Vec3A::new(right, -up, forward)
}

impl Character {
    /// All bodies with their colours, in metres, in world space.
    pub fn bodies(self, stance: &Stance) -> Vec<(Body, Vec3A)> {
        let world_from_own = Affine3A::from_translation(stance.foot)
            * Affine3A::from_quat(Quat::from_rotation_y(stance.turn));
        let mut parts = self.limbs(stance);
        parts.extend(self.trunk());
        let height = self.height_metres;
        parts
            .into_iter()
            .map(|(body, paint)| {
                let colour = match paint {
                    Paint::Body => self.body.rgb(),
                    Paint::Limbs => self.limbs.rgb(),
                    Paint::Dark => Vec3A::new(0.08, 0.09, 0.14),
                    Paint::Light => Vec3A::new(0.96, 0.95, 0.90),
                };
                (scaled(&body, height).under(&world_from_own), colour)
            })
            .collect()
    }

    /// Two arms and two legs, with the widths of the kind.
    fn limbs(self, stance: &Stance) -> Vec<(Body, Paint)> {
        let (hip, shoulder, thick) = match self.kind {
            Kind::Robot => (0.105, 0.215, 0.05),
            Kind::Astronaut => (0.105, 0.205, 0.068),
            Kind::Cat => (0.085, 0.165, 0.052),
            Kind::Rabbit => (0.09, 0.165, 0.055),
            Kind::Bear => (0.115, 0.235, 0.075),
            Kind::Dinosaur => (0.115, 0.17, 0.06),
        };
        let (leg, arm) = match self.kind {
            Kind::Dinosaur => (0.27, 0.15),
            _ => (0.27, 0.25),
        };
        let mut parts = Vec::new();
        for (side, sign) in [(0, -1.0), (1, 1.0)] {
            let foot_turn = Quat::from_rotation_x(stance.legs[side]);
            let from = at(sign * hip, 0.31, 0.0);
            let down = Vec3A::from(foot_turn * Vec3::new(0.0, leg - thick, 0.0));
            parts.push((Body::capsule(from, from + down, thick * 1.15), Paint::Limbs));

            let [forwards, sideways] = stance.arms[side];
            let turn = Quat::from_rotation_z(-sign * sideways) * Quat::from_rotation_x(forwards);
            let from = at(sign * shoulder, 0.56, 0.0);
            let along = Vec3A::from(turn * Vec3::new(0.0, arm, 0.0));
            parts.push((Body::capsule(from, from + along, thick), Paint::Limbs));
        }
        parts
    }

    /// All parts but arms and legs.
    fn trunk(self) -> Vec<(Body, Paint)> {
        use Paint::{Body as Own, Dark, Light, Limbs};
        let half = Vec3A::new;
        match self.kind {
            Kind::Robot => vec![
                (Body::cube(at(0.0, 0.45, 0.0), half(0.17, 0.16, 0.12)), Own),
                (Body::cube(at(0.0, 0.78, 0.0), half(0.15, 0.13, 0.13)), Own),
                (
                    Body::cube(at(0.0, 0.79, 0.12), half(0.115, 0.05, 0.03)),
                    Dark,
                ),
                (
                    Body::capsule(at(0.0, 0.90, 0.0), at(0.0, 1.0, 0.0), 0.018),
                    Limbs,
                ),
                (
                    Body::ball(at(0.0, 1.03, 0.0), half(0.045, 0.045, 0.045)),
                    Limbs,
                ),
            ],
            Kind::Astronaut => vec![
                (
                    Body::capsule(at(0.0, 0.38, 0.0), at(0.0, 0.52, 0.0), 0.165),
                    Own,
                ),
                (Body::ball(at(0.0, 0.80, 0.0), half(0.20, 0.195, 0.19)), Own),
                (
                    Body::ball(at(0.0, 0.80, 0.085), half(0.15, 0.12, 0.125)),
                    Dark,
                ),
                (
                    Body::cube(at(0.0, 0.50, -0.18), half(0.13, 0.15, 0.06)),
                    Limbs,
                ),
            ],
            Kind::Cat => vec![
                (
                    Body::capsule(at(0.0, 0.36, 0.0), at(0.0, 0.52, 0.0), 0.13),
                    Own,
                ),
                (
                    Body::ball(at(0.0, 0.76, 0.0), half(0.19, 0.155, 0.155)),
                    Own,
                ),
                (
                    Body::capsule(at(-0.13, 0.86, 0.0), at(-0.155, 0.985, 0.0), 0.04),
                    Limbs,
                ),
                (
                    Body::capsule(at(0.13, 0.86, 0.0), at(0.155, 0.985, 0.0), 0.04),
                    Limbs,
                ),
                (
                    Body::ball(at(-0.075, 0.785, 0.135), half(0.03, 0.04, 0.03)),
                    Dark,
                ),
                (
                    Body::ball(at(0.075, 0.785, 0.135), half(0.03, 0.04, 0.03)),
                    Dark,
                ),
                (
                    Body::ball(at(0.0, 0.71, 0.14), half(0.06, 0.04, 0.04)),
                    Light,
                ),
                (
                    Body::capsule(at(0.0, 0.30, -0.12), at(0.16, 0.36, -0.26), 0.035),
                    Limbs,
                ),
                (
                    Body::capsule(at(0.16, 0.36, -0.26), at(0.2, 0.58, -0.27), 0.035),
                    Limbs,
                ),
            ],
            Kind::Rabbit => vec![
                (Body::ball(at(0.0, 0.42, 0.0), half(0.15, 0.185, 0.14)), Own),
                (
                    Body::ball(at(0.0, 0.69, 0.0), half(0.145, 0.13, 0.135)),
                    Own,
                ),
                (
                    Body::capsule(at(-0.06, 0.79, 0.0), at(-0.085, 1.06, -0.01), 0.038),
                    Limbs,
                ),
                (
                    Body::capsule(at(0.06, 0.79, 0.0), at(0.085, 1.06, -0.01), 0.038),
                    Limbs,
                ),
                (
                    Body::ball(at(-0.06, 0.72, 0.115), half(0.027, 0.037, 0.03)),
                    Dark,
                ),
                (
                    Body::ball(at(0.06, 0.72, 0.115), half(0.027, 0.037, 0.03)),
                    Dark,
                ),
                (
                    Body::ball(at(0.0, 0.36, -0.16), half(0.065, 0.065, 0.065)),
                    Light,
                ),
            ],
            Kind::Bear => vec![
                (Body::ball(at(0.0, 0.43, 0.0), half(0.225, 0.23, 0.19)), Own),
                (
                    Body::ball(at(0.0, 0.79, 0.0), half(0.185, 0.165, 0.165)),
                    Own,
                ),
                (
                    Body::ball(at(-0.15, 0.93, 0.0), half(0.065, 0.065, 0.045)),
                    Limbs,
                ),
                (
                    Body::ball(at(0.15, 0.93, 0.0), half(0.065, 0.065, 0.045)),
                    Limbs,
                ),
                (
                    Body::ball(at(0.0, 0.75, 0.14), half(0.085, 0.065, 0.07)),
                    Light,
                ),
                (
                    Body::ball(at(0.0, 0.775, 0.2), half(0.03, 0.024, 0.022)),
                    Dark,
                ),
                (
                    Body::ball(at(-0.075, 0.84, 0.135), half(0.024, 0.028, 0.024)),
                    Dark,
                ),
                (
                    Body::ball(at(0.075, 0.84, 0.135), half(0.024, 0.028, 0.024)),
                    Dark,
                ),
            ],
            Kind::Dinosaur => vec![
                (
                    Body::ball(at(0.0, 0.43, -0.02), half(0.165, 0.21, 0.17)),
                    Own,
                ),
                (
                    Body::capsule(at(0.0, 0.55, 0.02), at(0.0, 0.80, 0.06), 0.085),
                    Own,
                ),
                (
                    Body::ball(at(0.0, 0.86, 0.12), half(0.11, 0.095, 0.185)),
                    Own,
                ),
                (
                    Body::ball(at(-0.085, 0.91, 0.12), half(0.028, 0.032, 0.032)),
                    Dark,
                ),
                (
                    Body::ball(at(0.085, 0.91, 0.12), half(0.028, 0.032, 0.032)),
                    Dark,
                ),
                (
                    Body::capsule(at(0.0, 0.36, -0.12), at(0.0, 0.16, -0.34), 0.095),
                    Own,
                ),
                (
                    Body::capsule(at(0.0, 0.16, -0.34), at(0.0, 0.09, -0.58), 0.055),
                    Own,
                ),
                (
                    Body::ball(at(0.0, 0.93, -0.01), half(0.03, 0.06, 0.06)),
                    Limbs,
                ),
                (
                    Body::ball(at(0.0, 0.74, -0.05), half(0.03, 0.065, 0.065)),
                    Limbs,
                ),
                (
                    Body::ball(at(0.0, 0.57, -0.17), half(0.03, 0.075, 0.075)),
                    Limbs,
                ),
                (
                    Body::ball(at(0.0, 0.36, -0.26), half(0.03, 0.065, 0.065)),
                    Limbs,
                ),
            ],
        }
    }
}

/// A body scaled to the character's height. Capsules stay round.
fn scaled(body: &Body, height: f32) -> Body {
    use super::shapes::Shape;
    let shape = match body.shape {
        Shape::Capsule { length, radius } => Shape::Capsule {
            length: length * height,
            radius: radius * height,
        },
        shape => shape,
    };
    let mut placed = body.placed;
    placed.translation *= height;
    if !matches!(shape, Shape::Capsule { .. }) {
        placed.matrix3 *= height;
    }
    Body { shape, placed }
}
