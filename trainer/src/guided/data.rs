//! What the guided upscaler learns from: neighbouring frames of a clip that the model made, the same drawn by the world at
//! four times the size, the stage at that size, and words.

use std::collections::BTreeMap;
use std::ops::Range;

use fastrand::Rng;
use kinora_engine::upscale::guided::{Input, SCALE};
use kinora_engine::upscale::settled::{Seen, settled};
use kinora_engine::upscale::{Hints, layers, places};
use kinora_timeline::Frames;
use kinora_timeline::stage::{Colour, Stage};
use kinora_wire::{Failure, StageFigure, StageView, UpscaleGuide};
use tch::{Device, Kind, Tensor, kind};

use super::faults;
use crate::pairs::{FIRST_SEED, Pairs};
use crate::world::{
    Action, Format, Kind as Being, Scene, Telling, caption, chance, generator, one_of, within,
};
use crate::{pixels, rays};

/// The side of the square parts of the small pictures that are learnt from, and the share of them that show the cast.
const SIDE: i64 = 40;
const CAST_SHARE: f32 = 0.7;
/// The additional loss weight of pixels of the cast.
const CAST_COUNTS: f64 = 4.0;
/// Samples that are kept to be used again.
const KEPT: u64 = 1024;
/// New samples of each step.
const NEW: u64 = 2;
/// The share of clips that the model made. The others are the world's with faults, from this seed on.
const MADE_SHARE: f32 = 0.3;
/// The share of these whose small clip shows somebody else: then only stage and words show who it is.
const MISTAKEN_SHARE: f32 = 0.4;
const FAULTY_SEED: u64 = FIRST_SEED + (1 << 24);
/// The share of clips without words, and of those whose words leave out who it is.
const WORDLESS_SHARE: f32 = 0.08;
const UNNAMED_SHARE: f32 = 0.12;

/// How a stage may be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stages {
    /// As an artist blocks it out, with the objects around.
    Whole,
    /// The figure alone, moving as the prompt says: the studio's stage of a prompt.
    Figure,
    /// The figure alone, in the middle and facing the camera: the studio's stage of a cast.
    Resting,
    /// Not at all.
    Absent,
}

impl Stages {
    fn drawn(rng: &mut Rng) -> Self {
        match rng.u8(..20) {
            0..7 => Self::Whole,
            7..16 => Self::Figure,
            16..18 => Self::Resting,
            _ => Self::Absent,
        }
    }

    /// The stage of a scene; `None`: it has none.
    pub fn of(self, scene: &Scene, format: Format) -> Option<Stage> {
        let alone = |mut stage: Stage| {
            stage.stand_ins.truncate(1);
            stage
        };
        match self {
            Self::Whole => Some(scene.figure_stage(format)),
            Self::Figure => Some(alone(scene.figure_stage(format))),
            Self::Resting => {
                let mut stage = alone(scene.figure_stage(format));
                let plain = scene.plain_stage(false, format);
                for (figure, plain) in stage.stand_ins.iter_mut().zip(plain.stand_ins) {
                    figure.keys = plain.keys;
                }
                Some(stage)
            }
            Self::Absent => None,
        }
    }
}

/// A stage through the camera of a scene, as the network reads it, and its layers: t 4 h w and t 3 h w in [0, 1]. `views`
/// are those of all frames, `cast` the colours of its mannequin.
pub fn sampled(
    scene: &Scene,
    (stage, views): (&Stage, &[StageView]),
    cast: Option<[Colour; 2]>,
    frames: Range<u32>,
    format: Format,
) -> [Tensor; 2] {
    let fine = finer(format);
    let drawn = scene.stage_images(stage, cast, frames.clone(), fine);
    let colours =
        pixels::rgb(drawn.iter().map(|one| one.picture.as_slice()), fine.size) * 0.5 + 0.5;
    let depth = pixels::depths(drawn.iter().map(|one| one.depth.as_slice()), fine.size);
    let samples = Tensor::cat(&[colours, depth.unsqueeze(0)], 0);
    let samples = samples.transpose(0, 1).contiguous().unbind(0);
    let seen = views.iter().skip(frames.start as usize);
    let each = samples.iter().zip(seen);
    let sampled: Vec<[Tensor; 2]> = each
        .filter_map(|(samples, view)| layers::sampled(view, samples))
        .collect();
    [0, 1].map(|part| {
        let part = sampled.iter().map(|both| &both[part]);
        Tensor::stack(&part.collect::<Vec<_>>(), 0)
    })
}

/// The format of the large pictures.
pub fn enlarged(format: Format) -> Format {
    Format {
        size: format.size.map(|side| side * SCALE as u32),
        ..format
    }
}

