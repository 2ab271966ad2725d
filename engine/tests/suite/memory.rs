//! Memory: networks in blocks give the same bits, plans keep to their limits, and a lack of memory at any point of a
//! clip ends with the same frames or a clear failure, after which the next clip is made.

use std::path::Path;

use kinora_engine::family::wan::Component;
use kinora_engine::family::wan::fallback_defaults;
use kinora_engine::family::wan::text::TextEncoder;
use kinora_engine::family::wan::transformer::{Config, Transformer};
use kinora_engine::job::{Listener, SpeedHistory};
use kinora_engine::memory::{Keeping, MemoryPlan, NetworkForm, Phase, TransformerForm};
use kinora_engine::model::{Model, ModelFiles};
use kinora_engine::model_cache::LoadedModels;
use kinora_engine::pipeline::Generator;
use kinora_engine::plan::Plan;
use kinora_engine::weights::{Adapters, Checkpoint, ModuleStream, load_checked};
use kinora_wire::{
    ClipInputs, Failure, FailureKind, Generation, Guidance, PartialSettings, Progress,
};
use serde_json::{Value, json};
use tch::{Device, Kind, Tensor};

use crate::golden::{Goldens, open, parsed};
use crate::{pipeline, text, tiny, transformer, vae};

/// Failures at points that are spread over a whole clip.
const FAILURES: usize = 30;
/// A vocabulary with all tokens of the tokenizer.
const VOCABULARY: i64 = 430;
const CPU: (Device, Kind) = (Device::Cpu, Kind::Float);

#[test]
fn a_transformer_in_blocks_gives_the_same_bits_whatever_is_kept() {
    tch::set_num_threads(1);
    let goldens = Goldens::of("transformer");
    // The second one attends to pictures too, and has the tokens of a reference.
    for name in ["controlled_camera", "fun_control"] {
        check_in_blocks(goldens.case(name));
    }
}

fn check_in_blocks(case: &Value) {
    let config = transformer::config(case);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("transformer.safetensors");
    let tensors = tiny::drawn_tensors(&tiny::transformer_survey(&config));
    tiny::write(&path, tensors, &tiny::transformer_words(&config));
    let file = Checkpoint::open(&path, Component::Transformer).expect("opened");
    let (device, kind) = CPU;
    let resident = load_checked(&file, device, kind, &mut |_| Ok(()), |weights| {
        Transformer::new(&config, weights)
    });
    let expected = transformer::run(&resident.expect("loaded"), case);
    let control_layers = config.vace.as_ref().map_or(0, |vace| vace.layers.len());
    let mut bytes_before = 0;
    for kept in 0..=config.layers + control_layers {
        let stream = ModuleStream::new((&file, &Adapters::default()), device, kind, kept);
        let mut bytes_read = 0;
        let mut progress = |bytes: u64| -> Result<(), Failure> {
            bytes_read = bytes;
            Ok(())
        };
        let network = load_checked(&file, device, kind, &mut progress, |weights| {
            Transformer::streamed(&config, weights, &stream)
        });
        let network = network.expect("loaded");
        assert!(bytes_read > bytes_before, "block {kept} is in memory");
        bytes_before = bytes_read;
        for _ in 0..2 {
            assert_eq!(transformer::run(&network, case), expected, "{kept} kept");
        }
    }
    assert_eq!(bytes_before, file.size_bytes(), "all is in memory");
}

