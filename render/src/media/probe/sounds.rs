//! The packets of an audio stream: their length and where they end. What the codec adds at the ends is left out if the
//! file says so.

use ffmpeg_the_third as ffmpeg;

use super::{LATEST_TICKS, SoundTrack};
use crate::ffi::is_hidden;

/// Totals over the packets of an audio stream.
#[derive(Debug, Default)]
pub(super) struct Sounds {
    ticks: i64,
    end: i64,
}

impl Sounds {
    pub(super) fn add(&mut self, packet: &ffmpeg::Packet) {
        if !is_hidden(packet) {
            let duration = packet.duration().clamp(0, LATEST_TICKS);
            self.ticks = self.ticks.saturating_add(duration);
            let begins = packet.pts().filter(|time| time.abs() < LATEST_TICKS);
            self.end = self.end.max(begins.unwrap_or(0).saturating_add(duration));
        }
    }

    /// The end of the last packet in seconds of the file's clock.
    pub(super) fn end_seconds(&self, stream: &ffmpeg::Stream) -> f64 {
        self.end as f64 * f64::from(stream.time_base())
    }

    pub(super) fn track(&self, stream: &ffmpeg::Stream) -> Option<SoundTrack> {
        let parameters = stream.parameters();
        let rate_hz = parameters.sample_rate();
        let base = stream.time_base();
        // The file's own account leaves out what the codec adds at the ends.
        let ticks = match stream.duration() {
            own if own > 0 => own.min(self.ticks),
            _ => self.ticks,
        };
        let ticks = i128::from(ticks) * i128::from(base.numerator()) * i128::from(rate_hz);
        let samples = ticks / i128::from(base.denominator().max(1));
        (rate_hz > 0 && samples > 0).then(|| SoundTrack {
            rate_hz,
            samples: u64::try_from(samples).unwrap_or(u64::MAX),
            channels: parameters.ch_layout().channels(),
            codec: parameters.id().name().to_owned(),
        })
    }
}
