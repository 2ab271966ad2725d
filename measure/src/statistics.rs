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

/// Each value as the middle of itself and its neighbours, so that one odd value does not count; the first and the last one as
/// `at_ends` of two.
pub fn middle_of_neighbours(values: &[f64], at_ends: fn(f64, f64) -> f64) -> Vec<f64> {
    let around = |at: usize| match values.get(at.saturating_sub(1)..(at + 2).min(values.len())) {
        Some([before, here, after]) => {
            let (low, high) = (before.min(*here), before.max(*here));
            low.max(high.min(*after))
        }
        Some([one, other]) => at_ends(*one, *other),
        _ => values[at],
    };
    (0..values.len()).map(around).collect()
}

/// The runs of frames of which something is true.
pub fn ranges(is_true: impl Iterator<Item = bool>) -> Vec<[usize; 2]> {
    let mut ranges: Vec<[usize; 2]> = Vec::new();
    for (at, _) in is_true.enumerate().filter(|(_, is_true)| *is_true) {
        match ranges.last_mut() {
            Some([_, end]) if *end == at => *end = at + 1,
            _ => ranges.push([at, at + 1]),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_odd_value_does_not_count() {
        let values = [0.0, 9.0, 1.0, 2.0, 9.0];
        let middle = middle_of_neighbours(&values, f64::min);
        assert_eq!(middle, [0.0, 1.0, 2.0, 2.0, 2.0]);
        assert_eq!(middle_of_neighbours(&[3.0], f64::max), [3.0]);
        assert!(middle_of_neighbours(&[], f64::max).is_empty());
    }
}
