//! Toy figures with stiff arms and legs, whose silhouettes are told apart at a glance. The starter's world is peopled with
//! the same ones.

use glam::{DQuat, DVec3};

use super::Paint::{Body, Dark, Light, Limbs as InLimbs};
use super::Part::{Arms, Head, Legs, Torso};
use super::{FigurePart, Limbs, at, ball, capsule, cube, limb};

const HIP_UP: f64 = 0.31;
const SHOULDER_UP: f64 = 0.56;
const LEG: f64 = 0.27;

/// A toy figure.
pub(super) struct Toy {
    /// How far hips and shoulders are from the middle.
    hip: f64,
    shoulder: f64,
    /// The radius of an arm. Legs are thicker.
    thick: f64,
    arm: f64,
    /// All parts but arms and legs.
    trunk: &'static [FigurePart],
}

impl Toy {
    /// Its parts; knees do not bend.
    pub(super) fn parts(&self, limbs: &Limbs) -> Vec<FigurePart> {
        let mut parts = Vec::new();
        for (side, sign) in [(0, -1.0), (1, 1.0)] {
            let hip = at([sign * self.hip, HIP_UP, 0.0]);
            let down = DVec3::Y * (LEG - self.thick);
            let foot = hip + DQuat::from_rotation_x(limbs.legs[side]) * down;
            parts.push(limb(Legs, hip, foot, self.thick * 1.15));
            let [forwards, sideways] = limbs.arms[side];
            let turn = DQuat::from_rotation_z(-sign * sideways) * DQuat::from_rotation_x(forwards);
            let shoulder = at([sign * self.shoulder, SHOULDER_UP, 0.0]);
            let hand = shoulder + turn * (DVec3::Y * self.arm);
            parts.push(limb(Arms, shoulder, hand, self.thick));
        }
        parts.extend(self.trunk);
        parts
    }
}

pub(super) const ROBOT: Toy = Toy {
    hip: 0.105,
    shoulder: 0.215,
    thick: 0.05,
    arm: 0.25,
    trunk: &[
        cube(Torso, Body, [0.0, 0.45, 0.0], [0.17, 0.16, 0.12]),
        cube(Head, Body, [0.0, 0.78, 0.0], [0.15, 0.13, 0.13]),
        cube(Head, Dark, [0.0, 0.79, 0.12], [0.115, 0.05, 0.03]),
        capsule(Head, InLimbs, [0.0, 0.90, 0.0], [0.0, 1.0, 0.0], 0.018),
        ball(Head, InLimbs, [0.0, 1.03, 0.0], [0.045, 0.045, 0.045]),
    ],
};

pub(super) const ASTRONAUT: Toy = Toy {
    hip: 0.105,
    shoulder: 0.205,
    thick: 0.068,
    arm: 0.25,
    trunk: &[
        capsule(Torso, Body, [0.0, 0.38, 0.0], [0.0, 0.52, 0.0], 0.165),
        ball(Head, Body, [0.0, 0.80, 0.0], [0.20, 0.195, 0.19]),
        ball(Head, Dark, [0.0, 0.80, 0.085], [0.15, 0.12, 0.125]),
        cube(Torso, InLimbs, [0.0, 0.50, -0.18], [0.13, 0.15, 0.06]),
    ],
};

pub(super) const CAT: Toy = Toy {
    hip: 0.085,
    shoulder: 0.165,
    thick: 0.052,
    arm: 0.25,
    trunk: &[
        capsule(Torso, Body, [0.0, 0.36, 0.0], [0.0, 0.52, 0.0], 0.13),
        ball(Head, Body, [0.0, 0.76, 0.0], [0.19, 0.155, 0.155]),
        capsule(
            Head,
            InLimbs,
            [-0.13, 0.86, 0.0],
            [-0.155, 0.985, 0.0],
            0.04,
        ),
        capsule(Head, InLimbs, [0.13, 0.86, 0.0], [0.155, 0.985, 0.0], 0.04),
        ball(Head, Dark, [-0.075, 0.785, 0.135], [0.03, 0.04, 0.03]),
        ball(Head, Dark, [0.075, 0.785, 0.135], [0.03, 0.04, 0.03]),
        ball(Head, Light, [0.0, 0.71, 0.14], [0.06, 0.04, 0.04]),
        capsule(
            Torso,
            InLimbs,
            [0.0, 0.30, -0.12],
            [0.16, 0.36, -0.26],
            0.035,
        ),
        capsule(
            Torso,
            InLimbs,
            [0.16, 0.36, -0.26],
            [0.2, 0.58, -0.27],
            0.035,
        ),
    ],
};

