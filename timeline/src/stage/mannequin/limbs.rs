//! The angles of arms and legs: at rest, walking, jumping, and waving. A walk follows the way that is covered, so that feet
//! do not slide however the keyframes are set.

use std::f64::consts::TAU;

use serde::{Deserialize, Serialize};

use super::super::StandIn;
use crate::Frames;

/// The way of two steps, left and right, in body heights.
const STRIDE_HEIGHTS: f64 = 0.95 / 1.6;
/// The largest angle of a leg in a walk, in radians.
const SWING: f64 = 0.65;
/// The waves of an arm in a second.
const WAVES_PER_SECOND: f64 = 1.9;
/// Over this way, in body heights, a walk begins and ends.
const EASED_HEIGHTS: f64 = 0.08;
/// The height of a jump, in body heights. There it has raised the arms all the way.
pub const JUMP_HEIGHTS: f64 = 0.42;

/// What the limbs of a figure do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Motion {
    /// They walk wherever the figure moves along the ground.
    #[default]
    Walk,
    /// They follow its height above its lowest keyframe: arms go up in a jump.
    Jump,
    /// The right arm waves; the legs walk where the figure moves.
    Wave {
        /// The frames from one wave to the next.
        swing_frames: f64,
    },
    /// They hang down.
    Still,
}

impl Motion {
    /// A wave of the usual speed in a clip of so many frames per second.
    pub fn wave(frames_per_second: f64) -> Self {
        Self::Wave {
            swing_frames: (frames_per_second / WAVES_PER_SECOND).max(1.0),
        }
    }
}

/// The angles of arms and legs, in radians.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limbs {
    /// How far left and right leg are swung forwards.
    pub legs: [f64; 2],
    /// How far left and right knee are bent.
    pub knees: [f64; 2],
    /// Left and right arm: forwards, and sideways up.
    pub arms: [[f64; 2]; 2],
}

impl Limbs {
    /// A figure at rest.
    pub const REST: Self = Self {
        legs: [0.0; 2],
        knees: [0.0; 2],
        arms: [[0.0, 0.22]; 2],
    };

    /// A walk `turns` pairs of steps after its beginning; `share` from 0, at rest, to 1.
    fn walking(turns: f64, share: f64) -> Self {
        let (sine, cosine) = (TAU * turns).sin_cos();
        let swing = SWING * sine * share;
        let knee = |forward: f64| 0.95 * forward.max(0.0) * share;
        let down = 0.22 - 0.1 * share;
        Self {
            legs: [swing, -swing],
            knees: [knee(cosine), knee(-cosine)],
            arms: [[-swing, down], [swing, down]],
        }
    }
}

impl StandIn {
    /// The limbs at a frame.
    pub fn limbs(&self, frame: Frames) -> Limbs {
        match self.motion {
            Motion::Still => Limbs::REST,
            Motion::Walk => self.walk(frame),
            Motion::Wave { swing_frames } => {
                let turns = frame.0 as f64 / swing_frames.max(1.0);
                let mut limbs = self.walk(frame);
                limbs.arms[1] = [0.0, 2.45 + 0.4 * (TAU * turns).sin()];
                limbs
            }
            Motion::Jump => {
                let lowest = self.keys.iter().map(|key| key.position.y);
                let lowest = lowest.fold(f64::NEG_INFINITY, f64::max);
                let height = (lowest - self.at(frame).0.y) / (JUMP_HEIGHTS * self.size.y);
                let flight = height.clamp(0.0, 1.0);
                Limbs {
                    legs: [0.25 * flight, -0.25 * flight],
                    knees: [0.5 * flight, 0.2 * flight],
                    arms: [[0.0, 0.22 + 2.08 * flight]; 2],
                }
            }
        }
    }

    fn walk(&self, frame: Frames) -> Limbs {
        let [covered, since_rest, until_rest] = self.way(frame).map(|way| way / self.size.y);
        let eased = (since_rest.min(until_rest) / EASED_HEIGHTS).clamp(0.0, 1.0);
        Limbs::walking(covered / STRIDE_HEIGHTS, eased)
    }

