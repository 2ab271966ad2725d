//! The gain that brings an export to a loudness: the mix is measured, and measured again where the limiter takes some of
//! the gain away.

use std::path::Path;

use kinora_timeline::{FrameRange, Frames, Project};

use crate::media::MediaError;
use crate::mix::{DELIVERY_CEILING_DB, Loudness, LoudnessMeter, Mixer};

/// Frames measured at once.
const FRAMES_AT_ONCE: i64 = 24;
/// The difference from the target that is near enough, in LU.
const NEAR: f64 = 0.02;
/// How often a mix that is limited is measured again.
const MOST_PASSES: usize = 6;
/// The most gain beyond the difference of the loudness, in decibels. A mix that needs more is squashed, not louder.
const MOST_EXTRA_DB: f64 = 12.0;

/// The gain in decibels; `None` if it was cancelled. `on_frames` gets the number of measured frames, up to the length of
/// the range, and cancels by returning false. A mix that is silent, or shorter than 0.4 s, gets no gain.
///
/// # Errors
/// A file of the project is missing or damaged.
pub(super) fn gain_for(
    (project, folder): (&Project, &Path),
    range: FrameRange,
    target_lufs: f64,
    on_frames: &mut dyn FnMut(Frames) -> bool,
) -> Result<Option<f64>, MediaError> {
    let Some(plain) = measured(Mixer::new(folder), project, range, on_frames)? else {
        return Ok(None);
    };
    if !plain.integrated.is_finite() {
        return Ok(Some(0.0));
    }
    let difference_db = target_lufs - plain.integrated;
    let is_limited = plain.true_peak_db + difference_db > f64::from(DELIVERY_CEILING_DB);
    if !is_limited {
        return Ok(Some(difference_db));
    }
    let mut gain_db = difference_db;
    for _ in 0..MOST_PASSES {
        let mixer = Mixer::new(folder).delivered(gain_db);
        let mut again = |_: Frames| on_frames(range.length);
        let Some(found) = measured(mixer, project, range, &mut again)? else {
            return Ok(None);
        };
        let missing_db = target_lufs - found.integrated;
        if missing_db.abs() < NEAR {
            return Ok(Some(gain_db));
        }
        gain_db = (gain_db + missing_db).min(difference_db + MOST_EXTRA_DB);
    }
    tracing::warn!("the limiter keeps the mix from {target_lufs} LUFS");
    Ok(Some(gain_db))
}

/// The loudness of a range of the mix; `None` if it was cancelled.
fn measured(
    mut mixer: Mixer,
    project: &Project,
    range: FrameRange,
    on_frames: &mut dyn FnMut(Frames) -> bool,
) -> Result<Option<Loudness>, MediaError> {
    let mut meter = LoudnessMeter::default();
    let mut done = Frames::ZERO;
    while done < range.length {
        let length = (range.length - done).min(Frames(FRAMES_AT_ONCE));
        let part = FrameRange {
            start: range.start + done,
            length,
        };
        meter.add(&mixer.mix(project, part)?);
        done += length;
        if !on_frames(done) {
            return Ok(None);
        }
    }
    Ok(Some(meter.loudness()))
}
