//! Compares Stable Audio 3 with diffusers and transformers: each network, the sampler, and whole sounds. All networks are
//! opened from files in the layout of the release, with exactly the reference's keys.

mod files;
mod makers;
mod requests;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use kinora_engine::family::Kept;
use kinora_engine::family::stable_audio::{
    Autoencoder, AutoencoderConfig, Component, DurationConfig, DurationEmbedder, Given, Job,
    LogSnr, Made, SoundSampler, StableAudio, TextConfig, TextEncoder, Transformer,
    TransformerConfig, Wanted, continuation, make, sigmas,
};
use kinora_engine::guidance::Guidance;
use kinora_engine::job::{Clock, Listener};
use kinora_engine::model::ModelFiles;
use kinora_engine::model_cache::LoadedModels;
use kinora_engine::weights::{Checkpoint, Weights, load, view_of};
use kinora_wire::{Failure, FailureKind, Progress};
use serde::Deserialize;
use serde_json::{Value, json};
use tch::{Device, Kind, Tensor};

use crate::drawn::{Drawn, normal_like, parameter, uniform_tensor};
use crate::golden::{assert_close, number, open, parsed};
use crate::tiny::write;

pub type Shapes = BTreeMap<String, Vec<i64>>;

#[derive(Deserialize)]
pub struct Notes {
    transformers: BTreeMap<String, Value>,
    autoencoders: BTreeMap<String, Value>,
    text: Value,
    prompts: BTreeMap<String, Vec<u32>>,
    duration: Value,
    seconds: Vec<f64>,
    sigmas: BTreeMap<String, (usize, f64, f64)>,
    pipelines: BTreeMap<String, Value>,
    pub shapes: BTreeMap<String, Shapes>,
}

impl Notes {
    pub fn read() -> Self {
        tch::set_num_threads(1);
        parsed(&open("stable_audio"))
    }
}

fn golden(name: &str) -> Tensor {
    open("stable_audio").tensor(name).expect("a golden")
}

/// A drawn parameter. The last mapping of a decoder is quieter, as in the goldens.
fn drawn(name: &str, shape: &[i64], shapes: &Shapes) -> Tensor {
    let levels = shapes.keys().filter_map(|key| {
        let rest = key.strip_prefix("decoder.blocks.")?;
        rest.split('.').next()?.parse::<usize>().ok()
    });
    let last = format!("decoder.blocks.{}.mapping", levels.max().unwrap_or(0));
    let is_quiet = [".weight_g", ".bias"]
        .iter()
        .any(|end| name == last.clone() + end);
    parameter(name, shape) * if is_quiet { 0.4 } else { 1.0 }
}

/// Writes a component with drawn parameters and its configuration.
fn write_component(folder: &Path, shapes: &Shapes, config: &Value) {
    let tensors = shapes.iter().map(|(name, shape)| {
        let bytes = view_of(&drawn(name, shape, shapes)).expect("fp32");
        (name.clone(), bytes)
    });
    write(&folder.join("model.safetensors"), tensors.collect(), &[]);
    fs::write(folder.join("config.json"), config.to_string()).expect("written");
}

/// Writes a component, and opens it.
fn opened(component: Component, shapes: &Shapes, config: &Value) -> Checkpoint {
    let folder = tempfile::tempdir().expect("a folder");
    write_component(folder.path(), shapes, config);
    Checkpoint::open(folder.path(), component).expect("opened")
}

fn loaded<Network>(
    checkpoint: &Checkpoint,
    build: impl Fn(Weights) -> Result<Network, Failure>,
) -> Network {
    load(checkpoint, Device::Cpu, Kind::Float, &mut |_| Ok(()), build).expect("loaded")
}

/// Opens a component in a folder that lives as long as it is read.
fn network<Config, Network>(
    component: Component,
    shapes: &Shapes,
    config: &Value,
    detect: impl Fn(&Checkpoint) -> Result<Config, Failure>,
    build: impl Fn(&Config, Weights) -> Result<Network, Failure>,
) -> Network {
    let folder = tempfile::tempdir().expect("a folder");
    write_component(folder.path(), shapes, config);
    let checkpoint = Checkpoint::open(folder.path(), component).expect("opened");
    let config = detect(&checkpoint).expect("a shape");
    loaded(&checkpoint, |weights| build(&config, weights))
}

