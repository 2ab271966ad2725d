//! Compares clips of the further modes with the reference: two stages, a reference video, pictures for a sound, ranges that
//! are made again or added. Also what is refused, and what is kept.

use std::fs;
use std::path::{Path, PathBuf};

use image::{Rgb, RgbImage};
use kinora_engine::family::ltx2::upsampler::{LatentUpsampler, UpsamplerConfig};
use kinora_engine::model::{Model, ModelFiles};
use kinora_engine::weights::{MappedFile, Survey};
use kinora_wire::{
    Ability, Clip, Generation, Keyframe, Lora, Makes, PartialSettings, Sampler, Source,
};
use serde_json::{Value, json};
use tch::Tensor;

use super::files::write_one_file;
use super::{Notes, bytes, generator, made, opened, request, write_diffusers};
use crate::drawn::{normal_like, parameter};
use crate::golden::{assert_close, number, open, parsed};
use crate::ltx2_vae::upsampler::upscaler;
use crate::pipeline::picture;
use crate::tiny::write;

const PART: &str = "ltx2_modes";

fn notes() -> Value {
    parsed(&open(PART))
}

fn cases(mode: &str) -> Vec<(String, Value)> {
    let notes = notes();
    let cases = notes["cases"].as_object().expect("cases").clone();
    let of_mode = cases.into_iter().filter(|(_, case)| case["mode"] == mode);
    of_mode.collect()
}

/// A model of drawn weights, with a latent upscaler of this name.
fn model_with(folder: &Path, version: &str, upscaler_name: Option<&str>) -> Model {
    write_diffusers(folder, &Notes::read(), version);
    if let Some(name) = upscaler_name {
        let theirs = &notes()["upscalers"][name];
        write_upscaler(&folder.join("latent_upsampler"), &upscaler(theirs), theirs);
    }
    opened(folder).expect("whole")
}

fn write_upscaler(folder: &Path, config: &UpsamplerConfig, theirs: &Value) {
    let survey = Survey::of(|weights| LatentUpsampler::new(config, weights)).expect("a survey");
    let shapes = survey.shapes.into_iter();
    let drawn = shapes.map(|(name, shape)| {
        let tensor = parameter(&name, &shape);
        (name, bytes(&tensor))
    });
    let file = folder.join("diffusion_pytorch_model.safetensors");
    write(&file, drawn.collect(), &[]);
    fs::write(folder.join("config.json"), theirs.to_string()).expect("written");
}

/// A picture of one colour.
fn flat(folder: &Path, name: &str, colour: &Value, size: [u32; 2]) -> PathBuf {
    let channel = |at: usize| colour[at].as_u64().expect("a byte") as u8;
    let colour = Rgb([channel(0), channel(1), channel(2)]);
    let path = folder.join(format!("{name}.png"));
    let picture = RgbImage::from_pixel(size[0], size[1], colour);
    picture.save(&path).expect("saved");
    path
}

/// A WAV file of floats at 16 kHz.
fn write_sound(folder: &Path, samples: i64) -> PathBuf {
    let drawn = normal_like("source sound", &[2, samples]) * 0.1;
    let interleaved = drawn.transpose(0, 1).contiguous().view([-1]);
    let values = Vec::<f32>::try_from(interleaved).expect("numbers");
    let data: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x03\0\x02\0".to_vec();
    file.extend(16_000_u32.to_le_bytes());
    file.extend((16_000_u32 * 8).to_le_bytes());
    file.extend([8, 0, 32, 0]);
    file.extend(b"data");
    file.extend((data.len() as u32).to_le_bytes());
    file.extend(data);
    let path = folder.join("sound.wav");
    fs::write(&path, file).expect("written");
    path
}

/// An IC-LoRA that changes nothing.
fn write_reference_lora(folder: &Path, factor: i64) -> Lora {
    let width = 32;
    let start = "diffusion_model.transformer_blocks.0.attn1.to_q";
    let zeros = Tensor::zeros([width, 1], (tch::Kind::Float, tch::Device::Cpu));
    let tensors = vec![
        (
            format!("{start}.lora_A.weight"),
            bytes(&normal_like("down", &[1, width])),
        ),
        (format!("{start}.lora_B.weight"), bytes(&zeros)),
    ];
    let file = folder.join("follows.safetensors");
    let words = [("reference_downscale_factor", factor.to_string())];
    write(&file, tensors, &words);
    Lora {
        file,
        strength: 1.0,
        expert: None,
    }
}

