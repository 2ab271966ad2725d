//! What ends a try, and how often a request is repeated: a few times, with growing pauses, as long as nothing arrives.

use std::time::Duration;

use crate::control::Control;
use crate::error::{FetchError, FetchErrorKind};

/// What ended a try.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Another request would not help.
    Final(FetchError),
    /// The request is repeated.
    Again {
        /// What happened, naming the server.
        why: String,
        /// The pause that the server requests, if it does.
        after: Option<Duration>,
    },
}

impl From<FetchError> for Trouble {
    fn from(error: FetchError) -> Self {
        Self::Final(error)
    }
}

/// The request is repeated.
pub(crate) fn again(why: impl Into<String>) -> Trouble {
    Trouble::Again {
        why: why.into(),
        after: None,
    }
}

/// Longest pause that a server can ask for.
const LONGEST_PAUSE: Duration = Duration::from_mins(2);

/// Counts the failures of a server since the last block that it delivered.
pub(crate) struct Retries<'r> {
    pauses: &'r [Duration],
    block_bytes: u64,
    failures: usize,
    /// The most bytes there were when failures were last counted from zero.
    best_bytes: u64,
}

impl<'r> Retries<'r> {
    pub fn new(pauses: &'r [Duration], block_bytes: u64, done_bytes: u64) -> Self {
        Self {
            pauses,
            block_bytes,
            failures: 0,
            best_bytes: done_bytes,
        }
    }

    /// Waits before the next try.
    ///
    /// # Errors
    /// The server failed too often, or the download was stopped.
    pub fn wait(
        &mut self,
        why: &str,
        after: Option<Duration>,
        done_bytes: u64,
        control: &Control,
    ) -> Result<(), FetchError> {
        // More than a block counts, so that a server that sends a byte at a time is given up some day.
        if done_bytes >= self.best_bytes.saturating_add(self.block_bytes) {
            self.best_bytes = done_bytes;
            self.failures = 0;
        }
        let Some(pause) = self.pauses.get(self.failures) else {
            let tries = self.failures + 1;
            return Err(FetchError::new(
                FetchErrorKind::Network,
                format!("given up after {tries} tries: {why}"),
                "look whether this machine is online, then start it again: it goes on where it stopped",
            ));
        };
        self.failures += 1;
        let wanted = after.unwrap_or_default().min(LONGEST_PAUSE);
        control.wait(wanted.max(*pause))
    }
}
