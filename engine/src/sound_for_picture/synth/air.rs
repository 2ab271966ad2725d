//! The air of a place at a time of day: wind, traffic and hum from everywhere, and voices from afar.

use std::f32::consts::TAU;

use fastrand::Rng;

use super::birds::{Voice, play_voice};
use super::filter::{Band, decibels, samples, seconds, to_unit_power, white};
use crate::sound_for_picture::random::{generator, within};
use crate::sound_for_picture::score::Score;
use crate::sound_for_picture::stereo::Stereo;

/// Mixtures with a smaller share are left out.
const LEAST_SHARE: f32 = 0.04;

/// Sound from everywhere.
#[derive(Clone, Copy, Debug)]
enum Bed {
    /// Noise in a band, in gusts.
    Wind { centre_hertz: f32, q: f32 },
    /// Noise far below, as of traffic.
    Rumble,
    /// The tone of lamps and mains.
    Hum,
    /// Insects in the heat: a high band that trembles.
    Shimmer,
}

/// A bed, and how loud it is: its mean power in dB below the largest possible.
type Level = (Bed, f32);

/// The beds of each place, in the order of [`Air::places`](crate::sound_for_picture::score::Air).
fn beds_of_place(place: usize) -> &'static [Level] {
    const PLACES: [&[Level]; 4] = [
        &[(wind(520.0, 0.8), -43.0), (wind(1_900.0, 0.7), -55.0)],
        &[(wind(1_100.0, 0.5), -50.0), (wind(3_800.0, 0.7), -50.0)],
        &[(wind(300.0, 1.0), -48.0), (wind(820.0, 9.0), -43.0)],
        &[(Bed::Rumble, -38.0), (wind(480.0, 0.5), -50.0)],
    ];
    at(&PLACES, place)
}

/// The beds of each time, in the order of [`Air::times`](crate::sound_for_picture::score::Air), at each place.
fn beds_of_time(place: usize, time: usize) -> &'static [Level] {
    const NOON: [&[Level]; 4] = [
        &[(Bed::Shimmer, -49.0)],
        &[(Bed::Shimmer, -47.0)],
        &[(wind(6_000.0, 0.8), -52.0)],
        &[(wind(1_400.0, 0.5), -46.0)],
    ];
    const NIGHT: [&[Level]; 4] = [&[], &[], &[(wind(180.0, 1.5), -45.0)], &[(Bed::Hum, -46.0)]];
    match time {
        1 => at(&NOON, place),
        3 => at(&NIGHT, place),
        _ => &[],
    }
}

/// The voices of each time at each place, with the loudness of each: its peak in dB.
fn voices(place: usize, time: usize) -> &'static [(Voice, f32)] {
    const DAWN: [&[(Voice, f32)]; 4] = [
        &[(Voice::Lark, -34.0)],
        &[(Voice::Lark, -29.0), (Voice::Tit, -32.0)],
        &[(Voice::Tit, -32.0)],
        &[(Voice::Sparrow, -31.0)],
    ];
    const NOON: [&[(Voice, f32)]; 4] = [
        &[],
        &[],
        &[(Voice::Drip, -32.0)],
        &[(Voice::Sparrow, -40.0)],
    ];
    const SUNSET: [&[(Voice, f32)]; 4] = [
        &[(Voice::Dove, -31.0)],
        &[(Voice::Dove, -29.0)],
        &[(Voice::Crow, -33.0)],
        &[(Voice::Bell, -28.0)],
    ];
    const NIGHT: [&[(Voice, f32)]; 4] = [
        &[(Voice::Cricket, -36.0)],
        &[(Voice::Cricket, -32.0), (Voice::Owl, -36.0)],
        &[(Voice::Owl, -31.0)],
        &[(Voice::Cricket, -41.0)],
    ];
    match time {
        0 => at(&DAWN, place),
        1 => at(&NOON, place),
        2 => at(&SUNSET, place),
        _ => at(&NIGHT, place),
    }
}

