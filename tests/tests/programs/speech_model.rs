//! A tiny voice model of drawn weights, in the layout of the release. Shapes and configurations are those of the engine's
//! goldens.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::sound_alone::notes;
use crate::zero_weights::write;

/// Writes a model of this kind into a folder: `voice_design` or `base`.
pub fn write_speech_model(folder: &Path, kind: &str) {
    let notes = notes("qwen3_tts");
    let codec = folder.join("speech_tokenizer");
    fs::create_dir_all(&codec).expect("made");
    let is_own = |name: &str| kind == "base" || !name.starts_with("speaker_encoder.");
    let shapes = &notes["shapes"];
    write_drawn(
        &folder.join("model.safetensors"),
        &shapes["model.small"],
        &is_own,
    );
    write_drawn(&codec.join("model.safetensors"), &shapes["codec"], &|_| {
        true
    });
    let mut config = notes["models"]["small"].clone();
    config["tts_model_type"] = json!(kind);
    write_json(&folder.join("config.json"), &config);
    write_json(&codec.join("config.json"), &notes["codec"]);
    let tokenizer = &notes["tokenizer"];
    write_json(&folder.join("vocab.json"), &tokenizer["vocabulary"]);
    let merges = tokenizer["merges"].as_array().expect("merges").iter();
    let merges = merges.map(|pair| pair.as_str().expect("a pair"));
    let merges = merges.collect::<Vec<_>>().join("\n");
    fs::write(folder.join("merges.txt"), merges).expect("written");
    let special = tokenizer["special"].as_object().expect("tokens").iter();
    let special = special.map(|(word, id)| {
        let token = json!({ "content": word, "special": true, "normalized": false });
        (id.to_string(), token)
    });
    let added: Map<String, Value> = special.collect();
    let settings = json!({ "added_tokens_decoder": added });
    write_json(&folder.join("tokenizer_config.json"), &settings);
}

fn write_json(path: &Path, value: &Value) {
    fs::write(path, value.to_string()).expect("written");
}

/// A safetensors file of drawn numbers: names and shapes.
fn write_drawn(path: &Path, shapes: &Value, is_own: &dyn Fn(&str) -> bool) {
    let shapes: BTreeMap<String, Vec<usize>> =
        serde_json::from_value(shapes.clone()).expect("shapes");
    let own = shapes.iter().filter(|(name, _)| is_own(name));
    let own = own.map(|(name, shape)| (name.clone(), shape.clone()));
    write(path, own, |name, count| {
        let numbers = (0..count).map(|at| drawn(name, &shapes[name], at));
        numbers.flat_map(f32::to_le_bytes).collect()
    });
}

/// A number that depends on its name and place, so that activations stay near one.
fn drawn(name: &str, shape: &[usize], at: usize) -> f32 {
    let fan_in: usize = shape.iter().skip(1).product();
    let (offset, mut scale) = match (name.ends_with("bias"), shape.len()) {
        (true, _) => (0.0, 0.1),
        (false, 1) => (1.0, 0.3),
        (false, _) => (0.0, (3.0 / fan_in as f64).sqrt()),
    };
    if name.starts_with("decoder.decoder.4.conv.") {
        scale *= 0.01; // the wave, which is limited to full scale
    }
    let letters = name.bytes().fold(at as u64 + 1, |mixed, letter| {
        (mixed ^ u64::from(letter)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    });
    let mixed = (letters ^ (letters >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let fraction = (mixed >> 11) as f64 / (1_u64 << 53) as f64;
    (offset + scale * (2.0 * fraction - 1.0)) as f32
}
