//! The peak between two samples: what a converter makes of them, at four times the rate (ITU-R BS.1770-5, annex 2).

use std::f64::consts::PI;

/// Samples on each side of an interval that a point within it is computed from.
pub(super) const REACH: usize = 6;
/// Points within an interval.
const POINTS: usize = 3;
const TAPS: usize = 2 * REACH;

/// The factors of the samples around an interval, for each point within it.
#[derive(Clone, Debug)]
pub(super) struct Interpolation([[f32; TAPS]; POINTS]);

impl Interpolation {
    /// A sinc under a Hann window, with the sum of its factors at 1.
    pub fn new() -> Self {
        Self(std::array::from_fn(|point| {
            let place = (point + 1) as f64 / (POINTS + 1) as f64;
            let factor = |tap: usize| {
                let distance = tap as f64 - (REACH - 1) as f64 - place;
                let window = (PI * distance / (TAPS + 1) as f64).cos().powi(2);
                (PI * distance).sin() / (PI * distance) * window
            };
            let sum: f64 = (0..TAPS).map(factor).sum();
            std::array::from_fn(|tap| (factor(tap) / sum) as f32)
        }))
    }

    /// The highest amplitude within the interval between the samples `REACH - 1` and `REACH` of these.
    pub fn peak(&self, samples: &[f32; TAPS]) -> f32 {
        let point = |factors: &[f32; TAPS]| -> f32 {
            let parts = factors.iter().zip(samples);
            parts.map(|(factor, sample)| factor * sample).sum::<f32>()
        };
        let points = self.0.iter().map(|factors| point(factors).abs());
        points.fold(0.0, f32::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_of_a_sine_between_its_samples_is_found() {
        // At a quarter of the rate and 45 degrees, every sample is 0.707 and the peak is 1.
        let interpolation = Interpolation::new();
        let sine = |at: usize| ((at as f64 + 0.5) * PI / 2.0).sin() as f32;
        let mut highest: f32 = 0.0;
        for start in 0..4 {
            let samples: [f32; TAPS] = std::array::from_fn(|at| sine(start + at));
            assert!(samples.iter().all(|sample| sample.abs() < 0.7072));
            highest = highest.max(interpolation.peak(&samples));
        }
        assert!((highest - 1.0).abs() < 0.02, "{highest}");
    }

    #[test]
    fn a_steady_sound_has_its_own_level_between_samples() {
        let peak = Interpolation::new().peak(&[0.5; TAPS]);
        assert!((peak - 0.5).abs() < 1e-6, "{peak}");
    }
}
