//! All pictures of a clip, one after another. Only a few are in memory at a time.

use std::path::Path;

use kinora_wire::{Failure, StagePictures, Upscale, UpscaleGuide};
use tch::{Device, Kind, Tensor};

use super::{TILE_PIXELS, Upscaler, UpscalerConfig, WIDEST_MARGIN_PIXELS, guided};
use crate::job::{Clock, Listener};
use crate::picture;

impl Upscaler {
    /// Makes all pictures of a clip larger, and sends each as it is done.
    pub fn enlarge_clip(
        &self,
        request: &Upscale,
        clock: &mut Clock,
        listener: &mut dyn Listener,
    ) -> Result<(), Failure> {
        let mut pictures = Pictures::of(&request.clip.frames);
        let count = request.clip.frames.len();
        let mut before = None;
        let mut here = clock.encoding(|| pictures.next())?;
        let mut at = 0;
        while let Some(small) = here {
            let after = clock.encoding(|| pictures.next())?;
            let large = match self.config {
                UpscalerConfig::Guided(_) => {
                    let near = [before.as_ref(), Some(&small), after.as_ref()];
                    let near = near.map(|one| one.unwrap_or(&small));
                    let guide = request.guide.as_ref();
                    let stage = guide.and_then(|guide| guide.stage.as_ref());
                    let stage = stage.map(|stage| clock.encoding(|| staged(stage, at, &small)));
                    let hints = self.hints_at(guide, at);
                    let stage = stage.transpose()?;
                    clock.decoding(|| {
                        self.enlarge_guided(near, stage.as_ref(), &hints, &mut || listener.check())
                    })?
                }
                UpscalerConfig::Compact(_) | UpscalerConfig::Dense(_) => {
                    clock.decoding(|| self.enlarge(&small, &mut || listener.check()))?
                }
            };
            listener.picture(&large, (at, count), "upscaling")?;
            (before, here) = (Some(small), after);
            at += 1;
        }
        Ok(())
    }

    /// What the network is told at a picture of a request.
    pub fn hints_at(&self, guide: Option<&UpscaleGuide>, at: usize) -> Vec<f32> {
        let prompt = guide.map_or("", |guide| &guide.prompt);
        let frame = guide.map_or(0, |guide| guide.first_frame) as usize + at;
        let rate = guide.map_or(0, |guide| guide.rate).max(1);
        self.hints.at(prompt, frame as f64 / f64::from(rate))
    }

    /// As [`Upscaler::enlarge`], by a guided network: the picture before, the one to make larger and the one after; the
    /// stage 4 x (scale h) x (scale w) in [0, 1], red, green, blue and depth; and [`Upscaler::hints_at`].
    pub fn enlarge_guided(
        &self,
        near: [&Tensor; 3],
        stage: Option<&Tensor>,
        hints: &[f32],
        check: &mut dyn FnMut() -> Result<(), Failure>,
    ) -> Result<Tensor, Failure> {
        let pictures = Tensor::cat(&near, 0).unsqueeze(0);
        let size = pictures.size();
        let float = (Kind::Float, Device::Cpu);
        let has_stage = Tensor::full([1], if stage.is_some() { 1.0 } else { 0.0 }, float);
        let large = [1, 4, size[2] * guided::SCALE, size[3] * guided::SCALE];
        let stage = match stage {
            Some(stage) => stage.unsqueeze(0),
            None => Tensor::zeros(large, float),
        };
        if stage.size() != large {
            let cause = format!("a stage has {:?} axes, not {large:?}", stage.size());
            return Err(Failure::bug(cause));
        }
        let input = guided::input(&pictures, &stage, &has_stage).squeeze_dim(0);
        let margin = self.config.reach_pixels().min(WIDEST_MARGIN_PIXELS);
        self.in_tiles(&input, hints, (TILE_PIXELS, margin), check)
    }
}

/// The pictures of a clip, read one by one. All must have one size.
struct Pictures<'p> {
    paths: std::slice::Iter<'p, std::path::PathBuf>,
    size: Option<(u32, u32)>,
}

impl<'p> Pictures<'p> {
    fn of(paths: &'p [std::path::PathBuf]) -> Self {
        Self {
            paths: paths.iter(),
            size: None,
        }
    }

    /// The next picture, 3 h w in [0, 1]; `None` after the last.
    fn next(&mut self) -> Result<Option<Tensor>, Failure> {
        let Some(path) = self.paths.next() else {
            return Ok(None);
        };
        let small = picture::read(path)?;
        let own = small.dimensions();
        let all = *self.size.get_or_insert(own);
        if own != all {
            return Err(Failure::bad_file(
                format!(
                    "{} is {}x{} pixels, where the pictures before it are {}x{}",
                    path.display(),
                    own.0,
                    own.1,
                    all.0,
                    all.1
                ),
                "use pictures of one size",
            ));
        }
        Ok(Some(picture::to_tensor(&small) * 0.5 + 0.5))
    }
}

/// The stage at a picture of the clip: 4 x (scale h) x (scale w) in [0, 1].
fn staged(stage: &StagePictures, at: usize, small: &Tensor) -> Result<Tensor, Failure> {
    let size = small.size();
    let wanted = [3, size[1] * guided::SCALE, size[2] * guided::SCALE];
    let read = |frames: &[std::path::PathBuf]| {
        let path: &Path = frames.get(at).ok_or_else(|| {
            Failure::refused(
                format!("the guide has no picture {at}"),
                "give one picture of the stage for each of the clip",
            )
        })?;
        let large = picture::to_tensor(&picture::read(path)?) * 0.5 + 0.5;
        match large.size() == wanted {
            true => Ok(large),
            false => Err(Failure::bad_file(
                format!("{} is not four times as large as the clip", path.display()),
                "draw the stage at the size of the large pictures",
            )),
        }
    };
    let (colours, depth) = (read(&stage.picture.frames)?, read(&stage.depth.frames)?);
    Ok(Tensor::cat(&[colours, depth.narrow(0, 0, 1)], 0))
}
