//! The pictures around one of a clip, and its stage, read from their files one by one.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use kinora_wire::{Clip, Failure, StagePictures, UpscaleGuide};
use tch::Tensor;

use super::layers;
use super::settled::REACH;
use crate::picture;

/// The pictures around one of a clip.
pub(super) struct Window<'p> {
    files: Pictures<'p>,
    stage: Option<&'p StagePictures>,
    pub held: VecDeque<Held>,
    /// The number of the first of them.
    pub first: usize,
}

/// A picture in memory.
pub(super) struct Held {
    /// 3 h w in [0, 1].
    pub picture: Tensor,
    /// The share of each pixel that bodies of the stage cover: 1 h w.
    pub bodies: Option<Tensor>,
}

impl<'p> Window<'p> {
    /// At the beginning of a clip; it holds [`REACH`] pictures before and after one.
    pub fn of(paths: &'p [PathBuf], stage: Option<&'p StagePictures>) -> Self {
        Self {
            files: Pictures::of(paths),
            stage,
            held: VecDeque::new(),
            first: 0,
        }
    }

    pub fn move_to(&mut self, at: usize) -> Result<(), Failure> {
        while self.first + self.held.len() <= at + REACH {
            let Some(picture) = self.files.next()? else {
                break;
            };
            let bodies = self.bodies(self.first + self.held.len(), &picture)?;
            self.held.push_back(Held { picture, bodies });
        }
        while self.first + REACH < at {
            self.held.pop_front();
            self.first += 1;
        }
        Ok(())
    }

    /// What bodies of the stage cover of a picture; `None`: no camera is known.
    fn bodies(&self, at: usize, picture: &Tensor) -> Result<Option<Tensor>, Failure> {
        let view = self.stage.and_then(|stage| stage.views.get(at));
        let Some((stage, view)) = self.stage.zip(view) else {
            return Ok(None);
        };
        let depth = stage_depth(stage, at, picture)?;
        let masks = layers::masks(view, &depth.select(0, 0));
        Ok(masks.map(|masks| layers::bodies(&masks, picture.size()[2])))
    }

    /// The picture before, this one and the one after; at the ends of the clip this one again.
    pub fn around(&self, at: usize) -> Result<[&Tensor; 3], Failure> {
        let here = self.get(at);
        let here = here.ok_or_else(|| Failure::bug(format!("picture {at} was not read")))?;
        let beside = |at: Option<usize>| at.and_then(|at| self.get(at)).unwrap_or(here);
        Ok([beside(at.checked_sub(1)), here, beside(Some(at + 1))])
    }

    pub fn get(&self, at: usize) -> Option<&Tensor> {
        let held = self.held.get(at.checked_sub(self.first)?);
        held.map(|held| &held.picture)
    }
}

/// The pictures of a clip, read one by one. All must have one size.
pub(super) struct Pictures<'p> {
    paths: std::slice::Iter<'p, PathBuf>,
    size: Option<(u32, u32)>,
}

impl<'p> Pictures<'p> {
    pub fn of(paths: &'p [PathBuf]) -> Self {
        Self {
            paths: paths.iter(),
            size: None,
        }
    }

    /// The next picture, 3 h w in [0, 1]; `None` after the last.
    pub fn next(&mut self) -> Result<Option<Tensor>, Failure> {
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

/// The samples of the stage at a picture of the clip: red, green, blue and depth, 4 h w in [0, 1].
pub(super) fn samples(stage: &StagePictures, at: usize, small: &Tensor) -> Result<Tensor, Failure> {
    let colours = stage_picture(&stage.picture, at, small, |path| {
        Ok(picture::to_tensor(&picture::read(path)?) * 0.5 + 0.5)
    })?;
    Ok(Tensor::cat(&[colours, stage_depth(stage, at, small)?], 0))
}

/// 1 h w in [0, 1].
fn stage_depth(stage: &StagePictures, at: usize, small: &Tensor) -> Result<Tensor, Failure> {
    stage_picture(&stage.depth, at, small, picture::read_grey)
}

/// A picture of the stage: c h w in [0, 1].
fn stage_picture(
    clip: &Clip,
    at: usize,
    small: &Tensor,
    read: impl Fn(&Path) -> Result<Tensor, Failure>,
) -> Result<Tensor, Failure> {
    let size = small.size();
    let wanted = [size[1], size[2]].map(|side| side * i64::from(UpscaleGuide::STAGE_SCALE));
    let path = clip.frames.get(at).ok_or_else(|| {
        Failure::refused(
            format!("the guide has no picture {at}"),
            "give one picture of the stage for each of the clip",
        )
    })?;
    let samples = read(path)?;
    match samples.size()[1..] == wanted {
        true => Ok(samples),
        false => Err(Failure::bad_file(
            format!(
                "{} is not {}x{} pixels",
                path.display(),
                wanted[1],
                wanted[0]
            ),
            "draw the stage eight times as wide and as high as the clip",
        )),
    }
}