fn transformer(notes: &Notes, name: &str) -> Transformer {
    let shapes = &notes.shapes[&format!("transformer.{name}")];
    let (detect, build) = (TransformerConfig::detect, Transformer::new);
    network(Component::Transformer, shapes, &json!({}), detect, build)
}

fn autoencoder(notes: &Notes, name: &str) -> Autoencoder {
    let shapes = &notes.shapes[&format!("autoencoder.{name}")];
    let config = &notes.autoencoders[name]["config"];
    let (detect, build) = (AutoencoderConfig::detect, Autoencoder::new);
    network(Component::Autoencoder, shapes, config, detect, build)
}

fn text_encoder(notes: &Notes) -> TextEncoder {
    let config = json!({ "encoder": notes.text, "is_encoder_decoder": false });
    let (detect, build) = (TextConfig::detect, TextEncoder::new);
    network(
        Component::Text,
        &notes.shapes["text"],
        &config,
        detect,
        build,
    )
}

#[test]
fn the_transformer_is_equal_to_the_reference_in_every_form() {
    let notes = Notes::read();
    for (name, case) in &notes.transformers {
        let network = transformer(&notes, name);
        let length = number(case, "length");
        // The first two rows are padding, which is the learned row in whatever place.
        let rows = normal_like("context", &[1, 6, 24]).narrow(1, 2, 4);
        let global = normal_like("global", &[1, 24]);
        let conditioning = network
            .conditioning(&rows, 2, &global, &mut || Ok(()))
            .expect("conditioned");
        let local = case["local"].as_bool() == Some(true);
        let local = local.then(|| normal_like("local", &[1, 9, length]));
        let latents = normal_like("latents", &[1, 8, length]);
        let velocity = network
            .forward(&latents, 0.7, &conditioning, local.as_ref(), &mut || Ok(()))
            .expect("a velocity");
        let name = format!("transformer.{name}");
        assert_close(&name, &velocity, &golden(&name), 1e-4);
    }
}

#[test]
fn the_autoencoder_is_equal_to_the_reference_in_every_form() {
    let notes = Notes::read();
    for (name, case) in &notes.autoencoders {
        let network = autoencoder(&notes, name);
        let wave = uniform_tensor("wave", &[1, 2, number(case, "samples")]);
        let encoded = network.encode(&wave, &mut |_| Ok(())).expect("encoded");
        let label = format!("autoencoder.{name}.encoded");
        assert_close(&label, &encoded, &golden(&label), 1e-4);
        let latents = normal_like("latents", &[1, 8, 19]);
        let decoded = network.decode(&latents, &mut |_| Ok(())).expect("decoded");
        let label = format!("autoencoder.{name}.decoded");
        assert_close(&label, &decoded, &golden(&label), 1e-4);
    }
}

#[test]
fn a_sound_in_pieces_is_equal_to_the_whole() {
    let notes = Notes::read();
    for name in notes.autoencoders.keys() {
        let network = autoencoder(&notes, name);
        let wave = uniform_tensor("long", &[1, 2, 1010]);
        let whole = network.encode(&wave, &mut |_| Ok(())).expect("encoded");
        let pieces = network
            .encode_in_pieces(&wave, 5, &mut |_| Ok(()))
            .expect("encoded");
        assert_close(&format!("{name} encoded"), &pieces, &whole, 1e-5);
        let latents = normal_like("long", &[1, 8, 47]);
        let whole = network.decode(&latents, &mut |_| Ok(())).expect("decoded");
        let mut places = Vec::new();
        let pieces = network.decode_in_pieces(&latents, 5, &mut |done| {
            places.push((done * 47.0).round() as i64);
            Ok(())
        });
        assert_close(
            &format!("{name} decoded"),
            &pieces.expect("decoded"),
            &whole,
            1e-5,
        );
        places.dedup();
        assert!(places.len() > 3, "it was cut: {places:?}");
    }
}

#[test]
fn text_and_duration_are_embedded_as_in_the_reference() {
    let notes = Notes::read();
    let encoder = text_encoder(&notes);
    for (name, tokens) in &notes.prompts {
        let ours = encoder.encode(tokens, &mut || Ok(())).expect("encoded");
        let name = format!("text.{name}");
        assert_close(&name, &ours, &golden(&name), 1e-4);
    }
    let unknown = encoder.encode(&[60], &mut || Ok(())).expect_err("unknown");
    assert!(unknown.cause.contains("60"), "{unknown}");
    let (detect, build) = (DurationConfig::detect, DurationEmbedder::new);
    let shapes = &notes.shapes["duration"];
    let embedder = network(Component::Duration, shapes, &notes.duration, detect, build);
    let seconds = notes.seconds.iter();
    let ours: Vec<Tensor> = seconds.map(|seconds| embedder.embed(*seconds)).collect();
    assert_close(
        "duration",
        &Tensor::cat(&ours, 0),
        &golden("duration"),
        1e-4,
    );
}

