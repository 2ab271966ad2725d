//! The compressor of a track: what is louder than the threshold becomes louder by a fraction of it only. Feed-forward,
//! both channels alike, smoothed in decibels (Giannoulis, Massberg and Reiss, 2012).

use kinora_timeline::mixing;

use super::samples::{decibels_of, factor_of};
use super::smoother::Smoother;

/// The width of the bend around the threshold, in decibels.
const KNEE_DB: f64 = 6.0;

/// The state of a compressor.
#[derive(Clone, Debug)]
pub(super) struct Compressor {
    settings: mixing::Compressor,
    reduction_db: Smoother,
}

impl Compressor {
    pub fn new(settings: &mixing::Compressor) -> Self {
        Self {
            settings: *settings,
            reduction_db: Smoother::new(settings.attack_ms, settings.release_ms),
        }
    }

    /// Other settings for the same sound.
    pub fn tune(&mut self, settings: &mixing::Compressor) {
        self.settings = *settings;
        self.reduction_db
            .tune(settings.attack_ms, settings.release_ms);
    }

    /// Compresses samples, stereo interleaved.
    pub fn process(&mut self, samples: &mut [f32]) {
        let make_up_db = f64::from(self.settings.make_up_db);
        for pair in samples.chunks_exact_mut(2) {
            let level_db = decibels_of(pair[0].abs().max(pair[1].abs()));
            let wanted_db = reduction_db(&self.settings, level_db);
            let gain = factor_of(make_up_db - self.reduction_db.next(wanted_db)) as f32;
            for sample in pair {
                *sample *= gain;
            }
        }
    }
}

/// By how many decibels a steady sound of this level becomes quieter.
fn reduction_db(settings: &mixing::Compressor, level_db: f64) -> f64 {
    let above_db = level_db - f64::from(settings.threshold_db);
    let slope = 1.0 - 1.0 / f64::from(settings.ratio.max(1.0));
    if above_db <= -KNEE_DB / 2.0 {
        0.0
    } else if above_db < KNEE_DB / 2.0 {
        slope * (above_db + KNEE_DB / 2.0).powi(2) / (2.0 * KNEE_DB)
    } else {
        slope * above_db
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> mixing::Compressor {
        mixing::Compressor {
            threshold_db: -20.0,
            ratio: 4.0,
            make_up_db: 3.0,
            attack_ms: 1.0,
            release_ms: 10.0,
        }
    }

    #[test]
    fn a_steady_sound_comes_out_on_the_static_curve() {
        // From level to level: below the knee, in its middle, and above it.
        for (level_db, expected_db) in [
            (-60.0, -57.0),
            (-23.0, -20.0),
            (-20.0, -20.0 - 0.75 * 9.0 / 12.0 + 3.0),
            (-12.0, -18.0 + 3.0),
            (0.0, -15.0 + 3.0),
        ] {
            let mut compressor = Compressor::new(&settings());
            let sample = factor_of(level_db) as f32;
            let mut samples = [sample, -0.5 * sample].repeat(12_000);
            compressor.process(&mut samples);
            let expected = factor_of(expected_db) as f32;
            let [left, right] = [samples[23_998], samples[23_999]];
            assert!((left - expected).abs() < 1e-5, "{level_db} dB: {left}");
            assert!((right + 0.5 * expected).abs() < 1e-5, "{level_db} dB");
        }
    }

    #[test]
    fn the_knee_meets_the_curve_at_both_of_its_ends() {
        for at in [-23.0, -17.0] {
            let [before, after] =
                [at - 1e-9, at + 1e-9].map(|level| reduction_db(&settings(), level));
            assert!((before - after).abs() < 1e-8, "{at}: {before} {after}");
        }
    }

    #[test]
    fn the_gain_falls_with_the_attack_and_rises_with_the_release() {
        let mut compressor = Compressor::new(&mixing::Compressor {
            make_up_db: 0.0,
            ..settings()
        });
        let mut loud = [1.0, 1.0].repeat(48); // one attack
        compressor.process(&mut loud);
        let reduced_db = -decibels_of(loud[95]);
        assert!(
            (reduced_db - 15.0 * (1.0 - (-1.0_f64).exp())).abs() < 1e-4,
            "{reduced_db}"
        );
        let mut quiet = [0.001, 0.001].repeat(480); // one release
        compressor.process(&mut quiet);
        let left_db = -60.0 - decibels_of(quiet[959]);
        assert!(
            (left_db - reduced_db * (-1.0_f64).exp()).abs() < 1e-3,
            "{left_db}"
        );
    }
}
