//! Compares whole generations with diffusers' pipelines: the same model of drawn weights, the same seed, the same
//! pictures.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use image::{Rgb, RgbImage};
use kinora_engine::family::wan::fallback_defaults;
use kinora_engine::family::wan::transformer::Config;
use kinora_engine::job::{Listener, SpeedHistory};
use kinora_engine::model::{Model, ModelFiles};
use kinora_engine::model_cache::LoadedModels;
use kinora_engine::pipeline::Generator;
use kinora_engine::plan::Plan;
use kinora_engine::weights::MappedFile;
use kinora_wire::{
    Clip, ClipInputs, ExpertSwitch, Failure, Generation, Guidance, Keyframe, LowNoiseGuidance,
    PartialSettings, Progress, Reference,
};
use serde::Deserialize;
use serde_json::{Value, json};
use tch::{Device, Kind, Tensor};

use crate::drawn::uniform_tensor;
use crate::golden::{assert_close, number, open, parsed};
use crate::{image_encoder, text, tiny, transformer, vae};

#[derive(Deserialize)]
struct Notes {
    cases: BTreeMap<String, Value>,
    vocabulary: i64,
}

/// Collects the frames.
#[derive(Default)]
pub struct Collector {
    pub pixels: Vec<u8>,
    pub steps: u32,
}

