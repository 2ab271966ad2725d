//! Notifications in a corner of the window. An info expires by itself; an error stays until it is closed.

use std::time::{Duration, Instant};

const INFO_DURATION: Duration = Duration::from_secs(6);
/// The most notifications that are shown. With more, the oldest is dropped.
const MOST: usize = 5;

/// How a notification is shown, and how long it stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Info,
    Error,
}

/// One notification.
#[derive(Debug)]
pub struct Notification {
    pub number: u64,
    pub kind: Kind,
    pub text: String,
    since: Instant,
}

/// The notifications that are shown.
#[derive(Debug, Default)]
pub struct Notifications {
    shown: Vec<Notification>,
    next_number: u64,
}

impl Notifications {
    pub fn info(&mut self, text: impl Into<String>) {
        self.add(Kind::Info, text.into());
    }

    pub fn error(&mut self, text: impl Into<String>) {
        let text = text.into();
        tracing::error!("{text}");
        self.add(Kind::Error, text);
    }

    pub fn close(&mut self, number: u64) {
        self.shown.retain(|notice| notice.number != number);
    }

    /// Oldest first.
    pub fn shown(&self) -> &[Notification] {
        &self.shown
    }

    /// Drops expired infos. Returns the time until the next one expires; `None` if none is left.
    pub fn drop_expired(&mut self) -> Option<Duration> {
        self.shown
            .retain(|notice| notice.kind == Kind::Error || notice.since.elapsed() < INFO_DURATION);
        self.shown
            .iter()
            .filter(|notice| notice.kind == Kind::Info)
            .map(|notice| INFO_DURATION.saturating_sub(notice.since.elapsed()))
            .min()
    }

    fn add(&mut self, kind: Kind, text: String) {
        self.shown.retain(|notice| notice.text != text);
        if self.shown.len() == MOST {
            self.shown.remove(0);
        }
        self.shown.push(Notification {
            number: self.next_number,
            kind,
            text,
            since: Instant::now(),
        });
        self.next_number += 1;
    }
}
