//! Makes a finished clip larger with an upscaler.

use std::ops::Range;

use kinora_wire::{Outcome, Progress, Timings, Upscale};

use super::oneshot::{BlockingClient, OnProgress};
use super::source_clip::{FRAMES_AT_ONCE, SourceClip, sum};

/// Makes a clip larger. Progress and frames are numbered over the whole clip.
pub fn upscale(
    client: &BlockingClient,
    clip: &mut SourceClip,
    model: Option<String>,
    is_cancelled: &dyn Fn() -> bool,
    on_progress: &mut OnProgress,
) -> Outcome {
    let count = clip.count();
    let mut spent = Timings::default();
    for first in (0..count).step_by(FRAMES_AT_ONCE) {
        let range = first..count.min(first + FRAMES_AT_ONCE);
        let (pictures, _folder) = match clip.pictures(range.clone()) {
            Ok(pictures) => pictures,
            Err(failure) => return Outcome::Failed { failure },
        };
        let request = Upscale {
            model: model.clone(),
            clip: pictures,
            device: None,
        };
        let outcome =
            client.upscale(
                request,
                is_cancelled,
                &mut |progress, pixels| match of_whole_clip(progress, &range, count) {
                    Some(progress) => on_progress(&progress, pixels),
                    None => Ok(()),
                },
            );
        match outcome {
            Outcome::Done { timings } => spent = sum(spent, timings),
            ended => return ended,
        }
    }
    Outcome::Done { timings: spent }
}

/// The progress of a part of the clip as that of the whole. `None` for what is only said once.
fn of_whole_clip(progress: &Progress, range: &Range<usize>, count: usize) -> Option<Progress> {
    let before = range.start as f64 / count as f64;
    let share = range.len() as f64 / count as f64;
    Some(match progress {
        Progress::Queued { .. } => return None,
        Progress::UpscaleBegun { .. } if range.start > 0 => return None,
        Progress::Working { what, done } => Progress::Working {
            what: what.clone(),
            done: before + share * done,
        },
        Progress::Frames { first, picture } => Progress::Frames {
            first: range.start as u32 + first,
            picture: *picture,
        },
        other => other.clone(),
    })
}
