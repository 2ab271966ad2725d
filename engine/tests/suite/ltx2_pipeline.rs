//! Compares whole clips of LTX-2 with diffusers' pipelines: the same tiny models of drawn weights, the same seed. Also the
//! layouts of their files, memory plans, clips of one stream, and the refusal of parts that do not belong together.

mod diffusion;
mod files;
mod modes;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use kinora_engine::family::ltx2::audio::SoundPart;
use kinora_engine::family::ltx2::text::TextPart;
use kinora_engine::family::ltx2::transformer::TransformerNaming;
use kinora_engine::family::ltx2::vae::names::VaeNames;
use kinora_engine::job::{Listener, SpeedHistory};
use kinora_engine::memory::{Keeping, NetworkForm, PictureForm, TransformerForm};
use kinora_engine::model::{Model, ModelFiles};
use kinora_engine::model_cache::LoadedModels;
use kinora_engine::pipeline::Generator;
use kinora_engine::plan::Plan;
use kinora_engine::weights::{MappedFile, Named, Naming, TensorBytes, view_of};
use kinora_wire::{
    Clip, ClipInputs, Failure, Generation, Guidance, GuidanceTerms, Keyframe, Makes,
    PartialSettings, Progress, Sampler, Source, StreamGuidance,
};
use serde::Deserialize;
use serde_json::{Value, json};
use tch::{Device, Kind, Tensor};

use crate::drawn::parameter;
use crate::golden::{assert_close, number, open, parsed};
use crate::pipeline::picture;
use crate::tiny::write;

const PART: &str = "ltx2_pipeline";

#[derive(Deserialize)]
struct Notes {
    cases: BTreeMap<String, Value>,
    /// Version to component, by its folder in the Diffusers layout.
    versions: BTreeMap<String, BTreeMap<String, Component>>,
    /// Parts of the names of the vocoder's parameters, with a factor.
    quieter: BTreeMap<String, f64>,
    /// Of the stored samples, and of rows and columns of the stored frames.
    strides: [i64; 2],
}

/// A component of the reference.
#[derive(Deserialize)]
struct Component {
    config: Value,
    /// Its keys, with the shapes of their tensors.
    shapes: BTreeMap<String, Vec<i64>>,
}

impl Notes {
    fn read() -> Self {
        tch::set_num_threads(1);
        parsed(&open(PART))
    }

    fn component(&self, version: &str, name: &str) -> &Component {
        &self.versions[version][name]
    }

    /// The parameters of a component: its key in the Diffusers layout, its original name, its numbers.
    fn parameters(&self, version: &str, component: &str) -> Vec<(String, String, Tensor)> {
        let shapes = &self.component(version, component).shapes;
        let keys: Vec<&str> = shapes.keys().map(String::as_str).collect();
        let names = named(component, &keys);
        let parameters = shapes.iter().zip(names).map(|((key, shape), name)| {
            let name = match name {
                Named::Parameter(name) => name,
                Named::Ignored => key.clone(),
            };
            let drawn = parameter(&name, shape) * self.factor(component, &name);
            (key.clone(), name, drawn)
        });
        parameters.collect()
    }

    fn factor(&self, component: &str, name: &str) -> f64 {
        let quieter = self.quieter.iter();
        let fitting = quieter.filter(|(part, _)| component == "vocoder" && name.contains(*part));
        fitting.map(|(_, factor)| factor).product()
    }
}

/// The original names of the keys of a component.
fn named(component: &str, keys: &[&str]) -> Vec<Named> {
    match component {
        "transformer" => TransformerNaming.named(keys),
        "vae" => VaeNames.named(keys),
        "audio_vae" => SoundPart::Autoencoder.named(keys),
        "vocoder" => SoundPart::Vocoder.named(keys),
        "connectors" => TextPart::Connectors.named(keys),
        _ => TextPart::Encoder.named(keys),
    }
}

fn bytes(tensor: &Tensor) -> TensorBytes {
    view_of(tensor).expect("fp32")
}

/// The tokenizer of the goldens of the text side.
fn write_tokenizer(path: &Path) {
    let notes: Value = parsed(&open("ltx2_text"));
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, notes["tokenizer"].to_string()).expect("written");
}

