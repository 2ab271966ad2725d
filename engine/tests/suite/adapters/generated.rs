//! Clips that are generated with LoRAs: of two experts each gets its own, and another strength is another network.
//! Without LoRAs a clip is as before.

use kinora_engine::family::wan::transformer::Transformer;
use kinora_engine::family::wan::{Component, fallback_defaults};
use kinora_engine::job::{Clock, Listener, SpeedHistory};
use kinora_engine::model::{Model, ModelFiles};
use kinora_engine::model_cache::{LoadedModels, Slot};
use kinora_engine::pipeline::Generator;
use kinora_engine::weights::{Adapters, Weights, load_adapted};
use kinora_wire::{ClipInputs, Expert, Failure, Generation, Lora, PartialSettings, Progress};
use tch::{Device, Kind};

use super::{Place, lora, pair, write_lora};
use crate::drawn::normal_like;
use crate::pipeline::write_model;

#[test]
fn of_a_file_for_two_experts_each_gets_its_own() {
    let place = Place::of("tiny_9_frames");
    let path = place.at("style.safetensors");
    let ends = [".lora_A.weight", ".lora_B.weight"];
    let mut tensors = pair(
        "transformer.blocks.0.ffn.net.2",
        ends,
        &place,
        "blocks.0.ffn.2",
    );
    tensors.extend(pair(
        "transformer_2.blocks.1.ffn.net.2",
        ends,
        &place,
        "blocks.1.ffn.2",
    ));
    write_lora(&path, &tensors);
    let checkpoint = place.checkpoint();
    let read = |expert: Option<Expert>, name: &str| {
        let loras = [lora(&path, 1.0)];
        let adapters = Adapters::open(&loras, expert, &checkpoint, &Component::Transformer);
        let adapters = adapters.expect("it fits");
        let size = checkpoint.shape(name).expect("there").to_vec();
        let build = |mut weights: Weights| weights.tensor(name, &size);
        let weights = (&checkpoint, &adapters);
        let read = load_adapted(weights, Device::Cpu, Kind::Float, &mut |_| Ok(()), build);
        read.expect("read") != crate::drawn::parameter(name, &size)
    };
    let (first, second) = ("blocks.0.ffn.2.weight", "blocks.1.ffn.2.weight");
    for (expert, changed, left) in [
        (None, first, second),
        (Some(Expert::HighNoise), first, second),
        (Some(Expert::LowNoise), second, first),
    ] {
        assert!(read(expert, changed), "{expert:?}");
        assert!(!read(expert, left), "{expert:?}");
    }
    write_lora(&path, &tensors[2..]);
    let loras = [lora(&path, 1.0)];
    let open = |expert| Adapters::open(&loras, expert, &checkpoint, &Component::Transformer);
    assert!(open(Some(Expert::HighNoise)).is_ok(), "it changes nothing");
    let failure = open(None).expect_err("refused").to_string();
    assert!(failure.contains("the low-noise expert"), "{failure}");
    // Asked for by name, no effect is no answer.
    let for_high_noise = Lora {
        expert: Some(Expert::HighNoise),
        ..lora(&path, 1.0)
    };
    let high_noise = Some(Expert::HighNoise);
    let opened = Adapters::open(
        &[for_high_noise],
        high_noise,
        &checkpoint,
        &Component::Transformer,
    );
    let failure = opened.expect_err("refused").to_string();
    assert!(failure.contains("the low-noise expert"), "{failure}");
}

/// Counts the networks that are loaded.
#[derive(Default)]
struct Loadings {
    parts: Vec<String>,
    pixels: Vec<u8>,
}

impl Listener for Loadings {
    fn receive(&mut self, progress: Progress, pixels: Vec<u8>) -> Result<(), Failure> {
        match progress {
            Progress::Loading { part, .. } if self.parts.last() != Some(&part) => {
                self.parts.push(part);
            }
            Progress::Frames { .. } => self.pixels.extend(pixels),
            _ => {}
        }
        Ok(())
    }

    fn check(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}

#[test]
fn another_strength_is_another_network() {
    let place = Place::of("tiny_9_frames");
    let path = place.at("style.safetensors");
    let ends = [".lora_A.weight", ".lora_B.weight"];
    write_lora(
        &path,
        &pair("blocks.0.ffn.0", ends, &place, "blocks.0.ffn.0"),
    );
    let checkpoint = place.checkpoint();
    let mut models = LoadedModels::on(Device::Cpu, 1 << 30);
    let mut loads = |loras: &[Lora]| {
        let adapters = place.adapters(loras).expect("they fit");
        let (mut listener, mut clock) = (Loadings::default(), Clock::start());
        let weights = (&checkpoint, &adapters);
        let build = |weights: Weights| Transformer::new(&place.config, weights);
        let network =
            models.adapted_network(Slot::Transformer, weights, &mut listener, &mut clock, build);
        network.expect("whole");
        !listener.parts.is_empty()
    };
    assert!(loads(&[]));
    assert!(!loads(&[]));
    assert!(!loads(&[lora(&path, 0.0)]), "without effect");
    assert!(loads(&[lora(&path, 0.5)]));
    assert!(!loads(&[lora(&path, 0.5)]));
    assert!(loads(&[lora(&path, 1.0)]));
    assert!(loads(&[]));
}

#[test]
fn a_clip_is_generated_with_a_lora_and_as_before_without_it() {
    let place = Place::of("tiny_9_frames");
    let model_folder = place.at("model");
    write_model(&model_folder, "text", 430);
    let path = place.at("style.safetensors");
    let ends = [".lora_A.weight", ".lora_B.weight"];
    write_lora(
        &path,
        &pair("blocks.0.ffn.0", ends, &place, "blocks.0.ffn.0"),
    );
    let files = ModelFiles::in_folder(&model_folder).expect("a model");
    let model = Model::open("tiny", &files, fallback_defaults()).expect("whole");
    let mut generator = Generator {
        models: LoadedModels::on(Device::Cpu, 1 << 30),
        embeddings: None,
        speed: SpeedHistory::default(),
    };
    let mut clip = |loras: Vec<Lora>| {
        let request = Generation {
            settings: PartialSettings {
                size: Some([48, 32]),
                frames: Some(5),
                steps: Some(2),
                ..PartialSettings::default()
            },
            inputs: ClipInputs {
                prompt: "a red fox".into(),
                loras,
                ..ClipInputs::default()
            },
            ..Generation::default()
        };
        let plan = model.plan(&request, &|_| Vec::new())?;
        let mut listener = Loadings::default();
        generator.generate(&model, &plan, &mut listener)?;
        Ok::<_, Failure>((listener.pixels, listener.parts))
    };
    let (plain, _) = clip(Vec::new()).expect("a clip");
    let (changed, _) = clip(vec![lora(&path, 1.0)]).expect("a clip");
    assert_ne!(plain, changed);
    let (again, _) = clip(Vec::new()).expect("a clip");
    assert_eq!(plain, again);
    write_lora(&path, &[("odd".to_owned(), normal_like("odd", &[2]))]);
    let failure = clip(vec![lora(&path, 1.0)]).expect_err("refused");
    assert!(failure.cause.contains("fits nothing"), "{failure}");
}