/// The request of a case, whose files are written into the folder.
fn asked(case: &Value, folder: &Path) -> Generation {
    let mut request = request(case);
    let size = ["width", "height"].map(|side| number(case, side));
    let pixels = size.map(|side| side as u32);
    let frames = number(case, "frames");
    request.settings.two_stages = Some(case["mode"] == "two_stages");
    request.inputs.makes = match case["makes"].as_str() {
        Some("picture") => Makes::Picture,
        Some("sound") => Makes::Sound,
        _ => Makes::Both,
    };
    for (frame, colour) in case["flat"].as_object().into_iter().flatten() {
        request.inputs.keyframes.push(Keyframe {
            frame: frame.parse().expect("a number"),
            image: flat(folder, &format!("key {frame}"), colour, pixels),
        });
    }
    if let Some(factor) = case["factor"].as_i64() {
        let colours = &notes()["reference"];
        let pictures = (0..frames).map(|at| {
            let colour = &colours[(at % 3) as usize];
            flat(folder, &format!("control {at}"), colour, pixels)
        });
        request.control = Some(Clip {
            frames: pictures.collect(),
        });
        request.inputs.loras = vec![write_reference_lora(folder, factor)];
    }
    let count = case["source"].as_i64().unwrap_or(0);
    let retake = case["retake"].as_array().map(|range| {
        let at = |at: usize| range[at].as_u64().expect("a number") as u32;
        [at(0), at(1)]
    });
    if count > 0 {
        let frames = (0..count).map(|at| picture(folder, &format!("s{at}"), size[0], size[1]));
        request.inputs.source = Some(Source {
            clip: Clip {
                frames: frames.collect(),
            },
            at: case["at"].as_i64().unwrap_or(0),
            retake,
        });
    }
    let sound = case["sound"].as_i64();
    request.sound = sound.map(|samples| Source {
        clip: write_sound(folder, samples),
        at: case["at"].as_i64().unwrap_or(0),
        retake,
    });
    request
}

/// Makes the clips of a mode and compares their latents with the reference.
#[track_caller]
fn compare(mode: &str) {
    let golden = open(PART);
    for (name, case) in cases(mode) {
        let folder = tempfile::tempdir().expect("a folder");
        let version = case["version"].as_str().expect("a version");
        let model = model_with(
            &folder.path().join("model"),
            version,
            case["upscaler"].as_str(),
        );
        let latents_path = folder.path().join("latents.safetensors");
        let request = Generation {
            latents_out: Some(latents_path.clone()),
            ..asked(&case, folder.path())
        };
        let plan = model.plan(&request, &|_| Vec::new()).expect(&name);
        let heard = made(&model, &plan);
        let steps = if mode == "two_stages" {
            8 + 3
        } else {
            number(&case, "steps") as u32
        };
        assert_eq!(heard.steps, steps, "{name}");
        assert_eq!(
            heard.pixels.is_empty(),
            !plan.request.inputs.makes.has_picture()
        );
        let latents = MappedFile::open(&latents_path).expect("latents");
        for stream in ["latents", "sound_latents"] {
            let ours = latents.tensor(stream);
            let theirs = golden.tensor(&format!("{name}.{stream}"));
            assert_eq!(ours.is_some(), theirs.is_some(), "{name} {stream}");
            if let Some((ours, theirs)) = ours.zip(theirs) {
                assert_close(&format!("{name} {stream}"), &ours, &theirs, 1e-4);
            }
        }
    }
}

#[test]
fn clips_in_two_stages_are_those_of_the_reference() {
    compare("two_stages");
}

#[test]
fn clips_that_follow_a_reference_video_are_those_of_the_reference() {
    compare("reference");
}

#[test]
fn kept_frames_and_kept_sound_are_those_of_the_reference() {
    compare("given");
}

#[test]
fn two_stages_are_the_default_of_a_distilled_model_with_an_upscaler() {
    let folder = tempfile::tempdir().expect("a folder");
    let with = model_with(&folder.path().join("with"), "2.3", Some("upscaler_side"));
    let without = model_with(&folder.path().join("without"), "2.3", None);
    let (_, case) = cases("two_stages").remove(0);
    let asked = |settings: PartialSettings| {
        let usual = request(&case);
        Generation {
            settings: PartialSettings {
                sampler: settings.sampler.or(usual.settings.sampler),
                size: settings.size.or(usual.settings.size),
                two_stages: settings.two_stages,
                ..usual.settings.clone()
            },
            ..usual
        }
    };
    let has_two = |model: &Model, request: &Generation| {
        let plan = model.plan(request, &|_| Vec::new()).expect("possible");
        plan.settings().two_stages
    };
    let usual = asked(PartialSettings::default());
    assert!(has_two(&with, &usual) && !has_two(&without, &usual));
    let one = asked(PartialSettings {
        two_stages: Some(false),
        ..PartialSettings::default()
    });
    assert!(!has_two(&with, &one));
    let odd = asked(PartialSettings {
        size: Some([96, 64]),
        ..PartialSettings::default()
    });
    assert!(!has_two(&with, &odd), "its half cannot be made");
    let full = asked(PartialSettings {
        sampler: Some(Sampler::Euler),
        ..PartialSettings::default()
    });
    assert!(!has_two(&with, &full));
    let mut sound = usual;
    sound.inputs.makes = Makes::Sound;
    assert!(!has_two(&with, &sound));

    let refused = |model: &Model, settings: PartialSettings| {
        let request = asked(PartialSettings {
            two_stages: Some(true),
            ..settings
        });
        let failure = model.plan(&request, &|_| Vec::new()).expect_err("refused");
        failure.to_string()
    };
    let why = refused(&without, PartialSettings::default());
    assert!(why.contains("latent upscaler"), "{why}");
    let why = refused(
        &with,
        PartialSettings {
            size: Some([96, 64]),
            ..PartialSettings::default()
        },
    );
    assert!(why.contains("multiples of 64"), "{why}");
    let why = refused(
        &with,
        PartialSettings {
            sampler: Some(Sampler::Euler),
            ..PartialSettings::default()
        },
    );
    assert!(why.contains("distilled"), "{why}");
}

