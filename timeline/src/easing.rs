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
