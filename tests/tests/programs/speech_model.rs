//! A tiny voice model of drawn weights, in the layout of the release. Shapes and configurations are those of the engine's
//! goldens.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

/// Writes a model of this kind into a folder: `voice_design` or `base`.
pub fn write_speech_model(folder: &Path, kind: &str) {
    let notes = notes();
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

/// The cases in the metadata of the goldens.
fn notes() -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../engine/goldens/qwen3_tts.safetensors"
    );
    let bytes = fs::read(path).expect("goldens");
    let (length, rest) = bytes.split_first_chunk().expect("a header");
    let header = &rest[..u64::from_le_bytes(*length) as usize];
    let header: Value = serde_json::from_slice(header).expect("JSON");
    let cases = header["__metadata__"]["cases"].as_str().expect("cases");
    serde_json::from_str(cases).expect("JSON")
}

fn write_json(path: &Path, value: &Value) {
    fs::write(path, value.to_string()).expect("written");
}

/// A safetensors file of drawn numbers: names and shapes.
fn write_drawn(path: &Path, shapes: &Value, is_own: &dyn Fn(&str) -> bool) {
    let (mut header, mut data) = (Map::new(), Vec::new());
    for (name, shape) in shapes.as_object().expect("shapes") {
        if !is_own(name) {
            continue;
        }
        let begin = data.len();
        let lengths = shape.as_array().expect("a shape").iter();
        let lengths: Vec<u64> = lengths.map(|one| one.as_u64().expect("a length")).collect();
        data.extend(drawn(name, &lengths).into_iter().flat_map(f32::to_le_bytes));
        let entry = json!({ "dtype": "F32", "shape": shape, "data_offsets": [begin, data.len()] });
        header.insert(name.clone(), entry);
    }
    let header = serde_json::to_vec(&header).expect("a header");
    let length = (header.len() as u64).to_le_bytes();
    fs::write(path, [length.as_slice(), &header, &data].concat()).expect("written");
}

/// Numbers that depend on the name, so that activations stay near one.
fn drawn(name: &str, shape: &[u64]) -> Vec<f32> {
    let count: u64 = shape.iter().product();
    let fan_in: u64 = shape.iter().skip(1).product();
    let (offset, mut scale) = match (name.ends_with("bias"), shape.len()) {
        (true, _) => (0.0, 0.1),
        (false, 1) => (1.0, 0.3),
        (false, _) => (0.0, (3.0 / fan_in as f64).sqrt()),
    };
    if name.starts_with("decoder.decoder.4.conv.") {
        scale *= 0.01; // the wave, which is limited to full scale
    }
    let mut state = name.bytes().fold(7_u64, |state, byte| {
        (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let numbers = (0..count).map(|_| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let fraction = (mixed >> 11) as f64 / (1_u64 << 53) as f64;
        (offset + scale * (2.0 * fraction - 1.0)) as f32
    });
    numbers.collect()
}
