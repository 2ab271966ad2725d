//! The form for several takes of a shot that are ranked.

use kinora_studio::generate::queue::series::{RankBy, SeriesPlan};

/// The fields of the form.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BestOfForm {
    /// What the takes are ranked by; `None` makes plain takes.
    pub rank: Option<RankBy>,
    /// Whether a take that is good enough ends the series.
    pub stops_early: bool,
    /// The camera error of such a take, in degrees.
    pub stop_at_degrees: f64,
    /// Whether the time is limited.
    pub has_limit: bool,
    /// The time in minutes.
    pub within_minutes: f64,
}

impl Default for BestOfForm {
    fn default() -> Self {
        Self {
            rank: None,
            stops_early: false,
            stop_at_degrees: 1.0,
            has_limit: false,
            within_minutes: 10.0,
        }
    }
}

impl BestOfForm {
    /// The series of so many takes; `None`: plain takes.
    pub fn plan(&self, takes: u32) -> Option<SeriesPlan> {
        let rank = self.rank.filter(|_| takes > 1)?;
        Some(self.plan_by(rank, takes))
    }

    /// The series of so many takes, of one too, ranked by this.
    pub fn plan_by(&self, rank: RankBy, takes: u32) -> SeriesPlan {
        SeriesPlan {
            takes,
            rank,
            stop_at_degrees: self.stops_early.then_some(self.stop_at_degrees),
            within_minutes: self.has_limit.then_some(self.within_minutes),
        }
    }
}