#[test]
fn a_pass_can_be_stopped_before_each_block_that_is_read() {
    tch::set_num_threads(1);
    let goldens = Goldens::of("transformer");
    let config = transformer::config(goldens.case("tiny_9_frames"));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("transformer.safetensors");
    let tensors = tiny::drawn_tensors(&tiny::transformer_survey(&config));
    tiny::write(&path, tensors, &tiny::transformer_words(&config));
    let file = Checkpoint::open(&path, Component::Transformer).expect("opened");
    let (device, kind) = CPU;
    let kept = 1;
    let stream = ModuleStream::new((&file, &Adapters::default()), device, kind, kept);
    let network = load_checked(&file, device, kind, &mut |_| Ok(()), |weights| {
        Transformer::streamed(&config, weights, &stream)
    });
    let network = network.expect("loaded");
    let text = Tensor::zeros([1, 512, config.text_width], (kind, device));
    let mut stop = || -> Result<(), Failure> { Err(Failure::bug("stopped")) };
    let stopped = network.embed_texts_while([&text], None, &mut stop);
    assert!(stopped.is_err(), "before its keys and values");
    let text = network.embed_text(&text).expect("embedded");
    let conditioning = network.static_conditioning([1, 2, 2], None, None, (kind, device));
    let x = Tensor::zeros([1, config.in_channels, 1, 2, 2], (kind, device));
    let timestep = Tensor::from_slice(&[500.0_f64]);
    let read = config.layers - kept;
    assert!(read > 0, "a block is read");
    for stop_after in 0..=read {
        let mut calls = 0;
        let mut check = || {
            calls += 1;
            match calls > stop_after {
                true => Err(Failure::bug("stopped")),
                false => Ok(()),
            }
        };
        let made = network.forward_while(&x, &timestep, &text, &conditioning, &mut check);
        assert_eq!(made.is_err(), stop_after < read, "{stop_after}");
        assert_eq!(calls, (stop_after + 1).min(read));
    }
}

#[test]
fn a_text_encoder_in_blocks_gives_the_same_bits() {
    tch::set_num_threads(1);
    let texts: Value = parsed(&open("text"));
    let config = text::config(&texts["config"]);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("text.safetensors");
    tiny::write(&path, tiny::drawn_tensors(&tiny::text_survey(&config)), &[]);
    let file = Checkpoint::open(&path, Component::Text).expect("opened");
    let (device, kind) = CPU;
    let encoded = |encoder: Result<TextEncoder, Failure>| {
        let encoder = encoder.expect("loaded");
        let encoded = encoder.encode(&[5, 9, 3, 1], &mut |_, _| Ok(()));
        encoded.expect("encoded")
    };
    let resident = load_checked(&file, device, kind, &mut |_| Ok(()), |weights| {
        TextEncoder::new(&config, weights)
    });
    let expected = encoded(resident);
    for kept in 0..=config.layers {
        let stream = ModuleStream::new((&file, &Adapters::default()), device, kind, kept);
        let streamed = load_checked(&file, device, kind, &mut |_| Ok(()), |weights| {
            TextEncoder::streamed(&config, weights, &stream)
        });
        assert_eq!(encoded(streamed), expected, "{kept} kept");
    }
}

/// Collects the frames of a clip, and lets the memory run out at given calls: with an error or, as libtorch does, a panic.
#[derive(Default)]
struct Client {
    pixels: Vec<u8>,
    frames: u32,
    notices: Vec<String>,
    calls: usize,
    fails_at: Vec<usize>,
}

impl Client {
    fn call(&mut self) -> Result<(), Failure> {
        let call = self.calls;
        self.calls += 1;
        if !self.fails_at.contains(&call) {
            return Ok(());
        }
        assert!(
            call.is_multiple_of(2),
            "CUDA out of memory. Tried to allocate 2.00 GiB"
        );
        Err(Failure {
            kind: FailureKind::OutOfMemory,
            cause: "the device has not enough memory".into(),
            remedy: None,
        })
    }
}

impl Listener for Client {
    fn receive(&mut self, progress: Progress, pixels: Vec<u8>) -> Result<(), Failure> {
        self.call()?;
        match progress {
            Progress::Frames { first, picture } => {
                assert_eq!(first, self.frames, "each frame comes once and in order");
                self.frames += picture.frames;
                self.pixels.extend(pixels);
            }
            Progress::Notice { text } => self.notices.push(text),
            _ => {}
        }
        Ok(())
    }

    fn check(&mut self) -> Result<(), Failure> {
        self.call()
    }

    fn wants_preview(&mut self) -> bool {
        true
    }
}

/// A model on disk, opened, and a generator that has nothing loaded.
struct Place {
    folder: tempfile::TempDir,
    model: Model,
    generator: Generator,
}

