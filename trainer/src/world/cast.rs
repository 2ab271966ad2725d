//! The characters of the world: kinds with distinct silhouettes, their colours, poses and movement. They have the figures
//! of the studio's stage.

use std::f32::consts::{PI, TAU};

use glam::{Affine3A, DVec3, Quat, Vec3, Vec3A};
use kinora_timeline::stage::{FigureKind, FigurePart, Limbs, PartForm, painted_colour};

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

    fn limbs(&self) -> Limbs {
        Limbs {
            legs: self.legs.map(f64::from),
            arms: self.arms.map(|arm| arm.map(f64::from)),
            ..Limbs::REST
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

impl Kind {
    /// The figure it has, on the studio's stage as in the world.
    pub fn figure(self) -> FigureKind {
        match self {
            Self::Robot => FigureKind::Robot,
            Self::Astronaut => FigureKind::Astronaut,
            Self::Cat => FigureKind::Cat,
            Self::Rabbit => FigureKind::Rabbit,
            Self::Bear => FigureKind::Bear,
            Self::Dinosaur => FigureKind::Dinosaur,
        }
    }
}

impl Character {
    /// All bodies with their colours, in metres, in world space.
    pub fn bodies(self, stance: &Stance) -> Vec<(Body, Vec3A)> {
        let world_from_own = Affine3A::from_translation(stance.foot)
            * Affine3A::from_quat(Quat::from_rotation_y(stance.turn));
        let parts = self.kind.figure().parts(&stance.limbs());
        let colours = Some(self.stage_colours());
        let bodies = parts.iter().map(|part| {
            let colour = DVec3::from_array(painted_colour(colours, part.paint)).as_vec3a();
            (
                body_of(part, Vec3::splat(self.height_metres)).under(&world_from_own),
                colour,
            )
        });
        bodies.collect()
    }
}

/// A part of something in metres, whose width, height and depth are so many times the part's. Only boxes are stretched.
pub fn body_of(part: &FigurePart, scale: Vec3) -> Body {
    let metres = |at: DVec3| at.as_vec3a() * Vec3A::from(scale);
    match part.form {
        PartForm::Ball { middle, half } => Body::ball(metres(middle), metres(half)),
        PartForm::Cube { middle, half } => Body::cube(metres(middle), metres(half)),
        PartForm::Capsule { from, to, radius } => {
            Body::capsule(metres(from), metres(to), radius as f32 * scale.y)
        }
    }
}
