//! How far a download is, for whoever draws it: bytes and phase of each file, rate, and time left.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What happens to a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// It waits for its turn.
    #[default]
    Waiting,
    /// Its bytes arrive.
    Fetching,
    /// The server failed, and the request is repeated after a pause.
    Retrying,
    /// Its hash is compared.
    Checking,
    /// It has its final name.
    Done,
    /// It failed.
    Failed,
}

/// The progress of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileProgress {
    /// Its name, without a folder.
    pub name: String,
    /// What happens to it.
    pub phase: Phase,
    /// Bytes that were received so far, also by earlier downloads.
    pub done_bytes: u64,
    /// Bytes that this download received, also those that it had to drop. The rate is theirs.
    pub received_bytes: u64,
    /// Its size, once it is known.
    pub size_bytes: Option<u64>,
    /// Why it is requested again, while it is.
    pub note: Option<String>,
}

/// The progress of all files, in the order of their orders. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<Mutex<Vec<FileProgress>>>);

impl Progress {
    /// The files as they are now.
    pub fn files(&self) -> Vec<FileProgress> {
        self.lock().clone()
    }

    /// Bytes received of all files, and their size as far as it is known.
    pub fn bytes(&self) -> (u64, u64) {
        let files = self.lock();
        let done = files.iter().map(|file| file.done_bytes).sum();
        let size = |file: &FileProgress| file.size_bytes.unwrap_or_default().max(file.done_bytes);
        (done, files.iter().map(size).sum())
    }

    /// Bytes that this download received. They never become fewer.
    pub fn received_bytes(&self) -> u64 {
        self.lock().iter().map(|file| file.received_bytes).sum()
    }

    pub(crate) fn begin(&self, files: Vec<FileProgress>) {
        *self.lock() = files;
    }

    pub(crate) fn change(&self, file: usize, change: impl FnOnce(&mut FileProgress)) {
        if let Some(file) = self.lock().get_mut(file) {
            change(file);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<FileProgress>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The rate is that of the last so many seconds.
const WINDOW: Duration = Duration::from_secs(8);
/// Samples are not closer together than this.
const CLOSEST: Duration = Duration::from_millis(100);

/// Measures the rate of a download from [`Progress::received_bytes`].
#[derive(Clone, Debug, Default)]
pub struct Meter {
    samples: VecDeque<(Instant, u64)>,
}

impl Meter {
    /// Takes in how many bytes were received until now.
    pub fn add(&mut self, now: Instant, received_bytes: u64) {
        let last = self.samples.back();
        if last.is_some_and(|(last, _)| now.saturating_duration_since(*last) < CLOSEST) {
            return;
        }
        self.samples.push_back((now, received_bytes));
        let is_old = |(at, _): &(Instant, u64)| now.saturating_duration_since(*at) > WINDOW;
        while self.samples.len() > 2 && self.samples.front().is_some_and(is_old) {
            self.samples.pop_front();
        }
    }

    /// Bytes per second; `None` until it is known.
    pub fn bytes_per_second(&self) -> Option<f64> {
        let ((first, before), (last, now)) = (self.samples.front()?, self.samples.back()?);
        let seconds = last.saturating_duration_since(*first).as_secs_f64();
        (seconds > 0.0).then(|| now.saturating_sub(*before) as f64 / seconds)
    }

    /// The time that so many more bytes take; `None` until it is known.
    pub fn time_left(&self, left_bytes: u64) -> Option<Duration> {
        let rate = self.bytes_per_second().filter(|rate| *rate >= 1.0)?;
        Duration::try_from_secs_f64(left_bytes as f64 / rate).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_seconds_and_gives_the_time_left() {
        let mut meter = Meter::default();
        let start = Instant::now();
        meter.add(start, 0);
        assert_eq!(meter.bytes_per_second(), None);
        for second in 1..=20 {
            let bytes = if second <= 10 {
                second * 100
            } else {
                1000 + (second - 10) * 1000
            };
            meter.add(start + Duration::from_secs(second), bytes);
        }
        let rate = meter.bytes_per_second().expect("known");
        assert!((rate - 1000.0).abs() < 1.0, "{rate}");
        assert_eq!(meter.time_left(5000), Some(Duration::from_secs(5)));
    }

    #[test]
    fn a_line_that_is_silent_has_no_time_left() {
        let mut meter = Meter::default();
        let start = Instant::now();
        meter.add(start, 5000);
        meter.add(start + Duration::from_secs(1), 5000);
        assert_eq!(meter.time_left(5000), None);
    }
}
