//! Training the guided upscaler: the model's own clips become what the world draws at four times their size, with the
//! stage at that size and the words of the clip to go by.

mod critic;
mod data;
mod faults;

use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{JoinHandle, spawn};

use kinora_engine::upscale::guided::SCALE;
use kinora_engine::upscale::{Guided, GuidedConfig, Hints, guided};
use kinora_engine::weights::{MappedFile, Weights, channels_last};
use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use crate::initial;
use crate::optimizer::{IsMatrix, Rates};
use crate::parameters::Initial;
use crate::train_loop::Step;
use crate::train_state::TrainState;
use crate::world::{Action, Colour, Kind as Being, Terrain, Time};
pub use critic::Critic;
pub use data::{Drawing, Samples, Stages, Surroundings, enlarged, sampled};

/// Learning rates. With Adam five times as high the last layer trembles so much that nothing else is learnt.
const RATES: Rates = Rates {
    muon: 4e-3,
    adam: 6e-4,
};
/// The default number of clips of a step.
pub const USUAL_BATCH: u64 = 16;
/// The loss weights of edges, and of changes from frame to frame.
const EDGES_COUNT: f64 = 1.0;
const CHANGES_COUNT: f64 = 3.0;

/// The weight of what the critic's layers make of pictures, beside its verdicts.
const DIFFERENCE_COUNTS: f64 = 2.0;
/// Steps whose samples are drawn ahead.
const AHEAD: usize = 3;

/// The words that the network reads, with their synonyms.
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
        widths: [48, 64, 96],
        blocks: [1, 1, 3, 1, 2],
        hints: hints().count() as i64,
        words_width: 96,
    }
}

/// Whether Muon trains a parameter: the convolutions between the first and the last.
fn is_matrix(name: &str, shape: &[i64]) -> bool {
    shape.len() == 4 && !name.starts_with("write.")
}

/// Opens the training run of this file, or starts one: with the network of the file `from`, or from scratch. `pace` is a
/// factor of the learning rates.
pub fn open(
    path: &Path,
    device: Device,
    pace: f64,
    from: Option<&Path>,
) -> Result<TrainState, Failure> {
    let rates = Rates {
        muon: RATES.muon * pace,
        adam: RATES.adam * pace,
    };
    let is_new = !path.exists();
    let trained = from.filter(|_| is_new).map(MappedFile::open).transpose()?;
    let initial = |name: &str, shape: &[i64]| {
        let known = trained.as_ref().and_then(|file| file.tensor(name));
        let known = known.filter(|tensor| tensor.size() == shape);
        known.unwrap_or_else(|| initial::guided(name, shape))
    };
    let start = (&initial as Initial, is_matrix as IsMatrix, rates);
    let mut state = TrainState::open(path, device, start, |weights| {
        Guided::new(config(), weights)
    })?;
    state.run.is_continued |= trained.is_some();
    Ok(state)
}

/// One step: the losses of making frames of clips larger, with a critic that counts so much.
pub fn step(
    state: &TrainState,
    (samples, frames): (&Samples, i64),
    critic: Option<(&mut Critic, f64)>,
    kind: Kind,
) -> Result<Step, Failure> {
    let build = |weights: Weights| Guided::new(config(), weights);
    let network = state.parameters.network(kind, build)?;
    let device = state.parameters.device();
    let input = samples.input.tensor().to_device(device);
    let words = samples.hints.to_device(device);
    let large = samples.large.to_device(device);
    let counts = samples.counts.to_device(device);
    let begun = guided::begun(&input);
    let read = channels_last(&input.to_kind(kind));
    let added = network.added(&read, &begun.to_kind(kind), &words.to_kind(kind));
    let made = added.to_kind(Kind::Float) + begun;
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
        x.view([-1, frames, size[1], size[2], size[3]])
    };
    let changes = match frames {
        1 => Tensor::from(0.0f32),
        _ => weighted(
            along(&in_time(&made), 1) - along(&in_time(&large), 1),
            &in_time(&counts).narrow(1, 1, frames - 1),
        ),
    };
    let mut metrics = vec![
        ("error", error.detach()),
        ("edges", edges.detach()),
        ("changes", changes.detach()),
    ];
    let Some((critic, counts_so)) = critic else {
        let loss = error + edges * EDGES_COUNT + changes * CHANGES_COUNT;
        return Ok(Step { loss, metrics });
    };
    let stages = samples.input.stage.to_device(device);
    let criticism = critic.judge(&made, &large, &stages)?;
    let reduced =
        |x: &Tensor| x.avg_pool2d([SCALE; 2], [SCALE; 2], [0; 2], false, true, None::<i64>);
    let coarse = (reduced(&made) - reduced(&large)).abs().mean(Kind::Float);
    metrics.push(("coarse", coarse.detach()));
    metrics.push(("doubt", criticism.doubt.detach()));
    metrics.push(("difference", criticism.difference.detach()));
    metrics.push(("critic", criticism.loss));
    // Detail is the critic's: pixels and edges count half.
    let pixels = coarse + (error + edges * EDGES_COUNT) * 0.5 + changes * CHANGES_COUNT;
    let judged = criticism.doubt + criticism.difference * DIFFERENCE_COUNTS;
    Ok(Step {
        loss: pixels + judged * counts_so,
        metrics,
    })
}

