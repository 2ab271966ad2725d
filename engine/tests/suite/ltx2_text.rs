//! Compares the text side of LTX-2 with transformers' Gemma 3 and Gemma 4 and diffusers' `LTX2TextConnectors`, and its
//! tokenizer with transformers and SentencePiece. Each model is written to disk and opened with the reference's own
//! configuration.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use kinora_engine::family::ltx2::text::{
    Connectors, ConnectorsConfig, Gemma, GemmaConfig, TEXT_LENGTH, TextEncoder, TextPart,
    Tokenizer, Tokens, check_gemma_version, gemma_version, wanted_gemma_version,
};
use kinora_engine::weights::{
    Adapters, Checkpoint, ModuleStream, TensorBytes, Weights, load, load_checked, view_of,
};
use kinora_wire::Failure;
use serde::Deserialize;
use serde_json::Value;
use tch::{Device, Kind, Tensor};
use tempfile::TempDir;

use crate::drawn::{normal_like, parameter};
use crate::golden::{assert_close, folder, open, parsed};
use crate::tiny::write;

const PART: &str = "ltx2_text";

#[derive(Deserialize)]
struct Notes {
    length: usize,
    texts: Vec<Vec<u32>>,
    encoders: BTreeMap<String, Model>,
    connectors: BTreeMap<String, Model>,
    prompts: Vec<Prompt>,
    tokenizer: Value,
}

/// A model of the reference.
#[derive(Deserialize)]
struct Model {
    config: Value,
    /// Its keys, with the shapes of their tensors.
    shapes: BTreeMap<String, Vec<i64>>,
}

#[derive(Deserialize)]
struct Prompt {
    #[serde(rename = "prompt")]
    words: String,
    padding: usize,
    transformers: Vec<u32>,
    sentencepiece: Vec<u32>,
}

/// A folder with files of a model.
struct Files {
    folder: TempDir,
}

impl Files {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write_json(&self, name: &str, value: &Value) -> PathBuf {
        fs::write(self.path(name), value.to_string()).expect("written");
        self.path(name)
    }

    fn write_weights(&self, tensors: Vec<(String, TensorBytes)>, words: &[(&str, String)]) {
        write(&self.path("model.safetensors"), tensors, words);
    }

    fn open(&self, part: TextPart) -> Result<Checkpoint, Failure> {
        Checkpoint::open(&self.path("model.safetensors"), part)
    }
}

/// The tensors of a model: `keys` maps a key of the reference to the one in the file and to the name that is drawn.
fn drawn(model: &Model, keys: impl Fn(&str) -> (String, String)) -> Vec<(String, TensorBytes)> {
    let shapes = model.shapes.iter();
    let tensors = shapes.map(|(key, shape)| {
        let (key, name) = keys(key);
        (key, view_of(&parameter(&name, shape)).expect("fp32"))
    });
    tensors.collect()
}

/// The files of an encoder with this prefix before its keys.
fn encoder_files(model: &Model, prefix: &str) -> Files {
    let files = Files::new();
    let key = |key: &str| (format!("{prefix}{key}"), key.to_owned());
    files.write_weights(drawn(model, key), &[]);
    files.write_json("config.json", &model.config);
    files
}

fn loaded(files: &Files) -> (GemmaConfig, TextEncoder) {
    let checkpoint = files.open(TextPart::Encoder).expect("opened");
    let config = GemmaConfig::detect(&checkpoint).expect("detected");
    let build = |weights: Weights| TextEncoder::new(&config, weights);
    let encoder = load(
        &checkpoint,
        Device::Cpu,
        Kind::Float,
        &mut |_| Ok(()),
        build,
    );
    let encoder = encoder.expect("loaded");
    (config, encoder)
}

fn encoded(encoder: &TextEncoder, text: &[u32], length: usize) -> Tensor {
    let tokens = Tokens::padded_to(text.to_vec(), length);
    encoder
        .encode(&tokens, &mut |_, _| Ok(()))
        .expect("encoded")
}

