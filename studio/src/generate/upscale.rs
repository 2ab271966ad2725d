//! Makes a finished clip larger with an upscaler.

use kinora_wire::{Outcome, Timings, Upscale, UpscaleGuide};

use super::oneshot::{BlockingClient, OnProgress};
use super::source_clip::{FRAMES_AT_ONCE, Part, SourceClip, sum};
use crate::stage::guide::{GuidePictures, GuideStage};

/// What is known of a clip beside its pictures, for an upscaler that reads it.
#[derive(Clone, Debug)]
pub struct ClipGuide {
    /// The prompt it was generated from.
    pub prompt: String,
    /// Frames per second.
    pub rate: u32,
    /// Its stage, if it had one.
    pub stage: Option<GuideStage>,
}

/// Makes a clip larger. Progress and frames are numbered over the whole clip.
pub fn upscale(
    client: &BlockingClient,
    clip: &mut SourceClip,
    (model, guide): (Option<&str>, Option<&ClipGuide>),
    is_cancelled: &dyn Fn() -> bool,
    on_progress: &mut OnProgress,
) -> Outcome {
    let drawn = guide.and_then(|guide| guide.stage.as_ref()).map(|stage| {
        let first = clip.picture(0)?;
        let small = [first.width, first.height];
        GuidePictures::of(
            stage,
            small.map(|side| side.saturating_mul(UpscaleGuide::SCALE)),
        )
    });
    let drawn = match drawn.transpose() {
        Ok(drawn) => drawn,
        Err(failure) => return Outcome::Failed { failure },
    };
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
            guide: guide.map(|guide| UpscaleGuide {
                prompt: guide.prompt.clone(),
                rate: guide.rate,
                first_frame: first as u32,
                stage: drawn.as_ref().map(|drawn| drawn.part(range.clone())),
            }),
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
