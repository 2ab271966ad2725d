//! What the meters show during playback. The sound is mixed ahead, so each reading waits until its sound is played.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use kinora_timeline::TrackId;

use crate::mix::Loudness;

/// The readings that may wait. More are there only while nobody looks, and the oldest are dropped.
const MOST_WAITING: usize = 64;

/// Levels at one moment of playback.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MeterReading {
    /// The highest amplitudes of left and right of each track that is heard, behind its fader.
    pub tracks: Vec<(TrackId, [f32; 2])>,
    /// Those of the master.
    pub master: [f32; 2],
    /// The loudness of the master since playback began.
    pub loudness: Loudness,
}

/// The readings of a playback.
#[derive(Debug, Default)]
pub(super) struct Meters(Mutex<Readings>);

#[derive(Debug, Default)]
struct Readings {
    /// By the number of samples that are played before.
    waiting: VecDeque<(i64, MeterReading)>,
    shown: Option<MeterReading>,
}

impl Meters {
    /// Adds the reading of the sound that begins after so many samples.
    pub fn add(&self, after: i64, reading: MeterReading) {
        let mut readings = self.lock();
        if readings.waiting.len() >= MOST_WAITING {
            readings.waiting.pop_front();
        }
        readings.waiting.push_back((after, reading));
    }

    /// The reading after so many samples have been played; `None` before the first.
    pub fn at(&self, played: i64) -> Option<MeterReading> {
        let mut readings = self.lock();
        while readings
            .waiting
            .front()
            .is_some_and(|(after, _)| *after <= played)
        {
            readings.shown = readings.waiting.pop_front().map(|(_, reading)| reading);
        }
        readings.shown.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Readings> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The highest amplitudes of left and right.
pub(super) fn peaks(samples: &[f32]) -> [f32; 2] {
    let pairs = samples.chunks_exact(2);
    pairs.fold([0.0, 0.0], |[left, right], pair| {
        [left.max(pair[0].abs()), right.max(pair[1].abs())]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(level: f32) -> MeterReading {
        MeterReading {
            master: peaks(&[level, 0.0, -2.0 * level, 0.5 * level]),
            ..MeterReading::default()
        }
    }

    #[test]
    fn a_reading_is_shown_when_its_sound_is_played_and_stays_until_the_next() {
        let meters = Meters::default();
        for (after, level) in [(0, 0.1), (4000, 0.2), (8000, 0.3)] {
            meters.add(after, reading(level));
        }
        assert_eq!(meters.at(-1), None);
        let level = |played| meters.at(played).map(|reading| reading.master);
        assert_eq!(level(0), Some([0.2, 0.05]));
        assert_eq!(level(3999), Some([0.2, 0.05]));
        assert_eq!(level(9000), Some([0.6, 0.15]));
        assert_eq!(level(0), Some([0.6, 0.15]), "the last one stays");
    }

    #[test]
    fn readings_that_nobody_takes_do_not_pile_up() {
        let meters = Meters::default();
        for after in 0..1000 {
            meters.add(after, reading(0.1));
        }
        assert_eq!(meters.lock().waiting.len(), MOST_WAITING);
    }
}