#[test]
fn all_hidden_states_of_both_gemmas_are_equal_to_the_reference_whatever_the_padding() {
    tch::set_num_threads(1);
    let (goldens, notes) = (open(PART), parsed::<Notes>(&open(PART)));
    for (name, model) in &notes.encoders {
        let (_, encoder) = loaded(&encoder_files(model, ""));
        for (at, text) in notes.texts.iter().enumerate() {
            let ours = encoded(&encoder, text, notes.length);
            let name = format!("{name}.{at}");
            assert_close(&name, &ours, &goldens.tensor(&name).expect("golden"), 1e-4);
        }
    }
}

#[test]
fn a_gemma_is_the_same_below_every_prefix_and_beside_the_parts_that_see() {
    let notes: Notes = parsed(&open(PART));
    let model = &notes.encoders["gemma_3"];
    let (config, encoder) = loaded(&encoder_files(model, ""));
    let text = &notes.texts[0];
    let plain = encoded(&encoder, text, notes.length);
    for prefix in ["model.language_model.", "language_model.model.", "model."] {
        let files = encoder_files(model, prefix);
        let mut tensors = drawn(model, |key| (format!("{prefix}{key}"), key.to_owned()));
        let other = view_of(&parameter("other", &[2, 2])).expect("fp32");
        tensors.push(("vision_tower.post_layernorm.weight".into(), other));
        files.write_weights(tensors, &[]);
        // The configuration of the whole model has that of the text as a section.
        let whole = serde_json::json!({ "text_config": model.config, "sliding_window": 77 });
        files.write_json("config.json", &whole);
        let (found, encoder) = loaded(&files);
        assert_eq!(found, config, "{prefix}");
        assert_eq!(encoded(&encoder, text, notes.length), plain, "{prefix}");
    }
}

#[test]
fn without_a_configuration_the_tensors_and_the_released_models_decide() {
    let notes: Notes = parsed(&open(PART));
    let shape = |name: &str| {
        let files = encoder_files(&notes.encoders[name], "");
        fs::remove_file(files.path("config.json")).expect("removed");
        GemmaConfig::detect(&files.open(TextPart::Encoder).expect("opened")).expect("detected")
    };
    let four = shape("gemma_4");
    assert_eq!(four.gemma, Gemma::Four);
    let kinds: Vec<bool> = four.layers.iter().map(|layer| layer.is_sliding).collect();
    assert_eq!(kinds, [true, true, false, false]);
    let layer = four.layers[2];
    assert_eq!((layer.kv_heads, layer.has_values), (1, false));
    assert_eq!((four.sliding.head_width, four.full.head_width), (8, 16));
    assert_eq!(four.window, 1024);
    assert!((four.full.rotation.share - 0.25).abs() < 1e-9);
    let three = shape("gemma_3");
    assert_eq!(three.gemma, Gemma::Three);
    assert!(three.layers.iter().all(|layer| layer.is_sliding)); // the sixth would be full
    assert!((three.full.rotation.factor - 8.0).abs() < 1e-9);
    assert!((three.full.rotation.theta - 1e6).abs() < 1e-3);
}

#[test]
fn the_older_form_of_a_configuration_means_the_same() {
    let notes: Notes = parsed(&open(PART));
    let model = &notes.encoders["gemma_3"];
    let (config, _) = loaded(&encoder_files(model, ""));
    let files = encoder_files(model, "");
    let older = serde_json::json!({
        "layer_types": model.config["layer_types"],
        "sliding_window": 5,
        "query_pre_attn_scalar": 20,
        "rope_scaling": { "factor": 8.0, "rope_type": "linear" },
        "rope_theta": 1_000_000.0,
        "rope_local_base_freq": 10_000.0,
    });
    files.write_json("config.json", &older);
    assert_eq!(loaded(&files).0, config);
}

