//! Makes a finished clip larger with an upscaler.

use kinora_wire::{Outcome, Timings, Upscale};

use super::oneshot::{BlockingClient, OnProgress};
use super::source_clip::{FRAMES_AT_ONCE, Part, SourceClip, sum};

/// Makes a clip larger. Progress and frames are numbered over the whole clip.
pub fn upscale(
    client: &BlockingClient,
    clip: &mut SourceClip,
    model: Option<&str>,
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
            model: model.map(str::to_owned),
            clip: pictures,
            device: None,
        };
        let part = Part {
            before: first,
            count: range.len(),
            all: count,
        };
        let outcome = client.upscale(request, is_cancelled, &mut |progress, pixels| match part
            .of_whole_clip(progress)
        {
            Some(progress) => on_progress(&progress, pixels),
            None => Ok(()),
        });
        match outcome {
            Outcome::Done { timings } => spent = sum(spent, timings),
            ended => return ended,
        }
    }
    Outcome::Done { timings: spent }
}