#[test]
fn the_upscaler_is_found_among_single_files_and_one_that_does_not_double_is_left() {
    let folder = tempfile::tempdir().expect("a folder");
    let theirs = notes()["upscalers"]["upscaler_side"].clone();
    let files = |name: &str| {
        let folder = folder.path().join(name);
        write_one_file(&folder, &Notes::read(), "2.3");
        folder
    };
    let found = |folder: &Path| {
        let files = ModelFiles::in_folder(folder).expect("whole");
        let model = Model::open_with("tiny", &files, Ok).expect("opened");
        model.spec().has_two_stages
    };
    let with = files("with");
    write_upscaler(&with.join("upscaler"), &upscaler(&theirs), &theirs);
    assert!(found(&with));
    let without = files("without");
    let frames = json!({
        "in_channels": 8, "mid_channels": 64, "num_blocks_per_stage": 1, "dims": 3,
        "spatial_upsample": false, "temporal_upsample": true,
    });
    write_upscaler(&without.join("upscaler"), &upscaler(&frames), &frames);
    assert!(!found(&without));
}

#[test]
fn a_control_clip_needs_an_ic_lora_and_a_weaker_one_is_followed_less() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = model_with(&folder.path().join("model"), "2.3", None);
    let mut found = cases("reference");
    found.retain(|(name, _)| name == "2.3_reference");
    let (_, case) = found.remove(0);
    let request = asked(&case, folder.path());
    assert!(!model.spec().abilities.contains(&Ability::Control));
    let mut without = request.clone();
    without.inputs.loras.clear();
    let failure = model.plan(&without, &|_| Vec::new()).expect_err("refused");
    assert!(failure.to_string().contains("IC-LoRA"), "{failure}");

    let clip = |strength: f64| {
        let mut request = request.clone();
        request.settings.control_strength = Some(strength);
        let plan = model.plan(&request, &|_| Vec::new()).expect("possible");
        let latents = folder.path().join(format!("{strength}.safetensors"));
        let mut plan = plan;
        plan.request.latents_out = Some(latents.clone());
        made(&model, &plan);
        let latents = MappedFile::open(&latents).expect("latents");
        latents.tensor("latents").expect("a picture")
    };
    let [full, half, none] = [1.0, 0.5, 0.0].map(clip);
    let distance =
        |one: &Tensor, other: &Tensor| (one - other).abs().mean(tch::Kind::Float).double_value(&[]);
    let (near, far) = (distance(&half, &full), distance(&none, &full));
    assert!(near > 1e-6 && far > 1e-6, "{near} {far}");

    let mut strong = request.clone();
    strong.settings.control_strength = Some(1.5);
    let plan = model.plan(&strong, &|_| Vec::new()).expect("possible");
    let mut heard = super::Heard::default();
    let failure = generator().generate(&model, &plan, &mut heard);
    let failure = failure.expect_err("refused");
    assert!(failure.cause.contains("1.5"), "{failure}");
}

#[test]
fn a_kept_latent_frame_is_that_of_the_source_and_a_missing_sound_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = model_with(&folder.path().join("model"), "2.3", None);
    let mut found = cases("given");
    found.retain(|(name, _)| name == "2.3_retake");
    let (_, case) = found.remove(0);
    let latents_of = |retake: Option<[u32; 2]>, seed: u64| {
        let mut request = asked(&case, folder.path());
        request.inputs.seed = seed;
        if let Some(source) = &mut request.inputs.source {
            source.retake = retake;
        }
        let path = folder.path().join("latents.safetensors");
        request.latents_out = Some(path.clone());
        let plan = model.plan(&request, &|_| Vec::new()).expect("possible");
        made(&model, &plan);
        let latents = MappedFile::open(&path).expect("latents");
        latents.tensor("latents").expect("a picture")
    };
    let [one, other] = [1, 2].map(|seed| latents_of(Some([9, 17]), seed));
    let frame = |latents: &Tensor, at: i64| latents.narrow(2, at, 1);
    for kept in [0, 1, 3] {
        assert_eq!(frame(&one, kept), frame(&other, kept));
    }
    assert_ne!(frame(&one, 2), frame(&other, 2));

    let mut request = asked(&case, folder.path());
    if let Some(sound) = &mut request.sound {
        sound.clip = folder.path().join("none.wav");
    }
    let failure = model.plan(&request, &|_| Vec::new()).expect_err("refused");
    assert!(failure.cause.contains("none.wav"), "{failure}");
}