#[test]
fn streamed_layers_give_the_same_states() {
    tch::set_num_threads(1);
    let notes: Notes = parsed(&open(PART));
    let files = encoder_files(&notes.encoders["gemma_4"], "");
    let (config, whole) = loaded(&files);
    let checkpoint = files.open(TextPart::Encoder).expect("opened");
    let adapters = Adapters::default();
    let stream = ModuleStream::new((&checkpoint, &adapters), Device::Cpu, Kind::Float, 1);
    let build = |weights: Weights| TextEncoder::streamed(&config, weights, &stream);
    let streamed = load_checked(
        &checkpoint,
        Device::Cpu,
        Kind::Float,
        &mut |_| Ok(()),
        build,
    );
    let streamed = streamed.expect("loaded");
    let text = &notes.texts[2];
    let both = [&whole, &streamed].map(|encoder| encoded(encoder, text, notes.length));
    assert_eq!(both[0], both[1]);
}

#[test]
fn parts_that_are_not_built_are_refused_by_name() {
    let notes: Notes = parsed(&open(PART));
    let model = &notes.encoders["gemma_4"];
    let refusal = |extra: &str, setting: (&str, Value)| {
        let files = encoder_files(model, "");
        let mut tensors = drawn(model, |key| (key.to_owned(), key.to_owned()));
        tensors.push((
            extra.to_owned(),
            view_of(&parameter(extra, &[2, 2])).expect("fp32"),
        ));
        files.write_weights(tensors, &[]);
        let mut config = model.config.clone();
        config[setting.0] = setting.1;
        files.write_json("config.json", &config);
        let checkpoint = files.open(TextPart::Encoder).expect("opened");
        GemmaConfig::detect(&checkpoint).expect_err("refused").cause
    };
    let usual = ("sliding_window", Value::from(5));
    let unseen = "vision_tower.weight";
    for (cause, word) in [
        (
            refusal("layers.0.experts.down_proj", usual.clone()),
            "experts",
        ),
        (
            refusal("layers.0.router.proj.weight", usual.clone()),
            "experts",
        ),
        (
            refusal("layers.0.per_layer_input_gate.weight", usual.clone()),
            "per-layer inputs",
        ),
        (
            refusal("embed_tokens_per_layer.weight", usual),
            "per-layer inputs",
        ),
        (
            refusal(unseen, ("num_kv_shared_layers", Value::from(2))),
            "share keys and values",
        ),
        (
            refusal(unseen, ("use_bidirectional_attention", Value::from("all"))),
            "later tokens",
        ),
    ] {
        assert!(cause.contains(word), "{cause}");
    }
    let mut rope = model.config["rope_parameters"].clone();
    rope["full_attention"]["rope_type"] = Value::from("yarn");
    let cause = refusal(unseen, ("rope_parameters", rope));
    assert!(cause.contains("\"yarn\""), "{cause}");
}

#[test]
fn a_file_that_is_no_gemma_is_refused() {
    let files = Files::new();
    let name = "model.layers.0.self_attn.q_proj.weight";
    let tensor = view_of(&parameter(name, &[4, 4])).expect("fp32");
    files.write_weights(vec![(name.to_owned(), tensor)], &[]);
    let checkpoint = files.open(TextPart::Encoder).expect("opened");
    let failure = GemmaConfig::detect(&checkpoint).expect_err("refused");
    assert!(
        failure.cause.contains("neither Gemma 3 nor Gemma 4"),
        "{}",
        failure.cause
    );
}

