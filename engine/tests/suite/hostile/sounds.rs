//! Damaged releases of Stable Audio and Qwen-TTS: tensors and configurations. A model that opens makes a sound.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use kinora_engine::family::qwen_tts::{SpeechModel, Voice, Wanted, say};
use kinora_engine::family::stable_audio::{self, LogSnr};
use kinora_engine::guidance::Guidance;
use serde_json::{Value, json};
use tch::{Device, Kind};

use super::network::{Tensors, attack_json, attack_tensors, write_zeros};
use crate::{qwen_tts, stable_audio as sounds};

/// Opens a release of Stable Audio, and makes two latents of sound. It may be refused, and may be silence.
fn makes_sound(folder: &Path) -> bool {
    let Ok(model) = sounds::opened_release(folder) else {
        return false;
    };
    let config = model.autoencoder();
    if config.samples_per_latent() > 4096 {
        return true;
    }
    let wanted = stable_audio::Wanted {
        prompt: &[2, 5],
        negative: &[2],
        seconds: 2.0 * config.samples_per_latent() as f64 / config.rate_hz as f64,
        seed: 1,
        steps: 1,
        sampler: model.sampler(),
        guidance: Guidance::Off,
        levels: LogSnr::default(),
        given: None,
    };
    sounds::made(&model, &wanted, &mut sounds::Client::default()).ok();
    true
}

fn tensors_of(shapes: &BTreeMap<String, Vec<i64>>) -> Tensors {
    let shapes = shapes.iter();
    shapes
        .map(|(name, shape)| (name.clone(), shape.clone()))
        .collect()
}

fn read_json(path: &Path) -> Value {
    let text = fs::read_to_string(path).expect("read");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn no_damaged_stable_audio_harms() {
    let notes = sounds::Notes::read();
    let release = sounds::Release::written(&notes, true);
    let folder = release.0.path();
    for (component, shapes) in [
        ("transformer", "transformer.small"),
        ("vae", "autoencoder.small"),
        ("text_encoder", "text"),
        ("duration_embedder", "duration"),
    ] {
        let path = folder.join(component).join("model.safetensors");
        let before = fs::read(&path).expect("a file");
        attack_tensors(component, &tensors_of(&notes.shapes[shapes]), |damaged| {
            write_zeros(&path, damaged, &[]);
            makes_sound(folder)
        });
        fs::write(&path, before).expect("written");
    }
    for name in [
        "vae/config.json",
        "text_encoder/config.json",
        "duration_embedder/config.json",
        "scheduler/scheduler_config.json",
    ] {
        let path = folder.join(name);
        let before = read_json(&path);
        attack_json(name, &before, |damaged| {
            fs::write(&path, damaged.to_string()).expect("written");
            makes_sound(folder)
        });
        fs::write(&path, before.to_string()).expect("written");
    }
}

/// Opens a release of Qwen-TTS, and says two frames of a line, which may be refused.
fn speaks(folder: &Path, may_speak: bool) -> bool {
    let Ok(model) = SpeechModel::open(folder) else {
        return false;
    };
    let bytes = model
        .checkpoints()
        .map(kinora_engine::weights::Checkpoint::size_bytes);
    if bytes.sum::<u64>() > 16 << 20 || !may_speak {
        return true;
    }
    let loaded = model.load(Device::Cpu, Kind::Float, &mut |_, _| Ok(()));
    let loaded = loaded.expect("checked");
    let networks = loaded.networks();
    let wanted = Wanted {
        text: "one two",
        language: "",
        voice: Voice::Described("low"),
        choices: model.choices(),
        seed: 1,
        most_seconds: 2.5 / networks.codec.config().frame_rate(),
    };
    say(networks, &wanted, &mut qwen_tts::Client::default()).ok();
    true
}

#[test]
fn no_damaged_qwen_tts_harms() {
    let notes = qwen_tts::Notes::read();
    let choices = json!({
        "do_sample": true, "top_k": 3, "top_p": 0.9, "temperature": 0.9, "repetition_penalty": 1.1,
        "subtalker_dosample": true, "subtalker_top_k": 3, "subtalker_top_p": 0.9,
        "subtalker_temperature": 0.5,
    });
    for kind in ["voice_design", "base"] {
        let release = qwen_tts::Release::written(&notes, "small", kind);
        let folder = release.0.path();
        fs::write(folder.join("generation_config.json"), choices.to_string()).expect("written");
        let mut names = vec!["config.json"];
        if kind == "voice_design" {
            names.extend(["speech_tokenizer/config.json", "generation_config.json"]);
        }
        for name in names {
            let path = folder.join(name);
            let before = read_json(&path);
            attack_json(&format!("{kind} {name}"), &before, |damaged| {
                fs::write(&path, damaged.to_string()).expect("written");
                speaks(folder, kind == "voice_design")
            });
            fs::write(&path, before.to_string()).expect("written");
        }
    }
}
