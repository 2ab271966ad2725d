//! The camera moves of the tests, at a random strength from a random start.

use fastrand::Rng;
use glam::{DAffine3, DMat3, DQuat, DVec3};
use kinora_measure::DrawnPath;

use crate::world::{between, view};

/// A camera move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    Pan,
    Tilt,
    Roll,
    Truck,
    Pedestal,
    Push,
    Pull,
    Orbit,
    Still,
}

impl Move {
    /// The eight that move.
    pub const EIGHT: [Self; 8] = [
        Self::Pan,
        Self::Tilt,
        Self::Roll,
        Self::Truck,
        Self::Pedestal,
        Self::Push,
        Self::Pull,
        Self::Orbit,
    ];
}

/// A path: where it begins and how far it goes.
#[derive(Clone, Copy)]
pub struct Shot {
    pub place: DVec3,
    pub pitch_degrees: f64,
    /// The focal length as a share of the frame's width.
    pub focal_share: f64,
    /// 1 is an ordinary move; negative goes the other way.
    pub amount: f64,
}

impl Shot {
    pub fn random(rng: &mut Rng) -> Self {
        let side = if rng.bool() { 1.0 } else { -1.0 };
        Self {
            place: DVec3::new(
                between(rng, -0.5, 0.5),
                -between(rng, 1.0, 1.7),
                -between(rng, 3.2, 4.2),
            ),
            pitch_degrees: -between(rng, 3.0, 12.0),
            focal_share: between(rng, 0.83, 1.1),
            amount: side * between(rng, 0.5, 1.1),
        }
    }

    /// The path of a move.
    pub fn path(&self, which: Move, frames: usize, size: [usize; 2]) -> DrawnPath {
        let last = (frames - 1).max(1) as f64;
        let focal = self.focal_share * size[0] as f64;
        let views = (0..frames).map(|frame| {
            let at = frame as f64 / last;
            view(self.pose(which, at * at * (3.0 - 2.0 * at)), focal, size)
        });
        DrawnPath {
            views: views.collect(),
        }
    }

    fn pose(&self, which: Move, at: f64) -> DAffine3 {
        let by = self.amount * at;
        let turn = |yaw: f64, pitch: f64, roll: f64| {
            let [yaw, pitch, roll] = [yaw, pitch, roll].map(f64::to_radians);
            // x right, y down, z forward: a turn about +y looks right, about +x up.
            DMat3::from_quat(
                DQuat::from_rotation_y(yaw)
                    * DQuat::from_rotation_x(pitch)
                    * DQuat::from_rotation_z(roll),
            )
        };
        let pitch = self.pitch_degrees;
        let level = turn(0.0, pitch, 0.0);
        let (turned, moved) = match which {
            Move::Pan => (turn(20.0 * by, pitch, 0.0), DVec3::ZERO),
            Move::Tilt => (turn(0.0, pitch + 10.0 * by, 0.0), DVec3::ZERO),
            Move::Roll => (turn(0.0, pitch, 15.0 * by), DVec3::ZERO),
            Move::Truck => (level, DVec3::X * (0.9 * by)),
            Move::Pedestal => (level, DVec3::Y * (0.5 * by)),
            Move::Push => (level, DVec3::Z * (1.2 * by.abs())),
            Move::Pull => (level, DVec3::Z * (-1.2 * by.abs())),
            Move::Orbit => {
                let angle = 20.0 * by;
                let target = DVec3::new(self.place.x, self.place.y, 0.5);
                let arm = self.place - target;
                let swung = DQuat::from_rotation_y(angle.to_radians()) * arm;
                (turn(angle, pitch, 0.0), target + swung - self.place)
            }
            Move::Still => (level, DVec3::ZERO),
        };
        DAffine3 {
            matrix3: turned,
            translation: self.place + moved,
        }
    }
}
