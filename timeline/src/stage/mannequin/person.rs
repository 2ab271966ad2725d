//! A human being of eight heads, with knees and elbows, for models that follow depth or pose.

use glam::{DQuat, DVec3};

use super::Paint::{Body, Face};
use super::Part::{Arms, Head, Legs, Torso};
use super::{FigurePart, Limbs, at, ball, capsule, limb};

const TRUNK: [FigurePart; 5] = [
    ball(Head, Body, [0.0, 0.93, 0.0], [0.06, 0.072, 0.068]),
    ball(Head, Face, [0.0, 0.915, 0.045], [0.04, 0.045, 0.03]),
    capsule(Head, Body, [0.0, 0.80, 0.0], [0.0, 0.87, 0.0], 0.032),
    capsule(Torso, Body, [0.0, 0.57, 0.0], [0.0, 0.735, 0.0], 0.092),
    ball(Torso, Body, [0.0, 0.53, 0.0], [0.1, 0.075, 0.08]),
];
const HIP: [f64; 3] = [0.056, 0.515, 0.0];
const THIGH: f64 = 0.245;
const SHIN: f64 = 0.23;
const SHOULDER: [f64; 3] = [0.118, 0.775, 0.0];
const UPPER_ARM: f64 = 0.155;
const FOREARM: f64 = 0.15;
/// The elbows are a little bent at rest, in radians.
const ELBOW: f64 = 0.3;

pub(super) fn parts(limbs: &Limbs) -> Vec<FigurePart> {
    let mut parts = Vec::new();
    for (side, sign) in [(0, -1.0), (1, 1.0)] {
        leg(&mut parts, sign, limbs.legs[side], limbs.knees[side]);
        arm(&mut parts, sign, limbs.arms[side]);
    }
    parts.extend(TRUNK);
    parts
}

fn leg(parts: &mut Vec<FigurePart>, sign: f64, swing: f64, knee: f64) {
    let hip = mirrored(HIP, sign);
    let bent = hip + DQuat::from_rotation_x(swing) * (DVec3::Y * THIGH);
    let below = DQuat::from_rotation_x(swing - knee);
    let ankle = bent + below * (DVec3::Y * SHIN);
    let toes = ankle + below * DVec3::new(0.0, 0.008, 0.075);
    parts.push(limb(Legs, hip, bent, 0.046));
    parts.push(limb(Legs, bent, ankle, 0.036));
    parts.push(limb(Legs, ankle, toes, 0.03));
}

fn arm(parts: &mut Vec<FigurePart>, sign: f64, [forwards, sideways]: [f64; 2]) {
    let shoulder = mirrored(SHOULDER, sign);
    let sideways = DQuat::from_rotation_z(-sign * sideways);
    let upper = sideways * DQuat::from_rotation_x(forwards);
    let lower = sideways * DQuat::from_rotation_x(forwards + ELBOW);
    let elbow = shoulder + upper * (DVec3::Y * UPPER_ARM);
    let hand = elbow + lower * (DVec3::Y * FOREARM);
    parts.push(limb(Arms, shoulder, elbow, 0.034));
    parts.push(limb(Arms, elbow, hand, 0.028));
}

fn mirrored([right, up, forward]: [f64; 3], sign: f64) -> DVec3 {
    at([sign * right, up, forward])
}
