//! Training the frame interpolator: of two pictures of the world it makes the picture between them, which the world draws
//! too.

pub mod floor;

use std::path::Path;

use kinora_engine::interpolate::{FlowNet, FlowNetConfig};
use kinora_engine::weights::Weights;
use kinora_wire::Failure;
use rayon::prelude::*;
use tch::{Device, Kind, Tensor};

use crate::initial;
use crate::optimizer::{IsMatrix, Rates};
use crate::parameters::Initial;
use crate::pixels;
use crate::train_loop::Step;
use crate::train_state::TrainState;
use crate::world::{Format, Scene, chance, generator, within};

/// The network: a quarter of the published widths and less.
pub const CONFIG: FlowNetConfig = FlowNetConfig {
    encoder_width: 12,
    features: 4,
    widths: [48, 40, 28, 20, 16],
    handed_on: 6,
};
/// Learning rates.
const RATES: Rates = Rates {
    muon: 6e-3,
    adam: 2e-3,
};
/// The default number of crops of a step.
pub const USUAL_BATCH: u64 = 8;
/// Clips are drawn so many times as often as takes have frames.
const FINE: u32 = 4;
/// Crops of one scene.
const CROPS: u64 = 2;
/// Width and height of a crop, in pixels.
const CROP: [i64; 2] = [128, 128];
/// The most fine frames between two pictures.
const WIDEST_GAP: u32 = 8;
/// The first seed, which no other training and no measure uses.
const FIRST_SEED: u64 = 3 << 48;
/// The loss weights of what the blocks before the last one make, and of edges.
const BLOCKS_COUNT: [f64; 4] = [0.1, 0.2, 0.3, 0.5];
const EDGES_COUNT: f64 = 1.0;
/// The additional loss weight of pixels of the cast.
const CAST_COUNTS: f64 = 2.0;
/// The share of crops with grain, and the most of it.
const GRAINY_SHARE: f32 = 0.5;
const GRAIN: f32 = 0.06;

/// The format of clips: large pictures, many a second.
pub fn fine(format: Format) -> Format {
    Format {
        frames: (format.frames - 1) * FINE + 1,
        size: format.size.map(|side| side * 4),
        rate: format.rate * FINE,
    }
}

/// Whether Muon trains a parameter: the convolutions within blocks.
fn is_matrix(name: &str, shape: &[i64]) -> bool {
    shape.len() == 4 && name.contains("convblock") && name.ends_with("weight")
}

/// Opens the training run of this file, or starts one.
pub fn open(path: &Path, device: Device) -> Result<TrainState, Failure> {
    let start = (
        &initial::interpolator as Initial,
        is_matrix as IsMatrix,
        RATES,
    );
    TrainState::open(path, device, start, |weights| FlowNet::new(CONFIG, weights))
}

/// One step: the losses of the pictures between.
pub fn step(
    state: &TrainState,
    at: u64,
    (count, format): (u64, Format),
    kind: Kind,
) -> Result<Step, Failure> {
    let build = |weights: Weights| FlowNet::new(CONFIG, weights);
    let network = state.parameters.network(kind, build)?;
    let scenes = (0..count.div_ceil(CROPS)).into_par_iter();
    let drawn: Vec<Vec<Crop>> = scenes
        .map(|item| Crop::of_scene(at * count + item, format))
        .collect();
    let crops: Vec<&Crop> = drawn.iter().flatten().take(count as usize).collect();
    let stacked = |of: fn(&Crop) -> &Tensor| {
        let all: Vec<&Tensor> = crops.iter().map(|crop| of(crop)).collect();
        Tensor::stack(&all, 0).to_device(state.parameters.device())
    };
    let (pictures, counts) = (stacked(|crop| &crop.pictures), stacked(|crop| &crop.counts));
    let moments: Vec<f32> = crops.iter().map(|crop| crop.moment).collect();
    let moments = Tensor::from_slice(&moments).view([-1, 1, 1, 1]);
    let moments = moments.to_device(pictures.device()).to_kind(kind);
    let [one, between, other] = [0, 1, 2].map(|at| pictures.select(1, at));
    let read = [&one, &other].map(|picture| picture.to_kind(kind));
    let features = read.each_ref().map(|picture| network.features(picture));
    let mut guesses = Vec::new();
    network.refine(
        [&read[0], &features[0]],
        [&read[1], &features[1]],
        &moments,
        &mut |guess| guesses.push(guess.picture().to_kind(Kind::Float)),
    );
    let weighted = |error: Tensor| {
        let size = error.size();
        let counts = counts.narrow(2, 0, size[2]).narrow(3, 0, size[3]);
        (error.abs() * &counts).mean(Kind::Float) / counts.mean(Kind::Float)
    };
    let edges = |guess: &Tensor| {
        weighted(along(guess, 3) - along(&between, 3))
            + weighted(along(guess, 2) - along(&between, 2))
    };
    let Some(last) = guesses.pop() else {
        return Err(Failure::bug("the network has no blocks"));
    };
    let (error, edges) = (weighted(&last - &between), edges(&last));
    let metrics = vec![
        ("blend", weighted((&one + &other) * 0.5 - &between)),
        ("error", error.detach()),
        ("edges", edges.detach()),
    ];
    let early = guesses.iter().zip(BLOCKS_COUNT);
    let loss = early.fold(error + edges * EDGES_COUNT, |sum, (guess, counts)| {
        sum + (guess - &between).abs().mean(Kind::Float) * counts
    });
    Ok(Step { loss, metrics })
}

