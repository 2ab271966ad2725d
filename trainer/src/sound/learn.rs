//! Training the network of sound: the score of paced clips of the world, from their pictures.

use std::path::Path;

use fastrand::Rng;
use kinora_engine::sound_for_picture::network::SoundNetwork;
use kinora_engine::weights::view_of;
use kinora_wire::Failure;
use tch::{Device, Kind, Reduction, Tensor};

use super::dataset::{Batch, Shelf};
use crate::files::write_tensors;
use crate::initial;
use crate::optimizer::{IsMatrix, Rates};
use crate::parameters::Initial;
use crate::train_loop::Step;
use crate::train_state::TrainState;
use crate::world::{Format, chance, generator};

/// Learning rates.
const RATES: Rates = Rates {
    muon: 6e-3,
    adam: 2e-3,
};
/// The default number of clips of a step.
pub const USUAL_BATCH: u64 = 8;
/// How much more a slot counts in which something sounds: few do.
const SOUNDING_COUNTS: f64 = 5.0;
/// The weights of the losses of places and of the air beside that of sounds.
const PLACES_COUNT: f64 = 0.3;
const AIR_COUNTS: f64 = 0.05;
/// The share of clips that are blurred, as a model's clips are, and the noise on all of them.
const BLURRED: f32 = 0.35;
const NOISE: f64 = 0.04;

/// Whether Muon trains a parameter: all between the first convolution and the heads.
fn is_matrix(name: &str, shape: &[i64]) -> bool {
    let is_between = ["halvings.1", "halvings.2", "halvings.3", "look", "times"]
        .iter()
        .any(|part| name.starts_with(part));
    shape.len() > 1 && is_between
}

/// Opens the training run of this file, or starts one.
pub fn open(path: &Path, device: Device) -> Result<TrainState, Failure> {
    let start = (&initial::sound as Initial, is_matrix as IsMatrix, RATES);
    TrainState::open(path, device, start, SoundNetwork::new)
}

/// One step: the losses of writing scores.
pub fn step(
    state: &TrainState,
    shelf: &mut Shelf,
    (at, count): (u64, u64),
    format: Format,
) -> Result<Step, Failure> {
    let network = state.parameters.network(Kind::Float, SoundNetwork::new)?;
    let batch = shelf.batch(at, count, format);
    let batch = changed(batch, &mut generator(at, 92));
    let device = state.parameters.device();
    let written = network.forward(&batch.frames.to_device(device));
    let near = batch.sounds.to_device(device);
    let counts = &near * SOUNDING_COUNTS + 1.0;
    let sounds = written.sounds.binary_cross_entropy_with_logits(
        &near,
        Some(&counts),
        None::<&Tensor>,
        Reduction::Mean,
    );
    let places = (written.places - batch.places.to_device(device)).square();
    let places = places.mean(Kind::Float);
    let classes = batch.air.to_device(device).flatten(0, 1);
    let air = written.air.flatten(0, 1).cross_entropy_for_logits(&classes);
    Ok(Step {
        loss: &sounds + &places * PLACES_COUNT + &air * AIR_COUNTS,
        metrics: vec![
            ("sounds", sounds.detach()),
            ("places", places.detach()),
            ("air", air.detach()),
        ],
    })
}

/// Clips as a model makes them, and seen in a mirror as often as not: then everything sounds from the other side.
fn changed(batch: Batch, rng: &mut Rng) -> Batch {
    let Batch {
        mut frames,
        mut places,
        ..
    } = batch;
    if chance(rng, 0.5) {
        frames = frames.flip([4]);
        places = &places * Tensor::from_slice(&[-1.0_f32, 1.0]);
    }
    if chance(rng, BLURRED) {
        let size = frames.size();
        let small =
            frames
                .flatten(0, 1)
                .avg_pool2d([2, 2], [2, 2], [0, 0], false, true, None::<i64>);
        let large = small.upsample_bilinear2d([size[3], size[4]], false, None::<f64>, None::<f64>);
        frames = large.view(size.as_slice());
    }
    tch::manual_seed(rng.i64(0..i64::MAX));
    frames = &frames + frames.randn_like() * NOISE;
    Batch {
        frames,
        places,
        ..batch
    }
}

/// Writes the network as it is shipped, in fp16.
pub fn write(state: &TrainState, path: &Path) -> Result<(), Failure> {
    let views = state
        .average
        .iter()
        .map(|(name, tensor)| Ok((name.clone(), view_of(&tensor.to_kind(Kind::Half))?)));
    let views: Vec<_> = views.collect::<Result<_, Failure>>()?;
    write_tensors(path, views, ("config", "{}".into()))
}

#[cfg(test)]
mod tests {
    use kinora_engine::sound_for_picture::{self, SoundMaker};

    use super::*;

    #[test]
    fn a_run_learns_goes_on_where_it_stopped_and_ships_less_than_a_mebibyte() {
        tch::set_num_threads(1);
        let folder = tempfile::tempdir().expect("a folder");
        let format = Format {
            frames: 9,
            ..Format::SMALL
        };
        let path = folder.path().join("sound.safetensors");
        let mut state = open(&path, Device::Cpu).expect("begun");
        let mut shelf = Shelf::default();
        let loss = |state: &TrainState, shelf: &mut Shelf, at| {
            step(state, shelf, (at, 2), format).expect("a step").loss
        };
        let before = loss(&state, &mut shelf, 0).double_value(&[]);
        for _ in 0..25 {
            let loss = loss(&state, &mut shelf, 0);
            state.update(&loss);
        }
        let after = loss(&state, &mut shelf, 0).double_value(&[]);
        assert!(after < 0.8 * before, "{before} {after}");

        state.save().expect("saved");
        let again = open(&path, Device::Cpu).expect("opened");
        // Another shelf draws the same clips.
        let resumed = loss(&again, &mut Shelf::default(), 0).double_value(&[]);
        assert!((resumed - after).abs() < 1e-6, "{resumed} {after}");

        let out = folder.path().join("shipped.safetensors");
        write(&state, &out).expect("written");
        assert!(std::fs::metadata(&out).expect("a file").len() < 1 << 20);
        let shipped = sound_for_picture::open(&out).expect("opened");
        SoundMaker::load(&shipped).expect("loaded");
    }
}
