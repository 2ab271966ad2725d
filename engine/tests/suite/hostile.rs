//! Damaged and hostile files: headers, indices, cards, configurations. Each is opened or refused, quickly and in
//! bounded memory, without a panic. `KINORA_MUTATIONS` sets the number of mutations.

mod ltx2;
mod network;
mod sounds;
mod tokenizers;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use kinora_engine::family::wan::Component;
use kinora_engine::family::wan::image_encoder::{ImageConfig, ImageEncoder};
use kinora_engine::family::wan::text::TextConfig;
use kinora_engine::family::wan::transformer::Config;
use kinora_engine::family::wan::vae::VaeConfig;
use kinora_engine::library::Card;
use kinora_engine::libtorch::peak_memory_bytes;
use kinora_engine::weights::{Adapters, Checkpoint, Dtype};
use kinora_wire::{Camera, View};
use tempfile::TempDir;

use crate::gguf::{text_config, write_gguf_text};
use crate::golden::Goldens;
use crate::pipeline::write_model;
use crate::stored::{self, AsTheyAre, raw};
use crate::tiny;

/// A small random generator, so that a seed gives the same mutations everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % below.max(1)
    }
}

/// Values that often break parsers.
const NASTY: [&[u8]; 14] = [
    b"-1",
    b"0",
    b"18446744073709551615",
    b"9223372036854775807",
    b"1e308",
    b"null",
    b"[]",
    b"{}",
    b"\"\"",
    b"[[[[[[[[",
    b"\\u0000",
    b"\xff\xfe",
    b"\"../../etc/passwd\"",
    b"true",
];

/// Changes some bytes: flips, cuts, doubles, or inserts a nasty value.
fn mutated(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for _ in 0..=dice.roll(3) {
        let at = dice.roll(out.len());
        match dice.roll(6) {
            0 if !out.is_empty() => out[at] ^= 1 << dice.roll(8),
            1 if !out.is_empty() => out[at] = dice.roll(256) as u8,
            2 => out.truncate(at),
            3 => {
                let end = (at + dice.roll(64)).min(out.len());
                let piece = out[at..end].to_vec();
                out.splice(at..at, piece);
            }
            4 => {
                let end = (at + dice.roll(16)).min(out.len());
                out.splice(at..end, NASTY[dice.roll(NASTY.len())].iter().copied());
            }
            _ => {
                // Replaces a number in the text.
                if let Some(digit) = out[at..].iter().position(u8::is_ascii_digit) {
                    out[at + digit] = b'0' + dice.roll(10) as u8;
                }
            }
        }
    }
    out
}

/// A folder in memory, where the system has one: thousands of files are written, and a disk takes half of the time.
fn scratch_folder() -> TempDir {
    let in_memory = tempfile::tempdir_in("/dev/shm");
    in_memory
        .or_else(|_| tempfile::tempdir())
        .expect("a folder")
}

/// Mutations of each kind: as the environment says, or else this number.
fn tries(usual: usize) -> usize {
    std::env::var("KINORA_MUTATIONS")
        .ok()
        .and_then(|tries| tries.parse().ok())
        .unwrap_or(usual)
}

/// Tries `KINORA_MUTATIONS` damaged copies, and prints the slowest.
fn attack(name: &str, sound: &[u8], mut read: impl FnMut(&[u8]) -> bool) {
    let damage = |dice: &mut Dice| mutated(sound, dice);
    attack_with(name, tries(3000), damage, |damaged| read(damaged));
}

/// Tries so many things that `damage` makes, and prints the slowest.
fn attack_with<Damaged>(
    name: &str,
    tries: usize,
    damage: impl Fn(&mut Dice) -> Damaged,
    mut read: impl FnMut(&Damaged) -> bool,
) {
    let (mut slowest, mut opened) = (Duration::ZERO, 0);
    let before = peak_memory_bytes();
    for seed in 0..tries {
        let damaged = damage(&mut Dice(seed as u64 ^ 0x5EED));
        let began = Instant::now();
        let read = catch_unwind(AssertUnwindSafe(|| read(&damaged)));
        opened += usize::from(read.unwrap_or_else(|panic| {
            println!("{name}, seed {seed}: panics");
            resume_unwind(panic)
        }));
        let took = began.elapsed();
        assert!(
            took < Duration::from_secs(2),
            "{name}, seed {seed}: {took:?}"
        );
        slowest = slowest.max(took);
    }
    let grown = peak_memory_bytes().saturating_sub(before) >> 20;
    println!(
        "{name}: {tries} damaged files, {opened} opened all the same, slowest {slowest:.1?}, {grown} MiB more"
    );
    assert!(grown < 512, "{grown} MiB");
}

