//! Short-time spectra: what onsets, probe and spectrogram are read from.

use std::f32::consts::{PI, TAU};

use kinora_engine::sound_for_picture::score::SAMPLE_RATE;

/// Samples of a window, a power of two: 21 ms.
pub const WINDOW: usize = 1024;
/// Samples from one window to the next: 5 ms.
pub const HOP: usize = 240;
/// The smallest level that is told apart from silence, in dB.
pub const SILENCE_DECIBELS: f32 = -80.0;

/// The seconds between two spectra.
pub fn hop_seconds() -> f32 {
    HOP as f32 / SAMPLE_RATE as f32
}

/// Power spectra of a sound; number n is centred at sample n * HOP. Each has WINDOW / 2 values, from 0 Hz on. At both ends
/// the sound is mirrored, so that it does not seem to begin there.
pub fn spectra(mono: &[f32]) -> Vec<Vec<f32>> {
    let shape = |at: usize| 0.5 - 0.5 * (TAU * at as f32 / WINDOW as f32).cos();
    let window: Vec<f32> = (0..WINDOW).map(shape).collect();
    let centres = (0..mono.len()).step_by(HOP);
    let spectra = centres.map(|centre| {
        let first = centre as i64 - WINDOW as i64 / 2;
        let samples = window.iter().zip(first..);
        let mut real: Vec<f32> = samples
            .map(|(shape, at)| shape * mirrored(mono, at))
            .collect();
        let mut imaginary = vec![0.0; WINDOW];
        transform(&mut real, &mut imaginary);
        let pairs = real.iter().zip(&imaginary).take(WINDOW / 2);
        // A sine of amplitude 1 has a largest value of 1.
        let scale = 4.0 / WINDOW as f32;
        pairs
            .map(|(re, im)| (re * re + im * im) * scale * scale)
            .collect()
    });
    spectra.collect()
}

fn mirrored(mono: &[f32], at: i64) -> f32 {
    let length = mono.len() as i64;
    let inside = if at < 0 { -at } else { at };
    let inside = if inside >= length {
        2 * length - 2 - inside
    } else {
        inside
    };
    let inside = usize::try_from(inside).unwrap_or(0);
    mono.get(inside).copied().unwrap_or(0.0)
}

/// The levels in dB of bands between neighbouring `edges` in Hz.
pub fn band_levels(spectrum: &[f32], edges: &[f32]) -> Vec<f32> {
    let bin = |hertz: f32| {
        let at = (hertz * WINDOW as f32 / SAMPLE_RATE as f32).round() as usize;
        at.min(spectrum.len())
    };
    let bands = edges.windows(2).map(|edge| {
        let from = bin(edge[0]).min(spectrum.len().saturating_sub(1));
        let to = bin(edge[1]).max(from + 1);
        decibels(spectrum[from..to].iter().sum())
    });
    bands.collect()
}

/// The level of a power, in dB.
pub fn decibels(power: f32) -> f32 {
    (10.0 * power.max(1e-12).log10()).max(SILENCE_DECIBELS)
}

/// Edges of `count` bands with equal ratios.
pub fn even_edges(low_hertz: f32, high_hertz: f32, count: usize) -> Vec<f32> {
    let ratio = high_hertz / low_hertz;
    (0..=count)
        .map(|at| low_hertz * ratio.powf(at as f32 / count as f32))
        .collect()
}

/// The discrete Fourier transform in place (Cooley and Tukey, 1965); the length is a power of two.
fn transform(real: &mut [f32], imaginary: &mut [f32]) {
    let count = real.len();
    let bits = count.trailing_zeros();
    for at in 0..count {
        let other = at.reverse_bits() >> (usize::BITS - bits);
        if other > at {
            real.swap(at, other);
            imaginary.swap(at, other);
        }
    }
    let mut half = 1;
    while half < count {
        for offset in 0..half {
            let (sin, cos) = (-PI * offset as f32 / half as f32).sin_cos();
            for low in (offset..count).step_by(2 * half) {
                let high = low + half;
                let re = real[high] * cos - imaginary[high] * sin;
                let im = real[high] * sin + imaginary[high] * cos;
                real[high] = real[low] - re;
                imaginary[high] = imaginary[low] - im;
                real[low] += re;
                imaginary[low] += im;
            }
        }
        half *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_in_its_band_at_its_level() {
        let tone = |at: usize| (TAU * 1_500.0 * at as f32 / SAMPLE_RATE as f32).sin() * 0.1;
        let tone: Vec<f32> = (0..9_600).map(tone).collect();
        let spectra = spectra(&tone);
        assert_eq!(spectra.len(), 40);
        let levels = band_levels(&spectra[20], &[100.0, 1_000.0, 2_000.0, 8_000.0]);
        assert!((levels[1] + 20.0).abs() < 3.0, "{levels:?}");
        assert!(levels[0] < -50.0 && levels[2] < -50.0, "{levels:?}");
    }
}