#[test]
fn the_header_names_the_version_of_gemma_and_another_than_the_transformers_is_refused() {
    let tensor = || {
        let drawn = view_of(&parameter("norm.weight", &[2])).expect("fp32");
        vec![("norm.weight".to_owned(), drawn)]
    };
    let with = |words: &[(&str, String)]| {
        let files = Files::new();
        files.write_weights(tensor(), words);
        (files.open(TextPart::Encoder).expect("opened"), files)
    };
    let version = r#"{"ltx_version":"2.5.0","gemma_version":"gemma4-12b-ltx-v1"}"#;
    let (transformer, _kept) = with(&[("gemma_source_checkpoint", version.into())]);
    let config = r#"{"model_type":"gemma4_unified","gemma_version":"gemma4-12b-ltx-v1"}"#;
    let (right, _kept_too) = with(&[("gemma_config", config.into())]);
    let (plain, _kept_last) = with(&[]);
    let wanted = wanted_gemma_version(transformer.files());
    assert_eq!(wanted.as_deref(), Some("gemma4-12b-ltx-v1"));
    assert_eq!(gemma_version(right.files()), wanted);
    assert_eq!(gemma_version(plain.files()), None);
    check_gemma_version(transformer.files(), right.files()).expect("the right one");
    check_gemma_version(plain.files(), right.files()).expect("a transformer that names none");
    let failure = check_gemma_version(transformer.files(), plain.files()).expect_err("refused");
    assert!(
        failure.cause.contains("gemma4-12b-ltx-v1"),
        "{}",
        failure.cause
    );
}

/// The name in the original release of a key of diffusers' connectors.
fn original(key: &str) -> String {
    let key = key
        .replace(
            "video_text_proj_in.",
            "text_embedding_projection.video_aggregate_embed.",
        )
        .replace(
            "audio_text_proj_in.",
            "text_embedding_projection.audio_aggregate_embed.",
        );
    let key = match key.strip_prefix("text_proj_in.") {
        Some(rest) => format!("text_embedding_projection.aggregate_embed.{rest}"),
        None => key,
    };
    key.replace("video_connector.", "video_embeddings_connector.")
        .replace("audio_connector.", "audio_embeddings_connector.")
        .replace(".transformer_blocks.", ".transformer_1d_blocks.")
        .replace(".norm_q.", ".q_norm.")
        .replace(".norm_k.", ".k_norm.")
}

/// Projections and connectors, loaded from the layout of diffusers or of the original release.
fn loaded_connectors(model: &Model, is_original: bool, length: usize) -> Connectors {
    let files = Files::new();
    let key = |key: &str| {
        let name = original(key);
        match is_original {
            true if name.starts_with("text_") => (name.clone(), name),
            true => (format!("model.diffusion_model.{name}"), name),
            false => (key.to_owned(), name),
        }
    };
    files.write_weights(drawn(model, key), &[]);
    files.write_json("config.json", &model.config);
    let checkpoint = files.open(TextPart::Connectors).expect("opened");
    let config = ConnectorsConfig::detect(&checkpoint).expect("detected");
    let build = |weights: Weights| Connectors::new(&config, weights);
    let connectors = load(
        &checkpoint,
        Device::Cpu,
        Kind::Float,
        &mut |_| Ok(()),
        build,
    );
    connectors.expect("loaded").with_length(length as i64)
}

/// The hidden states of each text of a case, without padding.
fn states_of(notes: &Notes, case: &str) -> Vec<Tensor> {
    let texts = notes.texts.iter();
    if case == "2.5" {
        let (_, encoder) = loaded(&encoder_files(&notes.encoders["gemma_4"], ""));
        return texts
            .map(|text| encoded(&encoder, text, notes.length))
            .collect();
    }
    let shape = [notes.texts.len() as i64, notes.length as i64, 24, 5];
    let drawn = normal_like("ltx2_text.states", &shape) * 3.0 + 0.5;
    let own = texts.enumerate().map(|(at, text)| {
        let count = text.len() as i64;
        let one = drawn.narrow(0, at as i64, 1);
        one.narrow(1, shape[1] - count, count)
    });
    own.collect()
}

