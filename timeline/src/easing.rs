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
}

#[cfg(test)]
mod tests {
    use super::*;

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