pub(super) const RABBIT: Toy = Toy {
    hip: 0.09,
    shoulder: 0.165,
    thick: 0.055,
    arm: 0.25,
    trunk: &[
        ball(Torso, Body, [0.0, 0.42, 0.0], [0.15, 0.185, 0.14]),
        ball(Head, Body, [0.0, 0.69, 0.0], [0.145, 0.13, 0.135]),
        capsule(
            Head,
            InLimbs,
            [-0.06, 0.79, 0.0],
            [-0.085, 1.06, -0.01],
            0.038,
        ),
        capsule(
            Head,
            InLimbs,
            [0.06, 0.79, 0.0],
            [0.085, 1.06, -0.01],
            0.038,
        ),
        ball(Head, Dark, [-0.06, 0.72, 0.115], [0.027, 0.037, 0.03]),
        ball(Head, Dark, [0.06, 0.72, 0.115], [0.027, 0.037, 0.03]),
        ball(Torso, Light, [0.0, 0.36, -0.16], [0.065, 0.065, 0.065]),
    ],
};

pub(super) const BEAR: Toy = Toy {
    hip: 0.115,
    shoulder: 0.235,
    thick: 0.075,
    arm: 0.25,
    trunk: &[
        ball(Torso, Body, [0.0, 0.43, 0.0], [0.225, 0.23, 0.19]),
        ball(Head, Body, [0.0, 0.79, 0.0], [0.185, 0.165, 0.165]),
        ball(Head, InLimbs, [-0.15, 0.93, 0.0], [0.065, 0.065, 0.045]),
        ball(Head, InLimbs, [0.15, 0.93, 0.0], [0.065, 0.065, 0.045]),
        ball(Head, Light, [0.0, 0.75, 0.14], [0.085, 0.065, 0.07]),
        ball(Head, Dark, [0.0, 0.775, 0.2], [0.03, 0.024, 0.022]),
        ball(Head, Dark, [-0.075, 0.84, 0.135], [0.024, 0.028, 0.024]),
        ball(Head, Dark, [0.075, 0.84, 0.135], [0.024, 0.028, 0.024]),
    ],
};

pub(super) const DINOSAUR: Toy = Toy {
    hip: 0.115,
    shoulder: 0.17,
    thick: 0.06,
    arm: 0.15,
    trunk: &[
        ball(Torso, Body, [0.0, 0.43, -0.02], [0.165, 0.21, 0.17]),
        capsule(Torso, Body, [0.0, 0.55, 0.02], [0.0, 0.80, 0.06], 0.085),
        ball(Head, Body, [0.0, 0.86, 0.12], [0.11, 0.095, 0.185]),
        ball(Head, Dark, [-0.085, 0.91, 0.12], [0.028, 0.032, 0.032]),
        ball(Head, Dark, [0.085, 0.91, 0.12], [0.028, 0.032, 0.032]),
        capsule(Torso, Body, [0.0, 0.36, -0.12], [0.0, 0.16, -0.34], 0.095),
        capsule(Torso, Body, [0.0, 0.16, -0.34], [0.0, 0.09, -0.58], 0.055),
        ball(Head, InLimbs, [0.0, 0.93, -0.01], [0.03, 0.06, 0.06]),
        ball(Head, InLimbs, [0.0, 0.74, -0.05], [0.03, 0.065, 0.065]),
        ball(Torso, InLimbs, [0.0, 0.57, -0.17], [0.03, 0.075, 0.075]),
        ball(Torso, InLimbs, [0.0, 0.36, -0.26], [0.03, 0.065, 0.065]),
    ],
};