#[test]
fn the_connectors_of_all_versions_are_equal_to_the_reference_with_registers_and_without() {
    tch::set_num_threads(1);
    let (goldens, notes) = (open(PART), parsed::<Notes>(&open(PART)));
    for (case, model) in &notes.connectors {
        let states = states_of(&notes, case);
        for is_original in [true, false] {
            let connectors = loaded_connectors(model, is_original, notes.length);
            for (at, states) in states.iter().enumerate() {
                let ours = connectors
                    .forward(states, &mut || Ok(()))
                    .expect("connected");
                let golden = |name: &str| {
                    let all = goldens.tensor(&format!("{case}.{name}"));
                    all.expect("golden").narrow(0, at as i64, 1)
                };
                let name = |part: &str| format!("{case} text {at} {part}");
                assert_close(&name("video"), &ours.video, &golden("video"), 1e-4);
                assert_close(&name("audio"), &ours.audio, &golden("audio"), 1e-4);
            }
        }
    }
}

#[test]
fn connectors_with_other_position_embeddings_are_refused() {
    let notes: Notes = parsed(&open(PART));
    let model = &notes.connectors["2.0"];
    let files = Files::new();
    files.write_weights(drawn(model, |key| (key.to_owned(), original(key))), &[]);
    files.write_json(
        "config.json",
        &serde_json::json!({ "rope_type": "interleaved" }),
    );
    let checkpoint = files.open(TextPart::Connectors).expect("opened");
    let failure = ConnectorsConfig::detect(&checkpoint).expect_err("refused");
    assert!(failure.cause.contains("not split"), "{}", failure.cause);
}

#[test]
fn a_tokenizer_json_cuts_as_transformers_does_and_pads_on_the_left() {
    let notes: Notes = parsed(&open(PART));
    let files = Files::new();
    let path = files.write_json("tokenizer.json", &notes.tokenizer);
    let tokenizer = Tokenizer::from_file(&path).expect("a tokenizer");
    for prompt in &notes.prompts {
        let ours = tokenizer
            .tokens(&prompt.words, TEXT_LENGTH)
            .expect("tokens");
        assert_eq!(ours.ids, prompt.transformers, "{:?}", prompt.words);
        assert_eq!(ours.padding, prompt.padding, "{:?}", prompt.words);
        let (ids, meant) = ours.with_padding();
        assert_eq!((ids.len(), meant.len()), (1024, 1024));
        assert!(ids.iter().zip(&meant).all(|(&id, &meant)| meant || id == 0));
    }
}

#[test]
fn a_tokenizer_model_cuts_as_sentencepiece_does_alone_and_inside_an_encoder() {
    let notes: Notes = parsed(&open(PART));
    let inside = Checkpoint::open(&folder().join("ltx2_text.safetensors"), TextPart::Encoder);
    let inside = Tokenizer::inside(&inside.expect("goldens")).expect("a tokenizer");
    let files = Files::new();
    let bytes = open(PART).bytes("spiece_model").expect("a model").to_vec();
    fs::write(files.path("tokenizer.model"), bytes).expect("written");
    let alone = Tokenizer::from_file(&files.path("tokenizer.model")).expect("sound");
    for tokenizer in [inside.expect("sound"), alone] {
        for prompt in &notes.prompts {
            let ours = tokenizer
                .tokens(&prompt.words, TEXT_LENGTH)
                .expect("tokens");
            assert_eq!(ours.ids, prompt.sentencepiece, "{:?}", prompt.words);
        }
    }
}

#[test]
fn a_tokenizer_that_is_not_gemmas_is_refused() {
    let files = Files::new();
    let refusal = |path: &Path| Tokenizer::from_file(path).expect_err("refused").cause;
    let unigram = open("text")
        .bytes("spiece_model")
        .expect("a model")
        .to_vec();
    fs::write(files.path("tokenizer.model"), unigram).expect("written");
    let cause = refusal(&files.path("tokenizer.model"));
    assert!(cause.contains("not Gemma's"), "{cause}");
    let notes: Notes = parsed(&open(PART));
    let mut other = notes.tokenizer;
    other["model"]["byte_fallback"] = Value::from(false);
    let cause = refusal(&files.write_json("tokenizer.json", &other));
    assert!(cause.contains("fallback to bytes"), "{cause}");
    let cause = refusal(&files.write_json("page.json", &Value::from("Not found")));
    assert!(cause.contains("page.json is not Gemma's"), "{cause}");
}
