//! A clip of the world with one of eight camera moves, and the paths that the other moves would have taken from the same
//! start, at the same strength.

use fastrand::Rng;
use glam::{DQuat, DVec2, DVec3, EulerRot};
use kinora_measure::{DrawnPath, DrawnView};
use kinora_timeline::camera::{Move, Pose, SENSOR_WIDTH_MM};
use serde::Serialize;

use crate::world::{
    Action, Format, Picture, Scene, Shooting, beginning, chance, generator, one_of,
};

/// The purpose of these draws of a seed. The world itself uses the lower numbers.
const DRAWS: u64 = 11;
/// The purpose of the draws of a camera that nobody controls.
const UNCONTROLLED_DRAWS: u64 = 13;
/// The largest step of a wandering camera from frame to frame, along each axis, in metres.
const STEP_METRES: f64 = 0.08;
/// Its largest turn from frame to frame, about each axis, in degrees.
const STEP_DEGREES: f64 = 1.5;
/// It stays so far above the ground, in metres.
const LOWEST_METRES: f64 = 0.3;
/// The weakest move, as a share of its default strength.
const WEAKEST: f64 = 0.5;
/// The strongest.
const STRONGEST: f64 = 1.1;
/// What a character does that does not stand still.
const ACTING: [Action; 5] = [
    Action::WalkLeft,
    Action::WalkRight,
    Action::Jump,
    Action::Wave,
    Action::Spin,
];

/// A camera move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Motion {
    /// Its name in the field.
    pub name: &'static str,
    preset: Move,
    /// Whether it is drawn to either side.
    has_sides: bool,
}

/// The eight moves.
pub const MOTIONS: [Motion; 8] = [
    Motion::new("pan", Move::PanRight, true),
    Motion::new("tilt", Move::TiltUp, true),
    Motion::new("roll", Move::RollRight, true),
    Motion::new("truck", Move::TruckRight, true),
    Motion::new("pedestal", Move::PedestalUp, true),
    Motion::new("push", Move::PushIn, false),
    Motion::new("pull", Move::PullOut, false),
    Motion::new("orbit", Move::OrbitRight, true),
];

impl Motion {
    const fn new(name: &'static str, preset: Move, has_sides: bool) -> Self {
        Self {
            name,
            preset,
            has_sides,
        }
    }
}

/// A clip whose camera is known.
#[derive(Debug)]
pub struct Shot {
    /// The move that its camera makes.
    pub motion: Motion,
    /// Its seed.
    pub seed: u64,
    scene: Scene,
    acting: Action,
    start: Pose,
    /// The strength; 1 is the default.
    amount: f64,
    /// 1 or -1: to which side.
    side: f64,
    format: Format,
}

impl Shot {
    /// The clip of a seed.
    pub fn of_seed(motion: Motion, seed: u64, format: Format) -> Self {
        let mut rng = generator(seed, DRAWS);
        Self {
            motion,
            seed,
            scene: Scene::of_seed(seed, format),
            acting: one_of(&mut rng, &ACTING),
            start: beginning(&mut rng),
            amount: WEAKEST + (STRONGEST - WEAKEST) * rng.f64(),
            side: if chance(&mut rng, 0.5) { 1.0 } else { -1.0 },
            format,
        }
    }

    fn shooting(&self, motion: Motion) -> Shooting {
        let side = if motion.has_sides { self.side } else { 1.0 };
        Shooting::of(
            motion.preset,
            side * self.amount,
            self.start,
            self.format.frames,
            self.format.frame_rate(),
        )
    }

    /// The path of a move from this clip's start.
    pub fn path(&self, motion: Motion) -> DrawnPath {
        let [width, height] = self.format.size.map(f64::from);
        let poses = self.shooting(motion).poses;
        let views = poses.iter().map(|pose| DrawnView {
            world_from_camera: pose.world_from_camera(),
            focal: pose.focal_mm / SENSOR_WIDTH_MM * width,
            centre: DVec2::new(width, height) / 2.0,
        });
        DrawnPath {
            views: views.collect(),
        }
    }

