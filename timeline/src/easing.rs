//! How a value changes between two keyframes.

use serde::{Deserialize, Serialize};

/// The easing between two keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Easing {
    /// Constant speed.
    #[default]
    Linear,
    /// Slow start.
    In,
    /// Slow end.
    Out,
    /// Slow start and end.
    InOut,
    /// No movement until the next key.
    Hold,
}

impl Easing {
    /// All easings, with their names.
    pub const ALL: [(Self, &str); 5] = [
        (Self::Linear, "Linear"),
        (Self::In, "Ease in"),
        (Self::Out, "Ease out"),
        (Self::InOut, "Ease in and out"),
        (Self::Hold, "Hold"),
    ];

    /// The easing of the same movement backwards. A hold cannot be reversed and stays one.
    pub(crate) fn reversed(self) -> Self {
        match self {
            Self::In => Self::Out,
            Self::Out => Self::In,
            other => other,
        }
    }

    /// The part of the way that is done after a part `t` of the time; both from 0 to 1.
    pub(crate) fn eased(self, t: f64) -> f64 {
        match self {
            Self::Linear => t,
            Self::In => t * t,
            Self::Out => t * (2.0 - t),
            Self::InOut => t * t * (3.0 - 2.0 * t),
            Self::Hold => 0.0,
        }
    }

    /// The integral of [`Self::eased`] from 0 to `t`.
    pub(crate) fn integral(self, t: f64) -> f64 {
        match self {
            Self::Linear => t * t / 2.0,
            Self::In => t * t * t / 3.0,
            Self::Out => t * t * (1.0 - t / 3.0),
            Self::InOut => t * t * t * (1.0 - t / 2.0),
            Self::Hold => 0.0,
        }
    }

    /// [`Self::integral`] up to `since` of `length` frames, times `length`: a fraction in whole numbers, above and below
    /// its line. `length` is above zero. Fits up to 2^25 frames, with room for a factor of 2^20.
    pub(crate) fn exact_integral(self, since: i128, length: i128) -> (i128, i128) {
        let (m, n) = (since, length);
        match self {
            Self::Linear => (m * m, 2 * n),
            Self::In => (m * m * m, 3 * n * n),
            Self::Out => (m * m * (3 * n - m), 3 * n * n),
            Self::InOut => (m * m * m * (2 * n - m), 2 * n * n * n),
            Self::Hold => (0, 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_integrals_are_the_area_under_the_easing() {
        for (easing, name) in Easing::ALL {
            for frames in [1, 3, 7, 10] {
                let end = f64::from(frames) / 10.0;
                let steps = (0..10_000).map(|step| (f64::from(step) + 0.5) / 10_000.0 * end);
                let summed = steps.map(|t| easing.eased(t) / 10_000.0 * end).sum::<f64>();
                let (above, below) = easing.exact_integral(frames.into(), 10);
                let exact = above as f64 / below as f64 / 10.0;
                assert!(
                    (summed - easing.integral(end)).abs() < 1e-6,
                    "{name} to {end}"
                );
                assert!((summed - exact).abs() < 1e-6, "{name} to {end}");
            }
        }
    }

    #[test]
    fn a_reversed_easing_is_the_same_movement_backwards() {
        for (easing, name) in Easing::ALL {
            for part in [0.0, 0.2, 0.5, 0.9, 1.0] {
                let backwards = 1.0 - easing.reversed().eased(1.0 - part);
                let is_same = (backwards - easing.eased(part)).abs() < 1e-12;
                assert!(is_same || easing == Easing::Hold, "{name} at {part}");
            }
        }
    }
}
