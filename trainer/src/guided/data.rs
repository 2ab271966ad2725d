//! What the guided upscaler learns from: neighbouring frames of a clip that the model made, the same drawn by the world at
//! four times the size, the stage at that size, and words.

use fastrand::Rng;
use kinora_engine::upscale::{Hints, guided::SCALE};
use kinora_timeline::stage::Stage;
use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use crate::pairs::{FIRST_SEED, Pairs};
use crate::pixels;
use crate::world::{Format, Scene, Staging, Telling, caption, chance, generator};

/// Neighbouring frames of a place.
pub const FRAMES: i64 = 2;
/// The additional loss weight of pixels of the cast.
const CAST_COUNTS: f64 = 4.0;
/// The side of a crop of the small pictures, and the share of crops that show the cast.
const SIDE: i64 = 48;
const CAST_SHARE: f32 = 0.8;
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
            0..4 => Self::Whole,
            4..12 => Self::Figure,
            12..17 => Self::Resting,
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
            Self::Whole => Some(scene.stage(format)),
            Self::Figure => Some(alone(scene.stage(format))),
            Self::Resting => Some(scene.plain_stage(false, format)),
            Self::Absent => None,
        }
    }
}

/// A stage through the camera of a scene, as the network reads it: t 4 h w in [0, 1].
pub fn stage_tensor(
    scene: &Scene,
    stage: &Stage,
    staging: Staging,
    frames: std::ops::Range<u32>,
    format: Format,
) -> Tensor {
    let colours = scene.staged(stage, staging, frames.clone(), format);
    let colours = pixels::rgb(colours.iter().map(Vec::as_slice), format.size);
    let depth = pixels::greys(&scene.depth(stage, frames, format), format.size);
    let all = Tensor::cat(&[colours, depth.narrow(0, 0, 1)], 0) * 0.5 + 0.5;
    all.transpose(0, 1).contiguous()
}

/// The format of the large pictures.
pub fn enlarged(format: Format) -> Format {
    Format {
        size: format.size.map(|side| side * SCALE as u32),
        ..format
    }
}

/// A place in a clip: a part of `FRAMES` neighbouring frames.
pub struct Sample {
    /// Each with its neighbours: t 9 h w in [0, 1].
    pub small: Tensor,
    /// t 4 (4 h) (4 w) in [0, 1].
    pub stage: Tensor,
    /// 1 or 0: t.
    pub has_stage: Tensor,
    /// t n.
    pub hints: Tensor,
    /// As the world draws them: t 3 (4 h) (4 w) in [0, 1].
    pub large: Tensor,
    /// The loss weight of each pixel: t 1 (4 h) (4 w).
    pub counts: Tensor,
}

impl Sample {
    /// The sample of this number.
    pub fn drawn(
        pairs: &Pairs,
        hints: &Hints,
        number: u64,
        format: Format,
    ) -> Result<Self, Failure> {
        let mut rng = generator(number, 76);
        let clip = rng.u64(..pairs.count());
        let first = rng.i64(0..=i64::from(format.frames) - FRAMES);
        let scene = Scene::of_seed(FIRST_SEED + clip, format);
        let (large_format, frames) = (enlarged(format), first as u32..(first + FRAMES) as u32);
        let drawn = scene.frames(frames.clone(), large_format);
        let large = pixels::colours(&drawn, large_format.size) * 0.5 + 0.5;
        let mask = pixels::masks(&drawn, large_format.size);
        let stage = Stages::drawn(&mut rng).of(&scene, format);
        let staging = match chance(&mut rng, 0.15) {
            true => Staging::Plaster,
            false => Staging::Painted,
        };
        let staged = match &stage {
            Some(stage) => stage_tensor(&scene, stage, staging, frames.clone(), large_format),
            None => {
                let [width, height] = large_format.size.map(i64::from);
                Tensor::zeros([FRAMES, 4, height, width], (Kind::Float, Device::Cpu))
            }
        };
        let is_staged = if stage.is_some() { 1.0f32 } else { 0.0 };
        let words = words(&scene, &mut rng);
        let told = frames.flat_map(|frame| hints.at(&words, f64::from(format.seconds(frame))));
        let told: Vec<f32> = told.collect();
        let [left, top] = corner(&mask, format, &mut rng);
        let cut = |x: &Tensor, scale: i64| {
            let x = x.narrow(2, top * scale, SIDE * scale);
            x.narrow(3, left * scale, SIDE * scale).contiguous()
        };
        let small = pairs.frames(clip, 0..i64::from(format.frames))?;
        Ok(Self {
            small: cut(&with_neighbours(&small, first), 1),
            stage: cut(&staged, SCALE),
            has_stage: Tensor::from_slice(&[is_staged; FRAMES as usize]),
            hints: Tensor::from_slice(&told).view([FRAMES, -1]),
            large: cut(&large.transpose(0, 1), SCALE),
            counts: cut(&(mask * CAST_COUNTS + 1.0).transpose(0, 1), SCALE),
        })
    }
}

/// The left and top of a crop, in pixels of the small picture: most show the middle of the cast, whose mask is 1 t h w at
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
        true => (middle - rng.i64(SIDE / 4..=3 * SIDE / 4)).clamp(0, most),
        false => rng.i64(0..=most),
    })
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

/// `FRAMES` frames of a clip 3 t h w from `first` on, each between its neighbours: t 9 h w. The first and the last frame
/// of a clip are their own neighbours.
fn with_neighbours(clip: &Tensor, first: i64) -> Tensor {
    let last = clip.size()[1] - 1;
    let frame = |at: i64| clip.select(1, at.clamp(0, last));
    let near = (first..first + FRAMES)
        .map(|at| Tensor::cat(&[frame(at - 1), frame(at), frame(at + 1)], 0));
    Tensor::stack(&near.collect::<Vec<_>>(), 0)
}
