//! Learning the autoencoder: clips of the world there and back again. What matters most, the cast, counts
//! most; a little noise on the latents keeps them smooth enough to be learnt by the transformer.

use kinora_engine::vae::{Memory, Vae, VaeDecoder, VaeEncoder};
use kinora_wire::Failure;
use rayon::prelude::*;
use tch::{Device, Kind, Tensor};

use crate::learner::Learner;
use crate::optimizer::Rates;
use crate::pace::Step;
use crate::pixels;
use crate::starter::Size;
use crate::world::{Format, Scene, generator};
use crate::{initial, world};

/// Steps of the optimizer.
pub const RATES: Rates = Rates {
    muon: 1e-2,
    adam: 3e-3,
};
/// How much more a pixel of the cast counts.
const CAST_COUNTS: f64 = 4.0;
/// How much the latents' distance from plain noise counts (Kingma and Welling, 2014).
const DIVERGENCE_COUNTS: f64 = 2e-4;

/// Convolutions of some size are Muon's.
pub fn is_matrix(name: &str, shape: &[i64]) -> bool {
    let rest: i64 = shape.iter().skip(1).product();
    name.ends_with("weight") && shape.len() >= 4 && shape[0].min(rest) >= 8
}

/// The run in this file, or a new one.
pub fn open(path: &std::path::Path, size: Size, device: Device) -> Result<Learner, Failure> {
    let config = size.autoencoder();
    let start = (initial::autoencoder as _, is_matrix as _, RATES);
    Learner::open(path, device, start, |weights| Vae::new(&config, weights))
}

/// One step: what goes in, what comes out, how far it is from it.
pub fn step(learner: &Learner, at: u64, size: Size, kind: Kind) -> Result<Step, Failure> {
    let device = learner.parameters.device();
    let config = size.autoencoder();
    let vae = learner
        .parameters
        .network(kind, |weights| Vae::new(&config, weights))?;
    let Batch { frames, counts } = Batch::of_step(at, size.format()).on(device);
    tch::manual_seed(at as i64);
    let [mean, spread] = vae
        .encoder
        .distribution(&frames.to_kind(kind), &mut Memory::default());
    let (mean, spread) = (
        mean.to_kind(Kind::Float),
        spread.to_kind(Kind::Float).clamp(-12.0, 4.0),
    );
    let latents = &mean + (&spread * 0.5).exp() * mean.randn_like();
    let decoded = vae
        .decoder
        .decode_chunk(&latents, &mut Memory::default())
        .to_kind(Kind::Float);
    let error =
        ((&decoded - &frames).square() * &counts).mean(Kind::Float) / counts.mean(Kind::Float);
    let divergence = (mean.square() + spread.exp() - 1.0 - &spread).mean(Kind::Float) * 0.5;
    Ok(Step {
        loss: &error + &divergence * DIVERGENCE_COUNTS,
        told: vec![
            ("error", error.detach()),
            ("divergence", divergence.detach()),
        ],
    })
}

/// What one step sees: b x 3 x t x h x w in [-1, 1], and how much each pixel counts.
struct Batch {
    frames: Tensor,
    counts: Tensor,
}

impl Batch {
    /// Mostly short pieces of several clips, sometimes longer ones, sometimes stills and portraits.
    fn of_step(step: u64, format: Format) -> Self {
        match step % 8 {
            0..5 => Self::pieces(step, format),
            5 | 6 => Self::halves(step, format),
            _ => Self::stills(step, format),
        }
    }

    fn on(self, device: Device) -> Self {
        Self {
            frames: self.frames.to_device(device),
            counts: self.counts.to_device(device),
        }
    }

    fn pieces(step: u64, format: Format) -> Self {
        const PIECES: u64 = 3;
        const SIDE: i64 = 56;
        let pieces: Vec<Self> = (0..PIECES)
            .into_par_iter()
            .map(|piece| {
                let seed = step * PIECES + piece;
                let mut rng = generator(seed, 20);
                let first = rng.u32(0..=format.frames - 5);
                let [frames, mask] = moving(seed, format, first..first + 5, rng.u8(..8) == 0);
                let top = 8 * rng.i64(0..=(i64::from(format.size[1]) - SIDE) / 8);
                let left = 8 * rng.i64(0..=(i64::from(format.size[0]) - SIDE) / 8);
                let cut = |x: Tensor| x.narrow(-2, top, SIDE).narrow(-1, left, SIDE).contiguous();
                Self {
                    frames: cut(frames),
                    counts: cut(mask) * CAST_COUNTS + 1.0,
                }
            })
            .collect();
        Self::together(&pieces)
    }