/// A model in the Diffusers layout, as `save_pretrained` writes it.
fn write_diffusers(folder: &Path, notes: &Notes, version: &str) {
    for (name, component) in &notes.versions[version] {
        let parameters = notes.parameters(version, name).into_iter();
        let tensors = parameters.map(|(key, _, tensor)| (key, bytes(&tensor)));
        let file = folder
            .join(name)
            .join("diffusion_pytorch_model.safetensors");
        write(&file, tensors.collect(), &[]);
        let config = folder.join(name).join("config.json");
        fs::write(config, component.config.to_string()).expect("written");
    }
    write_tokenizer(&folder.join("tokenizer/tokenizer.json"));
    let scheduler = folder.join("scheduler");
    fs::create_dir_all(&scheduler).expect("made");
    let config = json!({ "_class_name": "FlowMatchEulerDiscreteScheduler", "shift": 1.0 });
    fs::write(scheduler.join("scheduler_config.json"), config.to_string()).expect("written");
    fs::write(folder.join("model_index.json"), "{}").expect("written");
}

/// The only model in a folder.
fn opened(folder: &Path) -> Result<Model, Failure> {
    let files = ModelFiles::in_folder(folder)?;
    Model::open_with("tiny", &files, Ok)
}

/// Collects frames and sound.
#[derive(Default)]
struct Heard {
    pixels: Vec<u8>,
    samples: Vec<f32>,
    steps: u32,
}

impl Listener for Heard {
    fn receive(&mut self, progress: Progress, bytes: Vec<u8>) -> Result<(), Failure> {
        match progress {
            Progress::Frames { .. } => self.pixels.extend(bytes),
            Progress::Sound {
                first_sample,
                sound,
            } => {
                assert_eq!(first_sample as usize * 2, self.samples.len());
                self.samples.extend(sound.split(&bytes));
            }
            Progress::Step { .. } => self.steps += 1,
            _ => {}
        }
        Ok(())
    }

    fn check(&mut self) -> Result<(), Failure> {
        Ok(())
    }

    fn wants_preview(&mut self) -> bool {
        true // a preview must not change the clip
    }
}

fn pair(case: &Value, name: &str) -> [f64; 2] {
    [0, 1].map(|at| case[name][at].as_f64().expect("a number"))
}

/// The request of a case.
fn request(case: &Value) -> Generation {
    let [cfg, stg, modality, rescale] =
        ["cfg", "stg", "modality", "rescale"].map(|name| pair(case, name));
    let terms = |at: usize| GuidanceTerms {
        stg: stg[at],
        modality: modality[at],
        rescale: rescale[at],
    };
    let sampler = match case["distilled"].as_bool() {
        Some(true) => Sampler::Distilled,
        _ => Sampler::Euler,
    };
    Generation {
        settings: PartialSettings {
            negative: Some(case["negative"].as_str().unwrap_or_default().into()),
            size: Some([number(case, "width") as u32, number(case, "height") as u32]),
            frames: Some(number(case, "frames") as u32),
            rate: Some(number(case, "rate") as u32),
            steps: Some(number(case, "steps") as u32),
            sampler: Some(sampler),
            guidance: Some(Guidance::Classifier { scale: cfg[0] }),
            stream_guidance: Some(StreamGuidance {
                sound_scale: Some(cfg[1]),
                picture: terms(0),
                sound: terms(1),
            }),
            ..PartialSettings::default()
        },
        inputs: ClipInputs {
            prompt: case["prompt"].as_str().expect("a prompt").into(),
            seed: number(case, "seed") as u64,
            makes: Makes::Both,
            ..ClipInputs::default()
        },
        ..Generation::default()
    }
}

/// The request of a case with its pictures, which are written into the folder.
fn with_pictures(case: &Value, folder: &Path) -> Generation {
    let mut request = request(case);
    let (width, height) = (number(case, "width"), number(case, "height"));
    let named = |name: &str| picture(folder, name, width, height);
    for (frame, name) in case["keyframes"].as_object().into_iter().flatten() {
        request.inputs.keyframes.push(Keyframe {
            frame: frame.parse().expect("a number"),
            image: named(name.as_str().expect("a name")),
        });
    }
    if case["clip"].as_bool() == Some(true) {
        let frames = 0..number(case, "frames");
        let frames = frames.map(|at| named(&format!("c{at}"))).collect();
        request.inputs.makes = Makes::Sound;
        request.inputs.source = Some(Source {
            clip: Clip { frames },
            at: 0,
            retake: None,
        });
    }
    request
}

