//! Wan 2.2: two experts in every layout and by every plan of the memory, and the 5B model with a given first frame.
//! Whole clips of two experts are compared with diffusers in `pipeline.rs`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use kinora_engine::family::Denoiser as _;
use kinora_engine::family::wan::denoiser::NetworkDenoiser;
use kinora_engine::family::wan::network_input::NetworkInput;
use kinora_engine::family::wan::picture_input::PictureInput;
use kinora_engine::family::wan::text::PromptEmbeddings;
use kinora_engine::family::wan::transformer::{Config, Transformer};
use kinora_engine::family::wan::{defaults_of, fallback_defaults, spec};
use kinora_engine::job::{Listener, SpeedHistory};
use kinora_engine::library::{Card, Library, PartName};
use kinora_engine::memory::{Keeping, MemoryPlan, NetworkForm, Phase, TransformerForm};
use kinora_engine::model::{Ability, Model, ModelFiles};
use kinora_engine::model_cache::LoadedModels;
use kinora_engine::pipeline::Generator;
use kinora_engine::plan::{Plan, PlanContext};
use kinora_engine::sampler::{Schedule, Solver};
use kinora_engine::streams::Latents;
use kinora_engine::weights::{MappedFile, Weights};
use kinora_wire::{
    ClipInputs, ExpertSwitch, Failure, Generation, Guidance, Installed, Keyframe, LowNoiseGuidance,
    PartialSettings, Progress,
};
use serde::Deserialize;
use serde_json::{Value, json};
use tch::{Device, Tensor};

use crate::drawn::{Drawn, normal_like};
use crate::golden::{assert_close, number, numbers, open, parsed};
use crate::pipeline::{transformer_of, write_model};
use crate::{tiny, transformer};

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
fn two_experts_are_found_in_every_layout() {
    let opens = |folder: &Path, high: &str| {
        let files = ModelFiles::in_folder(folder).expect("files");
        assert!(
            files.transformer.starts_with(folder.join(high)),
            "{files:?}"
        );
        let model = Model::open("tiny", &files, fallback_defaults()).expect("a model");
        assert!(model.spec().has_experts);
    };
    let folder = folder_with_experts("text");
    let folder = folder.path();
    opens(folder, HIGH);
    move_to(folder, HIGH, "HighNoise/b.safetensors");
    move_to(folder, LOW, "LowNoise/a.safetensors");
    opens(folder, "HighNoise");
    let name = "diffusion_pytorch_model.safetensors";
    move_to(
        folder,
        "HighNoise/b.safetensors",
        &format!("high_noise_model/{name}"),
    );
    move_to(
        folder,
        "LowNoise/a.safetensors",
        &format!("low_noise_model/{name}"),
    );
    opens(folder, "high_noise_model");
    move_to(folder, "high_noise_model", "transformer");
    move_to(folder, "low_noise_model", "transformer_2");
    move_to(folder, "text_encoders", "text_encoder");
    opens(folder, "transformer/");
}

#[test]
fn a_card_of_two_experts_needs_both_files() {
    let folder = folder_with_experts("text");
    let folder = folder.path();
    let mut cards = Card::built_in().into_iter();
    let card = cards.find(|card| card.id == "wan2.2-t2v-a14b");
    let mut card = card.expect("a card");
    card.id = "carded".to_owned();
    for file in &mut card.files {
        let name = match file.part {
            PartName::Transformer => "tiny_high_noise",
            PartName::LowNoise => "tiny_low_noise",
            PartName::Vae => "tiny_vae",
            _ => "tiny_text",
        };
        file.name = format!("{name}.safetensors");
    }
    let text = ron::to_string(&card).expect("a card");
    fs::write(folder.join("carded.ron"), text).expect("written");
    let open = || Library::in_folders(vec![folder.to_path_buf()]).open(Some("carded"));
    let model = open().expect("installed");
    assert!(model.spec().has_experts);
    assert_eq!(model.defaults, card.defaults);
    fs::remove_file(folder.join(LOW)).expect("removed");
    let failure = open().expect_err("one is missing");
    let is_named = failure.cause.contains("tiny_low_noise.safetensors missing");
    assert!(is_named, "{failure}");
}

