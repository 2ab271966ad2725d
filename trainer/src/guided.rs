//! Training the guided upscaler: the model's own clips become what the world draws at four times their size, with the
//! stage at that size and the words of the clip to go by.

mod data;

use std::path::Path;

use kinora_engine::upscale::{Guided, GuidedConfig, Hints, guided};
use kinora_engine::weights::Weights;
use kinora_wire::Failure;
use rayon::prelude::*;
use tch::{Device, Kind, Tensor};

use crate::initial;
use crate::optimizer::{IsMatrix, Rates};
use crate::pairs::Pairs;
use crate::parameters::Initial;
use crate::train_loop::Step;
use crate::train_state::TrainState;
use crate::world::{Action, Colour, Format, Kind as Being, Terrain, Time};
use data::{FRAMES, Sample};
pub use data::{Stages, enlarged, stage_tensor};

/// Learning rates.
const RATES: Rates = Rates {
    muon: 1e-2,
    adam: 3e-3,
};
/// The default number of places of a step, each of two neighbouring frames.
pub const USUAL_BATCH: u64 = 4;
/// The loss weights of edges, and of changes from frame to frame.
const EDGES_COUNT: f64 = 1.0;
const CHANGES_COUNT: f64 = 0.5;

/// The words that the network is told, with their synonyms.
pub fn hints() -> Hints {
    Hints::of(words())
}

fn words() -> Vec<Vec<String>> {
    let lists = [
        Being::ALL.iter().map(|one| one.words()).collect::<Vec<_>>(),
        Colour::ALL.iter().map(|one| one.words()).collect(),
        Action::ALL.iter().map(|one| one.words()).collect(),
        Terrain::ALL.iter().map(|one| one.words()).collect(),
        Time::ALL.iter().map(|one| one.words()).collect(),
    ];
    let same =
        |words: &&[&str]| -> Vec<String> { words.iter().map(|&word| word.to_owned()).collect() };
    lists.iter().flatten().map(same).collect()
}

/// The configuration in the file of the network.
pub fn written_config() -> String {
    serde_json::json!({ kinora_engine::upscale::hints::WORDS_KEY: words() }).to_string()
}

/// The network.
pub fn config() -> GuidedConfig {
    GuidedConfig {
        widths: [48, 64, 72],
        blocks: [1, 1, 2, 1, 2],
        hints: hints().count() as i64,
        told_width: 64,
    }
}

/// Whether Muon trains a parameter: the convolutions between the first and the last.
fn is_matrix(name: &str, shape: &[i64]) -> bool {
    shape.len() == 4 && !name.starts_with("write.")
}

/// Opens the training run of this file, or starts one.
pub fn open(path: &Path, device: Device) -> Result<TrainState, Failure> {
    let start = (&initial::guided as Initial, is_matrix as IsMatrix, RATES);
    TrainState::open(path, device, start, |weights| {
        Guided::new(config(), weights)
    })
}

/// One step: the losses of making frames of clips larger.
pub fn step(
    state: &TrainState,
    pairs: &Pairs,
    at: u64,
    (count, format): (u64, Format),
    kind: Kind,
) -> Result<Step, Failure> {
    let build = |weights: Weights| Guided::new(config(), weights);
    let network = state.parameters.network(kind, build)?;
    let told = hints();
    let samples = (0..count).into_par_iter();
    let samples: Vec<Sample> = samples
        .map(|item| Sample::drawn(pairs, &told, at * count + item, format))
        .collect::<Result<_, _>>()?;
    let device = state.parameters.device();
    let all = |of: fn(&Sample) -> &Tensor| {
        let all: Vec<&Tensor> = samples.iter().map(of).collect();
        Tensor::cat(&all, 0).to_device(device) // (b t) ...
    };
    let input = guided::input(
        &all(|sample| &sample.small),
        &all(|sample| &sample.stage),
        &all(|sample| &sample.has_stage),
    );
    let told = all(|sample| &sample.hints);
    let (large, counts) = (all(|sample| &sample.large), all(|sample| &sample.counts));
    let added = network.added(&input.to_kind(kind), &told.to_kind(kind));
    let made = added.to_kind(Kind::Float) + guided::smooth(&input);
    let weighted = |error: Tensor, counts: &Tensor| {
        (error.abs() * counts).mean(Kind::Float) / counts.mean(Kind::Float)
    };
    let size = large.size();
    let error = weighted(&made - &large, &counts);
    let edges = weighted(
        along(&made, 3) - along(&large, 3),
        &counts.narrow(3, 1, size[3] - 1),
    ) + weighted(
        along(&made, 2) - along(&large, 2),
        &counts.narrow(2, 1, size[2] - 1),
    );
    let in_time = |x: &Tensor| {
        let size = x.size();
        x.view([-1, FRAMES, size[1], size[2], size[3]])
    };
    let changes = weighted(
        along(&in_time(&made), 1) - along(&in_time(&large), 1),
        &in_time(&counts).narrow(1, 1, FRAMES - 1),
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

/// Differences between neighbours along an axis.
fn along(x: &Tensor, axis: i64) -> Tensor {
    let length = x.size()[axis as usize];
    x.narrow(axis, 1, length - 1) - x.narrow(axis, 0, length - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairs::tests::of_world;

    #[test]
    fn training_begins_with_smooth_pictures_and_makes_them_sharper() {
        tch::set_num_threads(1);
        let format = Format::SMALL;
        let folder = tempfile::tempdir().expect("a folder");
        let pairs = of_world(folder.path());
        let mut state = open(&folder.path().join("guided"), Device::Cpu).expect("begun");
        let network = state
            .parameters
            .network(Kind::Float, |weights| Guided::new(config(), weights));
        let sample = Sample::drawn(&pairs, &hints(), 0, format).expect("a sample");
        let input = guided::input(&sample.small, &sample.stage, &sample.has_stage);
        let begun = network.expect("a network").forward(&input, &sample.hints);
        assert!(begun.equal(&guided::smooth(&input)));

        let error = |state: &TrainState| {
            let step = step(state, &pairs, 0, (1, format), Kind::Float).expect("a step");
            (step.metrics[0].1.double_value(&[]), step.loss)
        };
        let (before, _) = error(&state);
        for _ in 0..30 {
            let (_, loss) = error(&state);
            state.update(&loss);
        }
        let (after, _) = error(&state);
        assert!(after < 0.9 * before, "{before} {after}");
    }
}
