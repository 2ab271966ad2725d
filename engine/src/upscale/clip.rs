//! All pictures of a clip, one after another. Only its neighbours are in memory with each.

use std::collections::VecDeque;

use kinora_wire::{Clip, Failure, StagePictures, Upscale, UpscaleGuide};
use tch::{Device, Kind, Tensor};

use super::guided::{self, Input};
use super::settled::{REACH, Seen, settled};
use super::{TILE_PIXELS, Upscaler, UpscalerConfig, WIDEST_MARGIN_PIXELS, layers, places};
use crate::job::{Clock, Listener};
use crate::picture;

/// What a guided upscaler reads of a picture: all in [0, 1], on the CPU.
#[derive(Clone, Copy, Debug)]
pub struct GuidedPicture<'p> {
    /// The picture before, the one to make larger and the one after: 3 h w each.
    pub near: [&'p Tensor; 3],
    /// What the clip settles to there, 3 h w. `None`: the camera is unknown.
    pub settled: Option<&'p Tensor>,
    /// The stage at the large size, red, green, blue and depth: 4 x (scale h) x (scale w).
    pub stage: Option<&'p Tensor>,
    /// The layers of the stage, as from [`layers::masks`].
    pub masks: Option<&'p Tensor>,
    /// What camera and figures say of each pixel, as from [`places::maps`].
    pub places: Option<&'p Tensor>,
}

impl Upscaler {
    /// Makes all pictures of a clip larger, and sends each as it is done.
    pub fn enlarge_clip(
        &self,
        request: &Upscale,
        clock: &mut Clock,
        listener: &mut dyn Listener,
    ) -> Result<(), Failure> {
        let count = request.clip.frames.len();
        let reach = match self.config {
            UpscalerConfig::Guided(_) => REACH,
            UpscalerConfig::Compact(_) | UpscalerConfig::Dense(_) => 0,
        };
        let guide = request.guide.as_ref();
        let stage = guide.and_then(|guide| guide.stage.as_ref());
        let mut window = Window::of(&request.clip.frames, stage.filter(|_| reach > 0), reach);
        for at in 0..count {
            clock.encoding(|| window.move_to(at))?;
            let Some(small) = window.get(at) else { break };
            let large = match self.config {
                UpscalerConfig::Guided(_) => {
                    let guided = clock.encoding(|| Guidance::of(stage, &window, at, small))?;
                    let hints = self.hints_at(guide, at);
                    let near = [at.saturating_sub(1), at, at + 1];
                    let picture = guided.picture(near.map(|at| window.get(at).unwrap_or(small)));
                    clock.decoding(|| {
                        self.enlarge_guided(&picture, &hints, &mut || listener.check())
                    })?
                }
                UpscalerConfig::Compact(_) | UpscalerConfig::Dense(_) => {
                    clock.decoding(|| self.enlarge(small, &mut || listener.check()))?
                }
            };
            listener.picture(&large, (at, count), "upscaling")?;
        }
        Ok(())
    }

    /// The numbers for the words and the time of a picture of a request.
    pub fn hints_at(&self, guide: Option<&UpscaleGuide>, at: usize) -> Vec<f32> {
        let prompt = guide.map_or("", |guide| &guide.prompt);
        let frame = guide.map_or(0, |guide| guide.first_frame) as usize + at;
        let rate = guide.map_or(0, |guide| guide.rate).max(1);
        self.hints.at(prompt, frame as f64 / f64::from(rate))
    }

    /// As [`Upscaler::enlarge`], by a guided network: a picture with all that is known of it, and [`Upscaler::hints_at`].
    pub fn enlarge_guided(
        &self,
        picture: &GuidedPicture,
        hints: &[f32],
        check: &mut dyn FnMut() -> Result<(), Failure>,
    ) -> Result<Tensor, Failure> {
        let [_, here, _] = picture.near;
        let size = here.size();
        let large = [4, size[1] * guided::SCALE, size[2] * guided::SCALE];
        let layered = [layers::LAYERS, large[1], large[2]];
        let mapped = [places::CHANNELS, size[1], size[2]];
        let part = |what: &str, given: Option<&Tensor>, wanted: &[i64]| match given {
            None => Ok(Tensor::zeros(wanted, (Kind::Float, Device::Cpu)).unsqueeze(0)),
            Some(given) if given.size() == wanted => Ok(given.unsqueeze(0)),
            Some(given) => {
                let cause = format!("{what} has {:?} axes, not {wanted:?}", given.size());
                Err(Failure::bug(cause))
            }
        };
        let has_stage = if picture.stage.is_some() { 1.0 } else { 0.0 };
        let input = Input {
            pictures: Tensor::cat(&picture.near, 0).unsqueeze(0),
            settled: picture.settled.unwrap_or(here).unsqueeze(0),
            stage: part("a stage", picture.stage, &large)?,
            masks: part("a map of layers", picture.masks, &layered)?,
            places: part("a map of places", picture.places, &mapped)?,
            has_stage: Tensor::full([1], has_stage, (Kind::Float, Device::Cpu)),
        };
        let margin = self.config.reach_pixels().min(WIDEST_MARGIN_PIXELS);
        let input = input.tensor().squeeze_dim(0);
        self.in_tiles(&input, hints, (TILE_PIXELS, margin), check)
    }
}

