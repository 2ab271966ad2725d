//! The shapes of a sound's fade: its gain over the time of the fade.

use std::f64::consts::FRAC_PI_2;

use serde::{Deserialize, Serialize};

/// The shape of a fade. A fade-out runs backwards through it. Pictures always fade in a straight line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FadeShape {
    /// The amplitude grows evenly.
    #[default]
    Linear,
    /// The power grows as a quarter of a sine: two that cross keep the power of sounds that differ.
    EqualPower,
    /// The level grows evenly in decibels, over 60 dB: slow at first, as the ear hears it evenly.
    Logarithmic,
    /// Slow at both ends.
    S,
}

impl FadeShape {
    /// All of them, with their names.
    pub const ALL: [(Self, &str); 4] = [
        (Self::Linear, "Linear"),
        (Self::EqualPower, "Equal power"),
        (Self::Logarithmic, "Logarithmic"),
        (Self::S, "S curve"),
    ];

    /// The gain, a factor, after a part of the fade's time; both from 0 to 1.
    pub fn gain(self, part: f64) -> f64 {
        /// The factor from the lowest level to the highest: 60 dB.
        const RANGE: f64 = 1000.0;
        let part = part.clamp(0.0, 1.0);
        match self {
            Self::Linear => part,
            Self::EqualPower => (part * FRAC_PI_2).sin(),
            // The exponential is moved down so that it begins at silence.
            Self::Logarithmic => (RANGE.powf(part) - 1.0) / (RANGE - 1.0),
            Self::S => part * part * (3.0 - 2.0 * part),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_begins_at_silence_rises_and_ends_at_the_full_gain() {
        for (shape, name) in FadeShape::ALL {
            assert!(shape.gain(0.0).abs() < 1e-12, "{name}");
            assert!((shape.gain(1.0) - 1.0).abs() < 1e-12, "{name}");
            let gains = (0..=100).map(|at| shape.gain(f64::from(at) / 100.0));
            let gains: Vec<f64> = gains.collect();
            assert!(gains.windows(2).all(|two| two[0] < two[1]), "{name}");
        }
    }

    #[test]
    fn two_equal_power_fades_that_cross_have_one_power_and_two_linear_or_s_fades_one_amplitude() {
        for at in 0..=1000 {
            let part = f64::from(at) / 1000.0;
            let both = |shape: FadeShape| [shape.gain(part), shape.gain(1.0 - part)];
            let [one, other] = both(FadeShape::EqualPower);
            assert!((one * one + other * other - 1.0).abs() < 1e-5);
            for shape in [FadeShape::Linear, FadeShape::S] {
                let [one, other] = both(shape);
                assert!((one + other - 1.0).abs() < 1e-5, "{shape:?}");
            }
        }
    }

    #[test]
    fn a_logarithmic_fade_is_30_decibels_down_in_its_middle() {
        let middle_db = 20.0 * FadeShape::Logarithmic.gain(0.5).log10();
        assert!((middle_db + 30.0).abs() < 0.3, "{middle_db}");
    }
}
