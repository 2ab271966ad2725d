//! Loudness by EBU R128: momentary, short-term, integrated and true peak, measured as the sound goes by.

use ebur128::{EbuR128, Mode};

use crate::media::SOUND_RATE_HZ;

/// A measured loudness. Silence, and what is too short to be measured, is minus infinity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loudness {
    /// Over the last 0.4 s, in LUFS.
    pub momentary: f64,
    /// Over the last 3 s, in LUFS.
    pub short_term: f64,
    /// Over everything, gated, in LUFS.
    pub integrated: f64,
    /// The highest peak so far, in decibels of full scale.
    pub true_peak_db: f64,
}

impl Default for Loudness {
    fn default() -> Self {
        Self {
            momentary: f64::NEG_INFINITY,
            short_term: f64::NEG_INFINITY,
            integrated: f64::NEG_INFINITY,
            true_peak_db: f64::NEG_INFINITY,
        }
    }
}

/// Measures sound, stereo at 48 kHz.
#[derive(Debug)]
pub struct LoudnessMeter {
    /// None only if the crate refuses two channels at 48 kHz, which it does not.
    meter: Option<EbuR128>,
}

impl Default for LoudnessMeter {
    fn default() -> Self {
        let mode = Mode::M | Mode::S | Mode::I | Mode::TRUE_PEAK;
        Self {
            meter: EbuR128::new(2, SOUND_RATE_HZ, mode).ok(),
        }
    }
}

impl LoudnessMeter {
    /// Measures the next samples, stereo interleaved.
    pub fn add(&mut self, samples: &[f32]) {
        if let Some(meter) = &mut self.meter {
            meter.add_frames_f32(samples).ok(); // fails for a wrong number of channels only
        }
    }

    /// What has been measured so far.
    pub fn loudness(&self) -> Loudness {
        let Some(meter) = &self.meter else {
            return Loudness::default();
        };
        let or_silence = |measured: Result<f64, ebur128::Error>| {
            let measured = measured.ok().filter(|lufs| lufs.is_finite());
            measured.unwrap_or(f64::NEG_INFINITY)
        };
        let peaks = [0, 1].map(|channel| meter.true_peak(channel).unwrap_or(0.0));
        Loudness {
            momentary: or_silence(meter.loudness_momentary()),
            short_term: or_silence(meter.loudness_shortterm()),
            integrated: or_silence(meter.loudness_global()),
            true_peak_db: 20.0 * peaks[0].max(peaks[1]).log10(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// EBU Tech 3341, case 1: a stereo sine of 1 kHz at -23 dB of full scale is -23 LUFS.
    #[test]
    fn the_reference_sine_has_its_loudness() {
        let mut meter = LoudnessMeter::default();
        assert_eq!(meter.loudness(), Loudness::default());
        let amplitude = 10.0_f32.powf(-23.0 / 20.0);
        let sine = |at: u32| amplitude * (at as f32 * std::f32::consts::TAU / 48.0).sin();
        for second in 0..5 {
            let samples = (0..48_000).flat_map(|at| [sine(second * 48_000 + at); 2]);
            let samples: Vec<f32> = samples.collect();
            meter.add(&samples);
        }
        let found = meter.loudness();
        for lufs in [found.momentary, found.short_term, found.integrated] {
            assert!((lufs + 23.0).abs() < 0.1, "{found:?}");
        }
        assert!((found.true_peak_db + 23.0).abs() < 0.2, "{found:?}");
    }
}