fn planned(model: &Model, request: &Generation) -> Plan {
    model.plan(request, &|_| Vec::new()).expect("possible")
}

fn generator() -> Generator {
    Generator {
        models: LoadedModels::on(Device::Cpu, 1 << 32),
        embeddings: None,
        speed: SpeedHistory::default(),
    }
}

/// Generates a clip, with nothing loaded or cached before.
fn made(model: &Model, plan: &Plan) -> Heard {
    let mut heard = Heard::default();
    generator()
        .generate(model, plan, &mut heard)
        .expect("a clip");
    heard
}

/// Makes the clip of a case and compares it with the reference.
fn compare(name: &str, case: &Value, notes: &Notes, model: &Model) {
    let file = open(PART);
    let folder = tempfile::tempdir().expect("a folder");
    let latents_path = folder.path().join("latents.safetensors");
    let request = Generation {
        latents_out: Some(latents_path.clone()),
        ..with_pictures(case, folder.path())
    };
    let plan = planned(model, &request);
    let heard = made(model, &plan);
    let latents = MappedFile::open(&latents_path).expect("latents");
    let golden = |what: &str| {
        let golden = file.tensor(&format!("{name}.{what}")).expect("golden");
        golden.to_kind(Kind::Float)
    };
    let check = |what: &str, ours: &Tensor, tolerance: f64| {
        assert_close(&format!("{name} {what}"), ours, &golden(what), tolerance);
    };
    let [of_wave, of_frames] = notes.strides;
    let every = |x: &Tensor, axis, stride| x.slice(axis, None::<i64>, None::<i64>, stride);
    let sound = latents.tensor("sound_latents").expect("sound");
    check("sound_latents", &sound, 1e-3);
    let wave = Tensor::from_slice(&heard.samples).view([-1, 2]);
    check("wave", &every(&wave.transpose(0, 1), 1, of_wave), 1e-3);
    if !plan.request.inputs.makes.has_picture() {
        assert!(heard.pixels.is_empty(), "{name}");
        return;
    }
    let picture = latents.tensor("latents").expect("a picture");
    check("latents", &picture, 1e-3);
    let size = [number(case, "frames"), plan.height(), plan.width(), 3];
    let frames = Tensor::from_slice(&heard.pixels).view(size);
    let frames = frames.permute([3, 0, 1, 2]).to_kind(Kind::Float) / 255.0;
    let frames = every(&every(&frames, 2, of_frames), 3, of_frames);
    // Rounding to bytes changes a value by at most half a step.
    check("frames", &frames, 0.5 / 255.0 + 1e-3);
}

#[test]
fn clips_with_sound_are_those_of_the_reference_in_every_version() {
    let notes = Notes::read();
    for version in notes.versions.keys() {
        let folder = tempfile::tempdir().expect("a folder");
        write_diffusers(folder.path(), &notes, version);
        let model = opened(folder.path()).expect("whole");
        let cases = notes.cases.iter();
        for (name, case) in cases.filter(|(_, case)| case["version"] == **version) {
            compare(name, case, &notes, &model);
        }
    }
}

#[test]
fn a_clip_has_the_same_bits_in_every_plan_of_the_memory() {
    let notes = Notes::read();
    let folder = tempfile::tempdir().expect("a folder");
    write_diffusers(folder.path(), &notes, "2.3");
    let model = opened(folder.path()).expect("whole");
    let plan = planned(&model, &request(&notes.cases["2.3_guided"]));
    let expected = made(&model, &plan);
    let streamed = |kept| NetworkForm::Streamed { kept };
    for (text, transformer) in [(streamed(0), streamed(0)), (streamed(2), streamed(1))] {
        let mut generator = generator();
        let mut memory = generator.memory_plan(&model, &plan).expect("a plan");
        memory.keeping = Keeping::InTurn;
        memory.text = text;
        memory.transformers = TransformerForm::One(transformer);
        let mut heard = Heard::default();
        generator
            .generate_by(memory, &model, &plan, &mut heard)
            .expect("a clip");
        assert_eq!(heard.pixels, expected.pixels);
        assert_eq!(heard.samples, expected.samples);
    }
}

