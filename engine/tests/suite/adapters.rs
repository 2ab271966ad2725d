//! LoRAs: files in every form change a network as diffusers changes it, beside packed weights too. What does not fit is
//! refused or reported, and another strength is another network.

mod forms;
mod generated;
mod refused;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kinora_engine::family::wan::Component;
use kinora_engine::family::wan::transformer::{Config, Transformer};
use kinora_engine::weights::{Adapters, Checkpoint, ModuleStream, Weights, load_adapted};
use kinora_wire::{Failure, Lora};
use serde::Deserialize;
use tch::{Device, Kind, Tensor};

use crate::drawn::normal_like;
use crate::golden::{Goldens, open, parsed};
use crate::{tiny, transformer};

#[derive(Deserialize)]
struct Notes {
    case: String,
    strength: f64,
    alpha: f64,
    size: f64,
    /// Keys and shapes of each file.
    files: BTreeMap<String, BTreeMap<String, Vec<i64>>>,
}

fn notes() -> Notes {
    parsed(&open("adapters"))
}

/// The drawn tensors of a LoRA file.
fn drawn_lora(keys: &BTreeMap<String, Vec<i64>>, notes: &Notes) -> Vec<(String, Tensor)> {
    let tensors = keys.iter().map(|(key, shape)| {
        let tensor = match key.strip_suffix(".alpha").is_some() {
            true => Tensor::from_slice(&[notes.alpha as f32]).reshape([0i64; 0]),
            false => normal_like(key, shape) * notes.size,
        };
        (key.clone(), tensor)
    });
    tensors.collect()
}

fn write_lora(path: &Path, tensors: &[(String, Tensor)]) {
    tiny::write(path, tiny::bytes_of(tensors), &[]);
}

fn lora(file: &Path, strength: f64) -> Lora {
    Lora {
        file: file.to_path_buf(),
        strength,
        expert: None,
    }
}

/// A folder with a drawn transformer as `model.safetensors`.
struct Place {
    folder: tempfile::TempDir,
    config: Config,
}

impl Place {
    fn of(case: &str) -> Self {
        tch::set_num_threads(1);
        let goldens = Goldens::of("transformer");
        let place = Self {
            folder: tempfile::tempdir().expect("a folder"),
            config: transformer::config(goldens.case(case)),
        };
        let words = tiny::transformer_words(&place.config);
        let tensors = tiny::drawn_tensors(&tiny::transformer_survey(&place.config));
        tiny::write(&place.model(), tensors, &words);
        place
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn model(&self) -> PathBuf {
        self.at("model.safetensors")
    }

    fn checkpoint(&self) -> Checkpoint {
        Checkpoint::open(&self.model(), Component::Transformer).expect("sound")
    }

    fn adapters(&self, loras: &[Lora]) -> Result<Adapters, Failure> {
        Adapters::open(loras, None, &self.checkpoint(), &Component::Transformer)
    }

    /// The transformer of a file with these LoRAs.
    fn network(&self, file: &Path, loras: &[Lora]) -> Transformer {
        self.network_in_blocks(file, loras, None)
    }

    /// The same, of which this many blocks are in memory. `None`: all.
    fn network_in_blocks(&self, file: &Path, loras: &[Lora], kept: Option<usize>) -> Transformer {
        let checkpoint = Checkpoint::open(file, Component::Transformer).expect("sound");
        let adapters = Adapters::open(loras, None, &checkpoint, &Component::Transformer);
        let adapters = adapters.expect("they fit");
        assert!(adapters.notes().is_empty(), "{:?}", adapters.notes());
        let weights = (&checkpoint, &adapters);
        let (device, kind) = (Device::Cpu, Kind::Float);
        let stream = kept.map(|kept| ModuleStream::new(weights, device, kind, kept));
        let build = |weights: Weights| match &stream {
            Some(stream) => Transformer::streamed(&self.config, weights, stream),
            None => Transformer::new(&self.config, weights),
        };
        load_adapted(weights, device, kind, &mut |_| Ok(()), build).expect("whole")
    }
}

/// One pair for a matrix, under a prefix, with these ends.
fn pair(module: &str, ends: [&str; 2], place: &Place, original: &str) -> Vec<(String, Tensor)> {
    let checkpoint = place.checkpoint();
    let Some([outputs, inputs]) = checkpoint.shape(&format!("{original}.weight")) else {
        panic!("{original} is a matrix");
    };
    let [down, up] = ends;
    vec![
        (
            format!("{module}{down}"),
            normal_like("down", &[2, *inputs]) * 0.3,
        ),
        (
            format!("{module}{up}"),
            normal_like("up", &[*outputs, 2]) * 0.3,
        ),
    ]
}

/// A parameter of the model with a LoRA at this strength, in fp32.
fn changed(place: &Place, file: &Path, strength: f64, name: &str) -> Tensor {
    let checkpoint = place.checkpoint();
    let adapters = place.adapters(&[lora(file, strength)]).expect("it fits");
    assert!(adapters.notes().is_empty(), "{:?}", adapters.notes());
    let size = checkpoint.shape(name).expect("there").to_vec();
    let build = |mut weights: Weights| weights.exact(name, &size);
    let weights = (&checkpoint, &adapters);
    load_adapted(weights, Device::Cpu, Kind::Float, &mut |_| Ok(()), build).expect("read")
}
