//! Whether a file is as long as a lost medium: within one frame, and with the picture and the sound that the medium has.
//! A sound has no frames; a frame at 24 per second stands for one.

use kinora_timeline::media::{Extent, Medium};

/// Sounds have no frames: they are as long if they differ by no more than a frame at 24 per second.
const SOUND_FRAME_SECONDS: f64 = 1.0 / 24.0;
/// Lengths in seconds are rounded.
const ROUNDING_SECONDS: f64 = 1e-6;

/// Whether a file has what a medium has, and is as long within one frame.
pub(super) fn is_as_long(
    medium: &Medium,
    (extent, has_picture, has_sound): (Extent, bool, bool),
) -> bool {
    let has_all = (has_picture || !medium.has_picture) && (has_sound || !medium.has_sound);
    let frame_seconds = match medium.extent {
        Extent::Video { rate, .. } => 1.0 / rate.per_second(),
        Extent::Still | Extent::Sound { .. } => SOUND_FRAME_SECONDS,
    };
    let is_as_long = match (seconds_of(medium.extent), seconds_of(extent)) {
        (None, None) => true,
        (Some(own), Some(other)) => (own - other).abs() <= frame_seconds + ROUNDING_SECONDS,
        _ => false,
    };
    has_all && is_as_long
}

/// `None`: a still picture.
fn seconds_of(extent: Extent) -> Option<f64> {
    match extent {
        Extent::Still => None,
        Extent::Video { rate, frames } => Some(frames.as_seconds(rate)),
        Extent::Sound { rate_hz, samples } => Some(samples as f64 / f64::from(rate_hz.max(1))),
    }
}
