//! Training the upscaler: the model's own clips become what the world draws at four times their size.

use std::path::Path;

use kinora_engine::upscale::{Compact, CompactConfig};
use kinora_engine::weights::Weights;
use kinora_wire::Failure;
use rayon::prelude::*;
use tch::{Device, Kind, Tensor};

use crate::initial;
use crate::optimizer::{IsMatrix, Rates};
use crate::pairs::{FIRST_SEED, Pairs};
use crate::parameters::Initial;
use crate::pixels;
use crate::train_loop::Step;
use crate::train_state::TrainState;
use crate::world::{Format, Scene, generator};

/// The network.
pub const CONFIG: CompactConfig = CompactConfig {
    width: 48,
    convolutions: 12,
    scale: 4,
};
/// Learning rates.
const RATES: Rates = Rates {
    muon: 3e-3,
    adam: 1e-3,
};
/// The default number of crops of a step.
pub const USUAL_BATCH: u64 = 6;
/// The side of a crop of the small picture.
const SIDE: i64 = 40;
/// Neighbouring frames of a crop.
const FRAMES: i64 = 2;
/// The additional loss weight of pixels of the cast.
const CAST_COUNTS: f64 = 2.0;
/// The loss weights of edges, and of changes from frame to frame.
const EDGES_COUNT: f64 = 1.0;
const CHANGES_COUNT: f64 = 0.5;

/// Whether Muon trains a parameter: the convolutions between the first and the last.
fn is_matrix(name: &str, shape: &[i64]) -> bool {
    shape.len() == 4 && shape[1] > 3 && !is_last(name)
}

/// Whether a parameter belongs to the last convolution.
fn is_last(name: &str) -> bool {
    name.starts_with(&format!("body.{}.", 2 * CONFIG.convolutions + 2))
}

/// Opens the training run of this file, or starts one.
pub fn open(path: &Path, device: Device) -> Result<TrainState, Failure> {
    let initial = |name: &str, shape: &[i64]| initial::upscaler(name, shape, is_last(name));
    let start = (&initial as Initial, is_matrix as IsMatrix, RATES);
    TrainState::open(path, device, start, |weights| Compact::new(CONFIG, weights))
}

/// One step: the losses of making crops of clips larger.
pub fn step(
    state: &TrainState,
    pairs: &Pairs,
    at: u64,
    (count, format): (u64, Format),
    kind: Kind,
) -> Result<Step, Failure> {
    let build = |weights: Weights| Compact::new(CONFIG, weights);
    let network = state.parameters.network(kind, build)?;
    let crops = (0..count).into_par_iter();
    let crops: Vec<Crop> = crops
        .map(|item| Crop::drawn(pairs, at * count + item, format))
        .collect::<Result<_, _>>()?;
    let stacked = |of: fn(&Crop) -> &Tensor| {
        let all: Vec<&Tensor> = crops.iter().map(of).collect();
        Tensor::stack(&all, 0).to_device(state.parameters.device()) // b t c h w
    };
    let (small, large, counts) = (
        stacked(|crop| &crop.small),
        stacked(|crop| &crop.large),
        stacked(|crop| &crop.counts),
    );
    let size = large.size();
    let made = network
        .forward(&small.flatten(0, 1).to_kind(kind))
        .to_kind(Kind::Float);
    let made = made.view(size.as_slice());
    let weighted = |error: Tensor, counts: &Tensor| {
        (error.abs() * counts).mean(Kind::Float) / counts.mean(Kind::Float)
    };
    let error = weighted(&made - &large, &counts);
    let edges = weighted(
        across(&made) - across(&large),
        &counts.narrow(4, 1, size[4] - 1),
    ) + weighted(
        down(&made) - down(&large),
        &counts.narrow(3, 1, size[3] - 1),
    );
    let changes = weighted(
        later(&made) - later(&large),
        &counts.narrow(1, 1, FRAMES - 1),
    );
    Ok(Step {
        loss: &error + &edges * EDGES_COUNT + &changes * CHANGES_COUNT,
        metrics: vec![
            ("error", error.detach()),
            ("edges", edges.detach()),
            ("changes", changes.detach()),
        ],
    })
}