/// Samples with what is made of them: rows of the picture, what is begun with, the stage, the picture that is made and the
/// world's, 3 1 h w each in [-1, 1].
pub fn shown(state: &TrainState, samples: &Samples) -> Result<Vec<[Tensor; 5]>, Failure> {
    let _no_grad = tch::no_grad_guard();
    let network = state.averaged(|weights| Guided::new(config(), weights))?;
    let input = samples.input.tensor();
    let made = network.forward(&input, &samples.hints);
    let size = [made.size()[2], made.size()[3]];
    let larger = |x: Tensor| x.upsample_nearest2d(size, None::<f64>, None::<f64>);
    let columns = [
        larger(samples.input.pictures.narrow(1, 3, 3)),
        guided::begun(&input),
        samples.input.stage.narrow(1, 0, 3),
        made,
        samples.large.shallow_clone(),
    ];
    let row = |at: i64| {
        let parts = columns.each_ref();
        parts.map(|column| column.get(at).unsqueeze(1) * 2.0 - 1.0)
    };
    Ok((0..columns[0].size()[0]).map(row).collect())
}

/// The samples of one step after another, drawn by a thread of its own a little ahead of the step that learns from them.
pub struct Lessons {
    receiver: Option<Receiver<Result<Samples, Failure>>>,
    thread: Option<JoinHandle<()>>,
}

impl Lessons {
    /// From this step on, so many clips each.
    pub fn from_step(first: u64, mut drawing: Drawing, batch: u64) -> Self {
        let (sender, receiver) = sync_channel(AHEAD);
        let thread = spawn(move || {
            for step in first.. {
                if sender.send(drawing.of_step(step, batch)).is_err() {
                    break; // the run is over
                }
            }
        });
        Self {
            receiver: Some(receiver),
            thread: Some(thread),
        }
    }

    /// The samples of the next step.
    pub fn following(&mut self) -> Result<Samples, Failure> {
        let next = self.receiver.as_ref().and_then(|all| all.recv().ok());
        next.unwrap_or_else(|| Err(Failure::bug("the samples have no end".to_owned())))
    }
}

impl Drop for Lessons {
    fn drop(&mut self) {
        self.receiver = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // its panic has been reported
        }
    }
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
    use crate::world::Format;

    #[test]
    fn training_begins_with_layers_and_makes_them_sharper() {
        tch::set_num_threads(1);
        let format = Format::SMALL;
        let folder = tempfile::tempdir().expect("a folder");
        let pairs = of_world(folder.path());
        let mut state = open(&folder.path().join("guided"), Device::Cpu, 1.0, None).expect("begun");
        let network = state
            .parameters
            .network(Kind::Float, |weights| Guided::new(config(), weights));
        let samples = Samples::one(&pairs, &hints(), (0, 2), format).expect("a sample");
        let input = samples.input.tensor();
        let begun = network.expect("a network").forward(&input, &samples.hints);
        assert!(begun.equal(&guided::begun(&input)));

        let error = |state: &TrainState| {
            let step = step(state, (&samples, 2), None, Kind::Float).expect("a step");
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
