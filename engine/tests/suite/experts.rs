//! Wan 2.2: two experts in every layout and by every plan of the memory, and the 5B model with a given first frame.
//! Whole clips of two experts are compared with diffusers in `pipeline.rs`.

mod five_billion;
mod layouts;

use std::fs;
use std::path::Path;

use kinora_engine::family::wan::{defaults_of, fallback_defaults};
use kinora_engine::job::{Listener, SpeedHistory};
use kinora_engine::library::Library;
use kinora_engine::memory::{Keeping, MemoryPlan, NetworkForm, Phase, TransformerForm};
use kinora_engine::model::{Model, ModelFiles};
use kinora_engine::model_cache::LoadedModels;
use kinora_engine::pipeline::Generator;
use kinora_engine::weights::MappedFile;
use kinora_wire::{
    ClipInputs, ExpertSwitch, Failure, Generation, LowNoiseGuidance, PartialSettings, Progress,
};
use serde_json::json;
use tch::{Device, Tensor};

use crate::pipeline::{transformer_of, write_model};
use crate::tiny;

const HIGH: &str = "diffusion_models/tiny_high_noise.safetensors";

const LOW: &str = "diffusion_models/tiny_low_noise.safetensors";

/// A folder with a tiny model with two experts.
fn folder_with_experts(kind: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write_model(folder.path(), kind, 430);
    tiny::add_low_noise_expert(folder.path(), &transformer_of(kind));
    folder
}

fn move_to(folder: &Path, from: &str, to: &str) {
    let to = folder.join(to);
    fs::create_dir_all(to.parent().expect("a folder")).expect("made");
    fs::rename(folder.join(from), to).expect("moved");
}

fn open_model(folder: &Path) -> Result<Model, Failure> {
    Model::open("tiny", &ModelFiles::in_folder(folder)?, fallback_defaults())
}

fn clip(switch: ExpertSwitch) -> Generation {
    Generation {
        settings: PartialSettings {
            size: Some([48, 32]),
            frames: Some(5),
            steps: Some(4),
            expert_switch: Some(switch),
            ..PartialSettings::default()
        },
        inputs: ClipInputs {
            prompt: "a red fox".into(),
            ..ClipInputs::default()
        },
        ..Generation::default()
    }
}

/// Records which components are loaded.
#[derive(Default)]
struct Loading(Vec<String>);

impl Listener for Loading {
    fn receive(&mut self, progress: Progress, _pixels: Vec<u8>) -> Result<(), Failure> {
        if let Progress::Loading { part, .. } = progress
            && self.0.last() != Some(&part)
        {
            self.0.push(part);
        }
        Ok(())
    }

