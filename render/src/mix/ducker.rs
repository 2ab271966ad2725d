//! Ducking: the gain of a track that becomes quieter while another one, its key, is loud.

use kinora_timeline::mixing;

use super::samples::{decibels_of, factor_of};
use super::smoother::{self, Smoother};

/// From the threshold on, the track becomes quieter over this many decibels of the key.
const SLOPE_DB: f64 = 6.0;
/// The time constant with which the level of the key falls, in milliseconds: longer than a period of a low voice.
pub(super) const LEVEL_FALL_MS: f32 = 20.0;

/// The state of the ducking of a track.
#[derive(Clone, Debug)]
pub(super) struct Ducker {
    settings: mixing::Ducking,
    level: f32,
    fall: f32,
    reduction_db: Smoother,
}

impl Ducker {
    pub fn new(settings: &mixing::Ducking) -> Self {
        Self {
            settings: *settings,
            level: 0.0,
            fall: smoother::factor(LEVEL_FALL_MS) as f32,
            reduction_db: Smoother::new(settings.attack_ms, settings.release_ms),
        }
    }

    /// Other settings for the same sound.
    pub fn tune(&mut self, settings: &mixing::Ducking) {
        self.settings = *settings;
        self.reduction_db
            .tune(settings.attack_ms, settings.release_ms);
    }

    /// Fills the gains of a block, one for each pair of samples. The key is stereo interleaved; `None` is silence.
    pub fn gains(&mut self, key: Option<&[f32]>, gains: &mut [f32]) {
        for (at, gain) in gains.iter_mut().enumerate() {
            let pair = key.and_then(|key| key.get(2 * at..2 * at + 2));
            let peak = pair.map_or(0.0, |pair| pair[0].abs().max(pair[1].abs()));
            self.level = (self.level * self.fall).max(peak);
            if self.level < f32::MIN_POSITIVE {
                self.level = 0.0;
            }
            let wanted_db = reduction_db(&self.settings, decibels_of(self.level));
            *gain = factor_of(-self.reduction_db.next(wanted_db)) as f32;
        }
    }
}

/// By how many decibels the track is quieter while the key has this level.
fn reduction_db(settings: &mixing::Ducking, level_db: f64) -> f64 {
    let above_db = level_db - f64::from(settings.threshold_db);
    f64::from(settings.amount_db) * (above_db / SLOPE_DB).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ducker() -> Ducker {
        Ducker::new(&mixing::Ducking {
            key: None,
            amount_db: 12.0,
            threshold_db: -30.0,
            attack_ms: 20.0,
            release_ms: 200.0,
        })
    }

    /// A second of a sine at this level.
    fn key(level_db: f64) -> Vec<f32> {
        let sine = |at: u32| (f64::from(at) * std::f64::consts::TAU * 220.0 / 48_000.0).sin();
        let samples = (0..48_000).flat_map(|at| [(sine(at) * factor_of(level_db)) as f32; 2]);
        samples.collect()
    }

    #[test]
    fn a_loud_key_makes_the_track_quieter_by_the_whole_amount_and_a_quiet_one_by_nothing() {
        for (level_db, expected_db) in [(-10.0, -12.0), (-22.0, -12.0), (-31.0, 0.0)] {
            let mut gains = vec![0.0; 48_000];
            ducker().gains(Some(&key(level_db)), &mut gains);
            let found = gains[47_999];
            let expected = factor_of(expected_db) as f32;
            assert!((found - expected).abs() < 1e-5, "{level_db} dB: {found}");
        }
    }

    #[test]
    fn the_track_goes_with_the_attack_and_comes_back_with_the_release() {
        let mut ducker = ducker();
        let steady = vec![0.5; 2 * 960]; // one attack
        let mut gains = vec![0.0; 960];
        ducker.gains(Some(&steady), &mut gains);
        let down_db = decibels_of(gains[959]);
        assert!(
            (down_db + 12.0 * (1.0 - (-1.0_f64).exp())).abs() < 1e-3,
            "{down_db}"
        );
        let mut gains = vec![0.0; 48_000 * 4];
        ducker.gains(None, &mut gains);
        assert!((gains[48_000 * 4 - 1] - 1.0).abs() < 1e-5);
        let mut rising = gains.windows(2).skip(4800);
        assert!(rising.all(|two| two[0] <= two[1]));
    }
}