/// The format of the pictures of stages.
fn finer(format: Format) -> Format {
    Format {
        size: format.size.map(|side| side * UpscaleGuide::STAGE_SCALE),
        ..format
    }
}

/// The camera of each frame of a scene, and the mannequins of its stage.
fn views(scene: &Scene, stage: &Stage, format: Format) -> Vec<StageView> {
    let camera = rays::camera(&scene.shooting.poses, format.size);
    let views = camera.views.into_iter().zip(0..);
    let seen = views.map(|(view, frame)| {
        let figures = stage.mannequins().map(|one| {
            let (foot, turn_degrees) = one.at(Frames(frame));
            StageFigure {
                foot,
                turn_degrees,
                height_metres: one.size.y,
            }
        });
        StageView {
            view,
            figures: figures.collect(),
        }
    });
    seen.collect()
}

/// A part of a frame, or of neighbouring frames, of each of some clips: all b first.
#[derive(Debug)]
pub struct Samples {
    /// What the network reads.
    pub input: Input,
    /// b n.
    pub hints: Tensor,
    /// As the world draws them: b 3 (4 h) (4 w) in [0, 1].
    pub large: Tensor,
    /// The loss weight of each pixel: b 1 (4 h) (4 w).
    pub counts: Tensor,
}

impl Samples {
    /// Several as one.
    fn of(samples: &[Self]) -> Self {
        let all =
            |of: fn(&Self) -> &Tensor| Tensor::cat(&samples.iter().map(of).collect::<Vec<_>>(), 0);
        Self {
            input: Input {
                pictures: all(|one| &one.input.pictures),
                settled: all(|one| &one.input.settled),
                stage: all(|one| &one.input.stage),
                masks: all(|one| &one.input.masks),
                places: all(|one| &one.input.places),
                has_stage: all(|one| &one.input.has_stage),
            },
            hints: all(|one| &one.hints),
            large: all(|one| &one.large),
            counts: all(|one| &one.counts),
        }
    }

    /// The same tensors once more.
    fn shared(&self) -> Self {
        let input = &self.input;
        Self {
            input: Input {
                pictures: input.pictures.shallow_clone(),
                settled: input.settled.shallow_clone(),
                stage: input.stage.shallow_clone(),
                masks: input.masks.shallow_clone(),
                places: input.places.shallow_clone(),
                has_stage: input.has_stage.shallow_clone(),
            },
            hints: self.hints.shallow_clone(),
            large: self.large.shallow_clone(),
            counts: self.counts.shallow_clone(),
        }
    }

    /// The sample of this number: so many neighbouring frames.
    pub fn one(
        pairs: &Pairs,
        hints: &Hints,
        (number, count): (u64, i64),
        format: Format,
    ) -> Result<Self, Failure> {
        let mut rng = generator(number, 76);
        let first = rng.i64(0..=i64::from(format.frames) - count);
        let (scene, small) = small_clip(pairs, &mut rng, number, format)?;
        let (large_format, frames) = (enlarged(format), first as u32..(first + count) as u32);
        let drawn = scene.frames(frames.clone(), large_format);
        let large = pixels::colours(&drawn, large_format.size) * 0.5 + 0.5;
        let mask = pixels::masks(&drawn, large_format.size);
        let stages = Stages::drawn(&mut rng);
        let stage = stages.of(&scene, format);
        let cast = match chance(&mut rng, 0.08) {
            true => None,
            false => Some(scene.character.stage_colours()),
        };
        let around = stage.as_ref().map_or_else(Surroundings::default, |stage| {
            Surroundings::of(&scene, stage, format)
        });
        let [staged, masks] = if let Some(stage) = &stage {
            let known = (stage, around.views.as_slice());
            sampled(&scene, known, cast, frames.clone(), format)
        } else {
            let [width, height] = large_format.size.map(i64::from);
            let empty = |channels| Tensor::zeros([count, channels, height, width], kind::FLOAT_CPU);
            [empty(4), empty(layers::LAYERS)]
        };
        let (settled, places) = seen(&small, &around, first..first + count, format);
        let is_staged = if stage.is_some() { 1.0f32 } else { 0.0 };
        let words = words(&scene, &mut rng);
        let hints = frames.flat_map(|frame| hints.at(&words, f64::from(format.seconds(frame))));
        let hints: Vec<f32> = hints.collect();
        let [left, top] = corner(&mask, format, &mut rng);
        let cut = |x: &Tensor, scale: i64| {
            let x = x.narrow(2, top * scale, SIDE * scale);
            x.narrow(3, left * scale, SIDE * scale).contiguous()
        };
        Ok(Self {
            input: Input {
                pictures: cut(&with_neighbours(&small, first..first + count), 1),
                settled: cut(&settled, 1),
                stage: cut(&staged, SCALE),
                masks: cut(&masks, SCALE),
                places: cut(&places, 1),
                has_stage: Tensor::from_slice(&vec![is_staged; count as usize]),
            },
            hints: Tensor::from_slice(&hints).view([count, -1]),
            large: cut(&large.transpose(0, 1), SCALE),
            counts: cut(&(mask * CAST_COUNTS + 1.0).transpose(0, 1), SCALE),
        })
    }
}

