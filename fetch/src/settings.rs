//! How files are fetched: from which hub, how patiently, in which blocks.

use std::time::Duration;

use crate::token::Token;

/// How files are fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The hub's address. Its token goes nowhere else.
    pub hub: String,
    /// The hub's token, for gated files.
    pub token: Option<Token>,
    /// A server that sends nothing for so long is given up.
    pub stall: Duration,
    /// The pauses between tries that bring nothing; after them it is given up.
    pub pauses: Vec<Duration>,
    /// After so many bytes they are made safe on the disk: the most that is ever fetched twice.
    pub block_bytes: u64,
    /// How many files are fetched at a time.
    pub at_once: usize,
}

impl Settings {
    /// What suits people: two files at a time, blocks of 8 MiB, and tries for five minutes, so that a download at night
    /// outlives a router that starts again.
    pub fn for_hub(hub: &str) -> Self {
        Self {
            hub: hub.to_owned(),
            token: None,
            stall: Duration::from_secs(30),
            pauses: [1, 2, 4, 8, 16, 30, 60, 60, 60, 60]
                .map(Duration::from_secs)
                .into(),
            block_bytes: 8 << 20,
            at_once: 2,
        }
    }
}