impl Place {
    fn with(write: impl FnOnce(&Path)) -> Self {
        tch::set_num_threads(1);
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path());
        let files = ModelFiles::in_folder(folder.path()).expect("a model");
        Self {
            model: Model::open("tiny", &files, fallback_defaults()).expect("whole"),
            generator: Generator {
                models: LoadedModels::on(Device::Cpu, 1 << 30),
                embeddings: None,
                speed: SpeedHistory::default(),
            },
            folder,
        }
    }

    /// With pictures to encode, a control branch and two prompts.
    fn controlled() -> Self {
        Self::with(|folder| pipeline::write_model(folder, "controlled", VOCABULARY))
    }

    /// With a transformer that is much larger than the rest.
    fn wide() -> Self {
        Self::with(|folder| {
            let goldens = Goldens::of("vae");
            let texts: Value = parsed(&open("text"));
            let mut text = text::config(&texts["config"]);
            text.vocabulary = VOCABULARY;
            let transformer = Config {
                width: 192,
                ffn_width: 768,
                heads: 2,
                layers: 8,
                in_channels: 16,
                out_channels: 16,
                text_width: text.width,
                time_width: 256,
                epsilon: 1e-6,
                vace: None,
                camera: None,
                image: None,
                reference_channels: None,
                takes_subjects: false,
            };
            let vae = vae::config(goldens.case("plain_9_frames"));
            tiny::write_model(folder, &transformer, &vae, &text);
        })
    }

    fn plan(&self, size: [u32; 2], memory_limit_bytes: Option<u64>) -> Plan {
        let request = Generation {
            settings: PartialSettings {
                size: Some(size),
                frames: Some(9),
                steps: Some(2),
                guidance: Some(Guidance::Classifier { scale: 4.0 }),
                ..PartialSettings::default()
            },
            inputs: ClipInputs {
                prompt: "a red fox".into(),
                ..ClipInputs::default()
            },
            memory_limit_bytes,
            ..Generation::default()
        };
        let plan = self.model.plan(&request, &|_| Vec::new());
        plan.expect("possible")
    }

    fn memory_plan(&self, plan: &Plan) -> Result<MemoryPlan, Failure> {
        self.generator.memory_plan(&self.model, plan)
    }

    /// The result of a clip, with calls at which the memory runs out.
    fn make(&mut self, plan: &Plan, fails_at: &[usize]) -> (Result<(), Failure>, Client) {
        let mut client = Client {
            fails_at: fails_at.to_vec(),
            ..Client::default()
        };
        let made = self.generator.generate(&self.model, plan, &mut client);
        (made.map(|_| ()), client)
    }

    #[track_caller]
    fn frames(&mut self, plan: &Plan) -> Vec<u8> {
        let (made, client) = self.make(plan, &[]);
        made.expect("a clip");
        client.pixels
    }

    /// The frames by a memory plan.
    #[track_caller]
    fn frames_by(&mut self, memory: &MemoryPlan, plan: &Plan) -> Vec<u8> {
        let mut client = Client::default();
        let (generator, model) = (&mut self.generator, &self.model);
        let made = generator.generate_by(memory.clone(), model, plan, &mut client);
        made.expect("a clip");
        client.pixels
    }
}

#[test]
fn a_clip_is_the_same_by_every_plan() {
    let mut place = Place::controlled();
    let plan = place.plan([48, 32], None);
    check_every_plan(&mut place, &plan);
}

#[test]
fn a_clip_of_a_network_that_attends_to_pictures_is_the_same_by_every_plan() {
    let mut place = Place::with(|folder| pipeline::write_model(folder, "fun_control", VOCABULARY));
    let case = json!({
        "prompt": "a red fox", "width": 48, "height": 32, "frames": 5, "seed": 7, "steps": 2, "guidance": 3.0,
        "sampler": "unipc", "shift": 3.0, "first": "one", "references": ["tall"],
    });
    let request = pipeline::request(&case, place.folder.path());
    let plan = place.model.plan(&request, &|_| Vec::new());
    check_every_plan(&mut place, &plan.expect("possible"));
}