/// The left and top of a part, in pixels of the small picture: most show the middle of the cast, whose mask is 1 t h w at
/// the large size.
fn corner(mask: &Tensor, format: Format, rng: &mut Rng) -> [i64; 2] {
    let middle = |axes: [i64; 3], side: u32| {
        let along = mask.sum_dim_intlist(axes.as_slice(), false, Kind::Float);
        let places = Tensor::arange(along.size()[0], (Kind::Float, Device::Cpu));
        let middle = (&along * places).sum(Kind::Float) / along.sum(Kind::Float).clamp_min(1.0);
        let most = i64::from(side) - SIDE;
        (middle.double_value(&[]) as i64 / SCALE, most)
    };
    let [width, height] = format.size;
    let is_near = chance(rng, CAST_SHARE);
    [middle([0, 1, 2], width), middle([0, 1, 3], height)].map(|(middle, most)| match is_near {
        true => (middle - rng.i64(SIDE / 3..=2 * SIDE / 3)).clamp(0, most),
        false => rng.i64(0..=most),
    })
}

/// Draws the samples of steps. Drawing one takes as long as learning from several, so that each is used in some steps.
pub struct Drawing {
    pairs: Pairs,
    hints: Hints,
    format: Format,
    /// Neighbouring frames of each.
    frames: i64,
    /// The latest samples by number.
    drawn: BTreeMap<u64, Samples>,
}

impl Drawing {
    /// Of so many neighbouring frames of clips of this format.
    pub fn new(pairs: Pairs, hints: Hints, frames: i64, format: Format) -> Self {
        Self {
            pairs,
            hints,
            format,
            frames,
            drawn: BTreeMap::new(),
        }
    }

    /// The samples of a step: some that no step before it had, the others from the latest that are kept. They depend on
    /// nothing but the step, so that a run that is continued has the same.
    pub fn of_step(&mut self, step: u64, count: u64) -> Result<Samples, Failure> {
        let mut rng = generator(step, 77);
        let end = (step + 1) * NEW;
        let first = end.saturating_sub(KEPT);
        let new = (end - NEW..end).take(count as usize);
        let again = (NEW..count).map(|_| rng.u64(first..end));
        let numbers: Vec<u64> = new.chain(again).collect();
        let samples: Vec<Samples> = numbers
            .into_iter()
            .map(|number| self.of_number(number))
            .collect::<Result<_, _>>()?;
        self.drawn = self.drawn.split_off(&first);
        Ok(Samples::of(&samples))
    }

    fn of_number(&mut self, number: u64) -> Result<Samples, Failure> {
        if let Some(known) = self.drawn.get(&number) {
            return Ok(known.shared());
        }
        let sample = Samples::one(&self.pairs, &self.hints, (number, self.frames), self.format)?;
        self.drawn.insert(number, sample.shared());
        Ok(sample)
    }
}

/// A scene and its small clip, 3 t h w in [0, 1]: as the model made it, or the world's own with faults like the model's,
/// of which there is no end.
fn small_clip(
    pairs: &Pairs,
    rng: &mut Rng,
    number: u64,
    format: Format,
) -> Result<(Scene, Tensor), Failure> {
    if chance(rng, MADE_SHARE) {
        let clip = rng.u64(..pairs.count());
        let small = pairs.frames(clip, 0..i64::from(format.frames))?;
        return Ok((Scene::of_seed(FIRST_SEED + clip, format), small));
    }
    let scene = Scene::of_seed(FAULTY_SEED + number, format);
    let mistaken = chance(rng, MISTAKEN_SHARE).then(|| mistaken(&scene, rng));
    let drawn = mistaken.as_ref().unwrap_or(&scene);
    let drawn = drawn.frames(0..format.frames, format);
    let small = pixels::colours(&drawn, format.size) * 0.5 + 0.5;
    Ok((scene, faults::added(&small, rng)))
}

