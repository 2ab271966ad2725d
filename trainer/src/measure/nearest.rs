//! The nearest of several true clips to a generated one: a direct test of its colour, shape or camera path. The
//! candidates are the same scene with one thing changed.

use kinora_timeline::camera::Move;
use rayon::prelude::*;
use tch::{Kind, Tensor};

use crate::pixels;
use crate::world::{Character, Colour, Format, Kind as Being, Picture, Scene, Shooting, generator};

/// Scenes that differ from one in one thing.
pub type Variants = fn(&Scene) -> Vec<Scene>;

/// The scene in all eight body colours, in the order of `Colour::ALL`.
pub fn coloured(scene: &Scene) -> Vec<Scene> {
    let coloured = |&colour: &Colour| {
        let mut other = scene.clone();
        if other.character.limbs == other.character.body {
            other.character.limbs = colour;
        }
        other.character.body = colour;
        other
    };
    Colour::ALL.iter().map(coloured).collect()
}

/// The scene with all six kinds, in the order of `Kind::ALL`.
pub fn of_each_kind(scene: &Scene) -> Vec<Scene> {
    let of_kind = |&kind: &Being| {
        let mut other = scene.clone();
        other.character.kind = kind;
        other
    };
    Being::ALL.iter().map(of_kind).collect()
}

/// The true clips to choose from.
pub struct Candidates {
    /// 3 x t x h x w each.
    clips: Vec<Tensor>,
    /// The union of the candidates' cast masks: 1 x t x h x w.
    cast: Tensor,
}

impl Candidates {
    fn of(scenes: &[Scene], format: Format) -> Self {
        let drawn = scenes.par_iter();
        let drawn: Vec<Vec<Picture>> = drawn
            .map(|scene| scene.frames(0..format.frames, format))
            .collect();
        let masks = drawn
            .iter()
            .map(|frames| pixels::masks(frames, format.size));
        let cast = Tensor::stack(&masks.collect::<Vec<_>>(), 0).amax([0].as_slice(), false);
        let clips = drawn
            .iter()
            .map(|frames| pixels::colours(frames, format.size));
        Self {
            clips: clips.collect(),
            cast,
        }
    }

    /// Of [`coloured`].
    pub fn colours(scene: &Scene, format: Format) -> Self {
        Self::of(&coloured(scene), format)
    }

    /// Of [`of_each_kind`].
    pub fn kinds(scene: &Scene, format: Format) -> Self {
        Self::of(&of_each_kind(scene), format)
    }

    /// The scene with each of these characters, all as tall as its own.
    pub fn characters(scene: &Scene, characters: &[Character], format: Format) -> Self {
        let with = |&character: &Character| {
            let mut other = scene.clone();
            other.character = Character {
                height_metres: scene.character.height_metres,
                ..character
            };
            other
        };
        Self::of(&characters.iter().map(with).collect::<Vec<_>>(), format)
    }

    /// The scene with its own camera path, then with seven others.
    pub fn paths(scene: &Scene, moves: &[Move], seed: u64, format: Format) -> Self {
        let is_other = |which: &Move| Some(*which) != scene.shooting.named;
        let mut others: Vec<Move> = moves.iter().copied().filter(is_other).collect();
        generator(seed, 60).shuffle(&mut others);
        let (start, amount) = (scene.shooting.poses[0], scene.shooting.amount);
        let moved = others.into_iter().take(7).map(|which| {
            let mut other = scene.clone();
            let (frames, rate) = (format.frames, format.frame_rate());
            other.shooting = Shooting::of(which, amount, start, frames, rate);
            other
        });
        Self::of(
            &[scene.clone()].into_iter().chain(moved).collect::<Vec<_>>(),
            format,
        )
    }

    /// The nearest candidate, compared where any of them has its cast.
    pub fn nearest_cast(&self, clip: &Tensor) -> usize {
        least(self.clips.iter().map(|candidate| {
            let error = (candidate - clip).square() * &self.cast;
            error.sum(Kind::Double).double_value(&[])
        }))
    }

    /// The nearest candidate, compared over the whole picture at a quarter of the size.
    pub fn nearest_picture(&self, clip: &Tensor) -> usize {
        let small = |x: &Tensor| {
            let frames = x.transpose(0, 1);
            frames.avg_pool2d([4, 4], [4, 4], [0, 0], false, true, None::<i64>)
        };
        let clip = small(clip);
        least(self.clips.iter().map(|candidate| {
            let error = (small(candidate) - &clip).square().mean(Kind::Double);
            error.double_value(&[])
        }))
    }
}

fn least(distances: impl Iterator<Item = f64>) -> usize {
    let numbered = distances.enumerate();
    let best = numbered.min_by(|(_, one), (_, other)| one.total_cmp(other));
    best.map_or(0, |(at, _)| at)
}