#[test]
fn the_noise_levels_are_those_of_the_reference() {
    for (name, (steps, least, most)) in Notes::read().sigmas {
        let ours = sigmas(steps, LogSnr { least, most });
        let ours = Tensor::from_slice(&ours).to_kind(Kind::Float);
        let name = format!("sigmas.{name}");
        assert_close(&name, &ours, &golden(&name), 1e-6);
    }
}

/// A release of the small networks.
pub struct Release(pub tempfile::TempDir);

impl Release {
    pub fn written(notes: &Notes, is_stochastic: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self::write(folder.path(), notes, is_stochastic);
        Self(folder)
    }

    /// Writes it into a folder, which need not exist.
    pub fn write(folder: &Path, notes: &Notes, is_stochastic: bool) {
        let text = json!({ "encoder": notes.text, "is_encoder_decoder": false });
        let vae = notes.autoencoders["small"]["config"].clone();
        let configs = [
            ("transformer", "transformer.small", json!({})),
            ("vae", "autoencoder.small", vae),
            ("text_encoder", "text", text),
            ("duration_embedder", "duration", notes.duration.clone()),
        ];
        for (component, shapes, config) in configs {
            let place = folder.join(component);
            write_component(&place, &notes.shapes[shapes], &config);
        }
        let tokenizer: Value = parsed(&open("ltx2_text"));
        let path = folder.join("tokenizer/tokenizer.json");
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, tokenizer["tokenizer"].to_string()).expect("written");
        let scheduler = json!({
            "_class_name": "FlowMatchEulerDiscreteScheduler",
            "num_train_timesteps": 1,
            "shift": 1.0,
            "stochastic_sampling": is_stochastic,
        });
        let path = folder.join("scheduler/scheduler_config.json");
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, scheduler.to_string()).expect("written");
    }

    fn open(&self) -> Result<StableAudio, Failure> {
        opened_release(self.0.path())
    }
}

/// The model in a folder.
pub fn opened_release(folder: &Path) -> Result<StableAudio, Failure> {
    StableAudio::open(&ModelFiles::in_folder(folder)?)
}

/// Makes a sound on networks that are loaded for it.
pub fn made(
    model: &StableAudio,
    wanted: &Wanted,
    listener: &mut dyn Listener,
) -> Result<Made, Failure> {
    let mut models = LoadedModels::on(Device::Cpu, 1 << 40);
    let kept = Kept {
        models: &mut models,
        embeddings: None,
    };
    let mut job = Job {
        model,
        kept,
        listener,
        clock: &mut Clock::start(),
    };
    make(&mut job, wanted)
}

/// Counts calls, and stops the work at one of them.
#[derive(Default)]
pub struct Client {
    checks: usize,
    stop_at: Option<usize>,
    steps: u32,
}

impl Listener for Client {
    fn receive(&mut self, progress: Progress, _pixels: Vec<u8>) -> Result<(), Failure> {
        if let Progress::Step { done, .. } = progress {
            self.steps = done;
        }
        Ok(())
    }

    fn check(&mut self) -> Result<(), Failure> {
        self.checks += 1;
        match self.stop_at == Some(self.checks) {
            true => Err(Failure::cancelled()),
            false => Ok(()),
        }
    }
}

fn ranges(case: &Value) -> Vec<(f64, f64)> {
    serde_json::from_value(case["ranges"].clone()).unwrap_or_default()
}

fn wanted<'w>(notes: &'w Notes, case: &Value, sampler: SoundSampler) -> Wanted<'w> {
    let prompt = |key: &str| {
        let name = case[key].as_str().unwrap_or("one_token");
        &notes.prompts[name][..]
    };
    let steps = case["steps"].as_u64().map(|steps| steps as usize);
    let guidance = case["guidance"].as_f64();
    Wanted {
        prompt: prompt("prompt"),
        negative: prompt("negative"),
        seconds: case["seconds"].as_f64().expect("a duration"),
        seed: case["seed"].as_u64().expect("a seed"),
        steps: steps.unwrap_or(sampler.default_steps().min(8)),
        sampler,
        guidance: guidance.map_or(Guidance::Off, |scale| Guidance::Classifier { scale }),
        levels: LogSnr::default(),
        given: None,
    }
}

