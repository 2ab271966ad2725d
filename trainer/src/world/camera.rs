//! Camera paths: every move of the edit model at some strength, or a random path of a few keys.

use fastrand::Rng;
use glam::DVec3;
use kinora_timeline::camera::{CameraKey, CameraPath, Easing, Move, Pose, looking, preset};
use kinora_timeline::{FrameRate, Frames};

use super::random::{chance, one_of, within};

/// The camera path of a clip.
#[derive(Clone, Debug)]
pub struct Shooting {
    /// The preset move, if it is one.
    pub named: Option<Move>,
    /// The strength of the move; 1 is its default.
    pub amount: f64,
    /// One pose per frame.
    pub poses: Vec<Pose>,
}

/// The lowest height above the ground.
const LOWEST_METRES: f64 = 0.3;

/// Draws a random path of `frames` frames.
pub fn drawn(rng: &mut Rng, frames: u32, rate: FrameRate) -> Shooting {
    let start = beginning(rng);
    if chance(rng, 0.12) {
        return Shooting {
            named: None,
            amount: 1.0,
            poses: grounded(wandering(rng, frames, start).poses(frames, rate)),
        };
    }
    let which = one_of(rng, Move::ALL);
    let amount = f64::from(within(rng, 0.45, 1.1));
    Shooting::of(which, amount, start, frames, rate)
}

impl Shooting {
    /// A preset move from a start pose.
    pub fn of(which: Move, amount: f64, start: Pose, frames: u32, rate: FrameRate) -> Self {
        let mut path = preset(which, amount, Frames(i64::from(frames)), start);
        if let Some(hand) = &mut path.handheld {
            // A seed of its own for each path, and twice the shake, since clips are short.
            hand.seed = (start.position.x * 1e4).to_bits();
            hand.sway_metres *= 2.0;
            hand.turn_degrees *= 2.0;
        }
        Self {
            named: Some(which),
            amount,
            poses: grounded(path.poses(frames, rate)),
        }
    }
}

/// A random start pose: often that of the studio's default camera, else near it, looking at the cast.
pub fn beginning(rng: &mut Rng) -> Pose {
    let mut between = |low, high| f64::from(within(rng, low, high));
    let level = between(0.0, 1.0) < 0.3;
    let focal_mm = between(30.0, 40.0);
    if level {
        let position = Pose::START.position
            + DVec3::new(between(-0.3, 0.3), between(0.0, 0.5), between(-0.4, 0.4));
        return Pose {
            position,
            focal_mm,
            ..Pose::START
        };
    }
    let position = DVec3::new(between(-0.8, 0.8), -between(0.8, 1.8), -between(3.0, 4.1));
    let point = DVec3::new(between(-0.45, 0.45), -between(0.65, 1.05), 0.0);
    Pose {
        position,
        orientation: looking(position, point, Pose::START.orientation),
        focal_mm,
    }
}

/// A path of a few nearby keys, all looking at about the same point.
fn wandering(rng: &mut Rng, frames: u32, start: Pose) -> CameraPath {
    let count = rng.i64(2..=4);
    let last = i64::from(frames.max(2)) - 1;
    let mut between = |low, high| f64::from(within(rng, low, high));
    let point = start.position + start.forward() * 4.0;
    let keys = (0..count).map(|at| {
        let frame = Frames(at * last / (count - 1));
        if at == 0 {
            return CameraKey::new(frame, start);
        }
        let away = DVec3::new(between(-1.0, 1.0), between(-0.5, 0.4), between(-0.8, 0.8));
        let aim = DVec3::new(between(-0.6, 0.6), between(-0.3, 0.3), 0.0);
        let position = start.position + away;
        let pose = Pose {
            position,
            orientation: looking(position, point + aim, start.orientation),
            focal_mm: start.focal_mm * between(0.9, 1.15),
        };
        CameraKey {
            easing: Easing::InOut,
            ..CameraKey::new(frame, pose)
        }
    });
    CameraPath::of_keys(keys.collect())
}

fn grounded(mut poses: Vec<Pose>) -> Vec<Pose> {
    for pose in &mut poses {
        pose.position.y = pose.position.y.min(-LOWEST_METRES);
    }
    poses
}