/// The same scene with somebody else in it, a little elsewhere.
fn mistaken(scene: &Scene, rng: &mut Rng) -> Scene {
    let mut other = scene.clone();
    other.character.kind = one_of(rng, Being::ALL);
    other.character.height_metres *= within(rng, 0.75, 1.3);
    other.action = one_of(rng, Action::ALL);
    other.foot.x += within(rng, -0.25, 0.25);
    if chance(rng, 0.3) {
        other.character.limbs = other.character.body;
    }
    other
}

/// What is known of the frames of a clip with a stage. Without one it is empty.
#[derive(Debug, Default)]
pub struct Surroundings {
    /// The camera and the mannequins of each.
    pub views: Vec<StageView>,
    /// The share of each pixel that bodies cover, of each: 1 h w.
    bodies: Vec<Tensor>,
}

impl Surroundings {
    /// Of a scene with this stage.
    pub fn of(scene: &Scene, stage: &Stage, format: Format) -> Self {
        let views = views(scene, stage, format);
        let large = enlarged(format);
        let depth = scene.fine_depth(stage, large);
        let depth = pixels::depths(depth.iter().map(Vec::as_slice), large.size);
        let each = views.iter().zip(depth.unbind(0));
        let masks = each.filter_map(|(view, depth)| layers::masks(view, &depth));
        let width = i64::from(format.size[0]);
        Self {
            bodies: masks.map(|masks| layers::bodies(&masks, width)).collect(),
            views,
        }
    }

    /// What a clip, one picture 3 h w for each frame, settles to at a frame.
    pub fn settled(&self, clip: &[&Tensor], at: usize) -> Option<Tensor> {
        let frames = clip.iter().zip(&self.views).zip(&self.bodies);
        let frames: Vec<Seen> = frames
            .map(|((picture, view), bodies)| Seen {
                picture,
                view,
                bodies: Some(bodies),
            })
            .collect();
        settled(&frames, at)
    }
}

/// What a small clip, 3 t h w, settles to at some frames, and their places: t 3 h w and t c h w.
fn seen(small: &Tensor, around: &Surroundings, at: Range<i64>, format: Format) -> (Tensor, Tensor) {
    let frames = small.unbind(1);
    let frames: Vec<&Tensor> = frames.iter().collect();
    let size = format.size.map(i64::from);
    let empty = || {
        let shape = [places::CHANNELS, size[1], size[0]];
        Tensor::zeros(shape, (Kind::Float, Device::Cpu))
    };
    let each = at.map(|at| {
        let here = small.select(1, at);
        let view = around.views.get(at as usize);
        let settled = around.settled(&frames, at as usize);
        (
            settled.unwrap_or(here),
            view.map_or_else(empty, |view| places::maps(view, size)),
        )
    });
    let (settled, places): (Vec<Tensor>, Vec<Tensor>) = each.unzip();
    (Tensor::stack(&settled, 0), Tensor::stack(&places, 0))
}

/// The words of a clip, as people write them; now and then none.
fn words(scene: &Scene, rng: &mut Rng) -> String {
    match rng.f32() {
        share if share < WORDLESS_SHARE => String::new(),
        share if share < WORDLESS_SHARE + UNNAMED_SHARE => caption(scene, Telling::ByPicture, rng),
        share if share < 0.5 => caption(scene, Telling::Full, rng),
        _ => caption(scene, Telling::Free, rng),
    }
}

/// Some frames of a clip 3 t h w, each between its neighbours: t 9 h w. The first and the last frame of a clip are their
/// own neighbours.
fn with_neighbours(clip: &Tensor, at: Range<i64>) -> Tensor {
    let last = clip.size()[1] - 1;
    let frame = |at: i64| clip.select(1, at.clamp(0, last));
    let near = at.map(|at| Tensor::cat(&[frame(at - 1), frame(at), frame(at + 1)], 0));
    Tensor::stack(&near.collect::<Vec<_>>(), 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairs::tests::of_world;

    #[test]
    fn a_step_has_the_same_samples_after_a_restart() {
        tch::set_num_threads(1);
        let folder = tempfile::tempdir().expect("a folder");
        let drawing = || {
            let words = Hints::of(vec![vec!["cat".to_owned()]]);
            Drawing::new(of_world(folder.path()), words, 1, Format::SMALL)
        };
        let (mut whole, mut restarted) = (drawing(), drawing());
        whole.of_step(0, 2).expect("samples");
        let (one, other) = (whole.of_step(1, 4), restarted.of_step(1, 4));
        let (one, other) = (one.expect("samples"), other.expect("samples"));
        assert_eq!(one.large.size(), [4, 3, SIDE * SCALE, SIDE * SCALE]);
        assert!(one.large.equal(&other.large));
        assert!(one.input.tensor().equal(&other.input.tensor()));
        assert!(!one.large.get(0).equal(&one.large.get(1)));
    }
}
