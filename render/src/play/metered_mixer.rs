//! Mixes the sound of playback and measures what it has mixed: the peaks of tracks and master, and the loudness since
//! playback began.

use std::path::Path;

use kinora_timeline::{FrameRange, Project};

use super::meters::{self, MeterReading, Meters};
use crate::mix::{LoudnessMeter, Mixer, sample_at};

/// Mixes, and measures what it has mixed.
pub(super) struct MeteredMixer {
    mixer: Mixer,
    loudness: LoudnessMeter,
    /// Samples mixed since playback began.
    mixed: i64,
}

impl MeteredMixer {
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            mixer: Mixer::new(folder),
            loudness: LoudnessMeter::default(),
            mixed: 0,
        }
    }

    pub(super) fn mix(
        &mut self,
        project: &Project,
        range: FrameRange,
        meters: &Meters,
    ) -> Vec<f32> {
        let rate = project.rate();
        let silence = sample_at(range.end(), rate) - sample_at(range.start, rate);
        // Unreadable sound is silent here; the export reports it.
        let piece = self.mixer.mix(project, range);
        let piece = piece.unwrap_or_else(|_| vec![0.0; silence.max(0) as usize * 2]);
        self.loudness.add(&piece);
        let reading = MeterReading {
            tracks: self.mixer.take_peaks(),
            master: meters::peaks(&piece),
            loudness: self.loudness.loudness(),
        };
        meters.add(self.mixed, reading);
        self.mixed += (piece.len() / 2) as i64;
        piece
    }
}