    /// Metres along the ground: covered since the first key, since it last rested, and until it rests again.
    fn way(&self, frame: Frames) -> [f64; 3] {
        let (here, _) = self.at(frame);
        let mut way = [0.0; 3];
        let mut has_rested = false;
        for pair in self.keys.windows(2) {
            let along = |from: glam::DVec3, to: glam::DVec3| (to - from).with_y(0.0).length();
            let [from, to] = [pair[0], pair[1]];
            let whole = along(from.position, to.position);
            let is_rest = whole < 1e-6;
            let [before, after] = match (to.frame <= frame, from.frame >= frame) {
                (true, _) => [whole, 0.0],
                (_, true) => [0.0, whole],
                _ => [along(from.position, here), along(here, to.position)],
            };
            way[0] += before;
            if is_rest && from.frame <= frame {
                way[1] = 0.0;
            }
            way[1] += before;
            has_rested |= is_rest && to.frame > frame;
            if !has_rested {
                way[2] += after;
            }
        }
        way
    }
}

#[cfg(test)]
mod tests {
    use glam::DVec3;

    use super::super::super::{Form, MANNEQUIN_METRES, StandInKey};
    use super::*;

    fn figure(keys: &[(i64, f64, f64)]) -> StandIn {
        let key = |&(frame, x, up): &(i64, f64, f64)| StandInKey {
            frame: Frames(frame),
            position: DVec3::new(x, -up, 0.0),
            turn_degrees: 90.0,
        };
        StandIn {
            keys: keys.iter().map(key).collect(),
            ..StandIn::new("one", Form::Mannequin(None), MANNEQUIN_METRES, DVec3::ZERO)
        }
    }

    #[test]
    fn one_that_stays_rests_and_one_that_walks_swings_its_legs_by_the_way_it_covers() {
        let stays = figure(&[(0, 1.0, 0.0)]);
        assert_eq!(stays.limbs(Frames(9)), Limbs::REST);
        // Two steps in 20 frames, ten of them.
        let step = STRIDE_HEIGHTS * MANNEQUIN_METRES.y;
        let walks = figure(&[(0, 0.0, 0.0), (200, 10.0 * step, 0.0)]);
        let leg = |frame| walks.limbs(Frames(frame)).legs[0];
        assert!((leg(45) - SWING).abs() < 1e-9, "a quarter of two steps");
        assert!((leg(55) + SWING).abs() < 1e-9);
        assert!(leg(50).abs() < 1e-9 && leg(100).abs() < 1e-9);
        // Twice as fast, twice the cadence.
        let runs = figure(&[(0, 0.0, 0.0), (100, 10.0 * step, 0.0)]);
        assert!((runs.limbs(Frames(22)).legs[0] - leg(44)).abs() < 1e-9);
        let back = Motion::Still;
        let still = StandIn {
            motion: back,
            ..walks
        };
        assert_eq!(still.limbs(Frames(45)), Limbs::REST);
    }

    #[test]
    fn a_walk_ends_before_a_rest_and_begins_after_it_without_a_jump_of_the_legs() {
        let walks = figure(&[
            (0, 0.0, 0.0),
            (37, 2.3, 0.0),
            (60, 2.3, 0.0),
            (90, 4.0, 0.0),
        ]);
        for frame in [0, 37, 45, 60, 90, 120] {
            assert_eq!(walks.limbs(Frames(frame)), Limbs::REST, "frame {frame}");
        }
        let swings = |frame: i64| walks.limbs(Frames(frame)).legs[0];
        assert!((1..37).any(|frame| swings(frame).abs() > 0.6));
        assert!((61..90).any(|frame| swings(frame).abs() > 0.6));
        let largest = (0..120).map(|frame| (swings(frame + 1) - swings(frame)).abs());
        let largest = largest.fold(0.0, f64::max);
        assert!(largest < 0.45, "{largest}");
    }

    #[test]
    fn a_jump_raises_the_arms_above_the_lowest_keyframe_and_a_wave_swings_one() {
        let high = [
            (0, 0.0, 1.0),
            (10, 0.0, 1.0 + 0.42 * MANNEQUIN_METRES.y),
            (20, 0.0, 1.0),
        ];
        let jumps = StandIn {
            motion: Motion::Jump,
            ..figure(&high)
        };
        assert_eq!(
            jumps.limbs(Frames(0)),
            Limbs {
                knees: [0.0; 2],
                ..Limbs::REST
            }
        );
        assert!((jumps.limbs(Frames(10)).arms[0][1] - 2.3).abs() < 1e-9);
        let waves = StandIn {
            motion: Motion::Wave { swing_frames: 8.0 },
            ..figure(&[(0, 0.0, 0.0)])
        };
        let [left, right] = waves.limbs(Frames(2)).arms;
        assert!((left[1] - 0.22).abs() < 1e-9 && (right[1] - 2.85).abs() < 1e-9);
        assert!((waves.limbs(Frames(6)).arms[1][1] - 2.05).abs() < 1e-9);
    }
}
