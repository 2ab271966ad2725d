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

/// An upscaler without a stage looks at most so far to each side.
const NEIGHBOURS: usize = 1;

/// Makes a clip larger. Progress and frames are numbered over the whole clip.
pub fn upscale(
    client: &BlockingClient,
    clip: &mut SourceClip,
    (model, guide): (Option<&str>, Option<&ClipGuide>),
    is_cancelled: &dyn Fn() -> bool,
    on_progress: &mut OnProgress,
) -> Outcome {
    let stage = guide.and_then(|guide| guide.stage.as_ref());
    let staged = stage.map(|stage| {
        let first = clip.picture(0)?;
        let small = [first.width, first.height];
        Ok((
            stage,
            small.map(|side| side.saturating_mul(UpscaleGuide::SCALE)),
        ))
    });
    let staged = match staged.transpose() {
        Ok(staged) => staged,
        Err(failure) => return Outcome::Failed { failure },
    };
    let count = clip.count();
    // So that no seam is seen between two parts.
    let around = match staged {
        Some(_) => UpscaleGuide::REACH,
        None => NEIGHBOURS,
    };
    let mut spent = Timings::default();
    for first in (0..count).step_by(FRAMES_AT_ONCE) {
        let range = first..count.min(first + FRAMES_AT_ONCE);
        let read = range.start.saturating_sub(around)..count.min(range.end + around);
        let wanted = [range.start, range.end].map(|at| (at - read.start) as u32);
        let (pictures, _folder) = match clip.pictures(read.clone()) {
            Ok(pictures) => pictures,
            Err(failure) => return Outcome::Failed { failure },
        };
        let drawn = staged.map(|(stage, large)| GuidePictures::of(stage, large, read.clone()));
        let drawn = match drawn.transpose() {
            Ok(drawn) => drawn.flatten(),
            Err(failure) => return Outcome::Failed { failure },
        };
        let request = Upscale {
            model: model.map(str::to_owned),
            clip: pictures,
            wanted: Some(wanted[0]..wanted[1]),
            guide: guide.map(|guide| UpscaleGuide {
                prompt: guide.prompt.clone(),
                rate: guide.rate,
                first_frame: read.start as u32,
                stage: drawn.as_ref().map(GuidePictures::pictures),
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
