//! A stage as a guided upscaler reads it: pictures in colours and as depth, larger than the large pictures, and what is known
//! of each.

use std::ops::Range;

use kinora_timeline::Frames;
use kinora_timeline::stage::Stage;
use kinora_wire::{Camera, Clip, Failure, StageFigure, StagePictures, StageView, UpscaleGuide};

use super::{CastColours, StageClip, StageShown};

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

/// The pictures of a stage, deleted when this is dropped.
#[derive(Debug)]
pub struct GuidePictures {
    picture: StageClip,
    depth: StageClip,
    views: Vec<StageView>,
}

impl GuidePictures {
    /// Draws them: `size` is width and height of the large pictures.
    pub fn of(guide: &GuideStage, size: [u32; 2]) -> Result<Self, Failure> {
        let samples = size.map(|side| side.saturating_mul(UpscaleGuide::SAMPLES));
        let drawn = |shown| StageClip::of(&guide.stage, &shown, &guide.camera, samples);
        let views = guide.camera.views.iter().zip(0..);
        let views = views.map(|(view, frame)| StageView {
            view: *view,
            figures: figures_at(&guide.stage, Frames(frame)),
        });
        let picture = || drawn(StageShown::Picture(guide.colours.clone()));
        let (picture, depth) = rayon::join(picture, || drawn(StageShown::Depth));
        Ok(Self {
            picture: picture?,
            depth: depth?,
            views: views.collect(),
        })
    }

    /// Those of all frames.
    pub fn all(&self) -> StagePictures {
        self.part(0..self.views.len())
    }

    /// Those of some frames.
    pub fn part(&self, range: Range<usize>) -> StagePictures {
        let part = |clip: &StageClip| {
            let frames = clip.clip.frames.get(range.clone());
            Clip {
                frames: frames.unwrap_or_default().to_vec(),
            }
        };
        let views = self.views.get(range.clone()).unwrap_or_default();
        StagePictures {
            picture: part(&self.picture),
            depth: part(&self.depth),
            views: views.to_vec(),
        }
    }
}

/// The mannequins of a stage at a frame.
fn figures_at(stage: &Stage, frame: Frames) -> Vec<StageFigure> {
    let figures = stage.mannequins().map(|one| {
        let (foot, turn_degrees) = one.at(frame);
        StageFigure {
            foot,
            turn_degrees,
            height_metres: one.size.y,
        }
    });
    figures.collect()
}
