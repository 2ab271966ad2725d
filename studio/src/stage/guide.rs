//! A stage as a guided upscaler reads it: pictures in colours and as depth, larger than the large pictures, and what is known
//! of each.

use std::ops::Range;
use std::path::{Path, PathBuf};

use image::ExtendedColorType;
use kinora_timeline::Frames;
use kinora_timeline::stage::{Stage, StageImage};
use kinora_wire::{Camera, Failure, StageFigure, StagePictures, StageView, UpscaleGuide, View};
use rayon::prelude::*;
use tempfile::TempDir;

use super::{CastColours, colours_in, pose, unwritable};

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

/// Most pixels of a large picture for which a stage is drawn. Clips with more show by themselves what is there, and the stage,
/// with four samples for each pixel, would take gigabytes.
const MOST_PIXELS: u64 = 1024 * 576;
/// Frames that are drawn at the same time, each with some 70 bytes a sample.
const FRAMES_AT_ONCE: usize = 4;

/// The pictures of a stage, deleted when this is dropped.
#[derive(Debug)]
pub struct GuidePictures {
    pictures: StagePictures,
    _folder: TempDir,
}

impl GuidePictures {
    /// Draws those of some frames: `size` is width and height of the large pictures. `None`: they are too large.
    pub fn of(
        guide: &GuideStage,
        size: [u32; 2],
        range: Range<usize>,
    ) -> Result<Option<Self>, Failure> {
        let [width, height] = size.map(u64::from);
        if width * height > MOST_PIXELS {
            return Ok(None);
        }
        let size = size.map(|side| side * UpscaleGuide::SAMPLES);
        let folder = tempfile::tempdir().map_err(unwritable)?;
        let frames: Vec<(usize, &View)> = guide.camera.views.iter().enumerate().collect();
        let frames = frames.get(range).unwrap_or_default();
        let mut pictures = StagePictures::default();
        for some in frames.chunks(FRAMES_AT_ONCE) {
            let drawn = some.par_iter().map(|(at, view)| {
                let files = guide.write((*at, view), size, folder.path())?;
                Ok((files, guide.view(*at, view)))
            });
            let drawn: Vec<([PathBuf; 2], StageView)> = drawn.collect::<Result<_, Failure>>()?;
            for ([picture, depth], view) in drawn {
                pictures.picture.frames.push(picture);
                pictures.depth.frames.push(depth);
                pictures.views.push(view);
            }
        }
        Ok(Some(Self {
            pictures,
            _folder: folder,
        }))
    }

    /// The files, and the view of each.
    pub fn pictures(&self) -> StagePictures {
        self.pictures.clone()
    }
}

impl GuideStage {
    /// Writes a frame in colours and as depth, `size` wide and high.
    fn write(
        &self,
        (at, view): (usize, &View),
        size: [u32; 2],
        folder: &Path,
    ) -> Result<[PathBuf; 2], Failure> {
        let painted = |form| colours_in(&self.colours, form);
        let frame = Frames(at as i64);
        let StageImage { picture, depth } =
            self.stage.image(frame, &pose(view, size), size, &painted);
        let depth: Vec<u8> = depth.into_iter().flat_map(u16::to_ne_bytes).collect();
        let write = |name: String, bytes: &[u8], kind| {
            let path = folder.join(name);
            let written = image::save_buffer(&path, bytes, size[0], size[1], kind);
            written.map_err(unwritable).map(|()| path)
        };
        Ok([
            write(format!("{at:05}.png"), &picture, ExtendedColorType::Rgb8)?,
            write(format!("{at:05}-depth.png"), &depth, ExtendedColorType::L16)?,
        ])
    }

    fn view(&self, at: usize, view: &View) -> StageView {
        StageView {
            view: *view,
            figures: figures_at(&self.stage, Frames(at as i64)),
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
