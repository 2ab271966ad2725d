//! The sounds a character makes: steps, jumps and landings on each ground, and cloth.

use std::f32::consts::{PI, TAU};

use fastrand::Rng;

use super::filter::{Band, samples, seconds, to_unit_peak, white};
use crate::sound_for_picture::random::{generator, within};
use crate::sound_for_picture::score::{Cue, Ground, Score, Sounding};
use crate::sound_for_picture::stereo::Stereo;

/// The largest sample of a step of gain 1.
const STEP_PEAK: f32 = 0.30;
/// How much louder a landing is than a step, and how much softer taking off and cloth are.
const LANDING: f32 = 1.5;
const TAKE_OFF: f32 = 0.6;
const SWISH: f32 = 0.045;
/// The length of a swish.
const SWISH_SECONDS: f32 = 0.22;

/// One part of a step: noise through a band.
struct Grit {
    centre_hertz: f32,
    q: f32,
    attack_seconds: f32,
    decay_seconds: f32,
    level: f32,
    /// Grains per second; 0 for noise without grains.
    grains: f32,
}

/// The blow under a step: a falling tone.
struct Thud {
    hertz: f32,
    decay_seconds: f32,
    level: f32,
}

const fn grit(
    centre_hertz: f32,
    q: f32,
    [attack_seconds, decay_seconds]: [f32; 2],
    level: f32,
    grains: f32,
) -> Grit {
    Grit {
        centre_hertz,
        q,
        attack_seconds,
        decay_seconds,
        level,
        grains,
    }
}

/// What a ground consists of.
fn parts(ground: Ground) -> ([Grit; 3], Thud) {
    let thud = |hertz, decay_seconds, level| Thud {
        hertz,
        decay_seconds,
        level,
    };
    match ground {
        Ground::Sand => (
            [
                grit(700.0, 0.6, [0.004, 0.045], 0.7, 0.0),
                grit(1_900.0, 0.7, [0.006, 0.070], 0.45, 2_500.0),
                grit(4_500.0, 0.8, [0.010, 0.060], 0.15, 5_000.0),
            ],
            thud(95.0, 0.035, 0.8),
        ),
        Ground::Grass => (
            [
                grit(420.0, 0.7, [0.003, 0.030], 0.6, 0.0),
                grit(3_200.0, 0.9, [0.004, 0.055], 0.55, 0.0),
                grit(6_500.0, 1.2, [0.012, 0.070], 0.25, 1_500.0),
            ],
            thud(85.0, 0.040, 0.9),
        ),
        Ground::Snow => (
            [
                grit(500.0, 0.8, [0.003, 0.035], 0.5, 0.0),
                grit(1_400.0, 1.6, [0.005, 0.110], 0.75, 420.0),
                grit(3_600.0, 1.2, [0.008, 0.120], 0.5, 700.0),
            ],
            thud(80.0, 0.030, 0.6),
        ),
        Ground::Stone => (
            [
                grit(1_250.0, 3.0, [0.0007, 0.016], 0.8, 0.0),
                grit(2_700.0, 4.0, [0.0005, 0.011], 0.6, 0.0),
                grit(5_200.0, 1.0, [0.001, 0.020], 0.2, 0.0),
            ],
            thud(140.0, 0.028, 0.8),
        ),
    }
}

/// Adds the single sounds of a score.
pub fn play(score: &Score, sound: &mut Stereo) {
    for (number, sounding) in (1000_u64..).zip(&score.soundings) {
        let mut rng = generator(score.seed, number);
        let (made, level, before) = match sounding.cue {
            Cue::Step => (step(sounding.ground, &mut rng), STEP_PEAK, 0.0),
            Cue::Landing => (landing(sounding, &mut rng), STEP_PEAK * LANDING, 0.0),
            Cue::TakeOff => (step(sounding.ground, &mut rng), STEP_PEAK * TAKE_OFF, 0.0),
            Cue::Swish => (swish(&mut rng), SWISH, SWISH_SECONDS / 2.0),
        };
        let first = f64::from(sounding.seconds - before) * 48_000.0;
        sound.add(
            first.round() as i64,
            &made,
            level * sounding.gain.clamp(0.0, 4.0),
            sounding.pan,
        );
    }
}

/// A step; no two are quite alike.
fn step(ground: Ground, rng: &mut Rng) -> Vec<f32> {
    let (grits, thud) = parts(ground);
    let tuned = within(rng, 0.92, 1.08);
    let lasts = within(rng, 0.9, 1.15);
    let longest = grits.iter().map(|grit| grit.decay_seconds);
    let longest = longest.fold(thud.decay_seconds, f32::max) * lasts;
    let mut made = vec![0.0; samples(longest * 6.0)];
    for grit in &grits {
        let part = rustle(grit, tuned, lasts, made.len(), rng);
        for (sum, sample) in made.iter_mut().zip(part) {
            *sum += sample * grit.level;
        }
    }
    for (at, sum) in made.iter_mut().enumerate() {
        let time = seconds(at);
        let blow = (-time / thud.decay_seconds).exp();
        // The tone falls by a third while it sounds.
        let phase = TAU * thud.hertz * tuned * (time - 0.33 * time * time / 0.2);
        *sum += thud.level * blow * phase.sin();
    }
    to_unit_peak(made)
}

fn rustle(grit: &Grit, tuned: f32, lasts: f32, count: usize, rng: &mut Rng) -> Vec<f32> {
    let mut band = Band::new(grit.centre_hertz * tuned, grit.q);
    let share = grit.grains / 48_000.0;
    let part = (0..count).map(|at| {
        let time = seconds(at);
        let rises = (time / grit.attack_seconds).min(1.0);
        let falls = (-time / (grit.decay_seconds * lasts)).exp();
        let noise = white(rng);
        let is_heard = grit.grains <= 0.0 || rng.f32() < share;
        band.next(if is_heard { noise * rises * falls } else { 0.0 })
    });
    to_unit_peak(part.collect())
}

/// Two feet, one a little after the other.
fn landing(sounding: &Sounding, rng: &mut Rng) -> Vec<f32> {
    let mut both = step(sounding.ground, rng);
    let other = step(sounding.ground, rng);
    let later = samples(within(rng, 0.004, 0.012));
    both.resize(both.len().max(other.len() + later), 0.0);
    for (sum, sample) in both.iter_mut().skip(later).zip(other) {
        *sum += 0.8 * sample;
    }
    to_unit_peak(both)
}

/// Cloth: it rises and falls without an edge.
fn swish(rng: &mut Rng) -> Vec<f32> {
    let mut band = Band::new(within(rng, 900.0, 1_500.0), 0.8);
    let count = samples(SWISH_SECONDS);
    let made = (0..count).map(|at| {
        let part = at as f32 / count.max(1) as f32;
        band.next(white(rng)) * (PI * part).sin().powi(2)
    });
    to_unit_peak(made.collect())
}
