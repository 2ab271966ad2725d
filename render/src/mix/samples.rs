//! Samples of the timeline, counted from its start: where a frame begins, and in which frame a sample lies.

use kinora_timeline::{FrameRange, FrameRate, Frames};

use crate::media::SOUND_RATE_HZ;

/// The samples of a channel that are mixed at once. The mixer's memory does not depend on how much it mixes.
pub(super) const BLOCK: usize = 4096;

/// The first sample of a frame.
pub fn sample_at(frame: Frames, rate: FrameRate) -> i64 {
    frame.first_sample(rate, SOUND_RATE_HZ)
}

/// The frames that a range of samples touches.
pub(super) fn frames_around(first: i64, count: usize, rate: FrameRate) -> FrameRange {
    let last = first + (count.max(1) as i64) - 1;
    FrameRange::between(
        frame_with(first, rate),
        frame_with(last, rate) + Frames::ONE,
    )
}

/// The frame that a sample belongs to.
fn frame_with(sample: i64, rate: FrameRate) -> Frames {
    let seconds = sample as f64 / f64::from(SOUND_RATE_HZ);
    let mut frame = Frames((seconds * rate.per_second()).floor() as i64);
    while sample_at(frame, rate) > sample {
        frame = frame - Frames::ONE;
    }
    while sample_at(frame + Frames::ONE, rate) <= sample {
        frame += Frames::ONE;
    }
    frame
}

/// The samples that this many milliseconds are, as the whole number nearest to it.
pub(super) fn of_milliseconds(milliseconds: f32) -> usize {
    (f64::from(milliseconds) * f64::from(SOUND_RATE_HZ) / 1000.0).round() as usize
}

/// The factor of this many decibels.
pub(super) fn factor_of(decibels: f64) -> f64 {
    10.0_f64.powf(decibels / 20.0)
}

/// The decibels of an amplitude; that of silence is very low, not infinite.
pub(super) fn decibels_of(amplitude: f32) -> f64 {
    const SILENCE: f64 = 1e-7; // -140 dB
    20.0 * f64::from(amplitude).max(SILENCE).log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frames_around_samples_begin_at_or_before_them_and_end_after_them() {
        for rate in FrameRate::COMMON {
            for first in [0, 1, 1600, 1601, 1999, 2000, 48_047, 172_800_001] {
                for count in [1, 2, 1601, 4096] {
                    let frames = frames_around(first, count, rate);
                    assert!(sample_at(frames.start, rate) <= first);
                    assert!(sample_at(frames.start + Frames::ONE, rate) > first);
                    let end = first + count as i64;
                    assert!(sample_at(frames.end(), rate) >= end);
                    assert!(sample_at(frames.end() - Frames::ONE, rate) < end);
                }
            }
        }
    }

    #[test]
    fn decibels_are_those_of_an_amplitude() {
        assert!((factor_of(20.0) - 10.0).abs() < 1e-12);
        assert!((decibels_of(0.1) + 20.0).abs() < 1e-5);
        assert!((decibels_of(0.0) + 140.0).abs() < 1e-9);
        assert_eq!(of_milliseconds(5.0), 240);
    }
}