#[test]
fn whole_sounds_are_those_of_the_reference() {
    let notes = Notes::read();
    for (name, case) in &notes.pipelines {
        let is_stochastic = case["stochastic"].as_bool() == Some(true);
        let release = Release::written(&notes, is_stochastic);
        let model = release.open().expect("opened");
        let sampler = model.sampler();
        assert_eq!(sampler.is_stochastic(), is_stochastic);
        let wave = uniform_tensor("given", &[1, 2, number(case, "given").max(1)]).squeeze_dim(0);
        let replaced = ranges(case);
        let given = case.get("given").map(|_| Given {
            wave: &wave,
            replaced: &replaced,
        });
        let wanted = Wanted {
            given,
            ..wanted(&notes, case, sampler)
        };
        let close = |what: &str, ours: &Tensor| {
            let name = format!("pipeline.{name}.{what}");
            assert_close(&name, ours, &golden(&name), 1e-3);
        };
        let mut client = Client::default();
        let Made { latents, wave } = made(&model, &wanted, &mut client).expect("a sound");
        close("latents", &latents);
        close("wave", &wave.samples.unsqueeze(0));
        assert_eq!(wave.rate_hz, 160);
        assert_eq!(client.steps as usize, wanted.steps);
    }
}

#[test]
fn a_continuation_replaces_everything_after_the_given_sound() {
    let notes = Notes::read();
    let expected = ranges(&notes.pipelines["continued"]);
    assert_eq!([continuation(150, 160, 2.35)], expected[..]);
}

#[test]
fn a_sound_is_cancelled_within_a_step() {
    let notes = Notes::read();
    let release = Release::written(&notes, true);
    let model = release.open().expect("opened");
    let wanted = wanted(&notes, &notes.pipelines["distilled"], model.sampler());
    let mut all = Client::default();
    made(&model, &wanted, &mut all).expect("a sound");
    // Of the text, the contexts, each block of each step, and the decoder.
    assert_eq!(all.checks, 3 + 3 + 3 * wanted.steps + 2);
    for stop_at in [1, 5, 12, all.checks] {
        let mut client = Client {
            stop_at: Some(stop_at),
            ..Client::default()
        };
        let failure = made(&model, &wanted, &mut client).expect_err("stopped");
        assert_eq!(failure.kind, FailureKind::Cancelled);
        assert_eq!(client.checks, stop_at, "nothing runs after it");
    }
}

#[test]
fn what_cannot_be_made_is_refused_before_any_work() {
    let notes = Notes::read();
    let release = Release::written(&notes, true);
    let model = release.open().expect("opened");
    let good = wanted(&notes, &notes.pipelines["distilled"], model.sampler());
    let mono = Tensor::zeros([1, 40], (Kind::Float, Device::Cpu));
    let given = Some(Given {
        wave: &mono,
        replaced: &[],
    });
    let refused = [
        Wanted {
            seconds: 0.0,
            ..good
        },
        Wanted {
            seconds: f64::NAN,
            ..good
        },
        Wanted {
            seconds: 400.0,
            ..good
        },
        Wanted { steps: 0, ..good },
        Wanted { given, ..good },
    ];
    for wanted in refused {
        let mut client = Client::default();
        let failure = made(&model, &wanted, &mut client).expect_err("refused");
        assert_eq!(failure.kind, FailureKind::Refused, "{failure}");
        assert_eq!(client.checks, 0);
    }
}

#[test]
fn a_long_text_is_cut_and_an_empty_one_is_padding() {
    let notes = Notes::read();
    let encoder = text_encoder(&notes);
    let long = vec![5; 300];
    let check = &mut || Ok(());
    assert_eq!(
        encoder.encode(&long, check).expect("encoded").size(),
        [1, 256, 24]
    );
    assert_eq!(
        encoder.encode(&[], check).expect("encoded").size(),
        [1, 0, 24]
    );
    let network = Transformer::new(
        transformer(&notes, "small").config(),
        Weights::of(&mut Drawn),
    );
    let global = normal_like("global", &[1, 24]);
    let empty = encoder.encode(&[], check).expect("encoded");
    let conditioning = network
        .expect("drawn")
        .conditioning(&empty, 256, &global, check);
    assert!(conditioning.is_ok());
}