/// Differences between neighbours along an axis.
fn along(x: &Tensor, axis: i64) -> Tensor {
    let length = x.size()[axis as usize];
    x.narrow(axis, 1, length - 1) - x.narrow(axis, 0, length - 1)
}

/// A part of two pictures and of one between them.
struct Crop {
    /// The first, the one between and the last, in [0, 1]: 3 3 h w.
    pictures: Tensor,
    /// The loss weight of each pixel: 1 h w.
    counts: Tensor,
    /// When the one between is, from 0 to 1.
    moment: f32,
}

impl Crop {
    /// Crops of one scene.
    fn of_scene(number: u64, format: Format) -> Vec<Self> {
        let mut rng = generator(number, 80);
        let format = fine(format);
        let scene = Scene::of_seed(FIRST_SEED + number, format);
        let gap = rng.u32(2..=WIDEST_GAP);
        let first = rng.u32(0..format.frames - gap);
        let between = rng.u32(1..gap);
        let mut frames = [first, first + between, first + gap];
        let mut moment = between as f32 / gap as f32;
        if rng.bool() {
            frames.reverse();
            moment = 1.0 - moment;
        }
        let drawn: Vec<_> = frames
            .into_iter()
            .flat_map(|frame| scene.frames(frame..frame + 1, format))
            .collect();
        let pictures = pixels::colours(&drawn, format.size) * 0.5 + 0.5;
        let pictures = pictures.transpose(0, 1); // 3 3 h w
        let mask = pixels::masks(&drawn, format.size).select(1, 1); // 1 h w
        let crops = (0..CROPS).map(|_| {
            let [left, top] = [0, 1].map(|axis| {
                let most = i64::from(format.size[axis]) - CROP[axis];
                rng.i64(0..=most)
            });
            let cut = |x: &Tensor| {
                let axes = x.dim() as i64;
                let x = x.narrow(axes - 2, top, CROP[1]);
                x.narrow(axes - 1, left, CROP[0])
            };
            let mut pictures = cut(&pictures);
            let mut counts = cut(&mask) * CAST_COUNTS + 1.0;
            if rng.bool() {
                pictures = pictures.flip([3]);
                counts = counts.flip([2]);
            }
            if chance(&mut rng, GRAINY_SHARE) {
                let size = pictures.size();
                let grain = Tensor::randn(&size[..], (Kind::Float, Device::Cpu));
                let amount = f64::from(within(&mut rng, 0.0, GRAIN));
                let noisy = (&pictures + grain * amount).clamp(0.0, 1.0);
                // What is to be made has no grain.
                let middle = pictures.narrow(0, 1, 1);
                pictures = Tensor::cat(&[noisy.narrow(0, 0, 1), middle, noisy.narrow(0, 2, 1)], 0);
            }
            Self {
                pictures: pictures.contiguous(),
                counts: counts.contiguous(),
                moment,
            }
        });
        crops.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn training_makes_pictures_between_that_are_nearer_than_a_blend() {
        tch::set_num_threads(1);
        let folder = tempfile::tempdir().expect("a folder");
        let mut state = open(&folder.path().join("between"), Device::Cpu).expect("begun");
        let of = |step: &Step, name: &str| {
            let found = step.metrics.iter().find(|(own, _)| *own == name);
            found.expect("a metric").1.double_value(&[])
        };
        let look =
            |state: &TrainState| step(state, 3, (2, Format::SMALL), Kind::Float).expect("a step");
        let first = look(&state);
        let blend = of(&first, "blend");
        assert!(
            (of(&first, "error") / blend - 1.0).abs() < 0.3,
            "it begins like a blend"
        );
        for _ in 0..25 {
            let step = look(&state);
            state.update(&step.loss);
        }
        let error = of(&look(&state), "error");
        assert!(error < 0.9 * blend, "{error} {blend}");
    }
}
