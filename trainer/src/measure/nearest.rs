//! To which of several true clips a made one is nearest: the plainest way to ask whose colour, whose shape
//! or whose path it has. The candidates are the same scene with one thing changed.

use kinora_timeline::camera::Move;
use tch::{Kind, Tensor};

use crate::pixels;
use crate::world::{Character, Colour, Format, Kind as Being, Scene, Shooting, generator};

/// A true clip: 3 x t x h x w, and its cast's mask, 1 x t x h x w.
struct Candidate {
    frames: Tensor,
    mask: Tensor,
}

impl Candidate {
    fn of(scene: &Scene, format: Format) -> Self {
        let clip = scene.clip(format);
        Self {
            frames: pixels::colours(&clip.frames, format.size),
            mask: pixels::masks(&clip.frames, format.size),
        }
    }
}

/// Which body colour, of all eight.
pub fn colour(made: &Tensor, scene: &Scene, format: Format) -> Colour {
    let candidates = Colour::ALL.iter().map(|&colour| {
        let mut other = scene.clone();
        if other.character.limbs == other.character.body {
            other.character.limbs = colour;
        }
        other.character.body = colour;
        Candidate::of(&other, format)
    });
    Colour::ALL[of_cast(made, &candidates.collect::<Vec<_>>())]
}

/// Which kind, of all six.
pub fn kind(made: &Tensor, scene: &Scene, format: Format) -> Being {
    let candidates = Being::ALL.iter().map(|&kind| {
        let mut other = scene.clone();
        other.character.kind = kind;
        Candidate::of(&other, format)
    });
    Being::ALL[of_cast(made, &candidates.collect::<Vec<_>>())]
}

/// Which of several characters in this scene: its place in the list.
pub fn character(made: &Tensor, scene: &Scene, characters: &[Character], format: Format) -> usize {
    let candidates = characters.iter().map(|&character| {
        let mut other = scene.clone();
        other.character = Character {
            height_metres: scene.character.height_metres,
            ..character
        };
        Candidate::of(&other, format)
    });
    of_cast(made, &candidates.collect::<Vec<_>>())
}

/// Which of eight paths; 0 is the scene's own.
pub fn path(made: &Tensor, scene: &Scene, moves: &[Move], seed: u64, format: Format) -> usize {
    let mut others: Vec<Move> = moves
        .iter()
        .copied()
        .filter(|&which| Some(which) != scene.shooting.named)
        .collect();
    generator(seed, 60).shuffle(&mut others);
    let start = scene.shooting.poses[0];
    let mut candidates = vec![Candidate::of(scene, format)];
    for which in others.into_iter().take(7) {
        let amount = scene.shooting.amount;
        let mut other = scene.clone();
        other.shooting = Shooting::of(which, amount, start, format.frames, format.frame_rate());
        candidates.push(Candidate::of(&other, format));
    }
    let soft = |x: &Tensor| {
        x.transpose(0, 1)
            .avg_pool2d([4, 4], [4, 4], [0, 0], false, true, None::<i64>)
    };
    let made = soft(made);
    least(candidates.iter().map(|candidate| {
        (soft(&candidate.frames) - &made)
            .square()
            .mean(Kind::Double)
            .double_value(&[])
    }))
}

/// The nearest where any of the candidates has its cast.
fn of_cast(made: &Tensor, candidates: &[Candidate]) -> usize {
    let masks: Vec<&Tensor> = candidates.iter().map(|candidate| &candidate.mask).collect();
    let anywhere = Tensor::stack(&masks, 0).amax([0].as_slice(), false); // 1 t h w
    least(candidates.iter().map(|candidate| {
        let error = (&candidate.frames - made).square() * &anywhere;
        error.sum(Kind::Double).double_value(&[])
    }))
}

fn least(distances: impl Iterator<Item = f64>) -> usize {
    let best = distances
        .enumerate()
        .min_by(|(_, one), (_, other)| one.total_cmp(other));
    best.map_or(0, |(at, _)| at)
}
