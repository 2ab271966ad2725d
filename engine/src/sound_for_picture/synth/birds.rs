//! Voices from afar: birds, crickets, an owl, a bell, meltwater. Each comes again and again from one direction.

use std::f32::consts::{PI, TAU};

use fastrand::Rng;

use super::filter::{samples, seconds, to_unit_peak};
use crate::sound_for_picture::random::within;
use crate::sound_for_picture::score::{SAMPLE_RATE, Score};
use crate::sound_for_picture::stereo::Stereo;

/// A voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// A quick warble.
    Lark,
    /// Two high notes in turn.
    Tit,
    /// Short chirps.
    Sparrow,
    /// A soft low call.
    Dove,
    /// A hoarse call.
    Crow,
    /// A low hoot.
    Owl,
    /// A trill of short pulses.
    Cricket,
    /// A drop that falls into water.
    Drip,
    /// A bell of a tower.
    Bell,
}

/// A note: from one pitch to another, with partials.
struct Note {
    seconds: f32,
    from_hertz: f32,
    to_hertz: f32,
    /// The loudness of the first partials.
    partials: &'static [f32],
    /// Trills per second, 0 for none.
    trill_hertz: f32,
    /// Whether it is struck, and fades, or swells and ends.
    is_struck: bool,
}

impl Voice {
    /// Calls per second.
    fn rate(self) -> f32 {
        match self {
            Self::Lark => 2.6,
            Self::Tit => 2.2,
            Self::Sparrow => 4.0,
            Self::Dove => 1.6,
            Self::Crow => 1.5,
            Self::Owl => 1.3,
            Self::Cricket => 3.2,
            Self::Drip => 3.5,
            Self::Bell => 0.8,
        }
    }

    fn note(self, rng: &mut Rng) -> Note {
        let tuned = within(rng, 0.94, 1.06);
        let note = |seconds, from_hertz: f32, to_hertz: f32| Note {
            seconds,
            from_hertz: from_hertz * tuned,
            to_hertz: to_hertz * tuned,
            partials: &[1.0, 0.15],
            trill_hertz: 0.0,
            is_struck: false,
        };
        match self {
            Self::Lark => Note {
                trill_hertz: within(rng, 14.0, 22.0),
                ..note(0.24, 2_700.0, 3_900.0)
            },
            Self::Tit => match rng.bool() {
                true => note(0.12, 4_600.0, 4_500.0),
                false => note(0.14, 3_700.0, 3_600.0),
            },
            Self::Sparrow => note(0.07, 4_400.0, 3_000.0),
            Self::Dove => Note {
                partials: &[1.0, 0.3, 0.08],
                ..note(0.34, 470.0, 430.0)
            },
            Self::Crow => Note {
                partials: &[0.7, 1.0, 0.9, 0.7, 0.5, 0.3],
                trill_hertz: 70.0,
                ..note(0.26, 640.0, 540.0)
            },
            Self::Owl => Note {
                partials: &[1.0, 0.12],
                ..note(0.42, 350.0, 320.0)
            },
            Self::Cricket => Note {
                partials: &[1.0],
                trill_hertz: 32.0,
                ..note(0.13, 4_300.0, 4_300.0)
            },
            Self::Drip => Note {
                is_struck: true,
                ..note(0.08, 900.0, 1_900.0)
            },
            Self::Bell => Note {
                partials: &[1.0, 0.7, 0.0, 0.45, 0.3],
                is_struck: true,
                ..note(2.2, 330.0, 330.0)
            },
        }
    }

    /// The partials of a bell are no whole multiples of its tone.
    fn partial(self, number: usize) -> f32 {
        const BELL: [f32; 5] = [1.0, 2.0, 2.4, 3.0, 4.1];
        match self {
            Self::Bell => BELL.get(number).copied().unwrap_or(5.0),
            _ => number as f32 + 1.0,
        }
    }
}

/// Adds a voice over a whole clip. It stays in its direction while the camera turns.
pub fn play_voice(voice: Voice, gain: f32, score: &Score, sound: &mut Stereo, rng: &mut Rng) {
    let azimuth = within(rng, -PI, PI);
    let pan = |at: usize| 0.8 * (azimuth - heading(score, seconds(at))).sin();
    let apart = voice.rate().recip();
    // A struck bell rings on: the one before the clip is heard as well.
    let before = if voice == Voice::Bell { 2.0 } else { 0.0 };
    let mut time = -before - apart * rng.f32() * 0.5;
    while f64::from(time) < score.seconds {
        let note = sung(voice, &voice.note(rng));
        let first = (time * SAMPLE_RATE as f32).round() as i64;
        sound.add_moving(first, &note, gain * within(rng, 0.75, 1.0), &pan);
        time += apart * within(rng, 0.85, 1.2);
    }
}

/// The direction of the camera at a time, in radians.
fn heading(score: &Score, time: f32) -> f32 {
    let Some(last) = score.headings.len().checked_sub(1) else {
        return 0.0;
    };
    let at = (time / (score.seconds as f32).max(1e-3) * score.headings.len() as f32).max(0.0);
    let (before, part) = ((at as usize).min(last), at.fract());
    let from = score.headings[before];
    let to = score.headings[(before + 1).min(last)];
    // The shorter way round.
    let turn = (to - from + PI).rem_euclid(TAU) - PI;
    from + turn * part
}

fn sung(voice: Voice, note: &Note) -> Vec<f32> {
    let count = samples(note.seconds);
    let mut phase = 0.0_f32;
    let made = (0..count).map(|at| {
        let part = at as f32 / count.max(1) as f32;
        let swings = (TAU * note.trill_hertz * seconds(at)).sin();
        let hertz = note.from_hertz + (note.to_hertz - note.from_hertz) * part;
        phase = (phase + hertz / SAMPLE_RATE as f32) % 1_000.0;
        let partials = note.partials.iter().enumerate();
        let tone: f32 = partials
            .map(|(number, level)| level * (TAU * phase * voice.partial(number)).sin())
            .sum();
        let loud = match note.is_struck {
            true => (at as f32 / 96.0).min(1.0) * (-4.5 * part).exp() * (1.0 - part),
            false => (PI * part).sin().powi(2),
        };
        let trilled = if note.trill_hertz > 0.0 {
            0.5 + 0.5 * swings
        } else {
            1.0
        };
        tone * loud * trilled
    });
    to_unit_peak(made.collect())
}