#[track_caller]
fn check_every_plan(place: &mut Place, plan: &Plan) {
    let whole = place.memory_plan(plan).expect("a plan");
    assert_eq!(whole.words(), "all in memory");
    let expected = place.frames(plan);
    let mut in_turn = whole;
    in_turn.keeping = Keeping::InTurn;
    in_turn.limit_bytes = in_turn.peak_bytes();
    assert_eq!(place.frames_by(&in_turn, plan), expected);
    for kept in 0..5 {
        let mut in_blocks = in_turn.clone();
        in_blocks.text = NetworkForm::Streamed { kept: kept / 2 };
        in_blocks.transformers = TransformerForm::One(NetworkForm::Streamed { kept });
        in_blocks.limit_bytes = in_blocks.peak_bytes();
        assert_eq!(place.frames_by(&in_blocks, plan), expected, "{kept} kept");
    }
    assert_eq!(place.frames(plan), expected, "all in memory again");
}

#[test]
fn a_limit_puts_a_large_transformer_in_blocks_and_a_smaller_one_refuses_with_numbers() {
    let mut place = Place::wide();
    let plan = place.plan([16, 16], None);
    let expected = place.frames(&plan);
    let whole = place
        .memory_plan(&plan)
        .expect("a plan")
        .phase_bytes(Phase::Denoising);
    let limit = whole * 4 / 5;
    let limited = place.plan([16, 16], Some(limit));
    let memory = place.memory_plan(&limited).expect("a plan");
    assert!(
        memory.words().contains("transformer in blocks"),
        "{memory:?}"
    );
    assert!(memory.peak_bytes() <= limit, "{memory:?}");
    assert_eq!(memory.in_use().limit_bytes, limit);
    assert_eq!(place.frames(&limited), expected);

    let hopeless = place.plan([16, 16], Some(1_000_000));
    let (made, client) = place.make(&hopeless, &[]);
    let failure = made.expect_err("too little");
    assert_eq!(failure.kind, FailureKind::Refused, "{failure}");
    assert!(failure.cause.contains("tiny needs at least"), "{failure}");
    assert!(failure.cause.contains("may use 1 MB"), "{failure}");
    assert_eq!(client.calls, 0, "refused before any work");
    assert_eq!(place.frames(&limited), expected);
}

#[test]
fn wherever_memory_runs_out_the_clip_is_the_same_and_so_is_the_next_one() {
    let mut place = Place::controlled();
    // Small, since 62 clips are made: where the memory runs out does not depend on the size.
    let plan = place.plan([32, 16], None);
    let (made, normal) = place.make(&plan, &[]);
    made.expect("a clip");
    place.generator.models.free_all();
    let (_, fresh) = place.make(&plan, &[]);
    for failure in 0..FAILURES {
        place.generator.models.free_all();
        let at = failure * fresh.calls / FAILURES;
        let (made, client) = place.make(&plan, &[at]);
        match made {
            Ok(()) => {
                assert_eq!(client.pixels, normal.pixels, "after a failure at call {at}");
                let said = client.notices.join(" ");
                assert!(said.contains("memory ran out"), "call {at}: {said}");
            }
            Err(failure) => {
                assert_eq!(
                    failure.kind,
                    FailureKind::OutOfMemory,
                    "call {at}: {failure}"
                );
                assert!(
                    failure.cause.contains("by estimate"),
                    "call {at}: {failure}"
                );
            }
        }
        assert_eq!(
            place.frames(&plan),
            normal.pixels,
            "the clip after call {at}"
        );
    }
}

#[test]
fn memory_that_runs_out_twice_is_a_failure_with_numbers_and_the_next_clip_is_made() {
    let mut place = Place::controlled();
    let plan = place.plan([48, 32], None);
    let expected = place.frames(&plan);
    place.generator.models.free_all();
    let (made, client) = place.make(&plan, &[40, 60, 61, 62]);
    let failure = made.expect_err("twice");
    assert_eq!(failure.kind, FailureKind::OutOfMemory, "{failure}");
    assert!(failure.cause.contains("parts in turn"), "{failure}");
    assert!(failure.cause.contains(" MB by estimate"), "{failure}");
    assert_eq!(client.notices.len(), 1, "it was tried once");
    assert_eq!(place.frames(&plan), expected);
}
