//! All pictures of a clip, one after another. Only its neighbours are in memory with each.

use std::collections::VecDeque;
use std::path::Path;

use kinora_wire::{Failure, MOST_PAYLOAD_BYTES, StagePictures, StageView, Upscale, UpscaleGuide};
use tch::{Device, Kind, Tensor};

use super::guided::{self, Input};
use super::settled::{Seen, settled};
use super::steady::{self, Large, Scenery, steadied};
use super::window::{Pictures, Window, samples};
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
    /// Its camera and its figures.
    pub view: Option<&'p StageView>,
}

impl Upscaler {
    /// Makes the wanted pictures of a clip larger, and sends each as it is done.
    pub fn enlarge_clip(
        &self,
        request: &Upscale,
        clock: &mut Clock,
        listener: &mut dyn Listener,
    ) -> Result<(), Failure> {
        let first = request.clip.frames.get(request.wanted().start);
        if let Some(path) = first {
            self.check_size(path)?;
        }
        match self.config {
            UpscalerConfig::Guided(_) => self.enlarge_clip_guided(request, clock, listener),
            UpscalerConfig::Compact(_) | UpscalerConfig::Dense(_) => {
                let frames = &request.clip.frames[request.wanted()];
                let mut files = Pictures::of(frames);
                for at in 0..frames.len() {
                    let Some(small) = clock.encoding(|| files.next())? else {
                        break;
                    };
                    let large =
                        clock.decoding(|| self.enlarge(&small, &mut || listener.check()))?;
                    listener.picture(&large, (at, frames.len()), "upscaling")?;
                }
                Ok(())
            }
        }
    }

    /// An error if the large pictures would be larger than any message.
    fn check_size(&self, first: &Path) -> Result<(), Failure> {
        let Some(size) = picture::size_in_file(first) else {
            return Ok(()); // reading it says why
        };
        let scale = self.config.scale() as usize;
        let [width, height] = size.map(|side| side as usize * scale);
        match width.saturating_mul(height).saturating_mul(3) <= MOST_PAYLOAD_BYTES {
            true => Ok(()),
            false => Err(Failure::refused(
                format!(
                    "{} would become {width}x{height} pixels, more than a picture can have here",
                    first.display()
                ),
                "make it smaller first, or use an upscaler of a smaller scale",
            )),
        }
    }

    /// As [`Upscaler::enlarge_clip`]. Each picture is steadied by those after it too, and is sent so much later.
    fn enlarge_clip_guided(
        &self,
        request: &Upscale,
        clock: &mut Clock,
        listener: &mut dyn Listener,
    ) -> Result<(), Failure> {
        let count = request.clip.frames.len();
        let wanted = request.wanted();
        let first = wanted.start.saturating_sub(steady::REACH);
        let guide = request.guide.as_ref();
        let stage = guide.and_then(|guide| guide.stage.as_ref());
        let mut window = Window::of(&request.clip.frames, stage);
        let mut made = Latest {
            made: VecDeque::new(),
            first,
        };
        for at in first..wanted.end + steady::REACH {
            if at < count {
                clock.encoding(|| window.move_to(at))?;
                let guided = clock.encoding(|| Guidance::of(stage, &window, at))?;
                let hints = self.hints_at(guide, at);
                let picture = guided.picture(window.around(at)?);
                let check = &mut || listener.check();
                made.push(clock.decoding(|| self.enlarge_guided(&picture, &hints, check))?);
            }
            let Some(done) = at.checked_sub(steady::REACH + wanted.start) else {
                continue;
            };
            let Some(large) = clock.decoding(|| made.steadied(wanted.start + done)) else {
                break;
            };
            listener.picture(&large, (done, wanted.len()), "upscaling")?;
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
    /// [`steadied`] then makes it steady.
    pub fn enlarge_guided(
        &self,
        picture: &GuidedPicture,
        hints: &[f32],
        check: &mut dyn FnMut() -> Result<(), Failure>,
    ) -> Result<Large, Failure> {
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
        let small = [size[2], size[1]];
        let places = picture.view.map(|view| places::maps(view, small));
        let has_stage = if picture.stage.is_some() { 1.0 } else { 0.0 };
        let input = Input {
            pictures: Tensor::cat(&picture.near, 0).unsqueeze(0),
            settled: picture.settled.unwrap_or(here).unsqueeze(0),
            stage: part("a stage", picture.stage, &large)?,
            masks: part("a map of layers", picture.masks, &layered)?,
            places: part("a map of places", places.as_ref(), &mapped)?,
            has_stage: Tensor::full([1], has_stage, (Kind::Float, Device::Cpu)),
        };
        let margin = self.config.reach_pixels().min(WIDEST_MARGIN_PIXELS);
        let input = input.tensor().squeeze_dim(0);
        let known = picture.view.zip(picture.masks).zip(picture.stage);
        Ok(Large {
            picture: self.in_tiles(&input, hints, (TILE_PIXELS, margin), check)?,
            scenery: known.and_then(|((view, masks), stage)| Scenery::of(view, stage, masks)),
        })
    }
}

const _: () = assert!(UpscaleGuide::REACH == super::settled::REACH + steady::REACH);

/// The latest large pictures of a clip: as many as steady one.
struct Latest {
    made: VecDeque<Large>,
    /// The number of the first of them.
    first: usize,
}

impl Latest {
    fn push(&mut self, large: Large) {
        self.made.push_back(large);
        if self.made.len() > 2 * steady::REACH + 1 {
            self.made.pop_front();
            self.first += 1;
        }
    }

    /// A picture of the clip, steadied by those around; `None`: the clip has no such picture.
    fn steadied(&self, at: usize) -> Option<Tensor> {
        steadied(self.made.iter(), at.checked_sub(self.first)?)
    }
}

/// What is known of a picture beside its neighbours.
#[derive(Default)]
struct Guidance<'p> {
    stage: Option<Tensor>,
    settled: Option<Tensor>,
    masks: Option<Tensor>,
    view: Option<&'p StageView>,
}

impl<'p> Guidance<'p> {
    fn of(stage: Option<&'p StagePictures>, window: &Window, at: usize) -> Result<Self, Failure> {
        let (Some(stage), Some(small)) = (stage, window.get(at)) else {
            return Ok(Self::default());
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
        let view = stage.views.get(at);
        let samples = samples(stage, at, small)?;
        let [stage, masks] = match view.and_then(|view| layers::sampled(view, &samples)) {
            Some(sampled) => sampled.map(Some),
            None => [None, None],
        };
        Ok(Self {
            settled: settled(&frames, at - window.first),
            stage,
            masks,
            view,
        })
    }

    fn picture<'g>(&'g self, near: [&'g Tensor; 3]) -> GuidedPicture<'g> {
        GuidedPicture {
            near,
            settled: self.settled.as_ref(),
            stage: self.stage.as_ref(),
            masks: self.masks.as_ref(),
            view: self.view,
        }
    }
}
