//! What the network of sound learns from: pictures of paced clips, and the score of each as the network is to write it.

use std::collections::BTreeMap;
use std::ops::Range;

use kinora_engine::sound_for_picture::network::{CUES, SLOTS};
use kinora_engine::sound_for_picture::reading::slot_seconds;
use kinora_engine::sound_for_picture::score::{Cue, Score};
use rayon::prelude::*;
use tch::{Kind, Tensor};

use super::hearing::{places, score};
use crate::pixels;
use crate::world::{Format, Scene, generator};

/// The first seed of these clips.
const FIRST_SEED: u64 = 1 << 36;
/// Clips that are at hand at one time.
const AT_HAND: u64 = 256;
/// New clips for each step.
const NEW_A_STEP: u64 = 2;
/// How far a sound reaches into neighbouring slots, in seconds; a swish has no edge.
const SHARP_SECONDS: f32 = 0.022;
const SWISH_SECONDS: f32 = 0.045;

/// A clip and what it sounds like.
#[derive(Debug)]
pub struct Sample {
    /// Bytes, t 3 h w.
    frames: Tensor,
    /// How near a sound is, from 0 to 1: t cues slots.
    sounds: Tensor,
    /// Pan and gain: t 2.
    places: Tensor,
    /// Place and time of day: 2.
    air: Tensor,
}

/// Clips of a step.
#[derive(Debug)]
pub struct Batch {
    /// b t 3 h w in [-1, 1].
    pub frames: Tensor,
    /// b t cues slots.
    pub sounds: Tensor,
    /// b t 2.
    pub places: Tensor,
    /// b 2.
    pub air: Tensor,
}

/// The clips at hand. Which these are follows from the number of the step.
#[derive(Debug, Default)]
pub struct Shelf {
    samples: BTreeMap<u64, Sample>,
}

impl Shelf {
    /// The clips of a step.
    pub fn batch(&mut self, step: u64, count: u64, format: Format) -> Batch {
        let first = step * NEW_A_STEP;
        let at_hand = first..first + AT_HAND;
        self.fill(at_hand.clone(), format);
        let mut rng = generator(step, 91);
        let picked = (0..count).filter_map(|_| self.samples.get(&rng.u64(at_hand.clone())));
        let picked: Vec<&Sample> = picked.collect();
        let stacked = |of: fn(&Sample) -> &Tensor| {
            let all: Vec<&Tensor> = picked.iter().copied().map(of).collect();
            Tensor::stack(&all, 0)
        };
        Batch {
            frames: pixels::signed(&stacked(|sample| &sample.frames)),
            sounds: stacked(|sample| &sample.sounds),
            places: stacked(|sample| &sample.places),
            air: stacked(|sample| &sample.air),
        }
    }

    fn fill(&mut self, seeds: Range<u64>, format: Format) {
        self.samples.retain(|seed, _| seeds.contains(seed));
        let missing = seeds.filter(|seed| !self.samples.contains_key(seed));
        let missing: Vec<u64> = missing.collect();
        let drawn = missing.into_par_iter().map(|seed| {
            let scene = Scene::paced(FIRST_SEED + seed, format);
            (seed, scene.clip(format), scene)
        });
        for (seed, clip, scene) in drawn.collect::<Vec<_>>() {
            let frames = pixels::colours(&clip.frames, format.size);
            let frames = ((frames + 1.0) * 127.5).round().to_kind(Kind::Uint8);
            let score = score(&scene, seed, format);
            let sample = Sample {
                frames: frames.transpose(0, 1).contiguous(),
                sounds: targets(&score, format),
                places: Tensor::from_slice(&places(&scene, format).concat())
                    .view([i64::from(format.frames), 2]),
                air: Tensor::from_slice(&[scene.terrain as i64, scene.time as i64]),
            };
            self.samples.insert(seed, sample);
        }
    }
}

/// The pictures of a scene as the network looks at them: t 3 h w in [-1, 1].
pub fn pictures(scene: &Scene, format: Format) -> Tensor {
    pixels::colours(&scene.clip(format).frames, format.size).transpose(0, 1)
}

/// How near a sound is to each slot, from 0 to 1: t cues slots.
fn targets(score: &Score, format: Format) -> Tensor {
    let mut near = Vec::new();
    for frame in 0..format.frames as usize {
        for cue in CUES {
            let width = match cue {
                Cue::Swish => SWISH_SECONDS,
                _ => SHARP_SECONDS,
            };
            for slot in 0..SLOTS as usize {
                let time = slot_seconds(frame, slot, format.rate as f32);
                let own = score.soundings.iter().filter(|one| one.cue == cue);
                let shares = own.map(|one| (-0.5 * ((time - one.seconds) / width).powi(2)).exp());
                near.push(shares.fold(0.0, f32::max));
            }
        }
    }
    Tensor::from_slice(&near).view([i64::from(format.frames), CUES.len() as i64, SLOTS])
}
