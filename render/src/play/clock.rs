//! The clock of playback: the samples that the device has taken, and when it began. A device takes samples in blocks, so
//! the beginning is computed from many of them.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use crate::media::SOUND_RATE_HZ;

/// The first samples of a playback, by which it is known when it began: more than two blocks of the device.
pub(super) const SAMPLES_NOTED: i64 = 12_000;

/// Samples of the timeline the device has taken since playback began.
#[derive(Debug)]
pub(super) struct Clock {
    pub(super) samples: AtomicI64,
    pub(super) is_playing: AtomicBool,
    /// Played, but not heard.
    pub(super) is_muted: AtomicBool,
    created: Instant,
    /// When the first sample was taken, in nanoseconds since `created`. See [`Clock::note`].
    began: AtomicI64,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            samples: AtomicI64::default(),
            is_playing: AtomicBool::default(),
            is_muted: AtomicBool::default(),
            created: Instant::now(),
            began: AtomicI64::new(i64::MIN),
        }
    }
}

impl Clock {
    /// Notes that a sample is taken now. A device takes a block of them at once, and plays the first of it when the block
    /// before has ended: of all samples, the first of a block gives the latest beginning, the right one.
    pub(super) fn note(&self, sample: i64) {
        let seconds = sample as f64 / f64::from(SOUND_RATE_HZ);
        let since = self.created.elapsed().as_secs_f64() - seconds;
        self.began.fetch_max((since * 1e9) as i64, Ordering::AcqRel);
    }

    /// When the first sample was taken; `None` until that is known.
    pub(super) fn began(&self) -> Option<Instant> {
        let is_known = self.samples.load(Ordering::Acquire) >= SAMPLES_NOTED;
        let nanoseconds = self.began.load(Ordering::Acquire);
        let since = u64::try_from(nanoseconds).ok().filter(|_| is_known)?;
        Some(self.created + Duration::from_nanos(since))
    }
}