/// What a place has of a list for each.
fn at<T>(places: &[&'static [T]; 4], place: usize) -> &'static [T] {
    places.get(place).copied().unwrap_or_default()
}

const fn wind(centre_hertz: f32, q: f32) -> Bed {
    Bed::Wind { centre_hertz, q }
}

/// Adds the air of a score.
pub fn play(score: &Score, sound: &mut Stereo) {
    for (place, &of_place) in score.air.places.iter().enumerate() {
        for (time, &of_time) in score.air.times.iter().enumerate() {
            let share = of_place * of_time;
            if share < LEAST_SHARE {
                continue;
            }
            let purpose = 16 * (score.air.times.len() * place + time) as u64;
            // Sounds of different places are unlike each other: their powers add up.
            let gain = share.sqrt();
            let beds = beds_of_place(place).iter().chain(beds_of_time(place, time));
            for (number, &(bed, level)) in (100..).zip(beds) {
                let mut rng = generator(score.seed, number + purpose);
                play_bed(bed, gain * decibels(level), sound, &mut rng);
            }
            for (number, &(voice, level)) in (500..).zip(voices(place, time)) {
                let mut rng = generator(score.seed, number + purpose);
                play_voice(voice, gain * decibels(level), score, sound, &mut rng);
            }
        }
    }
}

/// Each ear has noise of its own: the sound is around the listener.
fn play_bed(bed: Bed, gain: f32, sound: &mut Stereo, rng: &mut Rng) {
    let gusts = Gusts::drawn(rng);
    for channel in [&mut sound.left, &mut sound.right] {
        let made = to_unit_power(bed_samples(bed, channel.len(), &gusts, rng));
        for (sum, sample) in channel.iter_mut().zip(made) {
            *sum += sample * gain;
        }
    }
}

/// How the wind comes and goes.
struct Gusts {
    phases: [f32; 2],
    hertz: [f32; 2],
}

impl Gusts {
    fn drawn(rng: &mut Rng) -> Self {
        Self {
            phases: [rng.f32(), rng.f32()],
            hertz: [within(rng, 0.15, 0.3), within(rng, 0.4, 0.7)],
        }
    }

    fn at(&self, time: f32) -> f32 {
        let wave = |at: usize| (TAU * (self.hertz[at] * time + self.phases[at])).sin();
        1.0 + 0.3 * wave(0) + 0.15 * wave(1)
    }
}

fn bed_samples(bed: Bed, count: usize, gusts: &Gusts, rng: &mut Rng) -> Vec<f32> {
    // The filters have settled when the clip begins.
    let warm = samples(0.05);
    let all = warm..warm + count;
    match bed {
        Bed::Wind { centre_hertz, q } => {
            let mut band = Band::new(centre_hertz, q);
            let noise = (0..all.end).map(|at| band.next(white(rng)) * gusts.at(seconds(at)));
            noise.skip(warm).collect()
        }
        Bed::Rumble => {
            let (mut low, mut lower) = (Band::new(70.0, 0.5), Band::new(160.0, 0.5));
            let noise = (0..all.end).map(|at| {
                let sample = white(rng);
                (low.next(sample) + 0.7 * lower.next(sample)) * gusts.at(seconds(at))
            });
            noise.skip(warm).collect()
        }
        Bed::Hum => {
            let phase = rng.f32();
            let tone = |at: usize, part: f32| (TAU * part * (100.0 * seconds(at) + phase)).sin();
            let tones = (0..count).map(|at| {
                tone(at, 1.0) + 0.7 * tone(at, 2.0) + 0.4 * tone(at, 3.0) + 0.2 * tone(at, 6.0)
            });
            tones.collect()
        }
        Bed::Shimmer => {
            let mut band = Band::new(within(rng, 5_600.0, 6_600.0), 6.0);
            let noise = (0..all.end).map(|at| {
                let trembles = 0.6 + 0.4 * (TAU * 46.0 * seconds(at)).sin();
                band.next(white(rng)) * trembles
            });
            noise.skip(warm).collect()
        }
    }
}
