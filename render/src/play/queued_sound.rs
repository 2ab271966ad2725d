//! The source that the device plays: blocks that were mixed ahead, and silence while the mix is late, which does not count
//! as played.

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::time::Duration;

use rodio::{ChannelCount, Sample, SampleRate, Source};

use super::clock::{Clock, SAMPLES_NOTED};
use crate::media::SOUND_RATE_HZ;

/// Blocks mixed ahead.
const PIECES_AHEAD: usize = 6;

/// The device's source: silence when the mix is late, which does not count as played.
pub(super) struct QueuedSound {
    pieces: Receiver<Vec<f32>>,
    piece: std::vec::IntoIter<f32>,
    clock: Arc<Clock>,
    pub(super) is_wanted: Arc<AtomicBool>,
    is_right: bool,
}

impl QueuedSound {
    pub(super) fn new(clock: Arc<Clock>) -> (SyncSender<Vec<f32>>, Self) {
        let (sender, pieces) = sync_channel(PIECES_AHEAD);
        let source = Self {
            pieces,
            piece: Vec::new().into_iter(),
            clock,
            is_wanted: Arc::new(AtomicBool::new(true)),
            is_right: false,
        };
        (sender, source)
    }
}

impl Iterator for QueuedSound {
    type Item = Sample;

    fn next(&mut self) -> Option<Sample> {
        if !self.is_wanted.load(Ordering::Relaxed) {
            return None;
        }
        if self.piece.len() == 0 {
            match self.pieces.try_recv() {
                Ok(piece) => {
                    self.piece = piece.into_iter();
                    self.clock.is_playing.store(true, Ordering::Release);
                }
                Err(TryRecvError::Empty) => return Some(0.0),
                Err(TryRecvError::Disconnected) => return None,
            }
        }
        let sample = self.piece.next().unwrap_or(0.0);
        if self.is_right {
            self.clock.samples.fetch_add(1, Ordering::Relaxed);
        } else {
            let taken = self.clock.samples.load(Ordering::Relaxed);
            if taken < SAMPLES_NOTED {
                self.clock.note(taken);
            }
        }
        self.is_right = !self.is_right;
        let is_muted = self.clock.is_muted.load(Ordering::Relaxed);
        Some(if is_muted { 0.0 } else { sample })
    }
}

impl Source for QueuedSound {
    fn current_span_len(&self) -> Option<usize> {
        None
    }

    fn channels(&self) -> ChannelCount {
        const STEREO: ChannelCount = NonZero::new(2).expect("two");
        STEREO
    }

    fn sample_rate(&self) -> SampleRate {
        const RATE: SampleRate = NonZero::new(SOUND_RATE_HZ).expect("above zero");
        RATE
    }

    fn total_duration(&self) -> Option<Duration> {
        None
    }
}
