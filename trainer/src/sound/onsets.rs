//! Onsets of a sound: moments at which it becomes louder in most of its bands at once, as with a step. A bird, which is
//! loud in one band, is none.

use super::spectrum::{band_levels, even_edges, hop_seconds, spectra};

/// Bands that are listened to.
const BANDS: usize = 9;
const LOW_HERTZ: f32 = 60.0;
const HIGH_HERTZ: f32 = 12_000.0;
/// The rise is taken over twice so many spectra: 20 ms.
const REACH: usize = 2;
/// The least rise of the middle band, in dB.
const LEAST_RISE: f32 = 8.0;
/// Two onsets are at least so far apart.
const APART_SECONDS: f32 = 0.08;
/// A window meets a sudden sound before its centre does; measured on clicks.
const EARLY_SECONDS: f32 = 0.008;

/// The times of all onsets in seconds, in order.
pub fn onsets(mono: &[f32]) -> Vec<f32> {
    onsets_of(&spectra(mono))
}

/// The same from its spectra.
pub fn onsets_of(spectra: &[Vec<f32>]) -> Vec<f32> {
    let rises = rises(spectra);
    let apart = (APART_SECONDS / hop_seconds()) as usize;
    let is_peak = |&at: &usize| {
        let around = at.saturating_sub(apart / 2)..(at + apart / 2 + 1).min(rises.len());
        // Of equal neighbours the first is the peak.
        let is_most = around.clone().all(|other| match other < at {
            true => rises[other] < rises[at],
            false => rises[other] <= rises[at],
        });
        rises[at] >= LEAST_RISE && is_most
    };
    let peaks = (0..rises.len()).filter(is_peak);
    let times = peaks.map(|at| (at as f32 * hop_seconds() + EARLY_SECONDS).max(0.0));
    times.collect()
}

/// The rise of the middle band at each spectrum, in dB.
fn rises(spectra: &[Vec<f32>]) -> Vec<f32> {
    let edges = even_edges(LOW_HERTZ, HIGH_HERTZ, BANDS);
    let levels: Vec<Vec<f32>> = spectra
        .iter()
        .map(|spectrum| band_levels(spectrum, &edges))
        .collect();
    let last = levels.len().saturating_sub(1);
    let rises = (0..levels.len()).map(|at| {
        let (before, after) = (
            &levels[at.saturating_sub(REACH)],
            &levels[(at + REACH).min(last)],
        );
        let mut rises: Vec<f32> = after
            .iter()
            .zip(before)
            .map(|(to, from)| to - from)
            .collect();
        rises.sort_by(f32::total_cmp);
        rises.get(BANDS / 2).copied().unwrap_or(0.0)
    });
    rises.collect()
}

#[cfg(test)]
mod tests {
    use kinora_engine::sound_for_picture::score::SAMPLE_RATE;

    use super::*;
    use crate::world::{generator, within};

    /// Soft noise with bursts at these times.
    fn bursts(times: &[f32], softness: f32) -> Vec<f32> {
        let mut rng = generator(3, 1);
        let rate = SAMPLE_RATE as f32;
        let mut sound: Vec<f32> = (0..SAMPLE_RATE)
            .map(|_| within(&mut rng, -softness, softness))
            .collect();
        for &time in times {
            let first = (time * rate) as usize;
            for (at, sample) in sound.iter_mut().skip(first).take(4_800).enumerate() {
                *sample += within(&mut rng, -0.3, 0.3) * (-(at as f32) / (0.02 * rate)).exp();
            }
        }
        sound
    }

    #[test]
    fn bursts_are_found_within_ten_milliseconds_and_nothing_else() {
        let times = [0.09, 0.31, 0.5, 0.83];
        for softness in [0.0, 0.003, 0.02] {
            let found = onsets(&bursts(&times, softness));
            assert_eq!(found.len(), times.len(), "{softness}: {found:?}");
            for (found, time) in found.iter().zip(times) {
                assert!(
                    (found - time).abs() < 0.01,
                    "{softness}: {found} for {time}"
                );
            }
        }
    }

    #[test]
    fn steady_noise_silence_and_a_chirp_have_none() {
        assert!(onsets(&bursts(&[], 0.02)).is_empty());
        assert!(onsets(&vec![0.0; 48_000]).is_empty());
        let mut chirp = bursts(&[], 0.003);
        for (at, sample) in chirp.iter_mut().skip(20_000).take(4_000).enumerate() {
            let swell = (std::f32::consts::PI * at as f32 / 4_000.0).sin();
            *sample += 0.1 * swell * (at as f32 * 0.4).sin();
        }
        assert!(onsets(&chirp).is_empty());
        assert!(onsets(&[]).is_empty());
    }
}
