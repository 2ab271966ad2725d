//! Slaney's mel scale, its bank of triangles, and the window of a frame, for spectrograms.
//! Source: torchaudio and librosa `melscale_fbanks` with `mel_scale="slaney"`, `norm="slaney"`.

use std::f64::consts::PI;

use tch::Tensor;

/// Slaney's mel scale is linear below this frequency and logarithmic above.
const BREAK_HZ: f64 = 1000.0;
const HZ_PER_MEL: f64 = 200.0 / 3.0;
const BREAK_MEL: f64 = BREAK_HZ / HZ_PER_MEL;
/// Mels per factor of 6.4 above the break.
const MELS_PER_STEP: f64 = 27.0;
const STEP: f64 = 6.4;

/// A periodic Hann window of this many samples.
pub fn hann_window(samples: i64) -> Tensor {
    let window: Vec<f32> = (0..samples)
        .map(|at| (0.5 - 0.5 * (2.0 * PI * at as f64 / samples as f64).cos()) as f32)
        .collect();
    Tensor::from_slice(&window)
}

fn mel_of(hz: f64) -> f64 {
    match hz < BREAK_HZ {
        true => hz / HZ_PER_MEL,
        false => BREAK_MEL + (hz / BREAK_HZ).ln() * MELS_PER_STEP / STEP.ln(),
    }
}

fn hz_of(mel: f64) -> f64 {
    match mel < BREAK_MEL {
        true => mel * HZ_PER_MEL,
        false => BREAK_HZ * ((mel - BREAK_MEL) * STEP.ln() / MELS_PER_STEP).exp(),
    }
}

/// Triangles of equal area, evenly spaced in mel from 0 to half the sample rate, for the frequencies of a window:
/// frequencies x bins.
pub fn slaney_bank(bins: i64, rate_hz: i64, window_samples: i64) -> Tensor {
    let top_hz = rate_hz as f64 / 2.0;
    let frequencies = window_samples / 2 + 1;
    let hz_per_frequency = top_hz / (frequencies - 1) as f64;
    let edge = |at: i64| hz_of(mel_of(top_hz) * at as f64 / (bins + 1) as f64);
    let mut weights = Vec::new();
    for frequency in 0..frequencies {
        let hz = frequency as f64 * hz_per_frequency;
        for bin in 0..bins {
            let [left, peak, right] = [edge(bin), edge(bin + 1), edge(bin + 2)];
            let rise = (hz - left) / (peak - left);
            let fall = (right - hz) / (right - peak);
            weights.push((rise.min(fall).max(0.0) * 2.0 / (right - left)) as f32);
        }
    }
    Tensor::from_slice(&weights).view([frequencies, bins])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mel_scale_goes_both_ways() {
        for hz in [0.0, 440.0, 999.0, 1000.0, 6400.0, 8000.0] {
            assert!((hz_of(mel_of(hz)) - hz).abs() < 1e-9, "{hz}");
        }
        assert!((mel_of(6400.0) - 42.0).abs() < 1e-12);
    }
}
