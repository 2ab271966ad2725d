//! Makes a finished clip larger with an upscaler.

use kinora_timeline::Frames;
use kinora_timeline::stage::{Form, Stage};
use kinora_wire::{
    Camera, Clip, Failure, Outcome, StageFigure, StagePictures, StageView, Timings, Upscale,
    UpscaleGuide,
};

use super::oneshot::{BlockingClient, OnProgress};
use super::source_clip::{FRAMES_AT_ONCE, Part, SourceClip, sum};
use crate::stage::{CastColours, StageClip, StageShown};

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

/// A stage, and the camera that sees it.
#[derive(Clone, Debug)]
pub struct GuideStage {
    /// The stage.
    pub stage: Stage,
    /// The colours of the characters on it.
    pub colours: Vec<CastColours>,
    /// One view for each frame.
    pub camera: Camera,
}

/// The views of a camera, with the mannequins of a stage at each.
pub fn stage_views(stage: &Stage, camera: &Camera) -> Vec<StageView> {
    let mannequins = stage.stand_ins.iter();
    let mannequins = mannequins.filter(|one| matches!(one.form, Form::Mannequin(_)));
    let seen = camera.views.iter().zip(0..).map(|(view, frame)| {
        let figures = mannequins.clone().map(|one| {
            let (foot, turn_degrees) = one.at(Frames(frame));
            StageFigure {
                foot,
                turn_degrees,
                height_metres: one.size.y,
            }
        });
        StageView {
            view: *view,
            figures: figures.collect(),
        }
    });
    seen.collect()
}

/// A stage at the large size: its pictures in colours and as depth, and what is known of each.
struct Drawn {
    clips: [StageClip; 2],
    views: Vec<StageView>,
}

impl Drawn {
    fn of(guide: &GuideStage, [width, height]: [u32; 2]) -> Result<Self, Failure> {
        let size = [width, height].map(|side| side.saturating_mul(UpscaleGuide::SCALE));
        let drawn = |shown| StageClip::of(&guide.stage, &shown, &guide.camera, size);
        let colours = StageShown::Picture(guide.colours.clone());
        Ok(Self {
            clips: [drawn(colours)?, drawn(StageShown::Depth)?],
            views: stage_views(&guide.stage, &guide.camera),
        })
    }

    /// The pictures of some frames.
    fn part(&self, range: std::ops::Range<usize>) -> StagePictures {
        let part = |clip: &StageClip| Clip {
            frames: clip
                .clip
                .frames
                .get(range.clone())
                .unwrap_or_default()
                .to_vec(),
        };
        let [picture, depth] = &self.clips;
        let views = self.views.get(range.clone()).unwrap_or_default();
        StagePictures {
            picture: part(picture),
            depth: part(depth),
            views: views.to_vec(),
        }
    }
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
        Drawn::of(stage, [first.width, first.height])
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