    /// Draws it, with a character that acts or one that stands.
    pub fn pictures(&self, acts: bool) -> Vec<Picture> {
        let mut scene = self.scene.clone();
        scene.action = if acts { self.acting } else { Action::Stand };
        scene.shooting = self.shooting(self.motion);
        scene.clip(self.format).frames
    }

    /// Draws it with a camera that starts where the drawn path does and does not follow it. The character stands.
    pub fn uncontrolled(&self, camera: Uncontrolled) -> Vec<Picture> {
        let mut rng = generator(self.seed, UNCONTROLLED_DRAWS);
        let mut scene = self.scene.clone();
        scene.action = Action::Stand;
        scene.shooting = self.shooting(self.motion);
        match camera {
            Uncontrolled::Still => scene.shooting.poses.fill(self.start),
            Uncontrolled::Wandering => wander(&mut scene.shooting.poses, self.start, &mut rng),
            Uncontrolled::Another => {
                let own = MOTIONS.iter().position(|motion| *motion == self.motion);
                let step = rng.usize(1..MOTIONS.len());
                let other = MOTIONS[(own.unwrap_or(0) + step) % MOTIONS.len()];
                scene.shooting = self.shooting(other);
            }
        }
        scene.clip(self.format).frames
    }
}

/// A random walk from a start pose.
fn wander(poses: &mut [Pose], start: Pose, rng: &mut Rng) {
    let mut step = |most: f64| most * (2.0 * rng.f64() - 1.0);
    let mut here = start;
    for pose in poses {
        *pose = here;
        let [yaw, pitch, roll] = [(); 3].map(|()| step(STEP_DEGREES.to_radians()));
        here.orientation =
            (here.orientation * DQuat::from_euler(EulerRot::YXZ, yaw, pitch, roll)).normalize();
        let [x, y, z] = [(); 3].map(|()| step(STEP_METRES));
        here.position += DVec3::new(x, y, z);
        here.position.y = here.position.y.min(-LOWEST_METRES);
    }
}

/// What a camera does that nobody controls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Uncontrolled {
    /// It rests.
    Still,
    /// It wanders: each frame adds a random step and a random turn.
    Wandering,
    /// It makes another of the eight moves.
    Another,
}

impl Uncontrolled {
    /// In words, for the table.
    pub fn words(self) -> &'static str {
        match self {
            Self::Still => "rests",
            Self::Wandering => "wanders",
            Self::Another => "makes another move",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_move_has_another_path_from_the_same_start() {
        let shot = Shot::of_seed(MOTIONS[0], 5, Format::SMALL);
        let paths = MOTIONS.map(|motion| shot.path(motion));
        for (at, path) in paths.iter().enumerate() {
            assert_eq!(path.views.len(), 17);
            assert!(
                path.views[0]
                    .world_from_camera
                    .abs_diff_eq(paths[0].views[0].world_from_camera, 1e-9)
            );
            let last = path.views[16].world_from_camera;
            for other in &paths[..at] {
                let other = other.views[16].world_from_camera;
                assert!(!last.abs_diff_eq(other, 1e-3), "{}", MOTIONS[at].name);
            }
        }
    }

    #[test]
    fn only_a_part_of_the_picture_differs_where_the_character_acts() {
        let shot = Shot::of_seed(MOTIONS[0], 6, Format::SMALL);
        let [still, acting] = [false, true].map(|acts| shot.pictures(acts));
        assert_eq!([still.len(), acting.len()], [17, 17]);
        let pixels = still[4].rgb.chunks(3).zip(acting[4].rgb.chunks(3));
        let changed = pixels.filter(|(one, other)| one != other).count();
        assert!((1..96 * 64 / 2).contains(&changed), "{changed}");
    }
}
