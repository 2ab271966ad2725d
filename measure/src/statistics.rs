//! The middle and the worst of lists of numbers.

use serde::{Deserialize, Serialize};

/// The middle and the worst of a list of errors.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// The median over the frames.
    pub median: f64,
    /// The largest.
    pub worst: f64,
}

impl Spread {
    /// `None` of an empty list.
    pub(crate) fn of(errors: Vec<f64>) -> Option<Self> {
        let worst = errors.iter().copied().reduce(f64::max)?;
        Some(Self {
            median: median(errors),
            worst,
        })
    }
}

/// The middle value; 0 of nothing.
pub fn median(mut values: Vec<f64>) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}
