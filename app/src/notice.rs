//! What the studio has to tell: short notices in a corner. Good news goes by itself, trouble stays
//! until somebody has seen it.

use std::time::{Duration, Instant};

const GOOD_NEWS_STAYS: Duration = Duration::from_secs(6);
/// More at once could not be read; the oldest goes first.
const MOST: usize = 5;

/// How a notice is shown and how long it stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    GoodNews,
    Trouble,
}

/// One thing that was told.
#[derive(Debug)]
pub struct Notice {
    pub number: u64,
    pub kind: Kind,
    pub text: String,
    told: Instant,
}

/// All that still shows.
#[derive(Debug, Default)]
pub struct Notices {
    shown: Vec<Notice>,
    next_number: u64,
}

impl Notices {
    pub fn good_news(&mut self, text: impl Into<String>) {
        self.tell(Kind::GoodNews, text.into());
    }

    pub fn trouble(&mut self, text: impl Into<String>) {
        let text = text.into();
        tracing::error!("{text}");
        self.tell(Kind::Trouble, text);
    }

    pub fn close(&mut self, number: u64) {
        self.shown.retain(|notice| notice.number != number);
    }

    /// Oldest first.
    pub fn shown(&self) -> &[Notice] {
        &self.shown
    }

    /// Drops good news that is old; returns when to look again.
    pub fn let_go(&mut self) -> Option<Duration> {
        self.shown.retain(|notice| {
            notice.kind == Kind::Trouble || notice.told.elapsed() < GOOD_NEWS_STAYS
        });
        self.shown
            .iter()
            .filter(|notice| notice.kind == Kind::GoodNews)
            .map(|notice| GOOD_NEWS_STAYS.saturating_sub(notice.told.elapsed()))
            .min()
    }

    fn tell(&mut self, kind: Kind, text: String) {
        self.shown.retain(|notice| notice.text != text);
        if self.shown.len() == MOST {
            self.shown.remove(0);
        }
        self.shown.push(Notice {
            number: self.next_number,
            kind,
            text,
            told: Instant::now(),
        });
        self.next_number += 1;
    }
}
