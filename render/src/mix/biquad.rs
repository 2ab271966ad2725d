//! Filters of second order: peak, low shelf and high shelf, as in the Audio EQ Cookbook (Robert Bristow-Johnson).

use std::f64::consts::{FRAC_1_SQRT_2, TAU};

use crate::media::SOUND_RATE_HZ;

/// States smaller than this are silence. Without a limit they would shrink into numbers that processors are slow with.
const SMALLEST: f64 = 1e-30;

/// The shape of a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Gain below a frequency.
    LowShelf,
    /// Gain around a frequency.
    Peak,
    /// Gain above a frequency.
    HighShelf,
}

/// A filter with its settings. Its gain is in decibels; half of it, in decibels, is reached at the frequency of a shelf,
/// all of it at that of a peak.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Band {
    pub shape: Shape,
    pub frequency_hz: f32,
    pub gain_db: f32,
    /// The Q of a peak. A shelf has that of the steepest slope without a bump, 1/√2.
    pub q: f32,
}

/// The state of a filter for two channels.
#[derive(Clone, Debug)]
pub(super) struct Biquad {
    /// b0, b1, b2, a1 and a2, divided by a0.
    factors: [f64; 5],
    /// Of the transposed direct form II, for each channel.
    state: [[f64; 2]; 2],
}

impl Biquad {
    pub fn new(band: Band) -> Self {
        Self {
            factors: factors(band),
            state: [[0.0; 2]; 2],
        }
    }

    /// Other settings for the same sound.
    pub fn tune(&mut self, band: Band) {
        self.factors = factors(band);
    }

    /// The next sample of a channel.
    pub fn next(&mut self, channel: usize, sample: f64) -> f64 {
        let [b0, b1, b2, a1, a2] = self.factors;
        let state = &mut self.state[channel];
        let filtered = b0 * sample + state[0];
        let [one, two] = [
            b1 * sample - a1 * filtered + state[1],
            b2 * sample - a2 * filtered,
        ];
        *state = [one, two].map(|part| if part.abs() < SMALLEST { 0.0 } else { part });
        filtered
    }
}

fn factors(band: Band) -> [f64; 5] {
    let a = 10.0_f64.powf(f64::from(band.gain_db) / 40.0);
    let angle = TAU * f64::from(band.frequency_hz) / f64::from(SOUND_RATE_HZ);
    let (sin, cos) = angle.sin_cos();
    let q = match band.shape {
        Shape::Peak => f64::from(band.q),
        Shape::LowShelf | Shape::HighShelf => FRAC_1_SQRT_2,
    };
    let alpha = sin / (2.0 * q);
    let slope = 2.0 * a.sqrt() * alpha;
    let (more, less) = (a + 1.0, a - 1.0);
    let ([b0, b1, b2], [a0, a1, a2]) = match band.shape {
        Shape::Peak => (
            [1.0 + alpha * a, -2.0 * cos, 1.0 - alpha * a],
            [1.0 + alpha / a, -2.0 * cos, 1.0 - alpha / a],
        ),
        Shape::LowShelf => (
            [
                a * (more - less * cos + slope),
                2.0 * a * (less - more * cos),
                a * (more - less * cos - slope),
            ],
            [
                more + less * cos + slope,
                -2.0 * (less + more * cos),
                more + less * cos - slope,
            ],
        ),
        Shape::HighShelf => (
            [
                a * (more + less * cos + slope),
                -2.0 * a * (less + more * cos),
                a * (more + less * cos - slope),
            ],
            [
                more - less * cos + slope,
                2.0 * (less - more * cos),
                more - less * cos - slope,
            ],
        ),
    };
    [b0, b1, b2, a1, a2].map(|factor| factor / a0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The magnitude of what a filter does to a sine: of the transform of its answer to an impulse.
    fn measured(band: Band, frequency_hz: f64) -> f64 {
        let mut filter = Biquad::new(band);
        let (mut real, mut imaginary) = (0.0, 0.0);
        for at in 0..96_000 {
            let sample = filter.next(0, if at == 0 { 1.0 } else { 0.0 });
            let angle = TAU * frequency_hz / f64::from(SOUND_RATE_HZ) * f64::from(at);
            real += sample * angle.cos();
            imaginary -= sample * angle.sin();
        }
        f64::hypot(real, imaginary)
    }

    /// The same by the analogue filter of the cookbook at the frequency that the bilinear transform maps it to.
    fn analytic(band: Band, frequency_hz: f64) -> f64 {
        let a = 10.0_f64.powf(f64::from(band.gain_db) / 40.0);
        let half = |hz: f64| (std::f64::consts::PI * hz / f64::from(SOUND_RATE_HZ)).tan();
        let w = half(frequency_hz) / half(f64::from(band.frequency_hz));
        // The magnitude of square s² + linear s + constant at s = jw.
        let size = |square: f64, linear: f64, constant: f64| {
            f64::hypot(constant - square * w * w, linear * w)
        };
        let q = match band.shape {
            Shape::Peak => f64::from(band.q),
            _ => FRAC_1_SQRT_2,
        };
        let root = a.sqrt() / q;
        match band.shape {
            Shape::Peak => size(1.0, a / q, 1.0) / size(1.0, 1.0 / (a * q), 1.0),
            Shape::LowShelf => a * size(1.0, root, a) / size(a, root, 1.0),
            Shape::HighShelf => a * size(a, root, 1.0) / size(1.0, root, a),
        }
    }

    #[test]
    fn each_shape_answers_every_frequency_as_its_formula_says() {
        for shape in [Shape::LowShelf, Shape::Peak, Shape::HighShelf] {
            for (own_hz, gain_db, q) in
                [(100.0, 6.0, 1.0), (1000.0, -12.0, 0.5), (8000.0, 18.0, 4.0)]
            {
                let band = Band {
                    shape,
                    frequency_hz: own_hz,
                    gain_db,
                    q,
                };
                for hz in [
                    20.0, 100.0, 440.0, 1000.0, 3000.0, 8000.0, 16_000.0, 22_000.0,
                ] {
                    let (found, expected) = (measured(band, hz), analytic(band, hz));
                    assert!(
                        (found - expected).abs() < 1e-5,
                        "{band:?} at {hz} Hz: {found}, not {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_shelf_has_half_of_its_gain_at_its_frequency_and_a_peak_has_all_of_it() {
        for (shape, part) in [
            (Shape::LowShelf, 0.5),
            (Shape::Peak, 1.0),
            (Shape::HighShelf, 0.5),
        ] {
            let band = Band {
                shape,
                frequency_hz: 3000.0,
                gain_db: 12.0,
                q: 2.0,
            };
            let found_db = 20.0 * measured(band, 3000.0).log10();
            assert!(
                (found_db - 12.0 * part).abs() < 1e-5,
                "{shape:?}: {found_db}"
            );
        }
    }
}