/// Differences between neighbouring columns, rows and frames: b t c h w.
fn across(x: &Tensor) -> Tensor {
    let length = x.size()[4];
    x.narrow(4, 1, length - 1) - x.narrow(4, 0, length - 1)
}

fn down(x: &Tensor) -> Tensor {
    let length = x.size()[3];
    x.narrow(3, 1, length - 1) - x.narrow(3, 0, length - 1)
}

fn later(x: &Tensor) -> Tensor {
    let length = x.size()[1];
    x.narrow(1, 1, length - 1) - x.narrow(1, 0, length - 1)
}

/// A part of a few frames, small and large: t 3 h w in [0, 1], and the loss weight of each large pixel, t 1 h w.
struct Crop {
    small: Tensor,
    large: Tensor,
    counts: Tensor,
}

impl Crop {
    fn drawn(pairs: &Pairs, number: u64, format: Format) -> Result<Self, Failure> {
        let mut rng = generator(number, 75);
        let clip = rng.u64(..pairs.count());
        let first = rng.i64(0..=i64::from(format.frames) - FRAMES);
        let [width, height] = format.size.map(i64::from);
        let (left, top) = (rng.i64(0..=width - SIDE), rng.i64(0..=height - SIDE));
        let scale = CONFIG.scale;
        let cut = |x: &Tensor, scale: i64| {
            let x = x.narrow(2, top * scale, SIDE * scale);
            let x = x.narrow(3, left * scale, SIDE * scale);
            x.transpose(0, 1).contiguous()
        };
        let scene = Scene::of_seed(FIRST_SEED + clip, format);
        let large_size = format.size.map(|side| side * scale as u32);
        let large_format = Format {
            size: large_size,
            ..format
        };
        let drawn = scene.frames(first as u32..(first + FRAMES) as u32, large_format);
        let large = pixels::colours(&drawn, large_size) * 0.5 + 0.5;
        let mask = pixels::masks(&drawn, large_size);
        Ok(Self {
            small: cut(&pairs.frames(clip, first..first + FRAMES)?, 1),
            large: cut(&large, scale),
            counts: cut(&(mask * CAST_COUNTS + 1.0), scale),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairs::CLIPS_IN_FILE;
    use crate::pairs::tests::of_world;

    #[test]
    fn training_begins_with_repeated_pixels_and_makes_them_sharper() {
        tch::set_num_threads(1);
        let format = Format::SMALL;
        let folder = tempfile::tempdir().expect("a folder");
        let pairs = folder.path().join("pairs");
        std::fs::create_dir(&pairs).expect("a folder");
        let pairs = of_world(&pairs);
        assert_eq!(pairs.count(), CLIPS_IN_FILE);

        let path = folder.path().join("upscaler");
        let mut state = open(&path, Device::Cpu).expect("begun");
        let small = pairs.frames(1, 0..2).expect("frames").transpose(0, 1);
        let network = state
            .parameters
            .network(Kind::Float, |weights| Compact::new(CONFIG, weights));
        let begun = network.expect("a network").forward(&small);
        let size = small.size();
        let repeated = small.upsample_nearest2d([4 * size[2], 4 * size[3]], None, None);
        assert!(begun.equal(&repeated));

        let error = |state: &TrainState, at| {
            let step = step(state, &pairs, at, (1, format), Kind::Float).expect("a step");
            (step.metrics[0].1.double_value(&[]), step.loss)
        };
        let (before, _) = error(&state, 0);
        for _ in 0..60 {
            let (_, loss) = error(&state, 0);
            state.update(&loss);
        }
        let (after, _) = error(&state, 0);
        assert!(after < 0.9 * before, "{before} {after}");
    }
}