    /// Half clips of full size: what lies far apart in the picture sees each other.
    fn halves(step: u64, format: Format) -> Self {
        const HALVES: u64 = 2;
        let length = (format.frames - 1) / 8 * 4 + 1;
        let halves: Vec<Self> = (0..HALVES)
            .into_par_iter()
            .map(|half| {
                let seed = step * HALVES + half;
                let mut rng = generator(seed, 22);
                let first = rng.u32(0..=format.frames - length);
                let [frames, mask] = moving(seed, format, first..first + length, rng.u8(..8) == 0);
                Self {
                    frames,
                    counts: mask * CAST_COUNTS + 1.0,
                }
            })
            .collect();
        Self::together(&halves)
    }

    fn stills(step: u64, format: Format) -> Self {
        const STILLS: u64 = 8;
        let stills: Vec<Self> = (0..STILLS)
            .into_par_iter()
            .map(|still| {
                let seed = step * STILLS + still;
                let mut rng = generator(seed, 21);
                let scene = Scene::of_seed(seed, format);
                if still < STILLS / 2 {
                    let portraits = scene.character.portraits();
                    let portrait = &portraits[rng.usize(..portraits.len())];
                    let [frames, mask] = pixels::on_white(portrait, world::PORTRAIT, format.size);
                    return Self {
                        frames,
                        counts: mask * CAST_COUNTS + 1.0,
                    };
                }
                let [frames, mask] = moving(seed, format, 0..1, false);
                Self {
                    frames,
                    counts: mask * CAST_COUNTS + 1.0,
                }
            })
            .collect();
        Self::together(&stills)
    }

    fn together(items: &[Self]) -> Self {
        let stacked =
            |of: fn(&Self) -> &Tensor| Tensor::stack(&items.iter().map(of).collect::<Vec<_>>(), 0);
        Self {
            frames: stacked(|item| &item.frames),
            counts: stacked(|item| &item.counts),
        }
    }
}

/// Frames of a scene (or their depth) with the cast's mask: 3|1 x t x h x w.
fn moving(seed: u64, format: Format, frames: std::ops::Range<u32>, is_depth: bool) -> [Tensor; 2] {
    let scene = Scene::of_seed(seed, format);
    let clip = scene.piece(format, frames);
    match is_depth {
        true => {
            let depth = pixels::greys(&clip.depth, format.size);
            let nothing = depth.narrow(0, 0, 1).zeros_like();
            [depth, nothing]
        }
        false => [
            pixels::colours(&clip.frames, format.size),
            pixels::masks(&clip.frames, format.size),
        ],
    }
}

/// Decibels of clips there and back: over all pixels, and over those of the cast.
pub fn fidelity(
    encoder: &VaeEncoder,
    decoder: &VaeDecoder,
    seeds: std::ops::Range<u64>,
    format: Format,
    device: Device,
) -> [f64; 2] {
    let _no_grad = tch::no_grad_guard();
    let mut errors = [[0.0; 2]; 2];
    for seed in seeds {
        let [frames, mask] = moving(seed, format, 0..format.frames, false);
        let frames = frames.unsqueeze(0).to_device(device);
        let mask = mask.unsqueeze(0).to_device(device);
        let latents = encoder.encode_chunk(&frames, &mut Memory::default());
        let decoded = decoder
            .decode_chunk(&latents, &mut Memory::default())
            .clamp(-1.0, 1.0);
        let error = (decoded - &frames)
            .square()
            .mean_dim([1].as_slice(), true, Kind::Float);
        let sum = |x: &Tensor| x.sum(Kind::Double).double_value(&[]);
        errors[0][0] += sum(&error);
        errors[0][1] += error.numel() as f64;
        errors[1][0] += sum(&(&error * &mask));
        errors[1][1] += sum(&mask);
    }
    // Pixels lie from -1 to 1: the peak is 2.
    errors.map(|[sum, count]| 10.0 * (4.0 * count / sum).log10())
}