#[test]
fn plans_keep_to_their_limit_and_the_smallest_one_makes_the_clip() {
    let notes = Notes::read();
    let folder = tempfile::tempdir().expect("a folder");
    write_diffusers(folder.path(), &notes, "2.0");
    let model = opened(folder.path()).expect("whole");
    let mut request = request(&notes.cases["2.0"]);
    let mut generator = generator();
    let whole = generator.memory_plan(&model, &planned(&model, &request));
    let whole = whole.expect("a plan");
    assert_eq!(whole.words(), "all in memory");
    let mut limit = whole.peak_bytes();
    let step = limit / 256;
    let mut smallest = whole;
    loop {
        limit -= step;
        request.memory_limit_bytes = Some(limit);
        let plan = planned(&model, &request);
        let Ok(memory) = generator.memory_plan(&model, &plan) else {
            break;
        };
        assert!(memory.peak_bytes() <= limit, "{memory:?}");
        smallest = memory;
    }
    assert_eq!(smallest.keeping, Keeping::InTurn, "{}", smallest.words());
    request.memory_limit_bytes = None;
    let plan = planned(&model, &request);
    let mut heard = Heard::default();
    let tiled = smallest.decoding == PictureForm::Tiled;
    let expected = made(&model, &plan);
    generator
        .generate_by(smallest, &model, &plan, &mut heard)
        .expect("a clip");
    assert_eq!(heard.samples, expected.samples);
    assert!(tiled || heard.pixels == expected.pixels);
}

#[test]
fn picture_or_sound_can_be_made_alone() {
    let notes = Notes::read();
    let folder = tempfile::tempdir().expect("a folder");
    write_diffusers(folder.path(), &notes, "2.5");
    let model = opened(folder.path()).expect("whole");
    let case = &notes.cases["2.5_guided"];
    let alone = |makes| {
        let mut request = request(case);
        request.inputs.makes = makes;
        made(&model, &planned(&model, &request))
    };
    let (both, picture) = (alone(Makes::Both), alone(Makes::Picture));
    assert_eq!(picture.pixels.len(), both.pixels.len());
    assert!(picture.samples.is_empty());
    let sound = alone(Makes::Sound);
    assert!(sound.pixels.is_empty());
    assert_eq!(sound.samples.len(), both.samples.len());
    // As long as the picture: 9 frames at 50 a second, in two channels.
    assert_eq!(sound.samples.len(), 9 * 48_000 / 50 * 2);
    assert_ne!(sound.samples, both.samples, "they attend to each other");
}

#[test]
fn a_clip_to_make_sound_for_must_be_whole_and_sound_alone_has_no_keyframes() {
    let notes = Notes::read();
    let folder = tempfile::tempdir().expect("a folder");
    write_diffusers(folder.path(), &notes, "2.3");
    let model = opened(folder.path()).expect("whole");
    let pictures = tempfile::tempdir().expect("a folder");
    let mut request = with_pictures(&notes.cases["2.3_sound_of_clip"], pictures.path());
    request.settings.frames = Some(17);
    let refused = |request: &Generation| model.plan(request, &|_| Vec::new()).expect_err("refused");
    let failure = refused(&request);
    assert!(failure.cause.contains("9 frames"), "{failure}");
    let mut request = with_pictures(&notes.cases["2.3_first_frame"], pictures.path());
    request.inputs.makes = Makes::Sound;
    let plan = planned(&model, &request);
    let mut heard = Heard::default();
    let made = generator().generate(&model, &plan, &mut heard);
    assert!(made.expect_err("refused").cause.contains("keyframes"));
}

#[test]
fn prompts_of_an_earlier_clip_are_not_encoded_again() {
    let notes = Notes::read();
    let folder = tempfile::tempdir().expect("a folder");
    write_diffusers(folder.path(), &notes, "2.3");
    let model = opened(folder.path()).expect("whole");
    let plan = planned(&model, &request(&notes.cases["2.3_guided"]));
    let cache = tempfile::tempdir().expect("a folder");
    let mut generator = generator();
    let cached = kinora_engine::embeddings::EmbeddingCache::in_folder(cache.path());
    generator.embeddings = Some(cached);
    let clip = |generator: &mut Generator| {
        let mut heard = Heard::default();
        generator
            .generate(&model, &plan, &mut heard)
            .expect("a clip");
        heard.samples
    };
    let first = clip(&mut generator);
    let files = || fs::read_dir(cache.path()).expect("a folder").count();
    assert_eq!(files(), 2, "prompt and negative prompt");
    generator.models.free_all();
    assert_eq!(clip(&mut generator), first);
    assert_eq!(first, made(&model, &plan).samples);
}