/// Opens a component and calls everything that reads its shapes and settings.
fn open(path: &Path, component: Component) -> bool {
    let Ok(checkpoint) = Checkpoint::open(path, component) else {
        return false;
    };
    let needed = match component {
        Component::Transformer => Config::detect(&checkpoint).ok().map(|config| {
            kinora_engine::weights::Survey::of(|weights| {
                kinora_engine::family::wan::transformer::Transformer::new(&config, weights)
            })
        }),
        Component::Vae => VaeConfig::detect(&checkpoint).ok().map(|config| {
            kinora_engine::weights::Survey::of(|weights| {
                kinora_engine::family::wan::vae::Vae::new(&config, weights)
            })
        }),
        Component::Text => TextConfig::detect(&checkpoint).ok().map(|config| {
            kinora_engine::weights::Survey::of(|weights| {
                kinora_engine::family::wan::text::TextEncoder::new(&config, weights)
            })
        }),
        Component::Image => ImageConfig::detect(&checkpoint).ok().map(|config| {
            kinora_engine::weights::Survey::of(|weights| ImageEncoder::whole(&config, weights))
        }),
    };
    needed
        .and_then(Result::ok)
        .is_some_and(|needed| checkpoint.check(&needed).is_ok())
}

#[test]
fn no_damaged_header_harms() {
    let folder = scratch_folder();
    write_model(folder.path(), "controlled", 430);
    tiny::write_image_encoder(folder.path(), &crate::image_encoder::written_config());
    let large = crate::vae::config(Goldens::of("vae").case("residual_9_frames"));
    tiny::write(
        &folder.path().join("vae/large.safetensors"),
        tiny::drawn_tensors(&tiny::vae_survey(&large)),
        &[],
    );
    let parts = [
        (
            "transformer",
            "diffusion_models/tiny.safetensors",
            Component::Transformer,
        ),
        ("autoencoder", "vae/tiny_vae.safetensors", Component::Vae),
        (
            "autoencoder of Wan 2.2",
            "vae/large.safetensors",
            Component::Vae,
        ),
        (
            "text encoder",
            "text_encoders/tiny_text.safetensors",
            Component::Text,
        ),
        (
            "image encoder",
            "clip_vision/tiny_clip.safetensors",
            Component::Image,
        ),
    ];
    for (name, path, component) in parts {
        let path = folder.path().join(path);
        let sound = fs::read(&path).expect("a file");
        assert!(open(&path, component), "{name} is sound before");
        let header = 8 + u64::from_le_bytes(sound[..8].try_into().expect("eight")) as usize;
        let damaged_path = folder.path().join("damaged.safetensors");
        attack(name, &sound[..header], |damaged| {
            // Only the header is damaged; the tensor data follows unchanged.
            fs::write(&damaged_path, [damaged, &sound[header..]].concat()).expect("written");
            open(&damaged_path, component)
        });
    }
}

#[test]
fn no_damaged_gguf_header_harms() {
    let folder = scratch_folder();
    let path = folder.path().join("text.gguf");
    for with_tokenizer in [false, true] {
        let header = write_gguf_text(&text_config(), &path, with_tokenizer);
        let sound = fs::read(&path).expect("a file");
        assert!(open(&path, Component::Text), "sound before");
        let damaged_path = folder.path().join("damaged.gguf");
        attack("GGUF", &sound[..header], |damaged| {
            fs::write(&damaged_path, [damaged, &sound[header..]].concat()).expect("written");
            open(&damaged_path, Component::Text)
        });
        attack("cut GGUF", &sound[..header], |damaged| {
            fs::write(&damaged_path, damaged).expect("written");
            open(&damaged_path, Component::Text)
        });
    }
}

/// Opens a file of one packed matrix, and loads it.
fn loads_packed(path: &Path) -> bool {
    let Ok(checkpoint) = Checkpoint::open(path, AsTheyAre) else {
        return false;
    };
    let Some(&[rows, columns]) = checkpoint.shape("a.weight") else {
        return false;
    };
    let size = [rows, columns];
    let loaded = kinora_engine::weights::load(
        &checkpoint,
        tch::Device::Cpu,
        tch::Kind::Float,
        &mut |_| Ok(()),
        |mut weights| weights.matrix("a.weight", &size),
    );
    loaded.is_ok_and(|matrix| matrix.dense().size() == size)
}