#[test]
fn files_in_fewer_bits_do_where_those_of_the_card_are_not_there() {
    let mut cards = Card::built_in().into_iter();
    let card = cards.find(|card| card.id == "wan2.2-i2v-a14b");
    let card = card.expect("a card");
    let named = |names: &[&str]| {
        let paths = names.iter().map(|name| ((*name).to_owned(), name.into()));
        card.locate(&paths.collect())
    };
    let mut names = vec![
        "wan2.2_i2v_high_noise_14B_fp8_scaled.safetensors",
        "wan2.2_i2v_low_noise_14B_fp8_scaled.safetensors",
        "umt5_xxl_fp8_e4m3fn_scaled.safetensors",
        "wan_2.1_vae.safetensors",
    ];
    let files = named(&names).expect("installed");
    assert_eq!(files.transformer.to_str(), Some(names[0]));
    assert_eq!(
        files.low_noise.as_deref().and_then(|path| path.to_str()),
        Some(names[1])
    );
    assert_eq!(files.text.to_str(), Some(names[2]));
    let full = "wan2.2_i2v_high_noise_14B_fp16.safetensors";
    names.push(full);
    let files = named(&names).expect("installed");
    assert_eq!(files.transformer.to_str(), Some(full), "the first counts");
    let missing = named(&names[..3]).expect_err("no autoencoder");
    assert_eq!(missing, ["wan_2.1_vae.safetensors"]);
}

#[test]
fn files_of_the_same_name_are_listed_with_their_folders_in_models_with_two_experts() {
    let folder = tempfile::tempdir().expect("a folder");
    let mine = folder.path().join("mine");
    write_model(&mine, "text", 430);
    let name = "diffusion_pytorch_model.safetensors";
    move_to(
        &mine,
        "diffusion_models/tiny.safetensors",
        &format!("transformer/{name}"),
    );
    move_to(&mine, "vae/tiny_vae.safetensors", &format!("vae/{name}"));
    move_to(&mine, "text_encoders", "text_encoder");
    let names = || {
        let models = Library::in_folders(vec![folder.path().to_path_buf()]).models();
        let model = models.into_iter().find(|model| model.id == "mine");
        let model = model.expect("a model");
        assert!(
            matches!(model.installed, Installed::Yes { .. }),
            "{model:?}"
        );
        let files = model.files.into_iter();
        files.map(|file| file.name).collect::<Vec<String>>()
    };
    let others = ["tiny_text.safetensors", "tokenizer.json"];
    assert_eq!(names(), [[name; 2], others].concat(), "as before");
    fs::create_dir_all(mine.join("transformer_2")).expect("made");
    let second = mine.join("transformer_2").join(name);
    fs::copy(mine.join("transformer").join(name), second).expect("copied");
    let with_folders = ["transformer", "transformer_2", "vae"].map(|part| format!("{part}/{name}"));
    let all: Vec<String> = with_folders
        .into_iter()
        .chain(others.map(str::to_owned))
        .collect();
    assert_eq!(names(), all);
}

#[test]
fn one_expert_without_the_other_is_refused_by_the_name_of_the_missing_one() {
    let refused = |folder: &Path, words: &[&str]| {
        let failure = open_model(folder).expect_err("refused").to_string();
        for word in words {
            assert!(failure.contains(word), "{word}: {failure}");
        }
    };
    for (gone, there) in [(HIGH, LOW), (LOW, HIGH)] {
        let folder = folder_with_experts("text");
        fs::remove_file(folder.path().join(gone)).expect("removed");
        let name = |path: &str| path.replace("diffusion_models/", "");
        refused(folder.path(), &[&name(there), &name(gone), "is missing"]);
    }
    let folder = folder_with_experts("text");
    let folder = folder.path();
    fs::copy(folder.join(LOW), folder.join("third_low_noise.safetensors")).expect("copied");
    refused(folder, &["more than one transformer"]);
    fs::remove_file(folder.join("third_low_noise.safetensors")).expect("removed");

    move_to(folder, HIGH, "transformer/a.safetensors");
    fs::remove_file(folder.join(LOW)).expect("removed");
    move_to(folder, "text_encoders", "text_encoder");
    let index = json!({ "transformer_2": ["diffusers", "A"], "boundary_ratio": 0.7 });
    fs::write(folder.join("model_index.json"), index.to_string()).expect("written");
    refused(folder, &["has no folder transformer_2"]);
    let index = json!({ "transformer_2": [null, null], "boundary_ratio": null });
    fs::write(folder.join("model_index.json"), index.to_string()).expect("written");
    assert!(!open_model(folder).expect("a model").spec().has_experts);
}

