//! The text encoder against UMT5EncoderModel, the cleaning against ftfy, the tokenizer against
//! SentencePiece and transformers.

use std::collections::BTreeMap;

use kinora_engine::text::{TextConfig, TextEncoder, Tokenizer, cleaned};
use kinora_engine::weights::{Checkpoint, Component, Weights};
use serde::Deserialize;
use serde_json::Value;

use crate::drawn::Drawn;
use crate::golden::{assert_close, number, open, parsed};

#[derive(Deserialize)]
struct Notes {
    config: Value,
    cases: BTreeMap<String, Vec<u32>>,
    prompts: Vec<Prompt>,
    tokenizer: Value,
}

#[derive(Deserialize)]
struct Prompt {
    prompt: String,
    cleaned: String,
    sentencepiece: Vec<u32>,
    transformers: Vec<u32>,
}

fn config(theirs: &Value) -> TextConfig {
    let heads = number(theirs, "num_heads");
    TextConfig {
        vocabulary: number(theirs, "vocab_size"),
        width: number(theirs, "d_model"),
        attention_width: heads * number(theirs, "d_kv"),
        heads,
        ffn_width: number(theirs, "d_ff"),
        layers: number(theirs, "num_layers") as usize,
        buckets: number(theirs, "relative_attention_num_buckets"),
        longest_distance: number(theirs, "relative_attention_max_distance"),
        epsilon: 1e-6,
    }
}

#[test]
fn the_text_encoder_is_equal_to_the_reference() {
    tch::set_num_threads(1);
    let file = open("text");
    let notes: Notes = parsed(&file);
    let encoder = TextEncoder::new(&config(&notes.config), Weights::of(&mut Drawn)).expect("drawn");
    for (name, tokens) in &notes.cases {
        let ours = encoder.encode(tokens, &mut |_, _| Ok(())).expect("encoded");
        assert_close(name, &ours, &file.tensor(name).expect("golden"), 1e-5);
    }
}

#[test]
fn prompts_are_cleaned_as_the_reference_cleans_them() {
    let notes: Notes = parsed(&open("text"));
    for prompt in &notes.prompts {
        assert_eq!(
            cleaned(&prompt.prompt),
            prompt.cleaned,
            "{:?}",
            prompt.prompt
        );
    }
}

#[test]
fn the_tokenizer_inside_a_text_encoder_cuts_as_sentencepiece_does() {
    let file = kinora_goldens("text.safetensors");
    let checkpoint = Checkpoint::open(&file, Component::Text).expect("goldens");
    let tokenizer = Tokenizer::inside(&checkpoint)
        .expect("a tokenizer")
        .expect("sound");
    let notes: Notes = parsed(&open("text"));
    for prompt in &notes.prompts {
        let ours = tokenizer.tokens(&prompt.prompt).expect("tokens");
        assert_eq!(ours, prompt.sentencepiece, "{:?}", prompt.prompt);
    }
}

#[test]
fn a_tokenizer_json_cuts_as_transformers_does() {
    use base64::Engine as _;
    let file = open("text");
    let mut notes: Notes = parsed(&file);
    let proto = file.bytes("spiece_model").expect("a model");
    // The table of characters is stored once, in the SentencePiece model: field 3, field 2.
    let table = charsmap(proto);
    let table = base64::engine::general_purpose::STANDARD.encode(table);
    notes.tokenizer["normalizer"]["precompiled_charsmap"] = table.into();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tokenizer.json");
    std::fs::write(&path, notes.tokenizer.to_string()).expect("written");
    let tokenizer = Tokenizer::from_json(&path).expect("a tokenizer");
    for prompt in &notes.prompts {
        let ours = tokenizer.tokens(&prompt.prompt).expect("tokens");
        assert_eq!(ours, prompt.transformers, "{:?}", prompt.prompt);
    }
}

fn kinora_goldens(name: &str) -> std::path::PathBuf {
    crate::golden::folder().join(name)
}

#[derive(prost::Message)]
struct ModelProto {
    #[prost(message, optional, tag = "3")]
    normalizer: Option<NormalizerSpec>,
}

#[derive(prost::Message)]
struct NormalizerSpec {
    #[prost(bytes = "vec", tag = "2")]
    precompiled_charsmap: Vec<u8>,
}

fn charsmap(proto: &[u8]) -> Vec<u8> {
    use prost::Message as _;
    let model = ModelProto::decode(proto).expect("a SentencePiece model");
    model.normalizer.expect("a normalizer").precompiled_charsmap
}