impl Listener for Collector {
    fn receive(&mut self, progress: Progress, pixels: Vec<u8>) -> Result<(), Failure> {
        match progress {
            Progress::Frames { .. } => self.pixels.extend(pixels),
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

/// The transformer of a kind of model.
pub fn transformer_of(kind: &str) -> Config {
    let transformers: BTreeMap<String, Value> = parsed(&open("transformer"));
    let name = match kind {
        "text" => "tiny_9_frames",
        "given" => "given_frames",
        "seen" => "picture",
        "seen_pair" => "two_pictures",
        "fun_camera" | "fun_camera_of_two_experts" | "fun_control" | "phantom" => kind,
        _ => "controlled",
    };
    transformer::config(&transformers[name])
}

/// The model of a kind, on disk.
pub fn write_model(folder: &Path, kind: &str, vocabulary: i64) {
    let transformer = transformer_of(kind);
    write_networks(folder, &transformer, "plain_9_frames", vocabulary);
    if transformer.image.is_some() {
        tiny::write_image_encoder(folder, &image_encoder::written_config());
    }
}

/// A model with this transformer and the autoencoder of a case of the goldens, on disk.
pub fn write_networks(folder: &Path, transformer: &Config, vae: &str, vocabulary: i64) {
    let vaes: BTreeMap<String, Value> = parsed(&open("vae"));
    let texts: Value = parsed(&open("text"));
    let mut text = text::config(&texts["config"]);
    text.vocabulary = vocabulary;
    tiny::write_model(folder, transformer, &vae::config(&vaes[vae]), &text);
}

/// The model a case was made with, on disk.
fn write_model_of(case: &Value, folder: &Path, vocabulary: i64) {
    let kind = case["kind"].as_str().expect("a kind");
    write_model(folder, kind, vocabulary);
    if case["switch"].is_number() {
        tiny::add_low_noise_expert(folder, &transformer_of(kind));
    }
}

/// The picture of this name, the same as in engine/goldens/pipeline.py, as a file.
pub fn picture(folder: &Path, name: &str, width: i64, height: i64) -> PathBuf {
    let (width, height) = match name {
        "tall" => (16, 48),
        "wide" => (64, 16),
        _ => (width, height),
    };
    let numbers = uniform_tensor(&format!("picture.{name}"), &[height * width * 3]);
    let numbers = ((numbers + 1.0) * 127.999).floor().to_kind(Kind::Uint8);
    let bytes = Vec::<u8>::try_from(numbers).expect("bytes");
    let pixel = |x: u32, y: u32| {
        let at = 3 * (i64::from(y) * width + i64::from(x)) as usize;
        Rgb([bytes[at], bytes[at + 1], bytes[at + 2]])
    };
    let path = folder.join(format!("{name}.png"));
    RgbImage::from_fn(width as u32, height as u32, pixel)
        .save(&path)
        .expect("saved");
    path
}

/// The request of a case. Its pictures are written into the folder.
pub fn request(case: &Value, folder: &Path) -> Generation {
    let (width, height) = (number(case, "width"), number(case, "height"));
    let named = |name: &Value| picture(folder, name.as_str().expect("a name"), width, height);
    let mut keyframes = Vec::new();
    for (key, frame) in [("first", 0), ("last", -1)] {
        if case[key].is_string() {
            keyframes.push(Keyframe {
                frame,
                image: named(&case[key]),
            });
        }
    }
    for (frame, name) in case["keys"].as_object().into_iter().flatten() {
        let frame = frame.parse().expect("a number");
        keyframes.push(Keyframe {
            frame,
            image: named(name),
        });
    }
    let all = |list: &Value| {
        list.as_array()
            .map(|names| names.iter().map(&named).collect::<Vec<_>>())
    };
    let scale = case["guidance"].as_f64().expect("a guidance");
    Generation {
        control: all(&case["control"]).map(|frames| Clip { frames }),
        settings: PartialSettings {
            negative: case["negative"].as_str().map(Into::into),
            size: Some([width as u32, height as u32]),
            frames: Some(number(case, "frames") as u32),
            steps: Some(number(case, "steps") as u32),
            guidance: Some(Guidance::Classifier { scale }),
            guidance_low: case["guidance_low"].as_f64().map(LowNoiseGuidance::Scale),
            expert_switch: case["switch"].as_f64().map(ExpertSwitch::Timestep),
            sampler: Some(serde_json::from_value(case["sampler"].clone()).expect("a sampler")),
            shift: case["shift"].as_f64(),
            control_strength: case["strength"].as_f64(),
            ..PartialSettings::default()
        },
        inputs: ClipInputs {
            prompt: case["prompt"].as_str().expect("a prompt").into(),
            seed: number(case, "seed") as u64,
            keyframes,
            references: all(&case["references"])
                .into_iter()
                .flatten()
                .map(|image| Reference {
                    name: "someone".into(),
                    images: vec![image],
                })
                .collect(),
            ..ClipInputs::default()
        },
        ..Generation::default()
    }
}

/// A generator with nothing loaded or cached.
pub fn generator() -> Generator {
    Generator {
        models: LoadedModels::on(Device::Cpu, 1 << 30),
        embeddings: None,
        speed: SpeedHistory::default(),
    }
}

/// Generates a clip, with nothing loaded or cached before.
pub fn made(model: &Model, plan: &Plan) -> Collector {
    let mut generator = generator();
    let mut heard = Collector::default();
    generator.generate(model, plan, &mut heard).expect("a clip");
    heard
}

#[test]
fn whole_clips_are_those_of_the_reference_pipelines() {
    compare("pipeline");
}

#[test]
fn whole_clips_of_two_experts_are_those_of_the_reference_pipelines() {
    compare("experts");
}

/// Compares the clips of all cases of these goldens.
fn compare(part: &str) {
    tch::set_num_threads(1);
    let file = open(part);
    let notes: Notes = parsed(&file);
    for (name, case) in &notes.cases {
        let folder = tempfile::tempdir().expect("a folder");
        write_model_of(case, folder.path(), notes.vocabulary);
        let files = ModelFiles::in_folder(folder.path()).expect("a model");
        let model = Model::open("tiny", &files, fallback_defaults()).expect("whole");
        let latents_path = folder.path().join("latents.safetensors");
        let mut request = request(case, folder.path());
        request.latents_out = Some(latents_path.clone());
        let plan = model.plan(&request, &|_| Vec::new()).expect("possible");

        let heard = made(&model, &plan);

        assert_eq!(i64::from(heard.steps), number(case, "steps"), "{name}");
        let latents = MappedFile::open(&latents_path)
            .expect("latents")
            .tensor("latents")
            .expect("some");
        let golden = |what: &str| file.tensor(&format!("{name}.{what}")).expect("golden");
        assert_close(
            &format!("{name} latents"),
            &latents,
            &golden("latents"),
            1e-3,
        );
        let theirs = golden("frames"); // 3 f h w in 0..1
        let size = theirs.size();
        let frames = Tensor::from_slice(&heard.pixels)
            .view([size[1], size[2], size[3], 3])
            .permute([3, 0, 1, 2])
            .to_kind(Kind::Float)
            / 255.0;
        // Rounding to bytes changes a value by at most half a step.
        assert_close(
            &format!("{name} frames"),
            &frames,
            &theirs.to_kind(Kind::Float),
            0.5 / 255.0 + 2e-3,
        );
    }
}

#[test]
fn the_same_request_gives_the_same_bytes_and_another_seed_another_clip() {
    tch::set_num_threads(1);
    let notes: Notes = parsed(&open("pipeline"));
    let folder = tempfile::tempdir().expect("a folder");
    write_model(folder.path(), "controlled", notes.vocabulary);
    let files = ModelFiles::in_folder(folder.path()).expect("a model");
    let model = Model::open("tiny", &files, fallback_defaults()).expect("whole");
    let mut case = notes.cases["controlled"].clone();
    let mut clip = |seed: u64| {
        case["seed"] = json!(seed);
        let plan = model
            .plan(&request(&case, folder.path()), &|_| Vec::new())
            .expect("possible");
        let heard = made(&model, &plan);
        heard.pixels
    };
    let first = clip(7);
    assert_eq!(first, clip(7));
    assert_ne!(first, clip(8));
}