    fn check(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}

/// An engine with much memory.
fn generator() -> Generator {
    Generator {
        models: LoadedModels::on(Device::Cpu, 1 << 30),
        embeddings: None,
        speed: SpeedHistory::default(),
    }
}

/// The latents of a clip, and the transformers that were loaded for it.
fn made(generator: &mut Generator, model: &Model, request: &Generation) -> (Tensor, Vec<String>) {
    made_by(generator, model, request, |_| {})
}

/// As `made`, with changes of the memory plan.
fn made_by(
    generator: &mut Generator,
    model: &Model,
    request: &Generation,
    change: impl FnOnce(&mut MemoryPlan),
) -> (Tensor, Vec<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("latents.safetensors");
    let request = Generation {
        latents_out: Some(path.clone()),
        ..request.clone()
    };
    let plan = model.plan(&request, &|_| Vec::new()).expect("possible");
    let mut memory = generator.memory_plan(model, &plan).expect("a plan");
    change(&mut memory);
    let mut loading = Loading::default();
    generator
        .generate_by(memory, model, &plan, &mut loading)
        .expect("a clip");
    let file = MappedFile::open(&path).expect("latents");
    let mut loaded = loading.0;
    loaded.retain(|part| part.ends_with("transformer"));
    (file.tensor("latents").expect("some"), loaded)
}

#[test]
fn one_expert_at_a_time_makes_the_same_clip_as_both_in_memory() {
    tch::set_num_threads(1);
    let folder = folder_with_experts("text");
    let model = open_model(folder.path()).expect("a model");
    let request = clip(ExpertSwitch::Step(2));
    let both = ["transformer", "low-noise transformer"].map(str::to_owned);

    let mut roomy = generator();
    let (latents, loaded) = made(&mut roomy, &model, &request);
    assert_eq!(loaded, both);
    let (again, loaded) = made(&mut roomy, &model, &request);
    assert_eq!(loaded, [""; 0], "both are kept");
    assert_eq!(again, latents);

    let streamed = [0, 1].map(|kept| NetworkForm::Streamed { kept });
    for form in [NetworkForm::Resident].into_iter().chain(streamed) {
        let one = |memory: &mut MemoryPlan| {
            let of_both = memory.phase_bytes(Phase::Denoising);
            memory.keeping = Keeping::InTurn;
            memory.transformers = TransformerForm::One(form);
            memory.limit_bytes = memory.peak_bytes();
            let of_one = memory.phase_bytes(Phase::Denoising);
            assert!(of_one < of_both, "{form:?}: both are counted");
        };
        let mut narrow = generator();
        for _ in 0..2 {
            let (same, loaded) = made_by(&mut narrow, &model, &request, one);
            assert_eq!(loaded, both, "{form:?}: only one is kept");
            assert_eq!(same, latents, "{form:?}");
        }
    }
}

#[test]
fn an_expert_of_another_model_is_freed_when_a_model_without_one_runs() {
    tch::set_num_threads(1);
    let folders = [
        folder_with_experts("text"),
        tempfile::tempdir().expect("a folder"),
    ];
    write_model(folders[1].path(), "text", 430);
    let [pair, single] = folders
        .each_ref()
        .map(|folder| open_model(folder.path()).expect("a model"));
    let mut engine = generator();
    let (_, loaded) = made(&mut engine, &pair, &clip(ExpertSwitch::Step(2)));
    assert_eq!(loaded.len(), 2);
    let _ = made(&mut engine, &single, &clip(ExpertSwitch::Never));
    let (_, loaded) = made(&mut engine, &pair, &clip(ExpertSwitch::Step(0)));
    assert_eq!(loaded, ["low-noise transformer"], "it was freed");
}

#[test]
fn only_the_expert_of_some_step_is_loaded_and_the_way_to_count_does_not_matter() {
    tch::set_num_threads(1);
    let folder = folder_with_experts("text");
    let model = open_model(folder.path()).expect("a model");
    let mut engine = generator();
    let mut latents = |switch| made(&mut engine, &model, &clip(switch)).0;
    // With a shift of 3 the four timesteps are 999, 899, 749 and 499.
    let by_step = latents(ExpertSwitch::Step(2));
    assert_eq!(by_step, latents(ExpertSwitch::Timestep(0.875)));
    assert_ne!(by_step, latents(ExpertSwitch::Step(1)));
    let high = latents(ExpertSwitch::Never);
    assert_eq!(high, latents(ExpertSwitch::Step(4)));
    assert_ne!(high, by_step);

    let (_, loaded) = made(&mut generator(), &model, &clip(ExpertSwitch::Step(0)));
    assert_eq!(loaded, ["low-noise transformer"]);
}

#[test]
fn a_model_with_experts_has_their_settings_as_defaults() {
    for (kind, share) in [("text", 0.875), ("given", 0.9)] {
        let folder = folder_with_experts(kind);
        let model = open_model(folder.path()).expect("a model");
        let switch = model.defaults.expert_switch;
        assert_eq!(switch, ExpertSwitch::Timestep(share), "{kind}");
    }
    let folder = folder_with_experts("text");
    let folder = folder.path();
    move_to(folder, HIGH, "transformer/a.safetensors");
    move_to(folder, LOW, "transformer_2/a.safetensors");
    move_to(folder, "text_encoders", "text_encoder");
    let index = json!({ "transformer_2": ["diffusers", "A"], "boundary_ratio": 0.7 });
    fs::write(folder.join("model_index.json"), index.to_string()).expect("written");
    let scheduler = json!({ "_class_name": "UniPCMultistepScheduler", "flow_shift": 3.0 });
    fs::create_dir_all(folder.join("scheduler")).expect("made");
    let path = folder.join("scheduler/scheduler_config.json");
    fs::write(path, scheduler.to_string()).expect("written");
    let library = Library::in_folders(Vec::new());
    let model = library.open(folder.to_str()).expect("a model");
    assert_eq!(model.defaults.expert_switch, ExpertSwitch::Timestep(0.7));
    assert_eq!(model.defaults.guidance_low, LowNoiseGuidance::Scale(3.0));
    let own = defaults_of(&transformer_of("text"), true);
    assert_eq!(model.defaults.shift.to_bits(), own.shift.to_bits());
}

#[test]
fn a_model_with_one_transformer_refuses_the_settings_of_experts() {
    let folder = tempfile::tempdir().expect("a folder");
    write_model(folder.path(), "text", 430);
    let model = open_model(folder.path()).expect("a model");
    let refused = |model: &Model, request: &Generation, words: &[&str]| {
        let failure = model.plan(request, &|_| Vec::new()).expect_err("refused");
        let failure = failure.to_string();
        for word in words {
            assert!(failure.contains(word), "{word}: {failure}");
        }
    };
    let switched = clip(ExpertSwitch::Step(2));
    refused(
        &model,
        &switched,
        &["one transformer", "an expert switch", "two experts"],
    );
    let mut guided = clip(ExpertSwitch::Never);
    guided.settings.guidance_low = Some(LowNoiseGuidance::Scale(3.0));
    refused(
        &model,
        &guided,
        &["a guidance of its own for low noise", "leave it out"],
    );
    let experts = folder_with_experts("text");
    let experts = open_model(experts.path()).expect("a model");
    experts.plan(&guided, &|_| Vec::new()).expect("possible");
    let outside = clip(ExpertSwitch::Timestep(1.5));
    refused(&experts, &outside, &["cannot switch at 1.5", "0 to 1"]);
    guided.settings.guidance_low = Some(LowNoiseGuidance::Scale(-1.0));
    refused(&experts, &guided, &["a guidance of -1 has no meaning"]);
}