/// What is known of a picture beside its neighbours.
struct Guidance {
    stage: Option<Tensor>,
    settled: Option<Tensor>,
    masks: Option<Tensor>,
    places: Option<Tensor>,
}

impl Guidance {
    fn of(
        stage: Option<&StagePictures>,
        window: &Window,
        at: usize,
        small: &Tensor,
    ) -> Result<Self, Failure> {
        let Some(stage) = stage else {
            return Ok(Self {
                stage: None,
                settled: None,
                masks: None,
                places: None,
            });
        };
        let views = stage.views.iter().skip(window.first);
        let frames = window.held.iter().zip(views);
        let frames: Vec<Seen> = frames
            .map(|(held, view)| Seen {
                picture: &held.picture,
                view,
                bodies: held.bodies.as_ref(),
            })
            .collect();
        let size = small.size();
        let seen = stage.views.get(at);
        let staged = staged(stage, at, small)?;
        Ok(Self {
            settled: settled(&frames, at - window.first),
            masks: seen.and_then(|seen| layers::masks(seen, &staged.select(0, 3))),
            places: seen.map(|seen| places::maps(seen, [size[2], size[1]])),
            stage: Some(staged),
        })
    }

    fn picture<'p>(&'p self, near: [&'p Tensor; 3]) -> GuidedPicture<'p> {
        GuidedPicture {
            near,
            settled: self.settled.as_ref(),
            stage: self.stage.as_ref(),
            masks: self.masks.as_ref(),
            places: self.places.as_ref(),
        }
    }
}

/// The pictures around one of a clip.
struct Window<'p> {
    files: Pictures<'p>,
    stage: Option<&'p StagePictures>,
    held: VecDeque<Held>,
    /// The number of the first of them.
    first: usize,
    reach: usize,
}

/// A picture in memory.
struct Held {
    /// 3 h w in [0, 1].
    picture: Tensor,
    /// The share of each pixel that bodies of the stage cover: 1 h w.
    bodies: Option<Tensor>,
}

impl<'p> Window<'p> {
    /// At the beginning of a clip; it holds `reach` pictures before and after one, and at least its neighbours.
    fn of(paths: &'p [std::path::PathBuf], stage: Option<&'p StagePictures>, reach: usize) -> Self {
        Self {
            files: Pictures::of(paths),
            stage,
            held: VecDeque::new(),
            first: 0,
            reach: reach.max(1),
        }
    }

    fn move_to(&mut self, at: usize) -> Result<(), Failure> {
        while self.first + self.held.len() <= at + self.reach {
            let Some(picture) = self.files.next()? else {
                break;
            };
            let bodies = self.bodies(self.first + self.held.len(), &picture)?;
            self.held.push_back(Held { picture, bodies });
        }
        while self.first + self.reach < at {
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
        let depth = stage_picture(&stage.depth, at, picture)?;
        let masks = layers::masks(view, &depth.select(0, 0));
        Ok(masks.map(|masks| layers::bodies(&masks)))
    }

    fn get(&self, at: usize) -> Option<&Tensor> {
        let held = self.held.get(at.checked_sub(self.first)?);
        held.map(|held| &held.picture)
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
    let colours = stage_picture(&stage.picture, at, small)?;
    let depth = stage_picture(&stage.depth, at, small)?;
    Ok(Tensor::cat(&[colours, depth.narrow(0, 0, 1)], 0))
}

/// A picture of the stage: 3 x (scale h) x (scale w) in [0, 1].
fn stage_picture(clip: &Clip, at: usize, small: &Tensor) -> Result<Tensor, Failure> {
    let size = small.size();
    let wanted = [3, size[1] * guided::SCALE, size[2] * guided::SCALE];
    let path = clip.frames.get(at).ok_or_else(|| {
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
}
