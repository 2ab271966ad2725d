//! The bars of the tables: what was asked, what was measured, and whether it holds.

use std::fmt;

/// The largest share of wrong answers.
pub const WRONG_SHARE: f64 = 0.01;
/// The least share of measured clips whose own path fits best.
pub const WINS_SHARE: f64 = 0.95;
/// The largest share of wrong paths that are reported as obeyed.
pub const FALSELY_OBEYED_SHARE: f64 = 0.1;

/// A bar: a number, and the most or the least that it may be.
pub struct Bar {
    /// What is measured.
    pub what: &'static str,
    /// The number; `None` without clips.
    pub measured: Option<f64>,
    /// Its limit.
    pub limit: Limit,
    /// Its decimals.
    pub digits: usize,
}

/// The limit of a bar.
#[derive(Clone, Copy)]
pub enum Limit {
    /// At most so much.
    Most(f64),
    /// At least so much.
    Least(f64),
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Most(limit) => write!(f, "at most {limit}"),
            Self::Least(limit) => write!(f, "at least {limit}"),
        }
    }
}

impl Bar {
    fn holds(&self) -> bool {
        self.measured.is_some_and(|measured| match self.limit {
            Limit::Most(limit) => measured <= limit,
            Limit::Least(limit) => measured >= limit,
        })
    }
}

impl fmt::Display for Bar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.holds() { "holds" } else { "short" };
        let measured = cell(self.measured, self.digits);
        write!(
            f,
            "| {} | {} | {measured} | {verdict} |",
            self.what, self.limit
        )
    }
}

/// A share of a whole in percent; `None` of nothing.
pub fn percent(part: usize, of: usize) -> Option<f64> {
    (of > 0).then(|| 100.0 * part as f64 / of as f64)
}

/// An empty cell where there is no number.
pub fn cell(number: Option<f64>, digits: usize) -> String {
    number.map_or_else(String::new, |number| format!("{number:.digits$}"))
}
