//! When a changed project file is written by itself.

use std::time::{Duration, Instant};

/// The last write of the project file.
pub struct Autosave {
    since: Instant,
    /// The revision of the project that was written.
    revision: u64,
    /// Whether a write is under way that nobody asked for: it is not announced.
    pub is_silent: bool,
}

impl Autosave {
    /// For a project that was just opened.
    pub fn begun() -> Self {
        Self {
            since: Instant::now(),
            revision: 0,
            is_silent: false,
        }
    }

    /// Whether a project of this revision is to be written now.
    pub fn is_due(&self, revision: u64, minutes: Option<u32>) -> bool {
        is_due(self.since.elapsed(), revision != self.revision, minutes)
    }

    /// The project of this revision is written.
    pub fn saved(&mut self, revision: u64, is_silent: bool) {
        *self = Self {
            since: Instant::now(),
            revision,
            is_silent,
        };
    }
}

fn is_due(passed: Duration, is_changed: bool, minutes: Option<u32>) -> bool {
    let pause = minutes.map(|minutes| Duration::from_mins(u64::from(minutes)));
    is_changed && pause.is_some_and(|pause| passed >= pause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_project_is_written_after_the_pause_and_an_unchanged_one_never() {
        let due = |minutes, is_changed| {
            let passed = Duration::from_mins(10);
            is_due(passed, is_changed, minutes)
        };
        assert!(due(Some(10), true) && due(Some(5), true));
        assert!(!due(Some(11), true), "too early");
        assert!(!due(Some(5), false), "nothing has changed");
        assert!(!due(None, true), "it is off");
    }
}