#[test]
fn no_damaged_mark_of_packed_weights_harms() {
    let folder = scratch_folder();
    let path = folder.path().join("packed.safetensors");
    let numbers = tch::Tensor::zeros([16, 32], (tch::Kind::Uint8, tch::Device::Cpu));
    let scale = tch::Tensor::from_slice(&[0.5f32]);
    let sound = r#"{"format": "int8_tensorwise", "convrot": true, "convrot_groupsize": 16}"#;
    let with_mark = |text: &[u8]| {
        let tensors = [
            ("a.weight", raw(Dtype::I8, &numbers)),
            ("a.weight_scale", raw(Dtype::F32, &scale)),
            (
                "a.comfy_quant",
                raw(Dtype::U8, &tch::Tensor::from_slice(text)),
            ),
        ];
        let tensors = tensors.map(|(name, raw)| (name.to_owned(), raw));
        stored::write(&path, tensors.into(), &[]);
        loads_packed(&path)
    };
    assert!(with_mark(sound.as_bytes()), "sound before");
    attack("mark", sound.as_bytes(), with_mark);
    let in_metadata = |text: &[u8]| {
        let words = String::from_utf8_lossy(text).into_owned();
        let tensors = [
            ("a.weight", raw(Dtype::I8, &numbers)),
            ("a.weight_scale", raw(Dtype::F32, &scale)),
        ];
        let tensors = tensors.map(|(name, raw)| (name.to_owned(), raw));
        stored::write(&path, tensors.into(), &[("_quantization_metadata", words)]);
        loads_packed(&path)
    };
    let sound = format!(r#"{{"layers": {{"a": {sound}}}}}"#);
    assert!(in_metadata(sound.as_bytes()), "sound before");
    attack("marks in metadata", sound.as_bytes(), in_metadata);
}

#[test]
fn no_damaged_header_of_packed_weights_harms() {
    let folder = scratch_folder();
    let path = folder.path().join("packed.safetensors");
    let zeros = |size: [i64; 2]| tch::Tensor::zeros(size, (tch::Kind::Uint8, tch::Device::Cpu));
    let tensors = vec![
        ("a.weight".to_owned(), raw(Dtype::U8, &zeros([16, 16]))),
        (
            "a.weight_scale".to_owned(),
            raw(Dtype::F8_E4M3, &zeros([128, 4])),
        ),
        (
            "a.weight_scale_2".to_owned(),
            raw(Dtype::F32, &tch::Tensor::from_slice(&[1.0f32])),
        ),
        (
            "a.comfy_quant".to_owned(),
            stored::mark(r#"{"format": "nvfp4"}"#),
        ),
    ];
    stored::write(&path, tensors, &[]);
    let sound = fs::read(&path).expect("a file");
    assert!(loads_packed(&path), "sound before");
    let header = 8 + u64::from_le_bytes(sound[..8].try_into().expect("eight")) as usize;
    attack("packed weights", &sound[..header], |damaged| {
        fs::write(&path, [damaged, &sound[header..]].concat()).expect("written");
        loads_packed(&path)
    });
}

#[test]
fn no_damaged_lora_harms() {
    let folder = scratch_folder();
    write_model(folder.path(), "text", 430);
    let model = folder.path().join("diffusion_models/tiny.safetensors");
    let checkpoint = Checkpoint::open(&model, Component::Transformer).expect("sound");
    let path = folder.path().join("style.safetensors");
    let zeros = |size: &[i64]| tch::Tensor::zeros(size, (tch::Kind::Float, tch::Device::Cpu));
    let module = "diffusion_model.blocks.0.ffn.0";
    let tensors = [
        (format!("{module}.lora_A.weight"), zeros(&[2, 24])),
        (format!("{module}.lora_B.weight"), zeros(&[32, 2])),
        (format!("{module}.alpha"), zeros(&[1])),
        (format!("{module}.diff_b"), zeros(&[32])),
    ];
    tiny::write(&path, tiny::bytes_of(&tensors), &[]);
    let sound = fs::read(&path).expect("a file");
    let opens = || {
        let lora = kinora_wire::Lora {
            file: path.clone(),
            strength: 1.0,
            expert: None,
        };
        Adapters::open(&[lora], None, &checkpoint, &Component::Transformer).is_ok()
    };
    assert!(opens(), "sound before");
    let header = 8 + u64::from_le_bytes(sound[..8].try_into().expect("eight")) as usize;
    attack("LoRA", &sound[..header], |damaged| {
        fs::write(&path, [damaged, &sound[header..]].concat()).expect("written");
        opens()
    });
}

#[test]
fn no_damaged_index_harms() {
    let folder = scratch_folder();
    write_model(folder.path(), "text", 430);
    let shard = folder.path().join("diffusion_models/tiny.safetensors");
    let file = kinora_engine::weights::MappedFile::open(&shard).expect("sound");
    let map: serde_json::Map<_, _> = file
        .tensors()
        .keys()
        .map(|key| (key.clone(), "tiny.safetensors".into()))
        .collect();
    let sound =
        serde_json::json!({ "metadata": { "total_size": 1 }, "weight_map": map }).to_string();
    let path = shard.with_file_name("tiny.safetensors.index.json");
    fs::write(&path, &sound).expect("written");
    assert!(open(&path, Component::Transformer), "sound before");
    attack("index", sound.as_bytes(), |damaged| {
        fs::write(&path, damaged).expect("written");
        open(&path, Component::Transformer)
    });
}

#[test]
fn no_damaged_camera_path_harms() {
    let view = View::straight(glam::DAffine3::IDENTITY, 0.8, [96, 64]);
    let sound = Camera {
        views: vec![view; 9],
    }
    .to_realestate([96, 64]);
    attack("camera path", sound.as_bytes(), |damaged| {
        std::str::from_utf8(damaged).is_ok_and(|text| Camera::from_realestate(text).is_ok())
    });
}

#[test]
fn no_damaged_configuration_harms() {
    let folder = scratch_folder();
    write_model(folder.path(), "controlled", 430);
    let path = folder.path().join("diffusion_models/tiny.safetensors");
    let sound =
        r#"{"num_heads": 2, "eps": 1e-06, "vace_layers": [0, 2], "_class_name": "WanModel"}"#;
    let config = path.with_file_name("config.json");
    fs::write(&config, sound).expect("written");
    assert!(open(&path, Component::Transformer), "sound before");
    attack("config.json", sound.as_bytes(), |damaged| {
        fs::write(&config, damaged).expect("written");
        open(&path, Component::Transformer)
    });
}

#[test]
fn no_damaged_card_harms() {
    let card = include_str!("../../../assets/models/wan2.1-vace-1.3b.ron");
    Card::parse(card).expect("sound before");
    attack("model card", card.as_bytes(), |damaged| {
        Card::parse(&String::from_utf8_lossy(damaged)).is_ok()
    });
}

#[test]
fn no_damaged_sentencepiece_model_harms() {
    let goldens = crate::golden::open("text");
    let sound = goldens.bytes("spiece_model").expect("a model").to_vec();
    let folder = scratch_folder();
    let path = folder.path().join("text.safetensors");
    attack("SentencePiece model", &sound, |damaged| {
        let tensor = tch::Tensor::from_slice(damaged);
        let bytes = kinora_engine::weights::view_of(&tensor).expect("bytes");
        tiny::write(&path, vec![("spiece_model".into(), bytes)], &[]);
        let checkpoint = Checkpoint::open(&path, Component::Text).expect("a sound file");
        let tokenizer =
            kinora_engine::family::wan::text::Tokenizer::inside(&checkpoint).expect("a tokenizer");
        tokenizer.is_ok_and(|tokenizer| tokenizer.tokens("a red fox").is_ok())
    });
}

#[test]
fn no_damaged_tokenizer_harms() {
    // Without the character table: it is most of the file and would get most of the mutations.
    let goldens = crate::golden::open("text");
    let notes: serde_json::Value = crate::golden::parsed(&goldens);
    let mut sound = notes["tokenizer"].clone();
    sound["normalizer"] = serde_json::Value::Null;
    let folder = scratch_folder();
    let path = folder.path().join("tokenizer.json");
    attack("tokenizer.json", sound.to_string().as_bytes(), |damaged| {
        fs::write(&path, damaged).expect("written");
        let tokenizer = kinora_engine::family::wan::text::Tokenizer::from_json(&path);
        tokenizer.is_ok_and(|tokenizer| tokenizer.tokens("a red fox").is_ok())
    });
}

#[test]
fn shapes_that_multiply_beyond_counting_are_refused() {
    let folder = scratch_folder();
    let path = folder.path().join("text.safetensors");
    let shapes = [
        ("token_embedding.weight", "[2147483648,2147483648,0]"),
        ("blocks.0.ffn.fc1.weight", "[1099511627776,0]"),
        ("blocks.0.attn.q.weight", "[8,0]"),
        ("blocks.0.pos_embedding.embedding.weight", "[32,4,0]"),
        ("decoder.up_blocks.0.resnets.18446744073709551615.x", "[0]"),
    ];
    let entries = shapes.map(|(name, shape)| {
        format!("\"{name}\":{{\"dtype\":\"F32\",\"shape\":{shape},\"data_offsets\":[0,0]}}")
    });
    let header = format!("{{{}}}", entries.join(","));
    let bytes = [&(header.len() as u64).to_le_bytes(), header.as_bytes()].concat();
    fs::write(&path, bytes).expect("written");
    for component in [Component::Text, Component::Vae, Component::Transformer] {
        assert!(!open(&path, component));
    }
}