#[test]
fn experts_of_different_shapes_are_refused_by_both_names() {
    let folder = folder_with_experts("text");
    let other = folder_with_experts("given");
    fs::copy(other.path().join(LOW), folder.path().join(LOW)).expect("copied");
    let failure = open_model(folder.path()).expect_err("refused");
    let both = ["tiny_high_noise", "tiny_low_noise", "no pair"];
    assert!(
        both.iter().all(|word| failure.cause.contains(word)),
        "{failure}"
    );
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

#[derive(Deserialize)]
struct Ti2vNotes {
    ti2v: BTreeMap<String, Value>,
}

/// The transformer of the 5B model, tiny.
fn ti2v() -> Config {
    let cases: BTreeMap<String, Value> = parsed(&open("transformer"));
    transformer::config(&cases["one_time_per_token_48_channels"])
}

/// The plan of a request to the tiny 5B model.
fn ti2v_plan(config: &Config, request: &Generation) -> Result<Plan, Failure> {
    let defaults = defaults_of(config, false);
    let context = PlanContext {
        model: "tiny",
        spec: spec(Some(config), &defaults),
        defaults,
        models_with: &|_| Vec::new(),
        model_kind_with: &|_| "another",
    };
    Plan::of(request, context)
}

/// A text of seven tokens.
fn text(name: &str, width: i64) -> Tensor {
    let text = normal_like(name, &[1, 512, width]);
    let _ = text.narrow(1, 7, 505).zero_();
    text
}

/// The request of a case, at the size that has its latents.
fn ti2v_request(config: &Config, case: &Value) -> Generation {
    let latent = numbers(&case["latent"]);
    let grid = spec(Some(config), &defaults_of(config, false)).latent_grid;
    let scale = case["guidance"].as_f64().expect("a guidance");
    Generation {
        settings: PartialSettings {
            size: Some([
                latent[2] as u32 * grid.pixels[0],
                latent[1] as u32 * grid.pixels[1],
            ]),
            frames: Some((latent[0] as u32 - 1) * grid.frames + 1),
            steps: Some(number(case, "steps") as u32),
            guidance: Some(Guidance::Classifier { scale }),
            sampler: Some(serde_json::from_value(case["sampler"].clone()).expect("a sampler")),
            shift: case["shift"].as_f64(),
            ..PartialSettings::default()
        },
        ..Generation::default()
    }
}

#[test]
fn the_5b_model_makes_the_latents_of_the_reference_with_and_without_a_first_frame() {
    tch::set_num_threads(1);
    let file = open("experts");
    let notes: Ti2vNotes = parsed(&file);
    let config = ti2v();
    let network = Transformer::new(&config, Weights::of(&mut Drawn)).expect("drawn");
    for (name, case) in &notes.ti2v {
        let plan = ti2v_plan(&config, &ti2v_request(&config, case)).expect("possible");
        let [frames, rows, columns] = plan.latent();
        assert_eq!([frames, rows, columns], numbers(&case["latent"])[..]);
        let first = normal_like("first", &[1, 48, 1, rows, columns]);
        let input = match case["first"].as_bool() {
            Some(true) => NetworkInput::FirstLatent(first.shallow_clone()),
            _ => NetworkInput::TextOnly,
        };
        let texts = PromptEmbeddings {
            positive: text("text", config.text_width),
            negative: Some(text("negative", config.text_width)),
        };
        let settings = plan.settings();
        let guidance = settings.guidance;
        let inputs = (&input, &PictureInput::default());
        let (device, listener) = (Device::Cpu, &mut Loading::default());
        let denoiser =
            NetworkDenoiser::new(&network, &plan, &texts, inputs, guidance, device, listener);
        let mut denoiser = denoiser.expect("embedded");
        let schedule = Schedule::new(settings.sampler, settings.steps as usize, settings.shift);
        let mut solver = Solver::new(settings.sampler, schedule.clone());
        let mut x = normal_like("x", &[1, 48, frames, rows, columns]);
        for (step, &timestep) in schedule.timesteps.iter().enumerate() {
            let mut listener = Loading::default();
            let shown = Latents::of_picture(x.shallow_clone());
            let velocity = denoiser.velocity(&shown, timestep, step, &mut listener);
            let velocity = velocity.expect("a velocity").picture.expect("a picture");
            x = solver.step(&velocity, &x);
        }
        let latents = denoiser.clip_of(&Latents::of_picture(x));
        let latents = latents.picture.expect("a picture");
        let golden = file.tensor(name).expect("a golden");
        assert_close(name, &latents.squeeze_dim(0), &golden, 1e-3);
        if case["first"].as_bool() == Some(true) {
            assert_eq!(latents.narrow(2, 0, 1), first, "{name}: it is given");
        }
    }
}

#[test]
fn the_5b_model_takes_a_first_frame_and_no_other() {
    let config = ti2v();
    assert!(config.can(Ability::FirstFrame) && !config.can(Ability::FirstAndLastFrame));
    let notes: Ti2vNotes = parsed(&open("experts"));
    let with_key = |frame| {
        let mut request = ti2v_request(&config, &notes.ti2v["ti2v_text"]);
        request.inputs.keyframes = vec![Keyframe {
            frame,
            image: "one.png".into(),
        }];
        ti2v_plan(&config, &request)
    };
    assert!(with_key(0).is_ok());
    let last = with_key(-1).expect_err("refused");
    assert!(
        last.cause.contains("cannot be given a last frame"),
        "{last}"
    );
    let between = with_key(4).expect_err("refused");
    assert!(between.cause.contains("keyframes at any time"), "{between}");
}
